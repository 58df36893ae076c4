/**
 * Seeing without touching. A stack with an observer tells it what happens, in records made only then; without one
 * nothing is built. Records are plain data: they may be kept, printed, sent to a page.
 */

/** A connection as an observer knows it; `connectionId` is unique within a stack. */
export interface ConnectionLabel {
  readonly connectionId: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A connection changed state (RFC 9293 section 3.3.2). */
export interface StateChangeRecord extends ConnectionLabel {
  readonly kind: 'state';
  /** The driver's time, microseconds. */
  readonly timeUs: number;
  /** States as RFC 9293 writes them: `SYN-SENT`. */
  readonly from: string;
  readonly to: string;
  /** What caused it: a user call, a segment, a timeout, in one word such as `segment`, `close`, `time-wait-timeout`. */
  readonly cause: string;
}

/** A segment was sent, and why. */
export interface SegmentSentRecord extends ConnectionLabel {
  readonly kind: 'segment-sent';
  readonly timeUs: number;
  /**
   * syn, syn-ack, data, data-fin, fin, ack, retransmission, zero-window-probe, keep-alive, challenge-ack or
   * window-update.
   */
  readonly reason: string;
  /** Header fields; sequence numbers are int32 (`>>> 0` makes them readable), `flags` are bits as in the header. */
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly payloadLength: number;
}

/** A received frame, packet or segment was dropped; the reason is a name of a counter. */
export interface DropRecord {
  readonly kind: 'drop';
  readonly timeUs: number;
  readonly interfaceId: number;
  readonly reason: string;
}

/** A timer ran out. */
export interface TimeoutRecord extends ConnectionLabel {
  readonly kind: 'timeout';
  readonly timeUs: number;
  /** retransmission, zero-window-probe, delayed-ack, keep-alive, time-wait, fin-wait-2, user-timeout … */
  readonly timer: string;
  /** How often in a row. */
  readonly count: number;
}

/** What an observer is told; `kind` says which. */
export type ObserverRecord = StateChangeRecord | SegmentSentRecord | DropRecord | TimeoutRecord;

/** Injected; below the stack nothing depends on what it does. */
export interface Observer {
  /** Called while the stack runs: must return soon, must not call the stack or its sockets, must not throw. */
  observe(record: ObserverRecord): void;
}
