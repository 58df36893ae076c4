/**
 * Many connections, and many that want to be: a million open at once between two stacks of one process, and a flood of SYNs.
 * Beside the figures each reports what it took: memory, and pauses of the collector.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { ListenSocket, plainCapabilities, SeededRandom, Slot, Stack, StreamSocket } from 'woshou';
import { createPacketMemory } from 'woshou/node';

const MTU = 1500;
const PORT = 80;
/** Addresses of the client's side; each has 28,232 ephemeral ports for one listener. */
const CLIENTS = 48;

export interface CrowdResult {
  readonly connections: number;
  readonly openSeconds: number;
  readonly talkSeconds: number;
  /** Octets of one connection, both ends: heap and packet memory. */
  readonly bytesEach: number;
  readonly rssMiB: number;
  readonly pauseMaxMs: number;
  readonly pauseP99Ms: number;
}

/** Two stacks and the frames between them; the time is told once per batch. */
class Cable {
  readonly a: Stack;
  readonly b: Stack;
  nowUs = 0;
  private readonly startNs = process.hrtime.bigint();
  private readonly slot = new Slot(createPacketMemory(MTU + 128), 32, MTU + 64, 32);

  constructor(settings: ConstructorParameters<typeof Stack>[0]['settings'] = {}) {
    this.a = new Stack({ name: 'a', random: new SeededRandom(1), settings });
    this.b = new Stack({ name: 'b', random: new SeededRandom(2), settings });
    const capabilities = plainCapabilities('ip', MTU);
    for (const stack of [this.a, this.b]) stack.addInterface({ name: 'eth0', capabilities });
    for (let host = 0; host < CLIENTS; host++) this.a.addAddress(1, `10.0.1.${host + 1}/16`);
    this.b.addAddress(1, '10.0.0.1/16');
    this.slot.interfaceId = 1;
  }

  tick(): void {
    this.nowUs = Number(process.hrtime.bigint() - this.startNs) / 1000;
    for (const stack of [this.a, this.b]) if (stack.nextTimeoutUs() <= this.nowUs) stack.handleTimeout(this.nowUs);
  }

  settle(): void {
    while (this.drain(this.a, this.b) + this.drain(this.b, this.a) > 0);
    while (this.a.pollEvent() !== null);
    while (this.b.pollEvent() !== null);
  }

  private drain(from: Stack, to: Stack): number {
    let frames = 0;
    for (; from.pollTransmit(this.nowUs, this.slot); frames++) to.receive(this.slot, this.nowUs);
    return frames;
  }
}

