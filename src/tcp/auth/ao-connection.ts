/**
 * A connection signed with TCP-AO (RFC 5925): its master key tuples, the traffic keys derived from them, the current key and
 * the one wished for next, and the sequence number extensions of both directions. Keys may be changed while it lives.
 */

import { ArgumentError, StateError } from '../../base/errors.ts';
import type { PacketMemory } from '../../base/packet-memory.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { TcpFlag, TcpOptionBit, TcpOptionKind, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpExtCounters } from '../counters.ts';
import {
  AO_MAC_LENGTH,
  deriveTrafficKey,
  isSameCode,
  messageAuthenticationCode,
  type TcpAuthAlgorithms,
} from './algorithms.ts';
import { ArrivedPlace, type ConnectionAuth } from './connection-auth.ts';
import { checkDistinct, MasterKey, type TcpAoKeyOptions } from './keys.ts';
import { SequenceExtension } from './sequence-extension.ts';
import { aoOctets, type SegmentPlace, writeAddress, writeUint32 } from './signed-octets.ts';

/** Kind, length, KeyID, RNextKeyID. */
const OPTION_FIXED = 4;
const OPTION_LENGTH = OPTION_FIXED + AO_MAC_LENGTH;
const SEQ_OFFSET = 4;
const FLAGS_OFFSET = 13;

/** A master key tuple in use, with the traffic keys of this connection once they are known. */
class KeyInUse {
  readonly master: MasterKey;
  sendOther: Uint8Array | null = null;
  receiveOther: Uint8Array | null = null;

  constructor(master: MasterKey) {
    this.master = master;
  }
}

/** The keys of an open connection that is signed with TCP-AO. */
export interface AoKeys {
  /** KeyID of what we send now. */
  readonly sendId: number;
  /** RNextKeyID: the KeyID we ask the peer to use. */
  readonly receiveId: number;
  /** Default false: hard ICMP errors about the synchronized connection are ignored (RFC 5925 section 7.8). */
  acceptsIcmp: boolean;
  /** One key more for this connection. @throws ArgumentError when it is not for this peer or its ids are taken */
  addKey(options: TcpAoKeyOptions): void;
  /** Asks the peer to sign with the key of this `receiveId`; it changes over with its next segments. @throws ArgumentError */
  requestKey(receiveId: number): void;
  /** Signs with the key of this `sendId` from now on, without being asked. @throws ArgumentError */
  useKey(sendId: number): void;
  /** Forgets a key. @throws ArgumentError when there is none, StateError while either direction uses it */
  removeKey(sendId: number): void;
}

export class AoConnection implements ConnectionAuth, AoKeys {
  readonly kind = 'ao';
  readonly optionLength = OPTION_LENGTH;
  acceptsIcmp = false;
  private readonly tuple: ConnectionKey;
  private readonly keys: KeyInUse[];
  private current: KeyInUse;
  private next: KeyInUse;
  private localIsn = 0;
  private remoteIsn = 0;
  private isRemoteKnown = false;
  private sending = new SequenceExtension(0);
  private receiving = new SequenceExtension(0);

  /** @param keys at least one, the first is used until somebody says otherwise */
  constructor(tuple: ConnectionKey, keys: readonly MasterKey[]) {
    this.tuple = tuple;
    this.keys = keys.map((key) => new KeyInUse(key));
    const first = this.keys[0];
    if (first === undefined) throw new ArgumentError('ao', 'at least one key is needed');
    this.current = first;
    this.next = first;
  }

  get sendId(): number {
    return this.current.master.sendId;
  }

  get receiveId(): number {
    return this.next.master.receiveId;
  }

  // RFC 5925 §7.1 R5925-13: the program reads and sets what is in use.
  // RFC 5925 §8.2 R5925-23: a new key is made known to both ends, then one asks for it; the old one stays until removed.
  addKey(options: TcpAoKeyOptions): void {
    const made = new MasterKey(options);
    if (!made.scope.matches(this.tuple.remoteAddress, this.tuple.localPort, this.tuple.remotePort)) {
      throw new ArgumentError('peer', `the key is not for ${this.tuple.remoteAddress.toString()} and these ports`);
    }
    for (const { master } of this.keys) checkDistinct(master, made);
    this.keys.push(new KeyInUse(made));
  }

  // RFC 5925 §6.1 R5925-11: only the program changes what we ask for, back to an older key too.
  requestKey(receiveId: number): void {
    this.next = this.keyIn('receiveId', receiveId);
  }

