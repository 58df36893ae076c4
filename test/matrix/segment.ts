/**
 * The words the oracle speaks: a connection's variables, an arriving segment, and what may come of it (RFC 9293 §3.3.1, §3.10.7).
 *
 * Written from the RFCs alone; nothing here or in `oracle.ts` imports the stack it judges. Sequence numbers are int32.
 */

export const STATES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;
export type State = (typeof STATES)[number];

/** What RFC 9293 §3.3.1 keeps about a connection, as far as an arriving segment can tell. */
export interface Tcb {
  readonly state: State;
  /** SYN-RECEIVED remembers whether a passive open led to it (MUST-11). */
  readonly passive: boolean;
  readonly iss: number;
  readonly sndUna: number;
  readonly sndNxt: number;
  /** Largest window the peer ever offered (RFC 5961 §5.2). */
  readonly maxSndWnd: number;
  readonly irs: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  /** TS.Recent of RFC 7323, or null when timestamps were not agreed on. */
  readonly tsRecent: number | null;
  /** The user closed and cannot read any more (RFC 9293 §3.6.1), rather than having shut down sending only. */
  readonly readerGone: boolean;
  /** A listener waits on the local port (matters to a SYN in TIME-WAIT). */
  readonly listening: boolean;
}

export interface Segment {
  readonly syn: boolean;
  readonly rst: boolean;
  readonly fin: boolean;
  readonly ack: boolean;
  readonly seq: number;
  /** SEG.ACK; without meaning when `ack` is off. */
  readonly ackNo: number;
  /** Octets of text. */
  readonly text: number;
  /** TSval, or null without the option. */
  readonly tsval: number | null;
}

/** What the endpoint sends in answer. A number given as a list may be any of the list. */
export type Reply =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'ack';
      readonly seq: number;
      readonly ack: number;
      /** `later`: the ACK may be delayed below half a second (MUST-40); `now`: before any time passes. */
      readonly when: 'now' | 'later';
      /** An earlier ACK number that may be sent on the way (SYN-ACK with text, RFC 9293 §3.10.7.3). */
      readonly before: number | null;
    }
  /** `ack` null: without ACK; `any`: with or without. */
  | { readonly kind: 'rst'; readonly seq: readonly number[]; readonly ack: number | null | 'any' }
  /** `seq` null: a fresh initial sequence number. */
  | { readonly kind: 'syn-ack'; readonly seq: number | null; readonly ack: number };

/** What the user hears besides the octets: an error or the news that the connection stands. */
export type Told = 'nothing' | 'established' | 'reset' | 'refused';

export interface Outcome {
  readonly state: State;
  readonly reply: Reply;
  readonly told: Told;
  /** Octets that become readable. */
  readonly octets: number;
  /** The peer's FIN takes effect: the user will read the end of the stream. */
  readonly fin: boolean;
  /** The rule, by RFC and section. */
  readonly rule: string;
}

export function add(a: number, n: number): number {
  return (a + n) | 0;
}

/** a - b on the circle: negative when a lies left of b. */
export function diff(a: number, b: number): number {
  return (a - b) | 0;
}

/** SEG.LEN: SYN and FIN count as one each. */
export function length(segment: Segment): number {
  return segment.text + (segment.syn ? 1 : 0) + (segment.fin ? 1 : 0);
}

/** Nothing changes but what is sent. */
export function stay(tcb: Tcb, reply: Reply, rule: string): Outcome {
  return outcome(tcb.state, reply, rule);
}

export function outcome(state: State, reply: Reply, rule: string, told: Told = 'nothing'): Outcome {
  return { state, reply, told, octets: 0, fin: false, rule };
}

export function ackOf(seq: number, ack: number, when: 'now' | 'later'): Reply {
  return { kind: 'ack', seq, ack, when, before: null };
}
