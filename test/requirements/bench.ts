/**
 * The test bench of the requirement tests: one stack on a bare IP link with virtual time, and peers played by hand.
 * `give` puts a packet on the wire, `run` lets time pass, `take` hands over what the stack sent since.
 */

import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import type { Observer } from '../../src/base/observer.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { Stack } from '../../src/stack/stack.ts';
import { buildSegment, type Packet, readPacket, type Segment, type SegmentSpec } from './wire.ts';

export type Profile = 'linux' | 'rfc';
type StackSettings = NonNullable<ConstructorParameters<typeof Stack>[0]['settings']>;
type ConnectOptions = Parameters<typeof StreamSocket.connect>[1];

export interface BenchOptions {
  readonly profile?: Profile;
  readonly settings?: StackSettings;
  readonly mtu?: number;
  readonly seed?: number;
  readonly observer?: Observer;
}

/** Our addresses and those of the peer by hand. */
export const OURS = '10.0.0.1';
export const OURS6 = 'fd00::1';
export const THEIRS = '10.0.0.2';
export const THEIRS6 = 'fd00::2';
/** A second address of ours, on the same interface. */
export const OURS_TOO = '10.0.0.9';

/** Milliseconds pass 2^31 shortly after the bench is ready: whoever keeps them in an int32 must compare them modulo 2^32. */
const START_US = 2 ** 31 * 1000 - 3_500_000;

export class Bench {
  readonly stack: Stack;
  readonly interfaceId: number;
  nowUs = START_US;
  private readonly slot = Slot.allocate(70_000, false);
  private readonly mtu: number;
  private packets: Packet[] = [];

  constructor(options: BenchOptions = {}) {
    this.stack = new Stack({
      name: 'ours',
      profile: options.profile ?? 'rfc',
      random: new SeededRandom(options.seed ?? 7),
      observer: options.observer ?? null,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    });
    this.mtu = options.mtu ?? 1500;
    const capabilities = plainCapabilities('ip', this.mtu);
    this.interfaceId = this.stack.addInterface({ name: 'tun0', capabilities }).id;
    const v6 = capabilities.mtu < 1280 ? [] : [`${OURS6}/64`];
    for (const address of [`${OURS}/24`, `${OURS_TOO}/24`, ...v6]) this.stack.addAddress(this.interfaceId, address);
    this.stack.addRoute('0.0.0.0/0', null, this.interfaceId);
    this.run(3_000);
    this.packets = [];
  }

  /** One packet arrives now; what the stack answers at once is collected. */
  give(packet: Uint8Array): void {
    this.giveAll([packet]);
  }

