/**
 * One real stack against segments made by hand, brought into any of the eleven states. Sequence numbers are offsets: `seq` from
 * the stack's RCV.NXT and `ack` from its SND.NXT as they were when the state was reached, so that a row of a table reads as
 * the RFC does. Built on the bench of the requirement tests.
 */
import { ListenSocket, type StreamSocket } from '../../src/socket/index.ts';
import { HalfOpen, Tcb, type TcpStateName, TimeWait, tcpStateName } from '../../src/tcp/index.ts';
import {
  Bench,
  type BenchOptions,
  describeSegment,
  MSS_1460,
  OURS,
  OURS6,
  Peer,
  type PeerOptions,
  THEIRS,
  THEIRS6,
  text,
} from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';

export type { Profile } from '../requirements/bench.ts';

/** A segment to send. */
export interface Given {
  /** Letters of F S R P A U, `''` for none. */
  readonly flags: string;
  /** Octets from RCV.NXT. Default 0. */
  readonly seq?: number;
  /** Octets from SND.NXT. Default 0; on the wire only with A. */
  readonly ack?: number;
  readonly window?: number;
  readonly urgent?: number;
  /** How many octets of `text()`, or the octets. */
  readonly data?: number | Uint8Array;
  readonly options?: readonly number[];
}

/** What is expected of a segment; what is left out does not matter. */
export interface Expected {
  readonly flags?: string;
  readonly seq?: number;
  readonly ack?: number;
  /** Octets of text. */
  readonly length?: number;
  readonly window?: number;
}

export interface StageOptions extends BenchOptions, Omit<PeerOptions, 'address' | 'ourAddress'> {
  /** Default 4. */
  readonly family?: 4 | 6;
  /** Who opens. Default `active`, in SYN-RECEIVED `passive`; active there means both at once. */
  readonly opening?: 'active' | 'passive';
  /** Options of the peer's SYN. Default: an MSS of 1460. */
  readonly synOptions?: readonly number[];
  readonly receiveBufferSize?: number;
  readonly sendBufferSize?: number;
  /** The stack's ISN, unsigned: it waits for the hour at which the clock brings this number. */
  readonly isn?: number;
}

export const ALL_STATES: readonly TcpStateName[] = [
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
];

/** Those in which a Tcb answers by the eight checks of RFC 9293 section 3.10.7.4; TIME-WAIT is a record and answers otherwise. */
export const SYNCHRONIZED_STATES = ALL_STATES.slice(ALL_STATES.indexOf('ESTABLISHED'), ALL_STATES.indexOf('TIME-WAIT'));

const PORT = 80;

export class SegmentPeer {
  readonly bench: Bench;
  readonly peer: Peer;
  listener: ListenSocket | null = null;
  socket: StreamSocket | null = null;
  /** RCV.NXT and SND.NXT of the stack when the state was reached: what offsets count from. */
  rcvNxt = 0;
  sndNxt = 0;

  private constructor(bench: Bench, peer: Peer) {
    this.bench = bench;
    this.peer = peer;
  }

  /** A fresh stack whose connection with this peer is in `state`, everything sent so far taken. */
  static inState(state: TcpStateName, options: StageOptions = {}): SegmentPeer {
    const bench = new Bench(options);
    const isV6 = options.family === 6;
    const peer = new Peer(bench, {
      address: isV6 ? THEIRS6 : THEIRS,
      ourAddress: isV6 ? OURS6 : OURS,
      ...options,
    });
    const made = new SegmentPeer(bench, peer);
    if (options.isn !== undefined) bench.run(hoursUntil(options.isn, state, options));
    made.bring(state, options);
    bench.take();
    made.mark();
    return made;
  }

  /** Goes on with a connection that was opened by other means; everything sent so far is taken. */
  static goingOn(bench: Bench, peer: Peer, socket: StreamSocket): SegmentPeer {
    const made = new SegmentPeer(bench, peer);
    made.socket = socket;
    bench.take();
    made.mark();
    return made;
  }

  /** Offsets count from here on. */
  mark(): void {
    this.rcvNxt = this.peer.seq;
    this.sndNxt = this.peer.ack;
  }

  /** The socket; throws in CLOSED, LISTEN and a passive SYN-RECEIVED, where nobody has one. */
  get user(): StreamSocket {
    if (this.socket === null) throw new Error('nobody holds a socket in this state');
    return this.socket;
  }

  /** State of the connection with this peer as the demultiplexer knows it. */
  get state(): TcpStateName {
    for (const entry of this.bench.stack.tcp.connections) {
      if (entry instanceof TimeWait) return 'TIME-WAIT';
      if (entry instanceof HalfOpen) return 'SYN-RECEIVED';
      if (entry instanceof Tcb) return tcpStateName(entry.state);
    }
    return this.listener === null || this.listener.listener.isClosed ? 'CLOSED' : 'LISTEN';
  }

