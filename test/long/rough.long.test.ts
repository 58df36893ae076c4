/** The two hosts of test/simulation over many more seeds and more octets. */
import { describe, expect, it } from 'vitest';
import { roughOptions, runSeed } from '../support/rough-plans.ts';

const SEEDS_PER_TEST = 150;
const OCTETS_MAX = 40_000;

describe('two hosts over a bad wire', () => {
  it.each(Array.from({ length: 8 }, (_, index) => 10_000 + index * SEEDS_PER_TEST))('seeds from %i on', (first) => {
    const seen = { RetransSegs: 0, TCPFastRetrans: 0, TCPWinProbe: 0, TCPOFOQueue: 0, InCsumErrors: 0 };
    for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
      try {
        const { pair } = runSeed(roughOptions(seed, OCTETS_MAX));
        for (const { counters } of [pair.a, pair.b]) {
          seen.RetransSegs += counters.tcp.RetransSegs;
          seen.InCsumErrors += counters.tcp.InCsumErrors;
          seen.TCPFastRetrans += counters.tcpExt.TCPFastRetrans;
          seen.TCPWinProbe += counters.tcpExt.TCPWinProbe;
          seen.TCPOFOQueue += counters.tcpExt.TCPOFOQueue;
        }
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)} ${JSON.stringify(roughOptions(seed))}`, { cause: error });
      }
    }
    // The weather was bad enough to exercise every way of repairing.
    for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(10);
  });
});
