/**
 * What TCP needs from the house around it, as one interface: time, settings, counters, and the few things that happen
 * outside a connection. The stack implements it; tests may implement it with a few lines.
 */
import type { Slot } from '../base/slot.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import type { TcpAuthAlgorithms } from './auth/algorithms.ts';
import type { ConnectionAuth } from './auth/connection-auth.ts';
import type { KeyStore } from './auth/keys.ts';
import type { TimeWaits } from './closing/time-wait-queue.ts';
import type { TimeWait } from './closing/time-wait-record.ts';
import type { ConnectionKey } from './connection-key.ts';
import type { AccEcnTold } from './ecn/ecn-state.ts';
import type { FastOpen } from './fast-open/fast-open.ts';
import type { ChallengeBudget } from './input/challenge-budget.ts';
import type { TcpMemory } from './memory-level.ts';
import type { CookieSecrets } from './opening/cookie-secrets.ts';
import type { HalfOpen } from './opening/listener.ts';
import type { SynShedding } from './opening/syn-shedding.ts';
import type { RouteBack, SendParameters, TcpPath } from './path.ts';
import type { AckSample } from './recovery/ack-sample.ts';
import type { TcpSurroundings } from './surroundings.ts';
import type { BufferPool } from './tcb/byte-ring.ts';
import type { ScoreboardPool } from './tcb/scoreboard-pool.ts';
import type { AcceptingListener, Tcb } from './tcb/tcb.ts';

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
  /** The option of Accurate ECN that goes with it. */
  accEcn?: AccEcnTold | null;
  /** The connection whose early text it tells in SACK blocks. */
  early?: Tcb | null;
}

/** What a connection needs of its surroundings; the stack implements it. */
export interface TcpEnvironment extends TcpSurroundings {
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
  /** In the middle of a user's write or an arrival: what may leave is made into frames now, which wait for the driver. @param mode a `PushMode` */
  pushText(tcb: Tcb, mode: number): void;
  /**
   * Arms a timer for a user's call. Users call at hours the stack was not told of: the time runs from the driver's next call.
   */
  deferTimer(tcb: Tcb, timer: number, ticks: number): void;
  /** ABORT in TIME-WAIT: the record goes at once. */
  forgetTimeWait(tcb: Tcb): void;
  /** Something the user wants to know has happened; `bits` of TcpEvent. */
  notify(tcb: Tcb, bits: number): void;
  notifyListener(listener: AcceptingListener): void;
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
  /** Our FIN was acknowledged, and everything before it: the peer has it all. */
  finAcknowledged: 0x200,
} as const;
