/**
 * Where signatures meet the connection: which keys a connection begins with, whether a segment may come in, and whether an
 * answer to a stranger may go out. Verification comes before every other step (RFC 2385 section 2.0, RFC 5925 section 7.5);
 * what fails is dropped, counted, and never answered.
 */
import { assert } from '../../base/errors.ts';
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { ConnectionKey } from '../connection-key.ts';
import type { ControlSegment, TcpEnvironment } from '../environment.ts';
import type { QuotedError } from '../input/quoted-error.ts';
import type { Listener } from '../opening/listener.ts';
import { isSynchronized } from '../state.ts';
import type { Tcb } from '../tcb/tcb.ts';
import type { TcpAuthAlgorithms } from './algorithms.ts';
import { AoConnection } from './ao-connection.ts';
import type { ConnectionAuth } from './connection-auth.ts';
import { KeyStore, type TcpAuthOptions } from './keys.ts';
import { Md5Connection } from './md5-connection.ts';
import type { SegmentPlace } from './signed-octets.ts';

/** Options that make a segment a signed one, as TcpOptionBit. */
export const SIGNATURE_OPTIONS = TcpOptionBit.md5 | TcpOptionBit.authentication;

/** A store with a socket's own keys, null when it has none. @throws ArgumentError */
export function keysOf(env: TcpEnvironment, options: TcpAuthOptions | undefined): KeyStore | null {
  if (options === undefined) return null;
  const store = new KeyStore(env.authAlgorithms !== null);
  store.addAll(options);
  return store;
}

// RFC 5925 §2.1 R5925-24: settled when the connection begins, and never again.
/** What an active open will be signed with: the socket's own keys, else the stack's; null: nothing. */
export function authOfOpen(env: TcpEnvironment, key: ConnectionKey, own: KeyStore | null): ConnectionAuth | null {
  return authFrom(own, key) ?? authFrom(env.keys, key);
}

function authFrom(store: KeyStore | null, key: ConnectionKey): ConnectionAuth | null {
  if (store === null || store.isEmpty) return null;
  const masters = store.findAo(key.remoteAddress, key.localPort, key.remotePort);
  if (masters.length > 0) return new AoConnection(key, masters);
  const md5 = store.findMd5(key.remoteAddress, key.localPort, key.remotePort);
  return md5 === null ? null : new Md5Connection(md5);
}

// RFC 5925 §7.3 R5925-15: every segment that is signed, or should be, goes through here.
/** A segment for a connection, or a TIME-WAIT record, with this authentication. `isOpening`: in SYN-SENT. */
export function isAdmitted(
  env: TcpEnvironment,
  auth: ConnectionAuth | null,
  segment: TcpSegment,
  isOpening: boolean,
): boolean {
  if (auth === null) return isSignatureIgnored(env, segment);
  return auth.verify(algorithmsOf(env), env.extCounters, segment, isOpening);
}

/** A segment for a listener: its keys, else the stack's, decide for each peer. */
export function isAdmittedToListener(env: TcpEnvironment, listener: Listener, segment: TcpSegment): boolean {
  const isSigned = (segment.optionsPresent & SIGNATURE_OPTIONS) !== 0;
  if (!isSigned && listener.keys === null && env.keys.isEmpty) return true;
  return isAdmitted(env, authOfStranger(env, listener.keys, segment), segment, false);
}

/** What the connection made of this admitted SYN is signed with. */
export function authOfPassiveOpen(
  env: TcpEnvironment,
  listener: Listener,
  key: ConnectionKey,
  segment: TcpSegment,
): ConnectionAuth | null {
  const auth = authOfOpen(env, key, listener.keys);
  if (auth instanceof AoConnection) auth.begin(segment);
  return auth;
}

/**
 * Signs a RST that answers a segment, as its sender would have it. False: it must not be sent, because the segment was not
 * what it claims to be, or nobody could verify the answer (RFC 5925 section 7.7).
 * @param connection the connection the segment belongs to, null for a segment of nobody
 * @param keys those of the listener it was for
 */
