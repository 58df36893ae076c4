/** What the processes of a lane tell each other: orders and answers, lines of JSON. */

/** For a sender: one flow. */
export interface SendOrder {
  readonly control: string;
  readonly address: string;
  readonly port: number;
  readonly seconds: number;
  readonly bufferBytes: number;
  /** Between two samples of the trace. */
  readonly sampleMs: number;
}

/** One look at the sender's connection, windows in segments. */
export interface FlowSample {
  readonly ms: number;
  readonly cwnd: number;
  readonly ssthresh: number;
  readonly srttUs: number;
  readonly inFlight: number;
  /** So far. */
  readonly retransmitted: number;
  readonly timeouts: number;
  readonly ackedBytes: number;
  /** 0 open, 1 disorder, 2 cwr, 3 recovery, 4 loss. */
  readonly state?: number;
  readonly pacingBps?: number;
}

/** How a flow was for its sender. */
export interface SenderResult {
  readonly handshakeMs: number;
  readonly minRttUs: number;
  readonly segmentsOut: number;
  readonly retransmitted: number;
  readonly timeouts: number;
  /** Everything the sender's stack counts. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly samples: readonly FlowSample[];
  readonly cpuSeconds: number;
}

/** What the receiver counted. */
export interface ReceiverResult {
  readonly bytes: number;
  readonly seconds: number;
  /** Octets after each half second. */
  readonly series: readonly number[];
  readonly cpuSeconds: number;
}
