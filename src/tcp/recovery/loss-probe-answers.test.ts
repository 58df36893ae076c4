/** What comes of tail loss probes (RFC 8985 sections 7.3 and 7.4): when the timer sends one, and what acknowledgments say of it. */
import { describe, expect, it } from 'vitest';
import {
  type BareSender,
  type BareSenderOptions,
  bareSender,
  SENDER_MSS as MSS,
} from '../../../test/support/bare-sender.ts';
import { TICK_US } from '../../base/clock.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, isTimerArmed, TcpTimer, timerTick } from '../timers.ts';
import type { AckSample } from './ack-sample.ts';
import {
  lossProbeExpired,
  noteLossProbe,
  scheduleLossProbe,
  takeLateProbeAck,
  takeProbeAck,
} from './tail-loss-probe.ts';

const NOW_US = 1_000_000;
const RTO_US = 300_000;

/** Five segments on their way since 100 ms ago. */
function waiting(options: BareSenderOptions = {}, changes: Partial<Tcb> = {}): BareSender {
  const made = bareSender({ flying: 5, atUs: NOW_US, ...options });
  made.tcb.agreed |= Agreed.sack;
  Object.assign(made.tcb, { srttUs: 100_000, rtoUs: RTO_US, ssthresh: 100 * MSS, ...changes });
  for (let n = 0; n < made.board.count; n++)
    made.board.stamp(made.board.slotAt(n), NOW_US - 100_000, n, 0, 0, 0, 0, false);
  return made;
}

function usUntil({ env, tcb }: BareSender, timer: number): number | null {
  return isTimerArmed(tcb, timer) ? (timerTick(tcb, timer) - env.clock.tick) * TICK_US : null;
}

describe('the timer of a probe', () => {
  it.each([
    ['comes when it is due before the time-out', true, 202_001, 202_000],
    ['never later than the time-out', true, 150_000, 150_000],
    ['nor, where nothing was heard, later than an RTO behind the first segment', false, 250_000, 200_000],
  ])('%s', (_, isProgress, timeoutUs, dueUs) => {
    const made = waiting();
    armTimer(made.env, made.tcb, TcpTimer.retransmission, Math.ceil(timeoutUs / TICK_US));
    scheduleLossProbe(made.env, made.tcb, isProgress);
    expect(usUntil(made, TcpTimer.lossProbe)).toBe(dueUs);
  });

  it.each<[name: string, options: BareSenderOptions, change: (made: BareSender) => void]>([
    ['something is SACKed', {}, ({ board }) => board.markSacked(board.slotAt(2))],
    ['nothing is remembered', {}, ({ tcb }) => Object.assign(tcb, { recovery: null })],
    ['probes are switched off', { settings: { early_retrans: 2 } }, () => undefined],
  ])('is not armed when %s', (_, options, change) => {
    const made = waiting(options);
    change(made);
    scheduleLossProbe(made.env, made.tcb);
    expect(usUntil(made, TcpTimer.lossProbe)).toBeNull();
  });

  it('is armed for the setting 3, and waits for the least RTO where a single segment is out', () => {
    const made = waiting({ flying: 1, settings: { early_retrans: 3, rto_min_us: 60_000 } });
    scheduleLossProbe(made.env, made.tcb);
    expect(usUntil(made, TcpTimer.lossProbe)).toBe(260_000);
    const short = waiting({ flying: 1, settings: { early_retrans: 3, rto_min_us: 5_000 } });
    scheduleLossProbe(short.env, short.tcb);
    expect(usUntil(short, TcpTimer.lossProbe)).toBe(240_000);
  });
});

describe('when it runs out', () => {
  it.each([CaState.open, CaState.disorder, CaState.cwr])(
    'a probe goes, and the time-out begins anew, in state %i',
    (caState) => {
      const made = waiting({}, { caState });
      expect(lossProbeExpired(made.env, made.tcb)).toBe(true);
      expect(made.tcb.pending & Pending.lossProbe).toBe(Pending.lossProbe);
      expect(usUntil(made, TcpTimer.retransmission)).toBe(RTO_US);
    },
  );

  it.each<
    [name: string, options: BareSenderOptions, changes: Partial<Tcb>, memory: Partial<RecoveryState>, goes: boolean]
  >([
    ['in recovery', {}, { caState: CaState.recovery }, {}, false],
    ['with nothing on record', {}, { scoreboard: null }, {}, false],
    ['with nothing on its way', { flying: 0 }, {}, {}, false],
    ['with nothing remembered', {}, { recovery: null }, {}, false],
    ['under rfc', { profile: 'rfc' }, {}, {}, true],
    ['under rfc, nothing measured since the last one', { profile: 'rfc' }, {}, { hasRttSinceProbe: false }, false],
    ['under rfc, nothing measured ever', { profile: 'rfc' }, { srttUs: 0 }, {}, false],
    ['under linux, nothing measured', {}, { srttUs: 0 }, { hasRttSinceProbe: false }, true],
  ])('one goes or not: %s', (_, options, changes, memory, goes) => {
    const made = waiting(options, changes);
    Object.assign(made.recovery, memory);
    expect(lossProbeExpired(made.env, made.tcb)).toBe(goes);
    expect(made.tcb.pending & Pending.lossProbe).toBe(goes ? Pending.lossProbe : 0);
  });

  // Linux: the time-out is reckoned from when the first segment left.
  it.each([
    ['the rest of the RTO', RTO_US, 200_000],
    ['at once, when that is over', 90_000, TICK_US],
  ])('with one out, the time-out comes after %s', (_, rtoUs, dueUs) => {
    const made = waiting({}, { rtoUs });
    made.recovery.isProbeOut = true;
    expect(lossProbeExpired(made.env, made.tcb)).toBe(false);
    expect([usUntil(made, TcpTimer.retransmission), made.tcb.pending]).toEqual([dueUs, 0]);
  });
});