export function authorizeReset(
  env: TcpEnvironment,
  connection: { readonly auth: ConnectionAuth | null } | null,
  keys: KeyStore | null,
  segment: TcpSegment,
  control: ControlSegment,
): boolean {
  if (connection !== null) {
    // The segment has passed already.
    control.auth = connection.auth;
    return connection.auth === null || connection.auth.canSign();
  }
  const isSigned = (segment.optionsPresent & SIGNATURE_OPTIONS) !== 0;
  if (!isSigned && keys === null && env.keys.isEmpty) return true;
  const auth = authOfStranger(env, keys, segment);
  if (!isAdmitted(env, auth, segment, false)) return false;
  if (auth === null) return true;
  // RFC 5925 §7.7 R5925-21: with TCP-AO only a SYN tells all it takes to sign: its ISN, and ours is the 0 of the answer.
  if (auth.kind === 'ao' && (segment.flags & (TcpFlag.syn | TcpFlag.ack)) !== TcpFlag.syn) return false;
  control.auth = auth;
  return true;
}

/** Signs a complete segment of ours. */
export function signSegment(
  env: { readonly authAlgorithms: TcpAuthAlgorithms | null },
  auth: ConnectionAuth,
  key: ConnectionKey,
  place: SegmentPlace,
): void {
  auth.sign(algorithmsOf(env), key, place);
}

// RFC 5925 §7.8 R5925-22: unless the program says otherwise.
/**
 * RFC 5925 §7.8: hard ICMP errors about a synchronized connection are ignored with TCP-AO: IPv4 destination unreachable with
 * codes 2 to 4, IPv6 with codes 1 and 4.
 */
export function ignoresIcmp(env: TcpEnvironment, tcb: Tcb, error: QuotedError): boolean {
  const { auth } = tcb;
  if (!(auth instanceof AoConnection) || auth.acceptsIcmp) return false;
  if (!isSynchronized(tcb.state) || !isHardFor(tcb.key.remoteAddress.family, error)) return false;
  env.extCounters.TCPAODroppedIcmps++;
  return true;
}

function isHardFor(family: number, { kind, code }: QuotedError): boolean {
  if (kind === 'port-unreachable') return true;
  if (family === 4) return kind === 'protocol-unreachable' || kind === 'packet-too-big';
  return kind === 'administratively-prohibited' && code === ADMINISTRATIVELY_PROHIBITED_V6;
}

const ADMINISTRATIVELY_PROHIBITED_V6 = 1;

/** Keys for a segment that no connection claims. */
function authOfStranger(env: TcpEnvironment, own: KeyStore | null, segment: TcpSegment): ConnectionAuth | null {
  const { packet } = segment;
  const local = packet.destinationAddress();
  const key = new ConnectionKey(local, segment.destinationPort, packet.sourceAddress(), segment.sourcePort, 0);
  return authOfOpen(env, key, own);
}

// RFC 5925 §7.3 R5925-16: whether a signature nobody asked for is ignored is a matter of configuration; Linux drops it.
function isSignatureIgnored(env: TcpEnvironment, segment: TcpSegment): boolean {
  if ((segment.optionsPresent & SIGNATURE_OPTIONS) === 0 || env.settings.accept_unexpected_signatures) return true;
  if (segment.optionsPresent & TcpOptionBit.authentication) env.extCounters.TCPAOKeyNotFound++;
  else env.extCounters.TCPMD5Unexpected++;
  return false;
}

function algorithmsOf(env: { readonly authAlgorithms: TcpAuthAlgorithms | null }): TcpAuthAlgorithms {
  const { authAlgorithms } = env;
  assert(authAlgorithms !== null, 'a connection has keys and the stack no algorithms');
  return authAlgorithms;
}
