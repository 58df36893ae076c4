/**
 * Brings a real stack into a state by real packets, and knows the connection's variables from those packets alone.
 *
 * One stack serves many conversations, each from a port of its own; {@link Conversation.end} takes a conversation off again.
 */

import type { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { HalfOpen, TimeWait } from '../../src/tcp/index.ts';
import { tcpStateName } from '../../src/tcp/state.ts';
import type { Profile } from '../requirements/bench.ts';
import { Bench, MSS_1460, Peer, text } from '../requirements/bench.ts';
import type { Segment as Sent } from '../requirements/wire.ts';
import type { State, Tcb } from './segment.ts';

export interface Kind {
  readonly name: string;
  readonly state: State;
  /** The peer opened. */
  readonly passive: boolean;
  readonly timestamps: boolean;
  /** Our octets not yet acknowledged. */
  readonly inFlight: number;
  readonly zeroWindow?: boolean;
  readonly readerGone?: boolean;
  readonly listening?: boolean;
}

/** Windows small enough for the edges to be far from each other and far from a wrap. */
const PEER_WINDOW = 5_000;
/** Whole segments: what Linux offers at first of a buffer that the user chose. */
const OUR_BUFFER = 6 * 1460;
const PORT = 80;

/** A stack with a listener, for many conversations. */
export class House {
  readonly bench: Bench;
  readonly listener: ListenSocket;
  private nextPort = 20_000;

  constructor(profile: Profile) {
    // Every conversation asks for one challenge ACK at most; the host's budget must not run out over many.
    const tcp = { challenge_ack_limit: 1_000_000_000 };
    this.bench = new Bench({ profile, settings: { tcp } });
    this.listener = this.bench.listen(PORT);
  }

  takePort(): number {
    return this.nextPort++;
  }
}

export class Conversation {
  readonly house: House;
  readonly bench: Bench;
  readonly kind: Kind;
  readonly peer: Peer;
  socket: StreamSocket | null = null;
  tcb: Tcb;
  /** Our last TSval, for the peer to echo. */
  private ourTsval = 0;
  private sent: Sent[] = [];
  private sndUna = 0;
  private iss = 0;
  private irs = 0;

  constructor(house: House, kind: Kind) {
    this.house = house;
    this.bench = house.bench;
    this.kind = kind;
    const timestamp = kind.timestamps ? { timestamp: 1_000_000 } : {};
    this.peer = new Peer(this.bench, { port: house.takePort(), window: PEER_WINDOW, ourPort: PORT, ...timestamp });
    this.bench.take();
    this.bring();
    this.tcb = this.variables();
  }

  /** What the stack has sent to this peer since the last call. */
  take(): Sent[] {
    const mine = this.bench.take().filter((segment) => segment.destinationPort === this.peer.port);
    for (const segment of mine) {
      const body = segment.options.get(8);
      if (body !== undefined) this.ourTsval = new DataView(body.buffer).getUint32(0);
    }
    this.sent.push(...mine);
    return mine;
  }

  get echo(): number {
    return this.ourTsval;
  }

  /** The state as the stack has it; CLOSED when it knows nothing of this peer. */
  stateNow(): State {
    for (const entry of this.bench.stack.tcp.connections) {
      if (entry.key.remotePort !== this.peer.port) continue;
      if (entry instanceof HalfOpen) return 'SYN-RECEIVED';
      return entry instanceof TimeWait ? 'TIME-WAIT' : tcpStateName(entry.state);
    }
    return 'CLOSED';
  }

  /** Takes the conversation off the stack, whatever state it is in. */
  end(): void {
    for (let socket = this.house.listener.accept(); socket !== null; socket = this.house.listener.accept())
      socket.abort();
    this.socket?.abort();
    for (const entry of this.bench.stack.tcp.connections) {
      if (entry.key.remotePort !== this.peer.port) continue;
      if (entry instanceof TimeWait) this.bench.stack.tcp.releaseTimeWait(entry.key);
      else this.peer.send('R', { seq: entry.rcvNxt >>> 0 });
    }
    this.bench.take();
  }

  private bring(): void {
    const { state } = this.kind;
    if (state === 'CLOSED') this.peer.ourPort = PORT + 1;
    if (state === 'CLOSED' || state === 'LISTEN') return;
    if (!this.open()) return;
    const socket = this.socket as StreamSocket;
    if (this.kind.zeroWindow) this.fill();
    const closesFirst =
      state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2' || state === 'CLOSING' || state === 'TIME-WAIT';
    if (!closesFirst && state !== 'ESTABLISHED') this.peer.send('FA');
    this.settle();
    if (this.kind.inFlight > 0) {
      socket.write(text(this.kind.inFlight));
      this.collect(false);
    }
    if (this.kind.readerGone) socket.close();
    else if (closesFirst || state === 'LAST-ACK') socket.shutdownWrite();
    this.collect(false);
    if (state === 'FIN-WAIT-2' || state === 'TIME-WAIT') this.collect(true);
    if (state === 'CLOSING') this.peer.send('FA', { ack: this.sndUna >>> 0 });
    if (state === 'TIME-WAIT') this.peer.send('FA');
    this.collect(false);
  }

  /** True when the connection stands. */
  private open(): boolean {
    const { state, passive } = this.kind;
    if (passive) {
      this.peer.send('S', { options: MSS_1460 });
      this.collect(false);
      this.irs = this.peer.seq - 1;
      if (state === 'SYN-RECEIVED') return false;
      this.collect(true);
      this.socket = this.house.listener.accept();
      if (this.socket === null) throw new Error('nothing to accept');
      return true;
    }
    this.socket = this.bench.connect({ remotePort: this.peer.port, receiveBufferSize: OUR_BUFFER });
    this.collect(false);
    const syn = this.sent[0];
    if (syn === undefined) throw new Error('no SYN');
    this.peer.ourPort = syn.sourcePort;
    if (state === 'SYN-SENT') return false;
    this.irs = this.peer.seq;
    if (state === 'SYN-RECEIVED') {
      this.peer.send('S', { options: MSS_1460 });
      this.collect(false);
      return false;
    }
    this.peer.accept(syn);
    this.peer.send('SA', { options: MSS_1460 });
    this.collect(true);
    return true;
  }

  /** Notes what was sent; with `acknowledge` the peer acknowledges all of it. */
  private collect(acknowledge: boolean): void {
    const before = this.sent.length;
    this.take();
    const first = this.sent[0];
    if (first !== undefined && before === 0) {
      this.iss = first.seq;
      this.sndUna = first.seq;
    }
    if (!acknowledge) return;
    for (const segment of this.sent)
      if ((endOf(segment) - this.peer.ack) << 0 >= 0 || this.peer.ack === 0) this.peer.accept(segment);
    this.peer.send('A');
    this.sndUna = this.peer.ack;
  }

  /** Lets delayed acknowledgments go; nothing of ours is under way yet. */
  private settle(): void {
    this.collect(true);
    this.bench.run(600);
    this.collect(false);
  }

  /** The peer sends until the window is shut. */
  private fill(): void {
    for (let rounds = 0; rounds < 1_000; rounds++) {
      this.bench.run(250);
      this.collect(false);
      const last = this.sent.at(-1);
      if (last === undefined || last.window === 0) return;
      this.peer.send('PA', { payload: text(Math.min(last.window, 1_000)) });
    }
    throw new Error('the window does not shut');
  }

  private variables(): Tcb {
    const { state, passive } = this.kind;
    const last = this.sent.at(-1);
    const ends = this.sent.map(endOf);
    const sndNxt = ends.reduce((most, end) => (((end - most) | 0) > 0 ? end : most), ends[0] ?? 0);
    return {
      state,
      passive,
      iss: this.iss | 0,
      sndUna: (state === 'SYN-RECEIVED' ? this.iss : this.sndUna) | 0,
      sndNxt: sndNxt | 0,
      maxSndWnd: PEER_WINDOW,
      irs: this.irs | 0,
      rcvNxt: this.peer.seq | 0,
      rcvWnd: last?.window ?? 0,
      tsRecent: this.kind.timestamps ? (this.peer.timestamp as number) : null,
      readerGone: this.kind.readerGone ?? false,
      listening: passive,
    };
  }
}

function endOf(segment: Sent): number {
  const { flags, payload, seq } = segment;
  return (seq + payload.length + (flags.includes('S') ? 1 : 0) + (flags.includes('F') ? 1 : 0)) | 0;
}
