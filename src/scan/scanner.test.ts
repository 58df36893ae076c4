/** The scanner against a hand at the other end: who answers rightly, wrongly, twice, late, or with lies. */
import { describe, expect, it } from 'vitest';
import { frame } from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { SeededRandom } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { AnswerBuilder } from '../link/rule-answers.ts';
import { FrameView } from '../wire/frame-view.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { parsePorts } from './port-expression.ts';
import { portStateName, reasonName } from './port-state.ts';
import type { HostReport } from './report.ts';
import type { ScanRecord } from './scan-listener.ts';
import { Scanner } from './scanner.ts';
import { parseTarget, type TargetRange } from './target-expression.ts';
import type { TechniqueName } from './technique.ts';
import { type Timing, timingOf } from './timing.ts';

const { syn, ack, rst } = TcpFlag;
const OURS = '10.0.0.9';
const THEIRS = '10.0.0.1';

interface Probe {
  readonly port: number;
  readonly ourPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly protocol: number;
  readonly slot: Slot;
}

class Bench {
  readonly scanner: Scanner;
  readonly records: ScanRecord[] = [];
  nowUs = 0;
  private readonly view = new FrameView();

  constructor(technique: TechniqueName, ports = '80', timing: Partial<Timing> = {}, targets = THEIRS) {
    this.scanner = new Scanner(
      {
        targets: [parseTarget(targets) as TargetRange],
        techniques: [technique],
        ports: parsePorts(ports),
        looksForHosts: false,
        timing: timingOf(3, timing),
        listener: { observe: (record) => this.records.push(record) },
      },
      new SeededRandom(7),
    );
    this.scanner.addInterface({ capabilities: plainCapabilities('ip', 1500) });
    this.scanner.addAddress(0, `${OURS}/24`);
  }

  /** Everything that may leave now. */
  sent(): Probe[] {
    const probes: Probe[] = [];
    for (let slot = this.next(); slot !== null; slot = this.next()) {
      this.view.look(slot, 'ip');
      const { destinationPort, sourcePort, seq, flags, protocol } = this.view;
      probes.push({ port: destinationPort, ourPort: sourcePort, seq, ack: this.view.ack, flags, protocol, slot });
    }
    return probes;
  }

  one(): Probe {
    const probes = this.sent();
    expect(probes).toHaveLength(1);
    return probes[0] as Probe;
  }

  /** A segment back from the probed port, right by default. */
  segment(
    probe: Probe,
    flags: number,
    changes: { seq?: number; ack?: number; source?: string; port?: number } = {},
  ): void {
    this.scanner.receive(
      frame({
        medium: 'ip',
        source: changes.source ?? THEIRS,
        destination: OURS,
        sourcePort: probe.port,
        destinationPort: changes.port ?? probe.ourPort,
        flags,
        seq: changes.seq ?? ((probe.flags & ack) !== 0 ? probe.ack : 0x1234),
        ack: changes.ack ?? (probe.seq + ((probe.flags & 0x03) !== 0 ? 1 : 0)) | 0,
      }),
      this.nowUs,
    );
  }

  /** An ICMP error about a frame; from the host itself unless a router is named. */
  error(slot: Slot, kind: 'port-unreachable' | 'admin-prohibited' | 'host-unreachable'): void {
    this.view.look(slot, 'ip');
    const answer = new AnswerBuilder('ip').answer(this.view, kind, 0, null);
    if (answer !== null) this.scanner.receive(answer, this.nowUs);
  }

  wait(us: number): void {
    this.nowUs += us;
    this.scanner.handleTimeout(this.nowUs);
  }

  /** Runs timers until the scan is over, nobody answering. */
  silence(): HostReport {
    for (let turn = 0; turn < 10_000 && !this.scanner.isFinished; turn++) {
      this.sent();
      this.wait(Math.max(0, this.scanner.nextTimeoutUs() - this.nowUs));
    }
    return this.report();
  }