describe('a probe that was written', () => {
  it.each([true, false])('is remembered, as a retransmission: %s', (isRetransmission) => {
    const made = waiting();
    noteLossProbe(made.env, made.tcb, isRetransmission);
    expect(made.recovery).toMatchObject({
      isProbeOut: true,
      hasRttSinceProbe: false,
      isProbeRetransmission: isRetransmission,
      probeHighSeq: 5 * MSS,
    });
    expect(made.env.extCounters.TCPLossProbes).toBe(1);
  });

  it('is not where nothing is', () => {
    const made = waiting({}, { recovery: null });
    noteLossProbe(made.env, made.tcb, true);
    expect(made.env.extCounters.TCPLossProbes).toBe(0);
  });
});

// RFC 8985 §7.4.2 R8985-9, R8985-23, R8985-24: an acknowledgment.
describe('an acknowledgment', () => {
  interface Answer {
    readonly ack?: number;
    readonly isRetransmission?: boolean;
    readonly told?: Partial<AckSample>;
  }
  function answered(
    { ack = 5 * MSS, isRetransmission = true, told = {} }: Answer,
    change?: (made: BareSender) => void,
  ): BareSender {
    const made = waiting({}, { cwnd: 20 * MSS, ssthresh: 30 * MSS });
    noteLossProbe(made.env, made.tcb, isRetransmission);
    change?.(made);
    Object.assign(made.ack, told);
    const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
    segment.ack = ack | 0;
    takeProbeAck(made.env, made.tcb, made.recovery, segment);
    return made;
  }
  const duplicate: Partial<AckSample> = { isAdvance: false, isNotDuplicate: false, isSacked: false };

  it.each<[name: string, answer: Answer, isOver: boolean]>([
    ['below the probe says nothing', { ack: 5 * MSS - 1, isRetransmission: false }, false],
    ['of new data settles it', { isRetransmission: false }, true],
    [
      'with a D-SACK for the probe settles it',
      { told: { ...duplicate, isDsackForProbe: true, isAdvance: true } },
      true,
    ],
    ['that is a plain duplicate settles it', { told: duplicate }, true],
    ['that moves SND.UNA leaves it open', { told: { ...duplicate, isAdvance: true } }, false],
    ['with text or a window leaves it open', { told: { ...duplicate, isNotDuplicate: true } }, false],
    ['with news of SACK leaves it open', { told: { ...duplicate, isSacked: true } }, false],
  ])('%s', (_, answer, isOver) => {
    const made = answered(answer);
    expect([made.recovery.isProbeOut, made.tcb.cwnd, made.tcb.caState]).toEqual([!isOver, 20 * MSS, CaState.open]);
    expect(made.env.extCounters.TCPLossProbeRecovery).toBe(0);
  });

  it('beyond the probe tells of one loss, for which the window answers', () => {
    const made = answered({ ack: 5 * MSS + 1, told: { isAdvance: true } });
    expect([made.recovery.isProbeOut, made.tcb.caState, made.tcb.cwnd]).toEqual([false, CaState.open, 10 * MSS]);
    expect(made.env.extCounters.TCPLossProbeRecovery).toBe(1);
  });

  it('beyond it leaves Disorder while something is SACKed, Open where nothing is on record', () => {
    const sacked = answered({ ack: 5 * MSS + 1 }, ({ board }) => board.markSacked(board.slotAt(4)));
    expect(sacked.tcb.caState).toBe(CaState.disorder);
    const none = answered({ ack: 5 * MSS + 1 }, ({ tcb }) => Object.assign(tcb, { scoreboard: null }));
    expect(none.tcb.caState).toBe(CaState.open);
  });

  it('that comes when all is acknowledged settles it too', () => {
    const made = waiting({ flying: 0 }, { sndUna: 5 * MSS, sndNxt: 5 * MSS });
    noteLossProbe(made.env, made.tcb, true);
    const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
    segment.ack = 5 * MSS;
    takeLateProbeAck(made.env, made.tcb, made.recovery, segment);
    expect(made.recovery.isProbeOut).toBe(false);
  });

  it('is of no interest when no probe is out', () => {
    const made = answered({ ack: 5 * MSS + 1 }, ({ recovery }) => Object.assign(recovery, { isProbeOut: false }));
    expect(made.env.extCounters.TCPLossProbeRecovery).toBe(0);
  });
});