  useKey(sendId: number): void {
    this.current = this.keyIn('sendId', sendId);
  }

  removeKey(sendId: number): void {
    const found = this.keyIn('sendId', sendId);
    if (found === this.current || found === this.next) {
      throw new StateError(`the key with sendId ${sendId} is in use; call useKey and requestKey for another one first`);
    }
    this.keys.splice(this.keys.indexOf(found), 1);
  }

  // RFC 5925 §2.2 R5925-1: kind 29, length, KeyID, RNextKeyID, MAC; once in every segment.
  // RFC 5925 §7.6 R5925-20: first of all options, the others share the rest.
  reserve(memory: PacketMemory, offset: number): number {
    const { sendId, receiveId } = this;
    memory.view.setUint32(
      offset,
      (TcpOptionKind.authentication << 24) | (OPTION_LENGTH << 16) | (sendId << 8) | receiveId,
    );
    return offset + OPTION_LENGTH;
  }

  // RFC 5925 §7.4 R5925-17: over the finished segment, with the current key.
  sign(algorithms: TcpAuthAlgorithms, key: ConnectionKey, place: SegmentPlace): void {
    const { memory, offset } = place;
    const seq = memory.view.getInt32(offset + SEQ_OFFSET);
    const flags = memory.u8[offset + FLAGS_OFFSET] ?? 0;
    if (flags & TcpFlag.syn && seq !== this.localIsn) this.startSending(seq);
    const isFirst = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    const trafficKey = isFirst ? this.sendSynKey(algorithms) : this.sendKey(algorithms);
    const { algorithm, coversOptions } = this.current.master;
    const option = offset + TCP_HEADER_LENGTH;
    const { localAddress, remoteAddress } = key;
    const sne = this.sending.of(seq);
    const octets = aoOctets(sne, localAddress, remoteAddress, place, option, OPTION_LENGTH, coversOptions);
    const code = messageAuthenticationCode(algorithms, algorithm, trafficKey, octets);
    for (let at = 0; at < AO_MAC_LENGTH; at++) memory.u8[option + OPTION_FIXED + at] = code[at] ?? 0;
    this.sending.advance(seq);
  }

  // RFC 5925 §2.2 R5925-2: a segment with both kinds of signature is dropped.
  // RFC 5925 §3.3 R5925-6: the KeyID chooses among this connection's keys.
  // RFC 5925 §7.5 R5925-18: silently, counted, before anything else.
  verify(algorithms: TcpAuthAlgorithms, counters: TcpExtCounters, segment: TcpSegment, isOpening: boolean): boolean {
    if (segment.optionsPresent & TcpOptionBit.md5) {
      counters.TCPMD5Unexpected++;
      return false;
    }
    if ((segment.optionsPresent & TcpOptionBit.authentication) === 0) {
      counters.TCPAORequired++;
      return false;
    }
    const { u8 } = segment.packet.memory;
    const used = this.keys.find(({ master }) => master.receiveId === u8[segment.authOffset]);
    if (used === undefined) {
      counters.TCPAOKeyNotFound++;
      return false;
    }
    if (segment.authLength !== OPTION_LENGTH - 2 || !this.isCodeRight(algorithms, segment, used, isOpening)) {
      counters.TCPAOBad++;
      return false;
    }
    counters.TCPAOGood++;
    if (segment.flags & TcpFlag.syn && (isOpening || !this.isRemoteKnown)) this.startReceiving(segment.seq);
    this.receiving.advance(segment.seq);
    this.followPeer(u8[segment.authOffset + 1] ?? 0);
    return true;
  }

  /** The peer's SYN came by a listener that verified it: its ISN, and the keys it named. */
  begin(segment: TcpSegment): void {
    this.startReceiving(segment.seq);
    const { u8 } = segment.packet.memory;
    const named = this.keys.find(({ master }) => master.receiveId === u8[segment.authOffset]);
    this.next = named ?? this.next;
    this.current = named ?? this.current;
    this.followPeer(u8[segment.authOffset + 1] ?? 0);
  }

  canSign(): boolean {
    return this.isRemoteKnown;
  }

  timestampsFit(isAnswer: boolean, hasSack: boolean): boolean {
    return !isAnswer || !hasSack;
  }

