/**
 * What ECN is for, on whole stacks over one bottleneck in virtual time: a queue that marks instead of dropping costs no
 * retransmission; DCTCP keeps a queue with an early step short; feedback of either kind does the same for the window; and a
 * path or a peer that spoils the field does no worse than one without ECN.
 */
import { describe, expect, it } from 'vitest';
import { Race, type RaceOptions, type RaceResult } from '../../src/sim/index.ts';

const PROFILES = ['linux', 'rfc'] as const;
/** Marks, or drops what is not capable, the more the longer the queue is. */
const RED = { kind: 'red', minPackets: 10, maxPackets: 100, weight: 0.01 } as const;

function race(options: Partial<RaceOptions>): RaceResult {
  return new Race({
    flows: [{ control: 'cubic' }, { control: 'newreno' }],
    rateBps: 20e6,
    rttMs: 20,
    queue: { packets: 400 },
    marking: RED,
    durationMs: 20_000,
    ...options,
  }).run();
}

function numbers(result: RaceResult): { again: number; marks: number; delayMs: number; used: number } {
  const { flows, bottleneck } = result.summary;
  return {
    again: flows.reduce((sum, flow) => sum + flow.retransmitted, 0),
    marks: flows.reduce((sum, flow) => sum + flow.marks, 0),
    delayMs: bottleneck.queueDelayMs?.mean ?? 0,
    used: bottleneck.utilization,
  };
}

describe.each(PROFILES)('%s: a queue that marks', (profile) => {
  it('settings ecn 1 and 3: no retransmission, where the same without ECN has many', () => {
    const without = numbers(race({ profile, settings: { tcp: { ecn: 0 } } }));
    expect(without.marks).toBe(0);
    expect(without.again).toBeGreaterThan(100);
    for (const ecn of [1, 3]) {
      const withMarks = numbers(race({ profile, settings: { tcp: { ecn } } }));
      expect(withMarks.again, `ecn ${ecn}`).toBe(0);
      expect(withMarks.marks, `ecn ${ecn}`).toBeGreaterThan(50);
      expect(withMarks.used, `ecn ${ecn}`).toBeGreaterThan(0.9);
      expect(withMarks.delayMs, `ecn ${ecn}`).toBeLessThan(without.delayMs + 5);
    }
  });

  it('DCTCP and a step keep the queue short', () => {
    // RFC 8257 §3.3 R8257-7: in proportion to the marks.
    const flows = [{ control: 'dctcp' }, { control: 'dctcp' }];
    const step = { kind: 'step', thresholdUs: 4_000, marks: 'ect' } as const;
    const short = numbers(race({ profile, flows, marking: step }));
    const plain = numbers(race({ profile, flows: [{ control: 'newreno' }, { control: 'newreno' }], marking: null }));
    expect(short.again).toBe(0);
    expect(short.used).toBeGreaterThan(0.85);
    expect(short.delayMs).toBeLessThan(6);
    expect(plain.delayMs).toBeGreaterThan(5 * short.delayMs);
  });
});

describe.each(PROFILES)('%s: a path that spoils the field', (profile) => {
  it('settings ecn 1 and 3: bleaching leaves a flow like one without ECN', () => {
    // RFC 3168 §18.1.1 R3168-23: losses are answered as ever.
    const without = numbers(race({ profile, marking: null, settings: { tcp: { ecn: 0 } } }));
    for (const ecn of [1, 3]) {
      const settings = { tcp: { ecn } };
      const bleached = numbers(race({ profile, marking: null, impairments: { bleach: 1 }, settings }));
      expect(bleached.marks, `ecn ${ecn}`).toBe(0);
      expect(bleached.used, `ecn ${ecn}`).toBeGreaterThan(without.used - 0.05);
    }
  });

  it('CE on everything: Accurate ECN stops believing it, unless it is Linux', () => {
    // RFC 9768 §3.2.2.3 R9768-46: four rounds of nothing else.
    const marked = (ecn: number): number =>
      numbers(race({ profile, marking: null, impairments: { mark: 1 }, settings: { tcp: { ecn } } })).used;
    const classic = marked(1);
    const accurate = marked(3);
    if (profile === 'rfc') expect(accurate).toBeGreaterThan(0.85);
    else expect(accurate).toBeLessThan(0.2);
    // RFC 3168 has no way out: a window at its least, for ever.
    expect(classic).toBeLessThan(0.2);
  });
});
