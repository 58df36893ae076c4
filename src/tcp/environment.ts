/**
 * What TCP needs from the house around it, as one interface: time, settings, counters, and the few things that happen
 * outside a connection. The stack implements it; tests may implement it with a few lines.
 */
import type { Clock } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { Observer } from '../base/observer.ts';
import type { RandomSource } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import type { TimerWheel } from '../base/timer-wheel.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpAuthAlgorithms } from './auth/algorithms.ts';
import type { ConnectionAuth } from './auth/connection-auth.ts';
import type { KeyStore } from './auth/keys.ts';
import type { TimeWait } from './closing/time-wait.ts';
import type { TimeWaits } from './closing/time-wait-queue.ts';
import type { ConnectionKey } from './connection-key.ts';
import type { TcpCounters, TcpExtCounters } from './counters.ts';
import type { FastOpen } from './fast-open/fast-open.ts';
import type { ChallengeBudget } from './input/challenge-ack.ts';
import type { TcpMemory } from './memory.ts';
import type { CookieSecrets } from './opening/cookie-secrets.ts';
import type { HalfOpen } from './opening/half-open.ts';
import type { Listener } from './opening/listener.ts';
import type { SynShedding } from './opening/syn-shedding.ts';
import type { AckSample } from './recovery/ack-sample.ts';
import type { TcpSettings } from './settings.ts';
import type { BufferPool } from './tcb/byte-ring.ts';
import type { ScoreboardPool } from './tcb/scoreboard-pool.ts';
import type { Tcb } from './tcb/tcb.ts';

/** The way to a peer as TCP sees it; the IP layer's Destination fits. */
export interface TcpPath {
  /** Largest IP packet the path takes, bytes. */
  readonly pathMtu: number;
  /** Largest IP packet the first hop takes. */
  readonly linkMtu: number;
  /** What the outgoing interface can do. */
  readonly interface: {
    readonly id: number;
    readonly mtu: number;
    readonly capabilities: { readonly tso4: boolean; readonly tso6: boolean; readonly checksum: boolean };
  };
}

/** How a connection's datagrams travel; a Tcb and a TIME-WAIT record have it. */
export interface SendParameters {
  readonly path: TcpPath;
  readonly trafficClass: number;
  /** 0: as the setting says. */
  readonly hopLimit: number;
  readonly flowLabel: number;
  readonly ipOptions: Uint8Array | null;
  /** What its segments are signed with, null: nothing. */
  readonly auth: ConnectionAuth | null;
}

/** The way back to the sender of a SYN. */
export interface RouteBack {
  readonly key: ConnectionKey;
  readonly path: TcpPath;
  /** A source route, and nothing else. */
  readonly ipOptions: Uint8Array | null;
}

/** A segment that belongs to no Tcb: RST, what a half-open connection or a TIME-WAIT record sends. */
export interface ControlSegment {
  key: ConnectionKey;
  seq: number;
  ack: number;
  flags: number;
  window: number;
  /** Whether to carry timestamps, and which. */
  hasTimestamps: boolean;
  timestampValue: number;
  timestampEcho: number;
  /** Those of the connection it speaks for; null for a segment that answers a stranger. */
  parameters: SendParameters | null;
  /** What it is signed with when no parameters say so. */
  auth?: ConnectionAuth | null;
  /** The half-open connection whose SYN-ACK this is: it has the options. */
  synAck?: HalfOpen;
  /** ECN field; absent: Not-ECT. */
  codepoint?: number;
}

