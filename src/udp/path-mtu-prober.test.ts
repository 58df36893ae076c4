/** Datagram path MTU discovery (RFC 8899): the state machine against paths of every width, and against lies. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneGraph } from '../base/snapshot.ts';
import { PathMtuProber, type PathMtuProberOptions } from './path-mtu-prober.ts';

const SECOND = 1_000_000;

/** A path that carries payloads up to `width` octets, and a clock. */
class Path {
  readonly prober: PathMtuProber;
  width: number;
  nowUs = 0;
  /** Sizes probed. */
  readonly probed: number[] = [];
  /** The router at the narrow place speaks. */
  isTalking = false;

  constructor(width: number, options: Partial<PathMtuProberOptions> = {}) {
    this.width = width;
    this.prober = new PathMtuProber({ maxSize: 1472, ...options });
    this.prober.start(0);
  }

  /** Lets time pass; probes that fit are confirmed after 20 ms. */
  run(seconds: number): this {
    const untilUs = this.nowUs + seconds * SECOND;
    for (let rounds = 0; ; rounds++) {
      if (rounds > 100_000) throw new Error('time does not move on');
      this.prober.handleTimeout(this.nowUs);
      const probe = this.prober.takeProbe(this.nowUs);
      if (probe !== null) {
        this.probed.push(probe.size);
        this.nowUs += 20_000;
        if (probe.size <= this.width) this.prober.acknowledged(probe.id, this.nowUs);
        else if (this.isTalking) this.prober.tooBig(this.width + 28, this.nowUs);
        continue;
      }
      const dueUs = this.prober.nextTimeoutUs();
      if (dueUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, dueUs);
    }
    this.nowUs = untilUs;
    return this;
  }
}

describe('search', () => {
  // RFC 8899 §5.3 R8899-16: whatever the path carries is found to the precision asked for, never more than it carries.
  it('finds the width of every path that carries the base size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1200, max: 1472 }), fc.boolean(), (width, isTalking) => {
        const path = new Path(width);
        path.isTalking = isTalking;
        path.run(550);
        expect(path.prober.state).toBe('SEARCH_COMPLETE');
        expect(path.prober.plpmtu).toBeLessThanOrEqual(width);
        expect(path.prober.plpmtu).toBeGreaterThan(width - 8);
      }),
    );
  });

  it('needs two probes where the whole size passes', () => {
    const path = new Path(1472).run(1);
    expect([path.probed, path.prober.plpmtu, path.prober.state]).toEqual([[1200, 1472], 1472, 'SEARCH_COMPLETE']);
  });

  // RFC 8899 §5.1.2 R8899-3: MAX_PROBES of a size before it is given up, PROBE_TIMER apart.
  it('tries a size three times, 15 seconds apart', () => {
    const path = new Path(1300).run(44);
    expect(path.probed).toEqual([1200, 1472, 1472, 1472]);
    expect(path.run(2).probed.slice(4)).toEqual([1336]);
  });

  // RFC 8899 §3 R8899-9: a reported size is tried next, and confirmed before it is used.
  it('takes what a router says for the next size to try', () => {
    const path = new Path(1372);
    path.isTalking = true;
    path.run(1);
    expect([path.probed, path.prober.plpmtu]).toEqual([[1200, 1472, 1372], 1372]);
  });

  // RFC 8899 §5.1.1 R8899-12: PMTU_RAISE_TIMER.
  it('finds a path that became wider after ten minutes', () => {
    const path = new Path(1300).run(300);
    const before = path.prober.plpmtu;
    path.width = 1472;
    path.run(700);
    expect([before <= 1300, path.prober.plpmtu]).toEqual([true, 1472]);
  });

  // RFC 8899 §4.4 R8899-18: a program can turn it off.
  it('is stopped when the peer is gone, and starts anew', () => {
    const path = new Path(1472).run(1);
    path.prober.stop();
    expect([path.prober.state, path.prober.nextTimeoutUs(), path.prober.takeProbe(path.nowUs)]).toEqual([
      'DISABLED',
      Number.POSITIVE_INFINITY,
      null,
    ]);
    path.prober.start(path.nowUs);
    expect(path.run(1).prober.plpmtu).toBe(1472);
  });
});

describe('black holes', () => {
  // RFC 8899 §4.3 R8899-1: silence is answered with a probe of the size in use.
  it('are found by confirmation probes', () => {
    const path = new Path(1472).run(10);
    path.width = 1300;
    path.run(500);
    expect(path.prober.blackHoles).toBe(1);
    expect(path.prober.plpmtu).toBeGreaterThan(1292);
    expect(path.prober.plpmtu).toBeLessThanOrEqual(1300);
  });

  it('are found by the losses a program reports, three in a row and of full size', () => {
    const path = new Path(1472).run(1);
    const { prober } = path;
    prober.lost(1472, path.nowUs);
    prober.lost(900, path.nowUs);
    prober.lost(1472, path.nowUs);
    prober.delivered(1472, path.nowUs);
    prober.lost(1472, path.nowUs);
    prober.lost(1472, path.nowUs);
    expect([prober.blackHoles, prober.state]).toEqual([0, 'SEARCH_COMPLETE']);
    prober.lost(1472, path.nowUs);
    expect([prober.blackHoles, prober.state, prober.plpmtu]).toEqual([1, 'BASE', 1200]);
  });

  it('are not suspected while data of full size is confirmed', () => {
    const path = new Path(1472).run(1);
    for (let at = 0; at < 20; at++) {
      path.run(30);
      path.prober.delivered(1472, path.nowUs);
    }
    expect(path.probed.length).toBe(2);
  });

  // RFC 8899 §5.2 R8899-14, R8899-15: the base size fails, the least is used, and the base is tried again and again.
  it('below the base size leave the least, until the base gets through', () => {
    const path = new Path(900).run(100);
    expect([path.prober.state, path.prober.plpmtu]).toEqual(['ERROR', 548]);
    path.width = 1472;
    path.run(60);
    expect([path.prober.state, path.prober.plpmtu]).toEqual(['SEARCH_COMPLETE', 1472]);
  });
});