  /** Packets arrive in one batch: the driver asks for output only behind the last one. */
  giveAll(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      const slot = Slot.allocate(Math.max(packet.length, 64), false);
      slot.memory.u8.set(packet, slot.offset);
      slot.length = packet.length;
      slot.interfaceId = this.interfaceId;
      this.stack.receive(slot, this.nowUs);
    }
    this.drain();
  }

  /** Lets `ms` pass: every timeout on the way is handled at its time. */
  run(ms: number): void {
    const untilUs = this.nowUs + ms * 1000;
    this.drain();
    for (let rounds = 0; ; rounds++) {
      const dueUs = this.stack.nextTimeoutUs();
      if (dueUs > untilUs) break;
      if (rounds > 200_000) throw new Error('time does not move on');
      this.nowUs = Math.max(this.nowUs, dueUs);
      this.stack.handleTimeout(this.nowUs);
      this.drain();
    }
    this.nowUs = untilUs;
    this.stack.handleTimeout(this.nowUs);
    this.drain();
  }

  /** Time passes in one step, as for a driver with nothing to do: it says what time it is before the user's next call. */
  sleep(ms: number): void {
    this.nowUs += ms * 1000;
    if (this.stack.nextTimeoutUs() <= this.nowUs) throw new Error('a timeout would have been slept through');
    this.stack.handleTimeout(this.nowUs);
  }

  /** TCP segments sent since the last call. */
  take(): Segment[] {
    return this.takePackets().flatMap((packet) => packet.segment ?? []);
  }

  /** All packets sent since the last call. */
  takePackets(): Packet[] {
    this.drain();
    return this.packets.splice(0);
  }

  /** The one segment sent since the last call; throws when there was none or more than one. */
  takeOne(): Segment {
    const segments = this.take();
    const [segment] = segments;
    if (segment === undefined || segments.length !== 1) {
      throw new Error(`expected one segment, got ${segments.length}: ${segments.map(describeSegment).join(' | ')}`);
    }
    return segment;
  }

  listen(port = 80, options: { address?: string; backlog?: number } = {}): ListenSocket {
    return new ListenSocket(this.stack, { port, ...options });
  }

  connect(options: Partial<ConnectOptions> = {}): StreamSocket {
    const socket = StreamSocket.connect(this.stack, { remoteAddress: THEIRS, remotePort: 80, ...options });
    this.drain();
    return socket;
  }

  private drain(): void {
    for (;;) {
      this.slot.reset();
      this.slot.interfaceId = this.interfaceId;
      if (!this.stack.pollTransmit(this.nowUs, this.slot)) return;
      const bytes = this.slot.memory.u8.slice(this.slot.offset, this.slot.offset + this.slot.length);
      if (bytes.length > this.mtu)
        throw new Error(`a packet of ${bytes.length} bytes on a link that takes ${this.mtu}`);
      this.packets.push(readPacket(bytes, this.nowUs));
    }
  }
}

export interface PeerOptions {
  readonly address?: string;
  readonly port?: number;
  readonly ourAddress?: string;
  readonly ourPort?: number;
  readonly seq?: number;
  readonly window?: number;
  /** TSval of this peer: every segment carries timestamps then (RFC 7323). */
  readonly timestamp?: number;
}

export type PeerSegment = Partial<
  Omit<SegmentSpec, 'source' | 'destination' | 'sourcePort' | 'destinationPort' | 'flags'>
>;

/** The other end by hand. It keeps SND.NXT and RCV.NXT of its own and nothing else. */
export class Peer {
  readonly bench: Bench;
  readonly address: string;
  readonly port: number;
  ourAddress: string;
  ourPort: number;
  /** Next sequence number to send. */
  seq: number;
  /** Next sequence number expected. */
  ack = 0;
  window: number;
  timestamp: number | null;
  /** TSval last seen, to be echoed. */
  private echo = 0;

  constructor(bench: Bench, options: PeerOptions = {}) {
    this.bench = bench;
    this.address = options.address ?? THEIRS;
    this.port = options.port ?? 40_000;
    this.ourAddress = options.ourAddress ?? (this.address.includes(':') ? OURS6 : OURS);
    this.ourPort = options.ourPort ?? 80;
    // Numbers of the peer wrap after a few octets.
    this.seq = options.seq ?? 0xffff_fff0;
    this.window = options.window ?? 65_535;
    this.timestamp = options.timestamp ?? null;
  }

  /** A segment of this peer. It takes the next sequence number unless `fields.seq` says otherwise. */
  build(flags: string, fields: PeerSegment = {}): Uint8Array {
    const seq = fields.seq ?? this.seq;
    if (fields.seq === undefined) {
      const text = fields.payload?.length ?? 0;
      this.seq = (this.seq + text + (flags.includes('S') ? 1 : 0) + (flags.includes('F') ? 1 : 0)) >>> 0;
    }
    return buildSegment({
      source: this.address,
      destination: this.ourAddress,
      sourcePort: this.port,
      destinationPort: this.ourPort,
      ack: flags.includes('A') ? this.ack : 0,
      window: this.window,
      ...fields,
      options: [...this.timestampOption(), ...(fields.options ?? [])],
      flags,
      seq,
    });
  }

  send(flags: string, fields: PeerSegment = {}): void {
    this.bench.give(this.build(flags, fields));
  }

