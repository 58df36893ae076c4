/**
 * What setsockopt(2) was told, one record per socket. A socket has it before there is a connection; what it says is carried over
 * when the connection begins, and to the connections a listening socket accepts.
 */
import { POSIX } from './constants.ts';

/** Level and name of an option in one number. */
export function keyOf(level: number, name: number): number {
  return level * 1000 + name;
}

/** The rank of a socket's packets is its own (socket(7)). */
const PRIORITY_KEY = keyOf(POSIX.SOL_SOCKET, POSIX.SO_PRIORITY);

/** A key of RFC 2385 for the peers in `peer`, an address with a prefix length. */
export interface Md5KeyOfPeer {
  readonly peer: string;
  readonly key: Uint8Array;
}

/** Values as setsockopt(2) was given them, in its units; 0 often means "as the stack's settings say". */
export class SocketOptions {
  // SOL_SOCKET
  reuseAddress = 0;
  reusePort = 0;
  broadcast = 0;
  /** Bytes, not doubled. */
  sendBuffer = 0;
  receiveBuffer = 0;
  receiveLowat = 1;
  /** SO_PEEK_OFF: where the next MSG_PEEK looks; below zero: at the front, always. */
  peekOffset = -1;
  keepAlive = 0;
  oobInline = 0;
  isLingering = false;
  lingerSeconds = 0;
  /** Microseconds, 0 for ever. */
  receiveTimeoutUs = 0;
  sendTimeoutUs = 0;
  // IP and IPv6
  trafficClass = 0;
  /** -1: the default. */
  hopLimit = -1;
  mtuDiscover = 1;
  /** IP_MINTTL, IPV6_MINHOPCOUNT: what has come farther is not heard. */
  minHopLimit = 0;
  v6Only = 0;
  // TCP
  noDelay = 0;
  cork = 0;
  maxSegment = 0;
  keepIdleSeconds = 0;
  keepIntervalSeconds = 0;
  keepCount = 0;
  synCount = 0;
  linger2Seconds = 0;
  windowClamp = 0;
  quickAck = 1;
  userTimeoutMs = 0;
  /** TCP_DEFER_ACCEPT as SYN-ACKs. */
  deferredRetries = 0;
  notsentLowat = 0;
  wantsInq = 0;
  saveSyn = 0;
  thinLinear = 0;
  /** 0: as the settings say. */
  rtoMinUs = 0;
  rtoMaxMs = 0;
  delayedAckMaxUs = 0;
  /** Queue of TCP_FASTOPEN. */
  fastOpenQueue = 0;
  fastOpenConnect = 0;
  fastOpenNoCookie = 0;
  /** Empty: the stack's own. */
  fastOpenKeys: readonly string[] = [];
  /** Keys of TCP_MD5SIG, each for a prefix. */
  md5Keys: readonly Md5KeyOfPeer[] = [];
  /** Empty: as the setting says. */
  congestion = '';
  /** Octets per second (SO_MAX_PACING_RATE); all ones: no limit. */
  maxPacingRate = 0xffff_ffff;
  /** What is only told back: nothing here depends on it. By level and name (`keyOf`); null while there is none. */
  inert: ReadonlyMap<number, number> | null = null;

  /** A copy for an accepted connection. */
  inherit(): SocketOptions {
    const copy = Object.assign(new SocketOptions(), this);
    copy.fastOpenQueue = 0;
    copy.quickAck = 1;
    if (copy.inert !== null) copy.inert = new Map([...copy.inert].filter(([key]) => key !== PRIORITY_KEY));
    return copy;
  }
}

/** The options that are one number. */
export type NumberKey = {
  [K in keyof SocketOptions]: SocketOptions[K] extends number ? K : never;
}[keyof SocketOptions];
