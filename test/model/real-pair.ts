/**
 * Two real stacks on a wire that may lose, repeat and reorder, as a world with moves: the real core under the model's search.
 *
 * The wire is a set of packets in each direction. A packet lives for an MSL. Time moves only to the next timer. Octets tell which opening
 * they were written in, so that an old one can be told from a new one.
 */
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { cloneGraph } from '../../src/base/snapshot.ts';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { Stack } from '../../src/stack/stack.ts';
import { Tcb, TimeWait, tcpStateName } from '../../src/tcp/index.ts';
import type { Profile } from '../requirements/bench.ts';

const ADDRESSES = ['10.0.0.1', '10.0.0.2'] as const;
const PORT = 80;
const CLIENT_PORT = 40_000;
/** Half of what the profile `linux` waits in TIME-WAIT. */
const MSL_US = 30_000_000;
const SYNCHRONIZED = 4;

interface Flying {
  readonly hex: string;
  readonly sentUs: number;
}

/** A connection the server's program was given. */
interface Served {
  readonly socket: StreamSocket;
  readonly octets: number[];
  isClosed: boolean;
}

export interface RealBounds {
  readonly opens: number;
  readonly octets: number;
  readonly wire: number;
}

export class RealPair {
  readonly stacks: readonly [Stack, Stack];
  readonly listener: ListenSocket;
  readonly wires: readonly [Flying[], Flying[]] = [[], []];
  readonly bounds: RealBounds;
  client: StreamSocket | null = null;
  isClientClosed = false;
  readonly served: Served[] = [];
  /** Octets written in each opening. */
  readonly written: number[] = [];
  /** Numbers under which the client has stood: its own and the peer's initial sequence number. */
  readonly agreed = new Set<string>();
  nowUs = 10_000_000;

  constructor(profile: Profile, bounds: RealBounds, seed: number) {
    this.bounds = bounds;
    const make = (at: 0 | 1): Stack => {
      const settings = { tcp: { timestamps: false, sack: false, window_scaling: false } };
      const stack = new Stack({ name: `host ${at}`, profile, random: new SeededRandom(seed + at), settings });
      const { id } = stack.addInterface({ name: 'tun0', capabilities: plainCapabilities('ip', 1500) });
      stack.addAddress(id, `${ADDRESSES[at]}/24`);
      stack.handleTimeout(this.nowUs);
      return stack;
    };
    this.stacks = [make(0), make(1)];
    this.listener = new ListenSocket(this.stacks[1], { port: PORT });
    this.flush();
    for (const wire of this.wires) wire.length = 0;
  }

  copy(): RealPair {
    return cloneGraph(this);
  }

  /** Every move that is possible now, by name. */
  moves(): string[] {
    const names: string[] = [];
    const { client } = this;
    if (this.written.length < this.bounds.opens && (client === null || this.isFree())) names.push('open');
    if (client !== null && !this.isClientClosed) {
      names.push('close');
      if (client.stateName === 'ESTABLISHED' && (this.written.at(-1) ?? 0) < this.bounds.octets) names.push('write');
    }
    for (const [at, one] of this.served.entries()) if (!one.isClosed) names.push(`serve-close ${at}`);
    for (const side of [0, 1] as const) {
      for (const at of this.wires[side].keys()) {
        names.push(`deliver ${side} ${at}`, `lose ${side} ${at}`, `repeat ${side} ${at}`);
      }
    }
    if (Number.isFinite(this.nextUs())) names.push('time');
    return names;
  }

  /** Makes a move; returns what is wrong afterwards, or null. */
  move(name: string): string | null {
    const [kind = '', first = '0', second = '0'] = name.split(' ');
    const side = first === '0' ? 0 : 1;
    switch (kind) {
      case 'open':
        this.open();
        break;
      case 'write':
        this.write();
        break;
      case 'close':
        this.client?.close();
        this.isClientClosed = true;
        break;
      case 'serve-close':
        this.closeServed(Number(first));
        break;
      case 'time':
        this.passTime();
        break;
      case 'lose':
        this.wires[side].splice(Number(second), 1);
        break;
      default:
        this.arrive(side, Number(second), kind === 'repeat');
    }
    this.flush();
    return this.fault();
  }

  /** What a later packet could meet, times counted from now. Equal texts: equal futures, but for the clock behind the next ISN. */
  key(): string {
    const hosts = this.stacks.map((stack) => {
      const rest = stack.nextTimeoutUs() - this.nowUs;
      const lines = [...stack.tcp.connections].map(describe);
      return [Number.isFinite(rest) ? rest : -1, lines];
    });
    const wires = this.wires.map((wire) => wire.map((one) => [one.hex, this.nowUs - one.sentUs]).sort());
    const served = this.served.map((one) => [one.octets, one.isClosed]);
    return JSON.stringify([hosts, wires, served, this.written, this.isClientClosed]);
  }

