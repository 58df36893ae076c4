/**
 * The keys a host shares with its peers, and for whom each is meant: MD5 keys (RFC 2385) and master key tuples of TCP-AO
 * (RFC 5925 section 3.1). A key never changes once it is made; stores hold few keys and are asked when a connection begins.
 */
import { type Address, Prefix } from '../../base/address.ts';
import { ArgumentError, checkInteger } from '../../base/errors.ts';
import { AO_ALGORITHMS, type TcpAoAlgorithm } from './algorithms.ts';

/** Which connections a key is for. What is left out may be anything. */
export interface TcpKeyScope {
  /** Address or prefix of the peer: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. Default: any peer. */
  readonly peer?: string;
  /** 1 to 65535. Default: any. */
  readonly localPort?: number;
  readonly remotePort?: number;
}

/** A key of the MD5 signature option (RFC 2385), for peers that know nothing better. */
export interface TcpMd5KeyOptions extends TcpKeyScope {
  /** 1 to 80 octets. */
  readonly key: Uint8Array;
}

/** A master key tuple of TCP-AO (RFC 5925 section 3.1). */
export interface TcpAoKeyOptions extends TcpKeyScope {
  /** The secret, 1 to 80 octets. */
  readonly key: Uint8Array;
  /** KeyID in segments we sign with it, 0 to 255: the peer's `receiveId`. */
  readonly sendId: number;
  /** KeyID in segments the peer signs with it, 0 to 255: the peer's `sendId`. */
  readonly receiveId: number;
  /** Default `hmac-sha-1-96`. */
  readonly algorithm?: TcpAoAlgorithm;
  /** Whether the other TCP options are signed too. Default true; false for paths on which they are rewritten. */
  readonly coversOptions?: boolean;
}

/** Keys of a socket. */
export interface TcpAuthOptions {
  readonly md5?: readonly TcpMd5KeyOptions[];
  readonly ao?: readonly TcpAoKeyOptions[];
}

const KEY_LENGTH_MAX = 80;

/** For whom a key is meant. */
class Scope {
  readonly peer: Prefix | null;
  readonly localPort: number;
  readonly remotePort: number;

  constructor(scope: TcpKeyScope) {
    this.peer = scope.peer === undefined ? null : Prefix.parse(scope.peer);
    this.localPort = checkInteger('localPort', scope.localPort ?? 0, 0, 65_535);
    this.remotePort = checkInteger('remotePort', scope.remotePort ?? 0, 0, 65_535);
  }

  matches(peer: Address, localPort: number, remotePort: number): boolean {
    return (
      (this.peer === null || this.peer.contains(peer)) &&
      (this.localPort === 0 || this.localPort === localPort) &&
      (this.remotePort === 0 || this.remotePort === remotePort)
    );
  }

  /** Whether some connection is meant by both. */
  overlaps(other: Scope): boolean {
    const samePort = (a: number, b: number): boolean => a === 0 || b === 0 || a === b;
    const { peer } = this;
    const samePeer =
      peer === null || other.peer === null || peer.contains(other.peer.address) || other.peer.contains(peer.address);
    return samePeer && samePort(this.localPort, other.localPort) && samePort(this.remotePort, other.remotePort);
  }

  get prefixLength(): number {
    return this.peer?.length ?? -1;
  }
}

/** One key of RFC 2385. */
export class Md5Key {
  readonly scope: Scope;
  readonly key: Uint8Array;

  /** @throws ArgumentError */
  constructor(options: TcpMd5KeyOptions) {
    this.scope = new Scope(options);
    this.key = copyKey(options.key);
  }
}

// RFC 5925 §3.1 R5925-4: nothing of it changes after it was made.
// RFC 5926 §3.1 R5926-7: an octet string as it was agreed on, condensed where the algorithm wants another length.
/** A master key tuple. */
export class MasterKey {
  readonly scope: Scope;
  readonly key: Uint8Array;
  readonly sendId: number;
  readonly receiveId: number;
  readonly algorithm: TcpAoAlgorithm;
  readonly coversOptions: boolean;

  /** @throws ArgumentError */
  constructor(options: TcpAoKeyOptions) {
    this.scope = new Scope(options);
    this.key = copyKey(options.key);
    this.sendId = checkInteger('sendId', options.sendId, 0, 255);
    this.receiveId = checkInteger('receiveId', options.receiveId, 0, 255);
    this.algorithm = options.algorithm ?? 'hmac-sha-1-96';
    if (!AO_ALGORITHMS.includes(this.algorithm)) {
      throw new ArgumentError('algorithm', `must be one of ${AO_ALGORITHMS.join(', ')}, got '${this.algorithm}'`);
    }
    this.coversOptions = options.coversOptions ?? true;
  }
}