  /** Takes notice of a segment of the stack: everything up to its end is expected to be acknowledged. */
  accept(segment: Segment): Segment {
    this.ack = endOf(segment);
    const body = segment.options.get(8);
    if (body !== undefined) this.echo = new DataView(body.buffer).getUint32(0);
    return segment;
  }

  /** What the stack sends is taken and acknowledged in order until a minute brings nothing more; returns the octets. */
  acknowledgeAll(): Uint8Array {
    const octets: number[] = [];
    for (let rounds = 0, quietMs = 0; rounds < 10_000 && quietMs < 60_000; rounds++) {
      const segments = this.bench.take();
      for (const segment of segments) {
        if (segment.seq !== this.ack || segmentLength(segment) === 0) continue;
        octets.push(...segment.payload);
        this.accept(segment);
      }
      if (segments.length > 0) this.send('A');
      else this.bench.run(10_000);
      quietMs = segments.length > 0 ? 0 : quietMs + 10_000;
    }
    return Uint8Array.from(octets);
  }

  private timestampOption(): readonly number[] {
    if (this.timestamp === null) return [];
    const option = new Uint8Array(12);
    option.set([1, 1, 8, 10]);
    new DataView(option.buffer).setUint32(4, this.timestamp);
    new DataView(option.buffer).setUint32(8, this.echo);
    return [...option];
  }
}

export interface Established {
  readonly bench: Bench;
  readonly peer: Peer;
  readonly socket: StreamSocket;
}

export interface EstablishedOptions extends BenchOptions, PeerOptions {
  /** Options in the peer's SYN or SYN-ACK: by default an MSS of 1460 and nothing else. */
  readonly synOptions?: readonly number[];
  readonly ipOptions?: readonly number[];
  readonly connect?: Partial<ConnectOptions>;
}

export const MSS_1460 = [2, 4, 1460 >> 8, 1460 & 255] as const;

/** A connection the stack opened. */
export function openActively(options: EstablishedOptions = {}): Established {
  const bench = new Bench(options);
  const socket = bench.connect({
    ...(options.address === undefined ? {} : { remoteAddress: options.address }),
    ...options.connect,
  });
  const syn = bench.takeOne();
  const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort, ourAddress: syn.source, ...options });
  peer.accept(syn);
  peer.send('SA', { options: options.synOptions ?? MSS_1460, ...ipOptionsOf(options) });
  bench.take();
  return { bench, peer, socket };
}

/** A connection the peer opened. */
export function openPassively(options: EstablishedOptions = {}): Established {
  const bench = new Bench(options);
  const listener = bench.listen(options.ourPort ?? 80);
  const peer = new Peer(bench, options);
  peer.send('S', { options: options.synOptions ?? MSS_1460, ...ipOptionsOf(options) });
  peer.accept(bench.takeOne());
  peer.send('A');
  const socket = listener.accept();
  if (socket === null) throw new Error('nothing to accept');
  listener.close();
  bench.take();
  return { bench, peer, socket };
}

export function segmentLength(segment: Segment): number {
  return segment.payload.length + (segment.flags.includes('S') ? 1 : 0) + (segment.flags.includes('F') ? 1 : 0);
}

export function endOf(segment: Segment): number {
  return (segment.seq + segmentLength(segment)) >>> 0;
}

/** Octets that differ from place to place. */
export function text(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => ((from + index) * 7 + ((from + index) >> 8)) & 255);
}

/** Everything the socket has to read. */
export function readAll(socket: StreamSocket): Uint8Array {
  const into = new Uint8Array(1 << 20);
  let length = 0;
  for (let count = socket.read(into, length); count > 0; count = socket.read(into, length)) length += count;
  return into.slice(0, length);
}

/** `SA 1000:1001 ack 5 win 65535 len 0`, for messages. */
export function describeSegment(segment: Segment): string {
  const { flags, seq, ack, window, payload } = segment;
  return `${flags} ${seq} ack ${ack} win ${window} len ${payload.length}`;
}

function ipOptionsOf(options: EstablishedOptions): { ipOptions?: readonly number[] } {
  return options.ipOptions === undefined ? {} : { ipOptions: options.ipOptions };
}
