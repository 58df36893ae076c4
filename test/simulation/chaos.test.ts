/**
 * The bad wire once more, with users who close, abort and stop reading whenever they like. What is read is still a prefix of
 * what was written, states change along the arrows only, and when both have closed and the wire is healed, nothing is left:
 * no connection, no orphan, no TIME-WAIT record.
 */
import { describe, expect, it } from 'vitest';
import type { Observer, ObserverRecord } from '../../src/base/observer.ts';
import { SeededGenerator } from '../../src/base/random.ts';
import { TRANSITIONS } from '../../src/tcp/index.ts';
import { CALM, type Program, RoughPair } from '../support/rough-pair.ts';
import { roughOptions } from '../support/rough-plans.ts';

/** Throws for a state change that is no arrow of the diagram. */
class ArrowWatch implements Observer {
  private readonly arrows = new Set(TRANSITIONS.map(({ from, to }) => `${from}>${to}`));
  seen = 0;

  observe(record: ObserverRecord): void {
    if (record.kind !== 'state') return;
    this.seen++;
    if (!this.arrows.has(`${record.from}>${record.to}`)) throw new Error(`${record.from} to ${record.to}`);
  }
}

/** Now and then does something hasty. */
function disturb(program: Program, chance: SeededGenerator): void {
  const { socket } = program;
  if (socket === null || program.hasClosed) return;
  switch (chance.nextBelow(60)) {
    case 0:
      socket.shutdownWrite();
      program.hasShutDown = true;
      break;
    case 1:
      socket.close();
      program.hasClosed = true;
      break;
    case 2:
      socket.abort();
      program.hasClosed = true;
      break;
    case 3:
      socket.shutdownRead();
      break;
    case 4:
      socket.userTimeoutMs = 2_000;
      break;
    case 5:
      socket.setKeepAlive({ idleMs: 500, intervalMs: 200, probes: 3 });
      break;
    case 6:
      socket.cork = !socket.cork;
      break;
    case 7:
      socket.lingerMs = 1_000;
      break;
    default:
  }
}

function isWritable(program: Program): boolean {
  return program.socket === null || program.socket.tcb?.finQueued !== true;
}

function run(seed: number, observer: ArrowWatch): void {
  const chance = new SeededGenerator(seed);
  const rough = new RoughPair({ ...roughOptions(seed, 20_000), observer });
  const programs = [rough.client, rough.server];
  // shutdownRead throws octets away, so that places no longer match: such a program stops comparing.
  for (let round = 0; round < 150; round++) {
    rough.run(rough.nowUs + 30_000);
    const program = programs[chance.nextBelow(2)] as Program;
    if (program.socket?.tcb?.isReadShut !== true) disturb(program, chance);
    if (program.socket?.tcb?.isReadShut === true || !isWritable(program)) {
      program.socket?.close();
      program.hasClosed = true;
    }
  }
  rough.weather = CALM;
  rough.run(rough.nowUs + 100_000_000);
  rough.server.socket ??= rough.listener.accept();
  for (const program of programs) {
    program.socket?.close();
    program.hasClosed = true;
  }
  rough.listener.close();
  rough.run(rough.nowUs + 4_000_000_000);
  for (const { tcp } of [rough.pair.a, rough.pair.b]) {
    expect([tcp.connections.size, tcp.orphanCount, tcp.timeWaitCount, tcp.counters.CurrEstab]).toEqual([0, 0, 0, 0]);
  }
}

describe('hasty users over a bad wire', () => {
  const SEEDS_PER_TEST = 15;
  it.each(Array.from({ length: 10 }, (_, index) => 50_000 + index * SEEDS_PER_TEST))('seeds from %i on', (first) => {
    const observer = new ArrowWatch();
    for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
      try {
        run(seed, observer);
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
    expect(observer.seen).toBeGreaterThan(SEEDS_PER_TEST * 4);
  });
});