  /** From here on the wire behaves and both users close: true when everything ends, with every octet in its place. */
  endsWell(): boolean {
    for (let round = 0; round < 2_000; round++) {
      if (this.client !== null && !this.isClientClosed) this.move('close');
      for (const [at, one] of this.served.entries()) if (!one.isClosed && one.socket.isReadEnded) this.closeServed(at);
      this.flush();
      const side = this.wires[0].length > 0 ? 0 : 1;
      if (this.wires[side].length > 0) {
        if (this.move(`deliver ${side} 0`) !== null) return false;
      } else if (this.stacks.every((stack) => stack.tcp.connections.size === 0)) return true;
      else {
        // A user who waits for somebody long gone closes too.
        for (const [at, one] of this.served.entries()) if (!one.isClosed) this.closeServed(at);
        this.passTime();
        this.flush();
      }
    }
    return false;
  }

  private isFree(): boolean {
    return this.isClientClosed && this.stacks[0].tcp.connections.size === 0;
  }

  private open(): void {
    const options = { remoteAddress: ADDRESSES[1], remotePort: PORT, localPort: CLIENT_PORT };
    this.client = StreamSocket.connect(this.stacks[0], options);
    this.isClientClosed = false;
    this.written.push(0);
  }

  private write(): void {
    const life = this.written.length;
    const count = this.written[life - 1] ?? 0;
    this.client?.write(Uint8Array.of(life * 16 + count));
    this.written[life - 1] = count + 1;
  }

  private closeServed(at: number): void {
    const one = this.served[at];
    if (one === undefined) return;
    one.socket.close();
    one.isClosed = true;
  }

  private nextUs(): number {
    return Math.min(...this.stacks.map((stack) => stack.nextTimeoutUs()));
  }

  private passTime(): void {
    this.nowUs = Math.max(this.nowUs, this.nextUs());
    for (const wire of this.wires) {
      const living = wire.filter((one) => this.nowUs - one.sentUs < MSL_US);
      wire.splice(0, wire.length, ...living);
    }
    for (const stack of this.stacks) stack.handleTimeout(this.nowUs);
  }

  private arrive(from: 0 | 1, at: number, isCopyKept: boolean): void {
    const wire = this.wires[from];
    const flying = wire[at];
    if (flying === undefined) return;
    if (!isCopyKept) wire.splice(at, 1);
    const bytes = Buffer.from(flying.hex, 'hex');
    const slot = Slot.allocate(Math.max(bytes.length, 64), false);
    slot.memory.u8.set(bytes, slot.offset);
    slot.length = bytes.length;
    const stack = this.stacks[from === 0 ? 1 : 0];
    slot.interfaceId = 1;
    stack.receive(slot, this.nowUs);
  }

  /** Programs read and accept, the stacks send. */
  private flush(): void {
    for (const side of [0, 1] as const) {
      const slot = Slot.allocate(2_048, false);
      for (;;) {
        slot.reset();
        slot.interfaceId = 1;
        if (!this.stacks[side].pollTransmit(this.nowUs, slot)) break;
        const bytes = slot.memory.u8.subarray(slot.offset, slot.offset + slot.length);
        const hex = Buffer.from(bytes).toString('hex');
        const wire = this.wires[side];
        if (wire.length < this.bounds.wire && !wire.some((one) => one.hex === hex))
          wire.push({ hex, sentUs: this.nowUs });
      }
    }
    for (let socket = this.listener.accept(); socket !== null; socket = this.listener.accept()) {
      this.served.push({ socket, octets: [], isClosed: false });
    }
    const into = new Uint8Array(64);
    for (const { socket, octets, isClosed } of this.served) {
      if (isClosed) continue;
      const count = socket.read(into);
      if (count > 0) octets.push(...into.subarray(0, count));
    }
    const tcb = this.client?.tcb;
    if (tcb && tcb.state >= SYNCHRONIZED) this.agreed.add(`${tcb.iss} ${tcb.irs}`);
  }

  private fault(): string | null {
    for (const { socket, octets } of this.served) {
      const life = (octets[0] ?? 16) >> 4;
      if (octets.some((octet, index) => octet !== life * 16 + index)) return `octets ${octets.join(' ')}`;
      const { tcb } = socket;
      if (tcb !== null && !this.agreed.has(`${tcb.irs} ${tcb.iss}`)) return 'ghost: the client never agreed';
    }
    const [ours, theirs] = this.stacks.map((stack) =>
      [...stack.tcp.connections].filter((entry) => entry instanceof Tcb && entry.state >= SYNCHRONIZED),
    ) as [Tcb[], Tcb[]];
    const [mine, peer] = [ours[0], theirs[0]];
    if (mine && peer && (mine.iss !== peer.irs || mine.irs !== peer.iss)) return 'two owners';
    return null;
  }
}

/** What of a connection a later packet could meet. */
function describe(entry: object): readonly unknown[] {
  if (entry instanceof TimeWait) return ['TIME-WAIT', entry.sndNxt, entry.rcvNxt];
  // Half open: a record of numbers and timers.
  if (!(entry instanceof Tcb))
    return ['SYN-RECEIVED', ...Object.values(entry).filter((value) => typeof value === 'number')];
  const { state, iss, irs, sndUna, sndNxt, rcvNxt, rcvAdv, pending, armed, backoff, unsentLength, user } = entry;
  return [
    tcpStateName(state),
    iss,
    irs,
    sndUna,
    sndNxt,
    rcvNxt,
    rcvAdv,
    pending,
    armed,
    backoff,
    unsentLength,
    user !== null,
  ];
}
