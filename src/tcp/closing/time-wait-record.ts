/** What is left of a connection in TIME-WAIT: a record a fraction of a Tcb's size; `time-wait.ts` looks after it. */
import { TcpFlag } from '../../wire/tcp-segment.ts';
import type { ConnectionAuth } from '../auth/connection-auth.ts';
import type { ConnectionKey } from '../connection-key.ts';
import { flowLabelOf } from '../opening/tuple-hash.ts';
import type { SendParameters, TcpPath } from '../path.ts';
import type { Tcb } from '../tcb/tcb.ts';

const TRAFFIC_CLASS_MASK = 0xff;
const HOP_LIMIT_SHIFT = 8;
const SCALE_SHIFT = 16;
const ECN_FLAGS_SHIFT = 20;
/** From the lowest of the control bits that ECN has to its place above. */
const ECN_FLAGS = TcpFlag.ece | TcpFlag.cwr | TcpFlag.ae;
const ECN_FLAGS_BIT = 6;
const HAS_TIMESTAMPS = 2 ** 23;
const HAS_ANSWERED = 2 ** 24;

/** What few connections have. */
interface RareTraits {
  readonly ipOptions: Uint8Array | null;
  readonly auth: ConnectionAuth | null;
}

/** A place in the ring of a queue; the queue itself stands between its newest record and its oldest. */
export interface TimeWaitPlace {
  /** Ends before this one; null: stands in no queue. */
  older: TimeWaitPlace | null;
  newer: TimeWaitPlace | null;
}

/**
 * A connection in TIME-WAIT, in a small record: enough to answer what still comes (RFC 9293 section 3.6.1). What is small or a yes or
 * no shares one integer.
 */
export class TimeWait implements SendParameters, TimeWaitPlace {
  readonly id: number;
  readonly key: ConnectionKey;
  readonly path: TcpPath;
  older: TimeWaitPlace | null = null;
  newer: TimeWaitPlace | null = null;
  /** When the wait is over. */
  dueTick = 0;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  /** Window field as the connection's last segment carried it. */
  readonly window: number;
  readonly tsOffset: number;
  tsRecent: number;
  /** When it was taken, the clock's seconds. */
  tsRecentS: number;
  lastAnswerTick = 0;
  private traits: number;
  private readonly rare: RareTraits | null;

  constructor(tcb: Tcb, hasTimestamps: boolean, ecnFlags: number) {
    this.id = tcb.id;
    this.key = tcb.key;
    this.path = tcb.path;
    this.sndNxt = tcb.sndNxt;
    this.rcvNxt = tcb.rcvNxt;
    // The FIN has taken an octet of a window that was offered in whole units.
    this.window = Math.min(0xffff, (tcb.rcvWnd + (1 << tcb.rcvScale) - 1) >>> tcb.rcvScale);
    this.tsOffset = tcb.tsOffset;
    this.tsRecent = tcb.tsRecent;
    this.tsRecentS = tcb.tsRecentS;
    this.traits =
      (tcb.trafficClass & TRAFFIC_CLASS_MASK) |
      (tcb.hopLimit << HOP_LIMIT_SHIFT) |
      (tcb.rcvScale << SCALE_SHIFT) |
      ((ecnFlags >> ECN_FLAGS_BIT) << ECN_FLAGS_SHIFT) |
      (hasTimestamps ? HAS_TIMESTAMPS : 0);
    const { ipOptions, auth } = tcb;
    // RFC 5925 §7.2 R5925-14: keys live as long as the connection, this record included.
    this.rare = ipOptions === null && auth === null ? null : { ipOptions, auth };
  }

  get trafficClass(): number {
    return this.traits & TRAFFIC_CLASS_MASK;
  }

  get hopLimit(): number {
    return (this.traits >> HOP_LIMIT_SHIFT) & 0xff;
  }

  get rcvScale(): number {
    return (this.traits >> SCALE_SHIFT) & 0xf;
  }

  /** Control bits that every segment of an Accurate ECN connection has. */
  get ecnFlags(): number {
    return ((this.traits >> ECN_FLAGS_SHIFT) << ECN_FLAGS_BIT) & ECN_FLAGS;
  }

  get hasTimestamps(): boolean {
    return (this.traits & HAS_TIMESTAMPS) !== 0;
  }

  get hasAnswered(): boolean {
    return (this.traits & HAS_ANSWERED) !== 0;
  }

  set hasAnswered(is: boolean) {
    this.traits = is ? this.traits | HAS_ANSWERED : this.traits & ~HAS_ANSWERED;
  }

  get flowLabel(): number {
    return flowLabelOf(this);
  }

  get ipOptions(): Uint8Array | null {
    return this.rare === null ? null : this.rare.ipOptions;
  }

  get auth(): ConnectionAuth | null {
    return this.rare === null ? null : this.rare.auth;
  }
}