  // RFC 5925 §6.1 R5925-10: an RNextKeyID that names a key we have makes it current.
  // RFC 5925 §7.5 R5925-19: an unknown one changes nothing.
  private followPeer(wanted: number): void {
    if (wanted === this.current.master.sendId) return;
    this.current = this.keys.find(({ master }) => master.sendId === wanted) ?? this.current;
  }

  private isCodeRight(algorithms: TcpAuthAlgorithms, segment: TcpSegment, used: KeyInUse, isOpening: boolean): boolean {
    const { packet } = segment;
    const { algorithm, coversOptions } = used.master;
    const isSyn = (segment.flags & TcpFlag.syn) !== 0;
    // Until the peer's SYN is here its ISN is the one it names, or 0 for who refuses ours.
    const isFresh = isOpening || !this.isRemoteKnown;
    const sne = isFresh || isSyn ? 0 : this.receiving.of(segment.seq);
    const octets = aoOctets(
      sne,
      packet.sourceAddress(),
      packet.destinationAddress(),
      new ArrivedPlace(segment),
      segment.authOffset - 2,
      OPTION_LENGTH,
      coversOptions,
    );
    const trafficKey = this.receiveKey(algorithms, segment, used, isFresh);
    const code = messageAuthenticationCode(algorithms, algorithm, trafficKey, octets);
    return isSameCode(code, packet.memory.u8, segment.authOffset + 2, AO_MAC_LENGTH);
  }

  private startSending(isn: number): void {
    this.localIsn = isn;
    this.sending = new SequenceExtension(isn);
    this.forgetTrafficKeys();
  }

  private startReceiving(isn: number): void {
    this.remoteIsn = isn;
    this.isRemoteKnown = true;
    this.receiving = new SequenceExtension(isn);
    this.forgetTrafficKeys();
  }

  private forgetTrafficKeys(): void {
    for (const key of this.keys) {
      key.sendOther = null;
      key.receiveOther = null;
    }
  }

  // RFC 5925 §5.2 R5925-8, R5925-9: four traffic keys: by direction, and SYN without ACK apart, for which the other ISN counts as 0.
  private sendSynKey(algorithms: TcpAuthAlgorithms): Uint8Array {
    return derive(algorithms, this.current.master, this.context(true, this.localIsn, 0));
  }

  private sendKey(algorithms: TcpAuthAlgorithms): Uint8Array {
    const { current } = this;
    current.sendOther ??= derive(algorithms, current.master, this.context(true, this.localIsn, this.remoteIsn));
    return current.sendOther;
  }

  private receiveKey(algorithms: TcpAuthAlgorithms, segment: TcpSegment, used: KeyInUse, isFresh: boolean): Uint8Array {
    const { flags, seq } = segment;
    if (flags & TcpFlag.syn) {
      const ours = flags & TcpFlag.ack ? this.localIsn : 0;
      return derive(algorithms, used.master, this.context(false, seq, ours));
    }
    if (isFresh) return derive(algorithms, used.master, this.context(false, 0, this.localIsn));
    used.receiveOther ??= derive(algorithms, used.master, this.context(false, this.remoteIsn, this.localIsn));
    return used.receiveOther;
  }

  /** Addresses, ports and ISNs, the sender's first. */
  private context(isOurs: boolean, senderIsn: number, receiverIsn: number): Uint8Array {
    const { localAddress, localPort, remoteAddress, remotePort } = this.tuple;
    const [from, to] = isOurs ? [localAddress, remoteAddress] : [remoteAddress, localAddress];
    const ports = isOurs ? (localPort << 16) | remotePort : (remotePort << 16) | localPort;
    const out = new Uint8Array(from.family === 4 ? 20 : 44);
    let at = writeAddress(out, writeAddress(out, 0, from), to);
    at = writeUint32(out, at, ports);
    at = writeUint32(out, at, senderIsn);
    writeUint32(out, at, receiverIsn);
    return out;
  }

  private keyIn(id: 'sendId' | 'receiveId', value: number): KeyInUse {
    const found = this.keys.find(({ master }) => master[id] === value);
    if (found !== undefined) return found;
    throw new ArgumentError(id, `this connection has no key with ${id} ${String(value)}; add it with addKey first`);
  }
}

function derive(algorithms: TcpAuthAlgorithms, master: MasterKey, context: Uint8Array): Uint8Array {
  return deriveTrafficKey(algorithms, master.algorithm, master.key, context);
}
