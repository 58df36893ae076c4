/**
 * One row of a ladder, as a reader of a story gets it, and the draft of it that the ladder fills in.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { SentFrame } from './tape.ts';
import type { Text } from './text.ts';

/** What a packet is of, as far as a ladder tells it. */
export type PacketProtocol = 'tcp' | 'udp' | 'icmp' | 'arp' | 'other';

/** What became of a packet. `in-flight`: the play ended before it could arrive. */
export type PacketStatus = 'delivered' | 'dropped' | 'duplicated' | 'delayed' | 'corrupted' | 'in-flight';

/** A TCP state before and after. Hosts played by hand have none but what they claim. */
export interface StatePair {
  readonly before: string;
  readonly after: string;
}

/** A timer that ran out, and how often in a row. */
export interface TimerFact {
  readonly name: string;
  readonly count: number;
}

/** One row. Numbers about packets are null in rows that are no packet. */
export interface LadderRow {
  /** Microseconds since the network's start. */
  readonly timeUs: number;
  /** `segment`: a packet of any protocol; `state`: a state changed without a packet; `event`: an action or a timer; `note`: a word. */
  readonly kind: 'segment' | 'state' | 'event' | 'note';
  /** The host that sent, or acted; empty for a note. */
  readonly from: string;
  /** The host the packet is for; empty when there is none, `*` for every host on the link. */
  readonly to: string;
  /** When it reached that host first. */
  readonly arrivedUs: number | null;
  readonly protocol: PacketProtocol | '';
  /** `10.0.1.1:40000` as the packet says, which may be a forgery. */
  readonly source: string;
  readonly destination: string;
  /** `SYN,ACK`; empty when it is not TCP. */
  readonly flags: string;
  /** Counted from the direction's last SYN, which is 0; null without one, and when the number does not belong to it. */
  readonly seq: number | null;
  readonly ack: number | null;
  /** As in the header, 0 to 2^32 - 1. */
  readonly seqAbsolute: number | null;
  readonly ackAbsolute: number | null;
  /** In bytes, scaled as both ends agreed. */
  readonly window: number | null;
  /** Payload bytes. */
  readonly length: number | null;
  readonly options: string;
  /** The first bytes of the payload as text. */
  readonly payload: string;
  readonly status: PacketStatus | '';
  /** Why the stack sent it: `syn`, `data`, `fin`, `ack`, `retransmission`, …; null when no connection sent it. */
  readonly reason: string | null;
  /** The same SYN, data or FIN was sent before. */
  readonly isRepeat: boolean;
  /** The timer that made the sender send, or that ran out in an `event` row. */
  readonly timer: TimerFact | null;
  /** Why the receiver's stack dropped it, a drop reason's name. */
  readonly dropReason: string | null;
  /** Sent by a host that is played by hand and has no stack. */
  readonly isCrafted: boolean;
  /** Sent or done by a host that follows a rule real TCP does not have. */
  readonly isWhatIf: boolean;
  /** The connection's state at the sender, since its last row, and at the receiver. */
  readonly fromState: StatePair | null;
  readonly toState: StatePair | null;
  /** What changed the state, in `state` rows: `2-msl-timeout`, `fin-timeout`, … */
  readonly cause: string;
  /** One line about the packet, innermost header. */
  readonly summary: string;
  /** The frame, for tables of layers and bytes; null in other rows. */
  readonly frame: Uint8Array | null;
  readonly medium: LinkMedium | null;
  /** What happened and why, in one plain sentence, made from the facts above. */
  readonly say: Text;
  /** The scene's own words about it. */
  readonly aside: Text | null;
}

/** A row in the making, with what only the narrator and the ladder need. */
export type Draft = { -readonly [K in keyof LadderRow]: LadderRow[K] } & {
  isMerged: boolean;
  wasActive: boolean;
  isFirst: boolean;
  isSameAck: boolean;
  connection: string;
  /** The connection as the receiver knows it, which a translator on the way may have renamed. */
  arrivedAs: string;
  sent: SentFrame | null;
};

/** The sentence of a row that has none yet. */
export const NO_WORDS: Text = { en: '', zh: '' };

/** A row with nothing in it but what is given. */
export function draft(fields: Partial<LadderRow> & Pick<LadderRow, 'kind' | 'timeUs'>): Draft {
  return {
    from: '',
    to: '',
    arrivedUs: null,
    protocol: '',
    source: '',
    destination: '',
    flags: '',
    seq: null,
    ack: null,
    seqAbsolute: null,
    ackAbsolute: null,
    window: null,
    length: null,
    options: '',
    payload: '',
    status: '',
    reason: null,
    isRepeat: false,
    timer: null,
    dropReason: null,
    isCrafted: false,
    isWhatIf: false,
    fromState: null,
    toState: null,
    cause: '',
    summary: '',
    frame: null,
    medium: null,
    say: NO_WORDS,
    aside: null,
    ...fields,
    isMerged: false,
    wasActive: false,
    isFirst: false,
    isSameAck: false,
    connection: '',
    arrivedAs: '',
    sent: null,
  };
}

/** A row that still lacks its words. */
export type UntoldRow = Omit<LadderRow, 'say'> & {
  /** The sender opened this connection actively: it has been in SYN-SENT. */
  readonly wasActive: boolean;
  /** The sender's first segment of this connection behind its SYN. */
  readonly isFirst: boolean;
  /** An empty segment with the same numbers as the one the sender sent before it. */
  readonly isSameAck: boolean;
};