  report(): HostReport {
    this.sent();
    expect(this.scanner.isFinished).toBe(true);
    return this.scanner.takeReport() as HostReport;
  }

  verdicts(report = this.report()): string[] {
    return report.tables.flatMap(({ ports, states, reasons }) =>
      [...ports].map((port, at) => `${port} ${portStateName(states[at] ?? 0)} ${reasonName(reasons[at] ?? 0)}`),
    );
  }

  private next(): Slot | null {
    const slot = Slot.allocate(2048, false);
    return this.scanner.pollTransmit(this.nowUs, slot) ? slot : null;
  }
}

describe('answers', () => {
  it('of a port that listens are reset at once', () => {
    const bench = new Bench('syn');
    const probe = bench.one();
    expect(probe.flags).toBe(syn);
    bench.segment(probe, syn | ack);
    const reset = bench.one();
    expect([reset.flags, reset.seq, reset.port, reset.ourPort]).toEqual([rst, probe.seq + 1, 80, probe.ourPort]);
    expect(bench.verdicts()).toEqual(['80 open syn-ack']);
  });

  it('complete the handshake of a connect scan before the reset', () => {
    const bench = new Bench('connect');
    const probe = bench.one();
    bench.segment(probe, syn | ack, { seq: 500 });
    expect(bench.sent().map(({ flags, seq, ack: number }) => [flags, seq, number])).toEqual([
      [ack, probe.seq + 1, 501],
      [rst | ack, probe.seq + 1, 501],
    ]);
    expect(bench.verdicts()).toEqual(['80 open syn-ack']);
  });

  it.each([
    ['fin', 'closed reset'],
    ['null', 'closed reset'],
    ['xmas', 'closed reset'],
    ['maimon', 'closed reset'],
    ['ack', 'unfiltered reset'],
    ['window', 'open reset'],
  ] as const)('%s takes a reset for %s', (technique, verdict) => {
    const bench = new Bench(technique);
    const probe = bench.one();
    bench.segment(probe, (probe.flags & ack) === 0 ? rst | ack : rst);
    expect(bench.verdicts()).toEqual([`80 ${verdict}`]);
  });

  it('carry round trips into the timeout', () => {
    const bench = new Bench('syn', '80,81');
    const [first, second] = bench.sent();
    bench.wait(250_000);
    for (const probe of [first, second]) if (probe !== undefined) bench.segment(probe, rst | ack);
    expect(bench.report()).toMatchObject({ srttUs: 250_000, rttVarianceUs: 93_750 });
  });
});

describe('silence', () => {
  it('gets one more try from another port, then a verdict', () => {
    const bench = new Bench('syn');
    const first = bench.one();
    bench.wait(1_000_000);
    const second = bench.one();
    expect(second.port).toBe(80);
    expect(second.ourPort).not.toBe(first.ourPort);
    expect(second.seq).not.toBe(first.seq);
    bench.wait(1_000_000);
    expect(bench.verdicts()).toEqual(['80 filtered no-response']);
    expect(bench.scanner.counters.probes).toBe(2);
  });

  it('gets more tries when another port answered only a late one', () => {
    const bench = new Bench('syn', '80,81');
    bench.sent();
    bench.wait(1_000_000);
    const again = bench.sent();
    const answered = again.find(({ port }) => port === 80) as Probe;
    bench.segment(answered, rst | ack);
    expect(bench.verdicts(bench.silence())).toEqual(['80 closed reset', '81 filtered no-response']);
    // Two tries of port 80, and of port 81 the first, the second, and two more because losses were seen.
    expect(bench.scanner.counters.probes).toBe(6);
  });

  it('ends a host that takes too long, and says so', () => {
    const bench = new Bench('syn', '1-100', { hostTimeoutUs: 1_500_000, initialWindow: 1, maxWindow: 1 });
    const report = bench.silence();
    expect(report.isTimedOut).toBe(true);
    expect(report.tables).toEqual([]);
  });

  it('leaves no host hanging that vanishes in the middle', () => {
    const bench = new Bench('syn', '1-200');
    for (let turn = 0; turn < 3; turn++) for (const probe of bench.sent()) bench.segment(probe, rst | ack);
    const verdicts = bench.verdicts(bench.silence());
    expect(verdicts.filter((text) => text.endsWith('closed reset')).length).toBeGreaterThan(10);
    expect(verdicts.filter((text) => text.endsWith('filtered no-response')).length).toBeGreaterThan(10);
    expect(verdicts).toHaveLength(200);
  });
});

