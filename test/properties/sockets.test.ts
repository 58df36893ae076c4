/**
 * Calls of two users against a model: any sequence of write, read, shutdown, close and abort on both ends, with the wire
 * flushed or held between them. What is read is a prefix of what was written, states change along the arrows of RFC 9293
 * only, and in the end nothing is left.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observer, ObserverRecord } from '../../src/base/observer.ts';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { TRANSITIONS } from '../../src/tcp/index.ts';
import { octetAt } from '../support/rough-pair.ts';
import { StackPair } from '../support/stack-pair.ts';

type Step =
  | { readonly kind: 'write' | 'read'; readonly end: 0 | 1; readonly length: number }
  | { readonly kind: 'shutdown' | 'close' | 'abort'; readonly end: 0 | 1 }
  | { readonly kind: 'flush' }
  | { readonly kind: 'wait'; readonly ms: number };

const end = fc.constantFrom<0 | 1>(0, 1);
const length = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5_000 }), fc.constant(200_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('write', 'read'), end, length }) },
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'flush' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(1, 50, 300, 5_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('shutdown', 'close'), end }) },
) as fc.Arbitrary<Step>;
const stepWithAbort: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: step },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort'), end }) },
) as fc.Arbitrary<Step>;

/** Every state change is an arrow of the diagram; a connection's next change starts where its last one ended. */
class TransitionWatch implements Observer {
  private readonly arrows = new Set(TRANSITIONS.map(({ from, to }) => `${from}>${to}`));
  private readonly states = new Map<string, string>();
  readonly wrong: string[] = [];

  observe(record: ObserverRecord): void {
    if (record.kind !== 'state') return;
    const key = `${record.localAddress}#${record.connectionId}`;
    const arrow = `${record.from}>${record.to}`;
    if (!this.arrows.has(arrow)) this.wrong.push(arrow);
    const known = this.states.get(key) ?? 'CLOSED';
    if (known !== record.from) this.wrong.push(`${arrow} while in ${known}`);
    this.states.set(key, record.to);
  }

  get left(): string[] {
    return [...this.states.values()].filter((state) => state !== 'CLOSED');
  }
}

/** What one user has done, and what must therefore be true. */
class ModelEnd {
  written = 0;
  read = 0;
  isWriteClosed = false;
  isClosed = false;
  readonly salt: number;
  socket: StreamSocket | null = null;

  constructor(salt: number) {
    this.salt = salt;
  }
}

function perform(one: Step, ends: readonly [ModelEnd, ModelEnd], pair: StackPair): void {
  if (one.kind === 'flush') {
    pair.flush();
    return;
  }
  if (one.kind === 'wait') {
    pair.run(pair.nowUs + one.ms * 1_000);
    return;
  }
  const model = ends[one.end];
  const { socket } = model;
  if (socket === null) return;
  switch (one.kind) {
    case 'write':
      write(model, socket, one.length);
      return;
    case 'read':
      read(model, ends[1 - one.end] as ModelEnd, socket, one.length);
      return;
    case 'shutdown':
      socket.shutdownWrite();
      model.isWriteClosed = true;
      return;
    case 'close':
      socket.close();
      break;
    default:
      socket.abort();
  }
  model.isWriteClosed = true;
  model.isClosed = true;
}

function write(model: ModelEnd, socket: StreamSocket, count: number): void {
  const bytes = Uint8Array.from({ length: count }, (_, index) => octetAt(model.salt, model.written + index));
  if (model.isWriteClosed || socket.stateName === 'CLOSED') {
    expect(() => socket.write(bytes)).toThrow(/EPIPE/);
    return;
  }
  const room = socket.writableLength;
  const taken = socket.write(bytes);
  expect(taken).toBe(Math.min(count, room));
  model.written += taken;
}

function read(model: ModelEnd, other: ModelEnd, socket: StreamSocket, count: number): void {
  const into = new Uint8Array(count);
  const ready = socket.readableLength;
  const got = socket.read(into);
  expect(got).toBe(Math.min(count, ready));
  for (let index = 0; index < got; index++) {
    if (into[index] !== octetAt(other.salt, model.read + index))
      throw new Error(`octet ${model.read + index} is wrong`);
  }
  model.read += got;
  expect(model.read).toBeLessThanOrEqual(other.written);
}

function runModel(steps: readonly Step[], profile: 'linux' | 'rfc'): { ends: [ModelEnd, ModelEnd]; pair: StackPair } {
  const observer = new TransitionWatch();
  const pair = new StackPair({ profile, observer, settings: { tcp: { fin_timeout: 20 } } });
  const listener = new ListenSocket(pair.b, { port: 80 });
  const ends: [ModelEnd, ModelEnd] = [new ModelEnd(0), new ModelEnd(1)];
  ends[0].socket = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
  for (const one of steps) {
    ends[1].socket ??= listener.accept();
    perform(one, ends, pair);
    expect(observer.wrong).toEqual([]);
  }
  // The end of it: both close whatever they still hold, and time passes.
  pair.run(pair.nowUs + 1_000_000);
  ends[1].socket ??= listener.accept();
  for (const round of [0, 1, 2]) {
    for (const model of ends) model.socket?.close();
    pair.run(pair.nowUs + 300_000_000 * (round + 1));
  }
  expect(observer.wrong).toEqual([]);
  expect([pair.a.tcp.connections.size, pair.b.tcp.connections.size]).toEqual([0, 0]);
  expect(observer.left).toEqual([]);
  expect([pair.a.tcp.orphanCount, pair.b.tcp.orphanCount]).toEqual([0, 0]);
  expect([pair.a.tcp.timeWaitCount, pair.b.tcp.timeWaitCount]).toEqual([0, 0]);
  return { ends, pair };
}

const RUNS = { numRuns: 120, seed: 20_260_101 };

describe.each(['linux', 'rfc'] as const)('%s: two users', (profile) => {
  it('any calls in any order', () => {
    fc.assert(
      fc.property(fc.array(stepWithAbort, { maxLength: 30 }), (steps) => {
        runModel(steps, profile);
      }),
      RUNS,
    );
  });

  it('what was written before an orderly end is all read', () => {
    const talk = step.filter((one) => one.kind !== 'close');
    fc.assert(
      fc.property(fc.array(talk, { maxLength: 25 }), (steps) => {
        const observer = new TransitionWatch();
        const pair = new StackPair({ profile, observer });
        const listener = new ListenSocket(pair.b, { port: 80 });
        const ends: [ModelEnd, ModelEnd] = [new ModelEnd(0), new ModelEnd(1)];
        ends[0].socket = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
        pair.flush();
        ends[1].socket = listener.accept();
        for (const one of steps) perform(one, ends, pair);
        for (const model of ends) model.socket?.shutdownWrite();
        for (let round = 0; round < 300; round++) {
          pair.run(pair.nowUs + 100_000);
          perform({ kind: 'read', end: 0, length: 200_000 }, ends, pair);
          perform({ kind: 'read', end: 1, length: 200_000 }, ends, pair);
          if (ends.every(({ socket }) => socket?.isReadEnded)) break;
        }
        expect([ends[0].read, ends[1].read]).toEqual([ends[1].written, ends[0].written]);
        for (const model of ends) {
          expect(model.socket?.isReadEnded).toBe(true);
          model.socket?.close();
        }
        pair.run(pair.nowUs + 500_000_000);
        expect(observer.left).toEqual([]);
        for (const { socket } of ends) expect(socket?.error).toBeNull();
      }),
      RUNS,
    );
  });
});
