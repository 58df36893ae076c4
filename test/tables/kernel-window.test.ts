/**
 * Profile `linux` against the kernel, without one: recordings of TCP_INFO from Linux 6.18 (CONFIG_HZ=250), one flow over a drop-tail
 * bottleneck of 2 Mbit/s, are replayed to our controls. At the same times the same numbers of segments are delivered and the same
 * losses come; windows and thresholds must then be the kernel's. Made with test/interop/programs/record-window.py.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/congestion/ca-state.ts';
import { CongestionPath } from '../support/congestion-path.ts';

interface Row {
  readonly ms: number;
  readonly delivered: number;
  readonly cwnd: number;
  readonly ssthresh: number;
  readonly state: number;
}

function recording(name: string): Row[] {
  const text = readFileSync(new URL(`kernel-window-${name}.tsv`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [ms = 0, delivered = 0, cwnd = 0, ssthresh = 0, state = 0] = line.split('\t').map(Number);
      return { ms, delivered, cwnd, ssthresh, state };
    });
}

/** Ours less the kernel's, in segments, at every row in which the window may grow; thresholds at every reduction. */
function differences(control: string, rows: readonly Row[], rttUs: number): { window: number[]; threshold: number[] } {
  const path = new CongestionPath(control, { profile: 'linux', mss: 1_448 });
  const { tcb } = path;
  const window: number[] = [];
  const threshold: number[] = [];
  let isStarted = false;
  rows.forEach((row, index) => {
    const before = rows[Math.max(0, index - 1)] ?? row;
    path.wait((row.ms - before.ms) * 1_000);
    const isReduced = row.state >= CaState.cwr;
    if (isReduced && before.state < CaState.cwr) {
      // How slow start ended depends on each ACK's round-trip time, which the recording does not have: start from its end.
      if (!isStarted) tcb.cwnd = startingWindow(control, row.ssthresh) * path.mss;
      isStarted = true;
      path.enterReduction(CaState.recovery);
      threshold.push(path.threshold - row.ssthresh);
    } else if (!isReduced && before.state >= CaState.cwr) path.endReduction();
    if (!isStarted || isReduced || row.delivered === before.delivered) return;
    path.acknowledge((row.delivered - before.delivered) * path.mss, 0, rttUs);
    window.push(path.window - row.cwnd);
  });
  return { window, threshold };
}

/** The smallest window from which the control comes to this threshold. */
function startingWindow(control: string, ssthresh: number): number {
  return control === 'reno' ? ssthresh * 2 : Math.ceil((ssthresh * 1_024) / 717);
}

describe('the window of Linux 6.18', () => {
  it.each([
    ['cubic', 'cubic-200ms', 200, 1],
    ['cubic', 'cubic-60ms', 60, 2],
    ['reno', 'reno-100ms', 100, 1],
  ])('%s, %s: at every acknowledgment', (control, name, rttMs, tolerance) => {
    const { window, threshold } = differences(control, recording(name), rttMs * 1_000);
    expect(window.length).toBeGreaterThan(300);
    expect(threshold.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...window.map(Math.abs))).toBeLessThanOrEqual(tolerance);
    expect(Math.max(...threshold.map(Math.abs))).toBeLessThanOrEqual(tolerance);
    const exact = window.filter((difference) => difference === 0).length / window.length;
    expect(exact).toBeGreaterThan(0.8);
  });
});