describe('reports of routers', () => {
  // RFC 8899 §4.6.2 R8899-17: neither more than was tried nor less than the least size, and never up.
  it.each([
    ['as large as the size in use', 1500],
    ['larger', 9000],
    ['below the least size', 575],
    ['nothing', 0],
  ])('that say %s are ignored', (_name, mtu) => {
    const path = new Path(1472).run(1);
    path.prober.tooBig(mtu, path.nowUs);
    expect([path.prober.plpmtu, path.prober.state, path.prober.reportsIgnored]).toEqual([1472, 'SEARCH_COMPLETE', 1]);
  });

  it('below the size in use lead to the base size, which proves itself and grows up to what was named', () => {
    const path = new Path(1472).run(1);
    path.width = 1400;
    path.prober.tooBig(1428, path.nowUs);
    expect([path.prober.state, path.prober.plpmtu]).toEqual(['BASE', 1200]);
    expect(path.run(1).prober.plpmtu).toBe(1400);
  });

  it('forged ones cost nothing below the base size: it is confirmed again, and the claim is refuted', () => {
    const path = new Path(1472).run(1);
    path.prober.tooBig(600, path.nowUs);
    expect(path.prober.plpmtu).toBe(548);
    expect(path.run(16).prober.plpmtu).toBe(1472);
  });

  it('in a flood do not keep the prober from probing', () => {
    const path = new Path(1472).run(1);
    for (let second = 0; second < 40; second++) {
      for (let mtu = 1227; mtu > 576; mtu--) path.prober.tooBig(mtu, path.nowUs);
      path.run(1);
    }
    expect(path.probed.length).toBeGreaterThan(2);
    expect(path.run(16).prober.plpmtu).toBe(1472);
  });

  it('are counted and bounded whatever is said, and the size in use always is one of base, least or confirmed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 30 }))), (claims) => {
        const path = new Path(1400);
        for (const [mtu, seconds] of claims) {
          path.prober.tooBig(mtu, path.nowUs);
          path.run(seconds);
          expect(path.prober.plpmtu).toBeLessThanOrEqual(1400);
          expect(path.prober.plpmtu).toBeGreaterThanOrEqual(548);
        }
        path.run(1500);
        expect(path.prober.plpmtu).toBeGreaterThan(1392);
      }),
      { numRuns: 50 },
    );
  });
});

describe('confirmations', () => {
  // RFC 8899 §5.1.3 R8899-20: one on its way at a time.
  // RFC 8899 §3 R8899-7: nothing counts but what the peer has confirmed.
  it('count late, and only for the size that is being tried', () => {
    const prober = new PathMtuProber({ maxSize: 1472 });
    prober.start(0);
    const base = prober.takeProbe(0)!;
    expect([prober.acknowledged(base.id + 1, 0), prober.acknowledged(base.id, 0)]).toEqual([false, true]);
    const first = prober.takeProbe(0)!;
    prober.handleTimeout(15 * SECOND);
    const second = prober.takeProbe(15 * SECOND)!;
    expect([first.size, second.size, prober.acknowledged(base.id, 15 * SECOND)]).toEqual([1472, 1472, false]);
    expect([prober.acknowledged(first.id, 15 * SECOND), prober.plpmtu]).toEqual([true, 1472]);
    expect(prober.acknowledged(second.id, 15 * SECOND)).toBe(false);
  });

  it('are not waited for when the probe did not leave', () => {
    const prober = new PathMtuProber({ maxSize: 9000 });
    prober.start(0);
    prober.acknowledged(prober.takeProbe(0)!.id, 0);
    const large = prober.takeProbe(0)!;
    prober.refused(large.id, 0);
    expect(prober.takeProbe(0)!.size).toBe((1200 + 9000) >> 1);
  });
});

it('goes on after a snapshot as if there had been none', () => {
  const path = new Path(1333).run(50);
  const copy = cloneGraph(path);
  path.run(500);
  copy.run(500);
  expect([copy.probed, copy.prober.plpmtu]).toEqual([path.probed, path.prober.plpmtu]);
});

// RFC 8899 §5.1.1 R8899-11, R8899-13: timers have lower bounds.
it.each([
  ['maxSize', { maxSize: 0 }],
  ['baseSize', { maxSize: 1000, baseSize: 1001 }],
  ['minSize', { maxSize: 1472, minSize: 1201 }],
  ['probeTimerMs', { maxSize: 1472, probeTimerMs: 999 }],
  ['confirmationTimerMs', { maxSize: 1472, confirmationTimerMs: 14_999 }],
] as const)('names a wrong %s', (name, options) => {
  expect(() => new PathMtuProber(options)).toThrow(name);
});