/** Opens so many connections, lets them rest, then moves an octet both ways over each. Needs --expose-gc and memory. */
export async function crowd(connections: number): Promise<CrowdResult> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('run node with --expose-gc');
  const pauses = watchPauses();
  const cable = new Cable();
  const listener = new ListenSocket(cable.b, { port: PORT });
  gc();
  const before = memoryUse();
  const startNs = process.hrtime.bigint();
  const pairs: [StreamSocket, StreamSocket][] = [];
  for (let index = 0; index < connections; index++) {
    if (index % 16 === 0) cable.tick();
    const localAddress = `10.0.1.${(index % CLIENTS) + 1}`;
    const client = StreamSocket.connect(cable.a, { localAddress, remoteAddress: '10.0.0.1', remotePort: PORT });
    cable.settle();
    const server = listener.accept();
    if (server === null) throw new Error(`connection ${index}: ${client.stateName}`);
    pairs.push([client, server]);
  }
  const openSeconds = secondsSince(startNs);
  cable.tick();
  cable.settle();
  gc();
  const bytesEach = (memoryUse() - before) / connections;
  const talkNs = process.hrtime.bigint();
  const octet = new Uint8Array(1);
  let turn = 0;
  for (const [client, server] of pairs) {
    if (turn++ % 16 === 0) cable.tick();
    octet[0] = turn & 255;
    client.write(octet);
    cable.settle();
    if (server.read(octet) !== 1) throw new Error('the octet did not arrive');
    server.write(octet);
    cable.settle();
    if (client.read(octet) !== 1 || octet[0] !== (turn & 255)) throw new Error('the octet did not come back');
  }
  const talkSeconds = secondsSince(talkNs);
  const sorted = (await pauses()).sort((x, y) => x - y);
  return {
    connections,
    openSeconds,
    talkSeconds,
    bytesEach,
    rssMiB: process.memoryUsage().rss / 2 ** 20,
    pauseMaxMs: sorted.at(-1) ?? 0,
    pauseP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

/** SYNs from everywhere for `seconds`, SYN-ACKs thrown away; returns SYNs per second of the processor. */
export function flood(seconds: number): number {
  const target = new FloodTarget();
  let count = 0;
  const start = process.hrtime.bigint();
  const startUs = processorUs();
  while (secondsSince(start) < seconds) {
    target.syns(1000);
    count += 1000;
  }
  return (count / (processorUs() - startUs)) * 1e6;
}

export interface HonestResult {
  readonly quietUs: number;
  readonly floodedUs: number;
  readonly opened: number;
}

/**
 * Processor time of the server from an honest SYN to its accept, with a thousand forged SYNs before each of its segments, and with a quiet spell of
 * the same length there: without one, segments that follow each other at once find everything in the caches, which no
 * server does that waits for a client. Medians: a machine that others use as well disturbs some rounds.
 */
export function honest(rounds: number): HonestResult {
  const time = (isFlooded: boolean): [number, number] => {
    const target = new FloodTarget();
    target.syns(20_000);
    const startUs = processorUs();
    target.syns(20_000);
    target.pauseUs = (processorUs() - startUs) / 20;
    const spentUs: number[] = [];
    let opened = 0;
    for (let round = 0; round < rounds; round++) {
      spentUs.push(target.handshake(round, isFlooded));
      opened += target.close();
    }
    return [median(spentUs), opened];
  };
  time(true);
  time(false);
  const [quietUs, one] = time(false);
  const [floodedUs, other] = time(true);
  return { quietUs, floodedUs, opened: (one + other) / 2 };
}

/** What the process has used so far, microseconds. */
function processorUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function median(values: number[]): number {
  values.sort((x, y) => x - y);
  return values[values.length >> 1] ?? 0;
}

const SYN_LENGTH = 60;

/** A server, and packets made by writing a few words into a SYN: 1,000 at a time between two looks at the clock. */
class FloodTarget {
  readonly stack: Stack;
  private readonly listener: ListenSocket;
  private readonly slot = new Slot(createPacketMemory(MTU + 128), 32, MTU + 64, 32);
  private readonly out = new Slot(createPacketMemory(MTU + 128), 32, MTU + 64, 32);
  private readonly random = new SeededRandom(5);
  private readonly syn: Uint8Array;
  /** What a thousand SYNs take. */
  pauseUs = 0;
  private nowUs = 0;
  private server: StreamSocket | null = null;

  constructor() {
    this.stack = new Stack({ random: new SeededRandom(1), settings: { tcp: { max_syn_backlog: 256 } } });
    const { id } = this.stack.addInterface({ name: 'eth0', capabilities: plainCapabilities('ip', MTU) });
    this.stack.addAddress(id, '10.0.0.1/8');
    this.listener = new ListenSocket(this.stack, { port: PORT });
    this.out.interfaceId = id;
    this.slot.interfaceId = id;
    this.syn = synPacket();
  }

  syns(count: number): void {
    const { random } = this;
    this.nowUs += 1000;
    if (this.stack.nextTimeoutUs() <= this.nowUs) this.stack.handleTimeout(this.nowUs);
    for (let index = 0; index < count; index++) {
      const source = 0x0a000002 + (random.publicInt32() & 0xffffff);
      this.give(this.syn, source, random.publicInt32() & 0xffff, random.publicInt32(), 0, 0x02);
      this.takeAll();
    }
  }

  /** Microseconds of the processor spent on the segments of one honest client. */
  handshake(round: number, isFlooded: boolean): number {
    const port = 1024 + (round % 60_000);
    const source = 0x0a7f0001;
    if (isFlooded) this.syns(1000);
    else this.rest();
    const start = processorUs();
    this.give(this.syn, source, port, 7, 0, 0x02);
    let iss = 0;
    while (this.stack.pollTransmit(this.nowUs, this.out)) iss = this.out.memory.view.getInt32(this.out.offset + 24);
    const first = processorUs() - start;
    if (isFlooded) this.syns(1000);
    else this.rest();
    const again = processorUs();
    this.give(this.syn, source, port, 8, iss + 1, 0x10);
    this.takeAll();
    this.server = this.listener.accept();
    return first + processorUs() - again;
  }

  /** As long as a flood, without one. */
  private rest(): void {
    this.nowUs += 1000;
    for (const start = process.hrtime.bigint(); secondsSince(start) * 1e6 < this.pauseUs; );
  }

  /** 1 when there was a connection. */
  close(): number {
    const { server } = this;
    server?.abort();
    this.takeAll();
    while (this.stack.pollEvent() !== null);
    return server === null ? 0 : 1;
  }

  private takeAll(): void {
    while (this.stack.pollTransmit(this.nowUs, this.out));
  }

  private give(packet: Uint8Array, source: number, port: number, seq: number, ack: number, flags: number): void {
    const { slot } = this;
    const { view, u8 } = slot.memory;
    slot.reset();
    slot.interfaceId = 1;
    slot.length = SYN_LENGTH;
    const at = slot.offset;
    u8.set(packet, at);
    view.setUint32(at + 12, source);
    view.setUint16(at + 20, port);
    view.setInt32(at + 24, seq);
    view.setInt32(at + 28, ack);
    u8[at + 33] = flags;
    view.setUint16(at + 10, checksum(view, at, 20, 0));
    view.setUint16(at + 36, checksum(view, at + 20, 40, pseudoSum(view, at)));
    this.stack.receive(slot, this.nowUs);
  }
}

/** IPv4 and TCP with MSS, SACK, timestamps and window scale; addresses, numbers and checksums are written later. */
function synPacket(): Uint8Array {
  const bytes = new Uint8Array(SYN_LENGTH);
  const view = new DataView(bytes.buffer);
  bytes.set([0x45, 0, 0, SYN_LENGTH, 0, 0, 0x40, 0, 64, 6]);
  view.setUint32(16, 0x0a000001);
  view.setUint16(22, PORT);
  bytes.set([0xa0, 0x02, 0xff, 0xff], 32);
  bytes.set([2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7], 40);
  return bytes;
}

function checksum(view: DataView, at: number, length: number, start: number): number {
  let sum = start;
  for (let index = 0; index < length; index += 2) sum += view.getUint16(at + index);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function pseudoSum(view: DataView, at: number): number {
  let sum = 6 + 40;
  for (let index = 12; index < 20; index += 2) sum += view.getUint16(at + index);
  return sum;
}

/** Collects the collector's pauses, milliseconds. */
function watchPauses(): () => Promise<number[]> {
  const pauses: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) pauses.push(entry.duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  return async () => {
    // Node hands them over in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const entry of observer.takeRecords()) pauses.push(entry.duration);
    observer.disconnect();
    return pauses;
  };
}

function secondsSince(startNs: bigint): number {
  return Number(process.hrtime.bigint() - startNs) / 1e9;
}

function memoryUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