/** What a connection needs of its surroundings; the stack implements it. */
export interface TcpEnvironment {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly settings: TcpSettings;
  readonly counters: TcpCounters;
  readonly extCounters: TcpExtCounters;
  readonly random: RandomSource;
  readonly hash: KeyedHash;
  /** Of SYN cookies and timestamp offsets, perhaps shared with other machines. */
  readonly secrets: CookieSecrets;
  readonly pool: BufferPool;
  /** How much of `settings.mem_high` is in use. */
  readonly memory: TcpMemory;
  /** All there are. */
  readonly connections: Iterable<HalfOpen | Tcb | TimeWait>;
  readonly scoreboards: ScoreboardPool;
  /** What the acknowledgment in hand has told. */
  readonly ackSample: AckSample;
  readonly challengeBudget: ChallengeBudget;
  readonly fastOpen: FastOpen;
  readonly synShedding: SynShedding;
  readonly observer: Observer | null;
  /** What signatures are computed with, null: this stack signs nothing. */
  readonly authAlgorithms: TcpAuthAlgorithms | null;
  /** Keys of the whole host; sockets may have their own. */
  readonly keys: KeyStore;
  readonly timeWaits: TimeWaits;
  /** TIME-WAIT records and orphans there are now. */
  timeWaitCount: number;
  orphanCount: number;

  /** The connection has, or may have, something to send. */
  scheduleOutput(tcb: Tcb): void;
  /**
   * Arms a timer for a user's call. Users call at hours the stack was not told of: the time runs from the driver's next call.
   */
  deferTimer(tcb: Tcb, timer: number, ticks: number): void;
  /** ABORT in TIME-WAIT: the record goes at once. */
  forgetTimeWait(tcb: Tcb): void;
  /** Something the user wants to know has happened; `bits` of TcpEvent. */
  notify(tcb: Tcb, bits: number): void;
  notifyListener(listener: Listener): void;
  /** RFC 9293 section 3.5.2: answers a segment for which there is no connection with a RST, never a RST. */
  sendResetFor(segment: TcpSegment): void;
  /** Where in the slot the transport header of this connection's next segment goes. */
  transportOffset(tcb: Tcb, slot: Slot): number;
  /** Completes the frame around a segment of `length` bytes; false when it was taken to wait for address resolution. */
  seal(tcb: Tcb, slot: Slot, length: number): boolean;
  sendControl(control: ControlSegment): void;
  /** A number no connection or listener of this stack has had. */
  takeId(): number;
  /** The way back to who sent this segment; null when there is none. @param isOnce one answer goes it, and no more */
  routeBack(segment: TcpSegment, isOnce: boolean): RouteBack | null;
  /** A connection begins: segments find it from now on. */
  add(connection: HalfOpen | Tcb): void;
  /** The half-open connection's place is taken by its Tcb. */
  promoted(entry: HalfOpen, tcb: Tcb): void;
  /** The half-open connection is gone: forget it. */
  forget(entry: HalfOpen): void;
  /** The connection is gone: forget it. */
  remove(tcb: Tcb): void;
  /** The connection's place is taken by a record that outlives it for 2 MSL. */
  replaceByTimeWait(tcb: Tcb, timeWait: TimeWait): void;
  removeTimeWait(timeWait: TimeWait): void;
  /** A TIME-WAIT record gives way to a new SYN for its listener (RFC 6191); false when nobody listens. */
  reopen(timeWait: TimeWait, segment: TcpSegment, initialSeq: number): boolean;
  /** Retransmission does not get through: IP should doubt the route (R1, RFC 9293 section 3.8.3). */
  adviseRouteFailure(connection: { readonly path: TcpPath }): void;
  /** A message that packets to the peer were larger than `mtu` has proven true: the path's MTU falls for everybody. */
  lowerPathMtu(tcb: Tcb, mtu: number): void;
  /** The peer answers: the neighbour on the way is reachable (RFC 4861 section 7.3.1). */
  adviseReachable(tcb: Tcb): void;
}

/** What a connection tells its user, as bits. */
export const TcpEvent = {
  /** There are octets, datagrams or the end to read. */
  readable: 0x01,
  /** A writer who met a full buffer may go on. */
  writable: 0x02,
  /** The handshake of an active open is complete. */
  connected: 0x04,
  /** A listener has a connection to accept. */
  acceptable: 0x08,
  /** The peer has closed its direction (its FIN is in order). */
  readEnd: 0x10,
  /** The connection failed; `error` says how. */
  error: 0x20,
  /** Nothing more will happen: closed in good order, or failed. */
  closed: 0x40,
  /** Urgent data appeared or its end moved. */
  urgent: 0x80,
  /** Trouble that the connection survives; `softError` says which. */
  softError: 0x100,
} as const;
