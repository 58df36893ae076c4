/** The window, the timeout, the pause and the rate of a scan. */
import { describe, expect, it } from 'vitest';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { SeededRandom } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { ProbeWindow, RateLimit, RoundTrip, ScanDelay } from './pace.ts';
import { parsePorts } from './port-expression.ts';
import { Scanner } from './scanner.ts';
import { parseTarget, type TargetRange } from './target-expression.ts';
import { TIMING_TEMPLATES, timingOf } from './timing.ts';

describe('the window', () => {
  it('opens with answers, fast at first, and halves for a loss, once per timeout', () => {
    const window = new ProbeWindow(timingOf(3));
    for (let answer = 0; answer < 90; answer++) window.answered();
    expect(window.size).toBe(100);
    window.inFlight = 100;
    window.lost(1000, 500);
    window.lost(1100, 500);
    expect(window.size).toBe(50);
    window.lost(1600, 500);
    expect(window.size).toBe(25);
    for (let answer = 0; answer < 25; answer++) window.answered();
    expect(window.size).toBeLessThan(26.1);
  });

  // RFC 5681 §3.1: slow start ends late; here at a quarter of what the template allows.
  it.each([
    [3, 256],
    [5, 1024],
  ])('of template %i doubles with every round trip up to %i', (template, end) => {
    const timing = timingOf(template);
    const window = new ProbeWindow(timing);
    for (let answer = timing.initialWindow; answer < end; answer++) window.answered();
    expect(window.size).toBe(end);
    for (let answer = 0; answer < end; answer++) window.answered();
    expect(window.size).toBeLessThan(end + 1.1);
  });

  it('lets one probe go whatever happens, and no more than the template has', () => {
    const window = new ProbeWindow(timingOf(0));
    for (let answer = 0; answer < 90; answer++) window.answered();
    expect(window.size).toBe(1);
    window.lost(1, 1);
    window.lost(3, 1);
    expect(window.hasRoom).toBe(true);
    window.inFlight = 1;
    expect(window.hasRoom).toBe(false);
  });

  it('opens with silence only so far', () => {
    const window = new ProbeWindow(timingOf(5));
    for (let probe = 0; probe < 10_000; probe++) window.silent();
    expect(window.size).toBe(256);
  });
});

describe('the timeout', () => {
  // RFC 6298 §2.2 and §2.3, with the gains 1/8 and 1/4.
  it('follows round trips within the bounds of the template', () => {
    const trip = new RoundTrip(timingOf(3));
    expect(trip.rtoUs).toBe(1_000_000);
    trip.sample(200_000);
    expect([trip.srttUs, trip.varianceUs, trip.rtoUs]).toEqual([200_000, 100_000, 600_000]);
    trip.sample(200_000);
    expect(trip.rtoUs).toBe(500_000);
    for (let sample = 0; sample < 100; sample++) trip.sample(1000);
    expect(trip.rtoUs).toBe(100_000);
  });
});

describe('the pause between probes', () => {
  it('doubles while a host answers late tries only', () => {
    const delay = new ScanDelay(timingOf(3), 'udp');
    for (let answer = 0; answer < 3; answer++) delay.answered(false);
    expect(delay.delayUs).toBe(50_000);
    for (let answer = 0; answer < 60; answer++) delay.answered(false);
    expect(delay.delayUs).toBe(1_000_000);
  });

  it('stays where few answers are late', () => {
    const delay = new ScanDelay(timingOf(3), 'tcp');
    for (let answer = 0; answer < 300; answer++) delay.answered(answer % 5 !== 0);
    expect(delay.delayUs).toBe(0);
  });
});

describe('the rate', () => {
  it('holds over time and allows bursts of two milliseconds', () => {
    const rate = new RateLimit(10_000);
    let sent = 0;
    for (let nowUs = 0; nowUs <= 1_000_000; nowUs += 500) {
      while (rate.nextUs(nowUs) <= nowUs) {
        rate.sent();
        sent++;
      }
    }
    expect(sent).toBeGreaterThanOrEqual(10_000);
    expect(sent).toBeLessThanOrEqual(10_021);
  });

  it('says when the next one may go', () => {
    const rate = new RateLimit(1000);
    rate.sent();
    rate.sent();
    expect(rate.nextUs(0)).toBe(1000);
    expect(new RateLimit(0).nextUs(5)).toBe(5);
  });
});

describe('templates', () => {
  it('are six, each faster than the one before', () => {
    expect(TIMING_TEMPLATES).toHaveLength(6);
    expect(TIMING_TEMPLATES.map(({ scanDelayUs }) => scanDelayUs)).toEqual([300e6, 15e6, 400e3, 0, 0, 0]);
    expect(() => timingOf(6)).toThrow(/template/);
    expect(() => timingOf(3, { maxRetries: 99 })).toThrow(/maxRetries/);
    expect(timingOf(3, { minRate: 500, maxRate: 100 }).minRate).toBe(100);
  });
});

describe('what a scanner waits for', () => {
  it.each([
    [0, 100, 1_000_000],
    // A burst is two milliseconds' worth of a rate.
    [5000, 10, 200],
  ])('is never that who sends for it has room; at %i probes a second it is the rate', (maxRate, most, nextUs) => {
    const scanner = new Scanner(
      {
        targets: [parseTarget('10.0.0.1') as TargetRange],
        techniques: ['syn'],
        ports: parsePorts('1-100'),
        looksForHosts: false,
        timing: timingOf(3, { maxRate, initialWindow: 200 }),
      },
      new SeededRandom(7),
    );
    scanner.addInterface({ capabilities: plainCapabilities('ip', 1500) });
    scanner.addAddress(0, '10.0.0.9/24');
    const slot = Slot.allocate(2048, false);
    expect(scanner.nextTimeoutUs()).toBe(0);
    expect(scanner.pollTransmit(0, slot)).toBe(true);
    expect(scanner.nextTimeoutUs()).toBe(1_000_000);
    let sent = 1;
    while (scanner.pollTransmit(0, slot)) sent++;
    expect(sent).toBe(most);
    expect(scanner.nextTimeoutUs()).toBe(nextUs);
  });
});