describe('hostile answers', () => {
  it.each([
    ['acknowledges something else', syn | ack, { ack: 77 }],
    ['resets without acknowledging', rst, {}],
    ['resets something else', rst | ack, { ack: 77 }],
  ] as const)('one that %s is counted and ignored', (_, flags, changes) => {
    const bench = new Bench('syn');
    bench.segment(bench.one(), flags, changes);
    expect(bench.scanner.counters.forged).toBe(1);
    expect(bench.records.at(-1)).toMatchObject({ event: 'strange', kind: 'forged' });
    expect(bench.verdicts(bench.silence())).toEqual(['80 filtered no-response']);
  });

  it('for the ACK scan need the number that was sent', () => {
    const bench = new Bench('ack');
    bench.segment(bench.one(), rst, { seq: 1 });
    expect(bench.scanner.counters.forged).toBe(1);
    expect(bench.verdicts(bench.silence())).toEqual(['80 filtered no-response']);
  });

  it('from others, or to another port of ours, have nothing to do with us', () => {
    const bench = new Bench('syn');
    const probe = bench.one();
    bench.segment(probe, syn | ack, { source: '10.0.0.2' });
    bench.segment(probe, syn | ack, { port: probe.ourPort ^ 1 });
    expect(bench.scanner.counters).toMatchObject({ unrelated: 2, answers: 0 });
  });

  it('come twice and count once', () => {
    const bench = new Bench('syn', '80,81');
    const [probe] = bench.sent();
    for (let time = 0; time < 3; time++) bench.segment(probe as Probe, rst | ack);
    expect(bench.scanner.counters).toMatchObject({ answers: 1, duplicates: 2 });
  });

  it('by ICMP must quote what was sent', () => {
    const bench = new Bench('syn');
    const probe = bench.one();
    const lie = frame({
      medium: 'ip',
      source: OURS,
      destination: THEIRS,
      sourcePort: probe.ourPort,
      destinationPort: 80,
      seq: 5,
    });
    bench.error(lie, 'host-unreachable');
    expect(bench.scanner.counters.forgedErrors).toBe(1);
    bench.segment(probe, syn | ack);
    expect(bench.verdicts()).toEqual(['80 open syn-ack']);
  });

  it('by ICMP that quotes rightly is believed, until the port itself answers', () => {
    const bench = new Bench('syn', '80,81');
    const probes = bench.sent();
    const probe = probes.find(({ port }) => port === 80) as Probe;
    bench.error(probe.slot, 'admin-prohibited');
    bench.segment(probe, syn | ack);
    bench.segment(probes.find(({ port }) => port === 81) as Probe, rst | ack);
    expect(bench.scanner.counters.contradicted).toBe(1);
    expect(bench.verdicts()).toEqual(['80 open syn-ack', '81 closed reset']);
  });

  it('of random bytes are counted, whatever they are', () => {
    const bench = new Bench('syn');
    const random = new SeededRandom(3);
    bench.sent();
    for (let count = 0; count < 2000; count++) {
      const slot = Slot.allocate(256, false);
      slot.length = (random.publicInt32() >>> 0) % 120;
      for (let at = 0; at < slot.length; at++) slot.memory.u8[slot.offset + at] = random.publicInt32();
      if (count % 2 === 0) slot.memory.u8[slot.offset] = 0x45;
      bench.scanner.receive(slot, bench.nowUs);
    }
    const { malformed, unrelated, answers } = bench.scanner.counters;
    expect([malformed + unrelated, answers]).toEqual([2000, 0]);
    expect(malformed).toBeGreaterThan(1900);
  });

  it('in a flood do not fill memory with resets', () => {
    const bench = new Bench('syn', '80,81');
    const probe = bench.sent()[0] as Probe;
    for (let count = 0; count < 5000; count++) bench.segment(probe, syn | ack);
    expect(bench.sent().length).toBeLessThanOrEqual(1024);
    expect(bench.scanner.counters.controlDropped).toBe(5000 - 1024);
  });
});

