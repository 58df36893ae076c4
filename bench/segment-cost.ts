/**
 * What one data segment costs in things that can be counted, both ends together: octets of heap, octets copied, functions
 * thrown out of optimized code. Counts do not depend on the machine's mood; `segment-cost.test.ts` holds them down.
 *
 *   node --expose-gc --min-semi-space-size=64 --max-semi-space-size=64 scripts/ts.mjs bench/segment-cost.ts 2147483648
 *
 * The argument is an hour in microseconds that the clock passes in the first window that is counted; 0: none. What V8 throws out is written
 * to stdout by V8 itself, before the counts.
 */
import { setFlagsFromString } from 'node:v8';
import { ListenSocket, StreamSocket } from 'woshou';
import { BenchPair } from './pair.ts';

const MTU = 1500;
const PORT = 80;
const CHUNK = 65_536;
/** One batch: 64 KB there, the acknowledgments back. */
const STEP_US = 50;
const WARM_UP_TURNS = 6_000;
const COUNTED_TURNS = 400;
const WINDOWS = 4;
const VIEWS = 100_000;

/** What was counted; all of it about segments with text and the acknowledgments they draw. */
export interface SegmentCost {
  readonly segments: number;
  /** Octets of heap, buffers outside of it included, that came into being per segment. */
  readonly heapBytes: number;
  /** Octets of heap that one view of a buffer takes, with this V8. */
  readonly viewBytes: number;
  /** Octets copied per octet that was written at one end and read at the other. */
  readonly copies: number;
}

class Transfer {
  received = 0;
  private readonly pair: BenchPair;
  private readonly client: StreamSocket;
  private readonly server: StreamSocket;
  private readonly pattern = Uint8Array.from({ length: CHUNK }, (_, index) => (index * 31 + 7) & 255);
  private readonly twice = Buffer.concat([this.pattern, this.pattern]);
  private readonly into = new Uint8Array(CHUNK);
  private sent = 0;
  private nowUs: number;

  constructor(startUs: number) {
    this.nowUs = startUs;
    this.pair = new BenchPair({ mtu: MTU, startUs, clock: () => this.nowUs });
    const listener = new ListenSocket(this.pair.b, { port: PORT });
    this.client = StreamSocket.connect(this.pair.a, { remoteAddress: '10.0.0.2', remotePort: PORT, noDelay: true });
    this.pair.settle();
    const accepted = listener.accept();
    if (accepted === null) throw new Error(`the handshake failed: ${this.client.stateName}`);
    this.server = accepted;
  }

  get segments(): number {
    return this.pair.b.counters.tcp.InSegs;
  }

  run(turns: number): void {
    for (let turn = 0; turn < turns; turn++) {
      this.nowUs += STEP_US;
      this.pair.tick();
      const from = this.sent % CHUNK;
      this.sent += this.client.write(this.pattern, from, CHUNK - from);
      this.pair.exchange();
      const count = this.server.read(this.into);
      const at = this.received % CHUNK;
      if (this.twice.compare(this.into, 0, count, at, at + count) !== 0)
        throw new Error(`wrong octets at ${this.received}`);
      this.received += count;
    }
  }
}

function memoryUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function viewCost(): number {
  const buffer = new Uint8Array(64);
  const kept = new Array<Uint8Array>(VIEWS).fill(buffer);
  const before = memoryUse();
  for (let index = 0; index < VIEWS; index++) kept[index] = buffer.subarray(index & 31);
  return (memoryUse() - before) / kept.length;
}

/** Every copy of more than a few octets is a `set`; shorter ones are loops. */
function countCopies(work: () => void): number {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  const { set } = prototype;
  let copied = 0;
  prototype.set = function count(this: Uint8Array, from: ArrayLike<number>, offset?: number): void {
    copied += from.length;
    set.call(this, from, offset);
  };
  work();
  prototype.set = set;
  return copied;
}

function measure(boundaryUs: number): SegmentCost {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (gc === undefined) throw new Error('run node with --expose-gc to count memory');
  const startUs = boundaryUs === 0 ? 0 : boundaryUs - (WARM_UP_TURNS + COUNTED_TURNS / 2) * STEP_US;
  const transfer = new Transfer(startUs);
  transfer.run(WARM_UP_TURNS);
  gc();
  setFlagsFromString('--trace-deopt');
  let segments = 0;
  let heapBytes = Number.POSITIVE_INFINITY;
  // The least of several windows: V8 puts what it compiles in the background into the same heap.
  for (let window = 0; window < WINDOWS; window++) {
    const before = memoryUse();
    const firstSegment = transfer.segments;
    transfer.run(COUNTED_TURNS);
    segments = transfer.segments - firstSegment;
    heapBytes = Math.min(heapBytes, (memoryUse() - before) / segments);
  }
  setFlagsFromString('--no-trace-deopt');
  const firstOctet = transfer.received;
  const copied = countCopies(() => transfer.run(COUNTED_TURNS));
  return { segments, heapBytes, viewBytes: viewCost(), copies: copied / (transfer.received - firstOctet) };
}

console.log(JSON.stringify(measure(Number(process.argv[2] ?? 0))));
