/** Seeing every probe: what an explanation, a log or a test wants to know. Records are made only when somebody listens. */
import type { PortStateName, ReasonName } from './port-state.ts';
import type { TechniqueName } from './technique.ts';

/** How a host is looked for: `neighbor` is ARP or neighbor discovery. */
export type DiscoveryWay = 'echo' | 'syn' | 'ack' | 'neighbor';

/** The answer as it came. */
export type AnswerFacts =
  | {
      readonly kind: 'segment';
      readonly flags: number;
      readonly window: number;
      readonly seq: number;
      readonly ack: number;
    }
  | { readonly kind: 'datagram'; readonly payloadLength: number }
  | { readonly kind: 'icmp'; readonly type: number; readonly code: number; readonly from: string }
  | { readonly kind: 'echo-reply' }
  | { readonly kind: 'neighbor'; readonly mac: string }
  | { readonly kind: 'silence' };

/** A probe that is sent, or what became of it. */
export interface ProbeLabel {
  readonly timeUs: number;
  readonly address: string;
  /** How a port is scanned, or how a host is looked for. */
  readonly technique: TechniqueName | null;
  readonly way: DiscoveryWay | null;
  /** 0 for probes that have no port. */
  readonly port: number;
  /** From 1. */
  readonly tryNumber: number;
}

export interface ProbeSentRecord extends ProbeLabel {
  readonly event: 'sent';
  /** TcpFlag bits and numbers of a segment; 0 for others. */
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly sourcePort: number;
  readonly payloadLength: number;
}

export interface ProbeConcludedRecord extends ProbeLabel {
  readonly event: 'concluded';
  readonly answer: AnswerFacts;
  /** Of the port; `unknown` while looking for hosts. */
  readonly state: PortStateName;
  readonly reason: ReasonName;
  /** What we sent back: `rst` ends what a SYN had begun, `ack-rst` completes it first. */
  readonly reply: 'none' | 'rst' | 'ack-rst';
}

/** Something came that is no answer of ours. */
export interface StrangeRecord extends ProbeLabel {
  readonly event: 'strange';
  readonly kind: 'forged' | 'forged-error' | 'duplicate' | 'contradicted';
  readonly answer: AnswerFacts;
}

/** What a {@link ScanListener} is told; `event` says which of the three. */
export type ScanRecord = ProbeSentRecord | ProbeConcludedRecord | StrangeRecord;

/** Told in the order things happen. Must not call the scanner. */
export interface ScanListener {
  observe(record: ScanRecord): void;
}