/** Keys by peer. A stack has one for all its sockets, a listener and a connection may have their own. */
export class KeyStore {
  private readonly hasAlgorithms: boolean;
  private readonly md5: Md5Key[] = [];
  private readonly ao: MasterKey[] = [];

  /** @param hasAlgorithms whether the stack was given what signatures are computed with */
  constructor(hasAlgorithms: boolean) {
    this.hasAlgorithms = hasAlgorithms;
  }

  get isEmpty(): boolean {
    return this.md5.length === 0 && this.ao.length === 0;
  }

  /** Takes all keys of a socket's options. @throws ArgumentError */
  addAll(options: TcpAuthOptions): void {
    for (const key of options.md5 ?? []) this.addMd5(key);
    for (const key of options.ao ?? []) this.addAo(key);
  }

  /** Connections from now on with this peer are signed with MD5. @throws ArgumentError */
  addMd5(options: TcpMd5KeyOptions): void {
    this.checkAlgorithms();
    const made = new Md5Key(options);
    if (this.ao.some((key) => key.scope.overlaps(made.scope))) throw bothKinds();
    if (this.md5.some((key) => isSameScope(key.scope, made.scope))) {
      throw new ArgumentError('md5', 'there is a key for exactly this peer and these ports; remove it first');
    }
    this.md5.push(made);
  }

  // RFC 5925 §3.1 R5925-3: a segment's KeyID and addresses lead to one master key tuple.
  /** A master key tuple more. @throws ArgumentError */
  addAo(options: TcpAoKeyOptions): void {
    this.checkAlgorithms();
    const made = new MasterKey(options);
    if (this.md5.some((key) => key.scope.overlaps(made.scope))) throw bothKinds();
    for (const other of this.ao) checkDistinct(other, made);
    this.ao.push(made);
  }

  /** Forgets MD5 keys given for exactly this peer and these ports; open connections keep theirs. */
  removeMd5(scope: TcpKeyScope): void {
    const wanted = new Scope(scope);
    keep(this.md5, (key) => !isSameScope(key.scope, wanted));
  }

  /** Forgets master key tuples with these ids; open connections keep theirs. */
  removeAo(sendId: number, receiveId: number): void {
    keep(this.ao, (key) => key.sendId !== sendId || key.receiveId !== receiveId);
  }

  /** The MD5 key for this connection, that of the longest prefix; null: none. */
  findMd5(peer: Address, localPort: number, remotePort: number): Md5Key | null {
    let best: Md5Key | null = null;
    for (const key of this.md5) {
      if (!key.scope.matches(peer, localPort, remotePort)) continue;
      if (best === null || key.scope.prefixLength > best.scope.prefixLength) best = key;
    }
    return best;
  }

  // RFC 5925 §3.3 R5925-5: chosen by socket pair alone.
  /** All master key tuples for this connection, in the order in which they were added. */
  findAo(peer: Address, localPort: number, remotePort: number): MasterKey[] {
    return this.ao.filter((key) => key.scope.matches(peer, localPort, remotePort));
  }

  private checkAlgorithms(): void {
    if (this.hasAlgorithms) return;
    throw new ArgumentError(
      'auth',
      'this stack cannot compute signatures; make it with the option `auth`, such as `new NodeTcpAuth()` of woshou/node',
    );
  }
}

/** @throws ArgumentError when a segment could not tell the two apart */
export function checkDistinct(known: MasterKey, added: MasterKey): void {
  if (!known.scope.overlaps(added.scope)) return;
  if (known.sendId !== added.sendId && known.receiveId !== added.receiveId) return;
  throw new ArgumentError(
    'ao',
    `sendId ${added.sendId} or receiveId ${added.receiveId} is taken by another key for the same peer; choose other ids`,
  );
}

function bothKinds(): ArgumentError {
  // RFC 5925 §1.2: the two options are never used on one connection.
  return new ArgumentError(
    'auth',
    'a peer has either MD5 or TCP-AO keys, never both; give them different peers or ports',
  );
}

function isSameScope(a: Scope, b: Scope): boolean {
  return (
    a.localPort === b.localPort &&
    a.remotePort === b.remotePort &&
    (a.peer?.toString() ?? '') === (b.peer?.toString() ?? '')
  );
}

function copyKey(key: Uint8Array): Uint8Array {
  if (!(key instanceof Uint8Array)) throw new ArgumentError('key', 'must be a Uint8Array; encode text first');
  if (key.length < 1 || key.length > KEY_LENGTH_MAX) {
    throw new ArgumentError('key', `must be 1 to ${KEY_LENGTH_MAX} octets long, is ${key.length}`);
  }
  return key.slice();
}

function keep<T>(list: T[], isKept: (entry: T) => boolean): void {
  const kept = list.filter(isKept);
  list.splice(0, list.length, ...kept);
}