describe('UDP', () => {
  it('tells a refusal of the host from one on the way', () => {
    const bench = new Bench('udp', '9,7');
    const probes = bench.sent();
    expect(probes.map(({ protocol }) => protocol)).toEqual([17, 17]);
    for (const probe of probes) bench.error(probe.slot, probe.port === 9 ? 'port-unreachable' : 'admin-prohibited');
    expect(bench.verdicts()).toEqual(['7 filtered admin-prohibited', '9 closed port-unreach']);
  });

  it('looks again where a host limits its errors', () => {
    const bench = new Bench('udp', '1000-1019');
    // One error per second, as Linux does.
    let allowedUs = 0;
    for (let turn = 0; turn < 5000 && !bench.scanner.isFinished; turn++) {
      for (const probe of bench.sent()) {
        if (bench.nowUs < allowedUs) continue;
        allowedUs = bench.nowUs + 1_000_000;
        bench.error(probe.slot, 'port-unreachable');
      }
      bench.wait(Math.max(1, bench.scanner.nextTimeoutUs() - bench.nowUs));
    }
    expect(bench.verdicts().filter((text) => text.endsWith('closed port-unreach'))).toHaveLength(20);
  });
});

describe('rates and order', () => {
  it('keeps the highest rate', () => {
    const bench = new Bench('syn', '1-500', { maxRate: 100, initialWindow: 1024 });
    let sent = 0;
    for (let ms = 0; ms < 1000; ms++) {
      sent += bench.sent().length;
      bench.wait(1000);
    }
    expect(sent).toBeGreaterThanOrEqual(98);
    expect(sent).toBeLessThanOrEqual(102);
  });

  it('keeps the least rate though nobody answers', () => {
    const bench = new Bench('syn', '1-5000', { minRate: 2000 });
    let sent = 0;
    for (let ms = 0; ms < 1000; ms++) {
      sent += bench.sent().length;
      bench.wait(1000);
    }
    expect(sent).toBeGreaterThanOrEqual(1990);
  });

  it('sends one probe per pause', () => {
    const bench = new Bench('syn', '1-50', { scanDelayUs: 100_000 });
    let sent = 0;
    for (let ms = 0; ms < 1000; ms += 10) {
      sent += bench.sent().length;
      bench.wait(10_000);
    }
    expect(sent).toBe(10);
  });

  it('shuffles ports, or not', () => {
    const order = (isShuffled: boolean): number[] => {
      const scanner = new Scanner(
        {
          targets: [parseTarget(THEIRS) as TargetRange],
          techniques: ['syn'],
          ports: parsePorts('1-10'),
          looksForHosts: false,
          isShuffled,
        },
        new SeededRandom(1),
      );
      scanner.addInterface({ capabilities: plainCapabilities('ip', 1500) });
      scanner.addAddress(0, `${OURS}/24`);
      const view = new FrameView();
      const slot = Slot.allocate(2048, false);
      const ports: number[] = [];
      for (let nowUs = 0; scanner.pollTransmit(nowUs, slot); nowUs += 1000) {
        view.look(slot, 'ip');
        ports.push(view.destinationPort);
      }
      return ports;
    };
    const sorted = Array.from({ length: 10 }, (_, index) => index + 1);
    expect(order(false)).toEqual(sorted);
    expect(order(true)).not.toEqual(sorted);
    expect(order(true).sort((a, b) => a - b)).toEqual(sorted);
  });
});
