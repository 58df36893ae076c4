/** When a loss probe is due (RFC 8985 section 7.2): in which states there is one, and after how long. */
import { describe, expect, it } from 'vitest';
import { bareTcb, LINUX, timerEnvironment } from '../../../test/support/bare-tcb.ts';
import { TICK_US } from '../../base/clock.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { headersLength } from '../output/mss.ts';
import { RecoveryState } from '../tcb/recovery-state.ts';
import { Scoreboard } from '../tcb/scoreboard.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { isTimerArmed, TcpTimer, timerTick } from '../timers.ts';
import { scheduleLossProbe } from './tail-loss-probe.ts';

const MSS = 1_460;
const SRTT_US = 100_000;

/** So many full segments are on their way. */
function flying(segments: number): { env: TcpEnvironment; tcb: Tcb } {
  const { env } = timerEnvironment();
  const tcb = bareTcb(LINUX);
  tcb.agreed |= Agreed.sack;
  tcb.srttUs = SRTT_US;
  tcb.scoreboard = new Scoreboard();
  tcb.scoreboard.append(0, segments * MSS, MSS);
  tcb.recovery = new RecoveryState(0, 3);
  return { env: Object.assign(env, { settings: LINUX }), tcb };
}

/** Microseconds until the probe, null without one. */
function dueUs({ env, tcb }: { env: TcpEnvironment; tcb: Tcb }): number | null {
  scheduleLossProbe(env, tcb);
  if (!isTimerArmed(tcb, TcpTimer.lossProbe)) return null;
  return (timerTick(tcb, TcpTimer.lossProbe) - env.clock.tick) * TICK_US;
}

describe('a loss probe', () => {
  it.each([CaState.open, CaState.cwr])('is due in state %i', (state) => {
    const flight = flying(10);
    flight.tcb.caState = state;
    expect(dueUs(flight)).not.toBeNull();
  });

  it.each([CaState.disorder, CaState.recovery, CaState.loss])('is not due in state %i', (state) => {
    const flight = flying(10);
    expect(dueUs(flight)).not.toBeNull();
    flight.tcb.caState = state;
    expect(dueUs(flight)).toBeNull();
  });

  it('comes two round trips after the last segment, later when a single one waits for the peer to answer', () => {
    expect(dueUs(flying(10))).toBe(2 * SRTT_US + 2_000);
    expect(dueUs(flying(1))).toBe(2 * SRTT_US + 200_000);
    const unknown = flying(10);
    unknown.tcb.srttUs = 0;
    expect(dueUs(unknown)).toBe(1_000_000);
  });

  it('is not due while one is out, by the letter, without SACK, or when nothing is on its way', () => {
    const out = flying(10);
    Object.assign(out.env, { settings: { ...LINUX, profile: 'rfc' } });
    if (out.tcb.recovery !== null) out.tcb.recovery.isProbeOut = true;
    const plain = flying(10);
    plain.tcb.agreed = 0;
    const empty = flying(10);
    empty.tcb.scoreboard = new Scoreboard();
    expect([dueUs(out), dueUs(plain), dueUs(empty)]).toEqual([null, null, null]);
  });
});

describe('the headers of a data segment', () => {
  it('are those of IP and TCP, with the options that every segment has', () => {
    const tcb = bareTcb();
    expect(headersLength(tcb)).toBe(40);
    tcb.agreed |= Agreed.timestamps;
    expect(headersLength(tcb)).toBe(52);
    tcb.ipOptions = new Uint8Array(8);
    expect(headersLength(tcb)).toBe(60);
  });
});