  /** The stack's ISN, null where there is no connection any more or yet. */
  get iss(): number | null {
    for (const entry of this.bench.stack.tcp.connections) if (!(entry instanceof TimeWait)) return entry.iss;
    return null;
  }

  send(given: Given): void {
    const payload = typeof given.data === 'number' ? text(given.data) : given.data;
    const fields = {
      seq: (this.rcvNxt + (given.seq ?? 0)) >>> 0,
      ...(given.flags.includes('A') ? { ack: (this.sndNxt + (given.ack ?? 0)) >>> 0 } : {}),
      ...(given.window === undefined ? {} : { window: given.window }),
      ...(given.urgent === undefined ? {} : { urgent: given.urgent }),
      ...(given.options === undefined ? {} : { options: given.options }),
      ...(payload === undefined ? {} : { payload }),
    };
    this.bench.give(this.peer.build(given.flags, fields));
  }

  /** What the stack has sent since, with offsets in place of numbers. */
  taken(): Required<Expected>[] {
    return this.bench.take().map((segment) => this.relative(segment));
  }

  /** The one segment sent since; throws when it is not as expected. */
  expect(expected: Expected): Required<Expected> {
    const segments = this.taken();
    const [segment] = segments;
    if (segment === undefined || segments.length !== 1 || !fits(segment, expected)) {
      throw new Error(`expected one segment ${JSON.stringify(expected)}, got ${JSON.stringify(segments)}`);
    }
    return segment;
  }

  /** Nothing was sent since. */
  expectNothing(): void {
    const segments = this.bench.take();
    if (segments.length > 0) throw new Error(`expected nothing, got ${segments.map(describeSegment).join(' | ')}`);
  }

  private relative(segment: Segment): Required<Expected> {
    return {
      flags: segment.flags,
      seq: (segment.seq - this.sndNxt) | 0,
      ack: segment.flags.includes('A') ? (segment.ack - this.rcvNxt) | 0 : 0,
      length: segment.payload.length,
      window: segment.window,
    };
  }

  private bring(state: TcpStateName, options: StageOptions): void {
    const { peer } = this;
    if (state === 'CLOSED') return;
    if (state === 'LISTEN') {
      this.listener = this.bench.listen(PORT);
      return;
    }
    if (!this.open(state, options)) return;
    if (state === 'CLOSE-WAIT' || state === 'LAST-ACK') this.peerCloses();
    if (state === 'ESTABLISHED' || state === 'CLOSE-WAIT') return;
    this.user.shutdownWrite();
    if (state === 'CLOSING') peer.send('FA');
    for (const segment of this.bench.take()) peer.accept(segment);
    if (state === 'FIN-WAIT-2' || state === 'TIME-WAIT') peer.send('A');
    if (state === 'TIME-WAIT') this.peerCloses();
  }

  private peerCloses(): void {
    this.peer.send('FA');
  }

  /** True when the connection is established, false when it stays in the state asked for. */
  private open(state: TcpStateName, options: StageOptions): boolean {
    const { bench, peer } = this;
    const synOptions = options.synOptions ?? MSS_1460;
    const isPassive = options.opening === 'passive' || (state === 'SYN-RECEIVED' && options.opening !== 'active');
    const sizes = {
      ...(options.receiveBufferSize === undefined ? {} : { receiveBufferSize: options.receiveBufferSize }),
      ...(options.sendBufferSize === undefined ? {} : { sendBufferSize: options.sendBufferSize }),
    };
    if (isPassive) {
      this.listener = new ListenSocket(bench.stack, { port: PORT, ...sizes });
      peer.send('S', { options: synOptions });
      peer.accept(bench.takeOne());
      if (state === 'SYN-RECEIVED') return false;
      peer.send('A');
      this.socket = this.listener.accept();
      return true;
    }
    this.socket = bench.connect({ remoteAddress: peer.address, remotePort: peer.port, localPort: PORT, ...sizes });
    peer.accept(bench.takeOne());
    if (state === 'SYN-SENT') return false;
    if (state === 'SYN-RECEIVED') {
      peer.send('S', { options: synOptions });
      return false;
    }
    peer.send('SA', { options: synOptions });
    return true;
  }
}

/** Milliseconds until a stack made with these options would choose `isn`: one number every four microseconds. */
function hoursUntil(isn: number, state: TcpStateName, options: StageOptions): number {
  const { isn: _, ...plain } = options;
  const trial = SegmentPeer.inState(state, plain);
  return trial.iss === null ? 0 : (((isn - trial.iss) >>> 0) * 4) / 1_000;
}

function fits(segment: Required<Expected>, expected: Expected): boolean {
  return (Object.keys(expected) as (keyof Expected)[]).every((key) => segment[key] === expected[key]);
}
