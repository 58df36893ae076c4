/** What the feedback of a probe does to BBR's long-term model, one acknowledgment at a time (draft-ietf-ccwg-bbr-06 section 5.3.3.9). */
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import { AckSample } from '../recovery/ack-sample.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { Bbr } from './bbr.ts';
import { adaptLongTermModel } from './bbr-bounds.ts';
import { AckPhase, type BbrModel, BbrState } from './bbr-model.ts';

const MSS = 1_460;
const NONE = Number.POSITIVE_INFINITY;

/** A model in `state`, at the start of a round, bounded at a hundred segments. */
function given(state: number): { tcb: Tcb; model: BbrModel; ack: AckSample } {
  const tcb = bareTcb();
  tcb.agreed |= Agreed.sack;
  const { model } = new Bbr();
  Object.assign(model, { state, isRoundStart: true, inflightLongTerm: 100 * MSS, maxBwNow: 5, maxBwBefore: 3 });
  const ack = new AckSample();
  ack.reset(0);
  ack.txInFlight = 50 * MSS;
  return { tcb, model, ack };
}

describe('the phases of feedback', () => {
  it('begin with the round after the probe has begun, not before', () => {
    const { tcb, model, ack } = given(BbrState.probeUp);
    model.ackPhase = AckPhase.probeStarting;
    model.isRoundStart = false;
    adaptLongTermModel(tcb, model, ack);
    expect(model.ackPhase).toBe(AckPhase.probeStarting);
    model.isRoundStart = true;
    adaptLongTermModel(tcb, model, ack);
    expect(model.ackPhase).toBe(AckPhase.probeFeedback);
  });

  it.each([
    ['a probe has ended', BbrState.probeDown, false, true],
    ['the sender was limited', BbrState.probeDown, true, false],
    ['it was no probe for bandwidth', BbrState.startup, false, false],
  ])('%s: the oldest maximum goes or stays', (_, state, isLimited, goes) => {
    const { tcb, model, ack } = given(state);
    model.ackPhase = AckPhase.probeStopping;
    model.isProbeSample = true;
    ack.isAppLimited = isLimited;
    expect(adaptLongTermModel(tcb, model, ack)).toBe(false);
    expect([model.ackPhase, model.isProbeSample]).toEqual([AckPhase.init, false]);
    expect([model.maxBwBefore, model.maxBwNow]).toEqual(goes ? [5, 0] : [3, 5]);
  });
});

describe('the long-term bound', () => {
  it('follows a flight that went well, and no other', () => {
    const { tcb, model, ack } = given(BbrState.probeDown);
    expect(adaptLongTermModel(tcb, model, ack)).toBe(false);
    expect(model.inflightLongTerm).toBe(100 * MSS);
    ack.txInFlight = 120 * MSS;
    expect(adaptLongTermModel(tcb, model, ack)).toBe(false);
    expect(model.inflightLongTerm).toBe(120 * MSS);
  });

  it.each([
    ['losses', 3 * MSS, 0],
    ['marks', 0, 3 * MSS],
    ['both together', 2 * MSS, MSS],
  ])('does not follow one with too many %s', (_, lost, marked) => {
    const { tcb, model, ack } = given(BbrState.probeDown);
    ack.txInFlight = 120 * MSS;
    ack.lostSince = lost;
    model.markedInRound = marked;
    expect(adaptLongTermModel(tcb, model, ack)).toBe(false);
    expect(model.inflightLongTerm).toBe(100 * MSS);
  });

  it('is not there before anything went wrong', () => {
    const { tcb, model, ack } = given(BbrState.probeUp);
    model.inflightLongTerm = NONE;
    model.windowFullRound = model.roundCount;
    expect(adaptLongTermModel(tcb, model, ack)).toBe(false);
    expect([model.inflightLongTerm, model.probeUpAcked]).toEqual([NONE, 0]);
  });

  it('is a matter of windows that were full in this round or the one before', () => {
    const { model } = given(BbrState.probeUp);
    model.roundCount = 9;
    const isFull = [7, 8, 9].map((round) => {
      model.windowFullRound = round;
      return model.isWindowFull;
    });
    expect(isFull).toEqual([false, true, true]);
  });

  it.each([
    [BbrState.probeUp, 10],
    [BbrState.probeCruise, 0],
  ])('is probed upward by what is delivered, state %i', (state, segments) => {
    const { tcb, model, ack } = given(state);
    Object.assign(model, {
      windowFullRound: model.roundCount,
      isRoundStart: false,
      probeUpAcked: 0,
      probeUpAckedPerIncrement: MSS,
    });
    tcb.cwnd = 100 * MSS;
    ack.delivered = 10 * MSS;
    adaptLongTermModel(tcb, model, ack);
    expect(model.inflightLongTerm).toBe((100 + segments) * MSS);
  });
});
