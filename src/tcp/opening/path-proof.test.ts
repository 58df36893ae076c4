/** What a connection's own segments prove of its path, and how far it believes a message (RFC 5927 sections 4.1 and 7.2, RFC 8201 section 4). */
import { describe, expect, it } from 'vitest';
import { type BareSender, type BareSenderOptions, bareSender } from '../../../test/support/bare-sender.ts';
import { Address } from '../../base/address.ts';
import { ConnectionKey } from '../connection-key.ts';
import { PathProof } from '../tcb/path-proof.ts';
import type { Tcb } from '../tcb/tcb.ts';
import {
  isLargerProven,
  judgeTooBig,
  MtuVerdict,
  notePacketSent,
  packetsAcknowledged,
  proofLimited,
  proofShrunk,
} from './path-proof.ts';

/** Up to 10,000 octets were sent in packets of 1500 octets, of which 1000 were proven. Headers take 40. */
function proving(
  changes: Partial<PathProof> = {},
  tcbChanges: Partial<Tcb> = {},
  options: BareSenderOptions = {},
): BareSender & { proof: PathProof } {
  const made = bareSender({ profile: 'rfc', settings: { pmtu_confirm_timeouts: 1 }, ...options });
  const proof = Object.assign(new PathProof(), { sentSize: 1_500, ...changes });
  Object.assign(made.tcb, { sndNxt: 10_000, pathMtu: 1_500, provenSize: 1_000, pathProof: proof, ...tcbChanges });
  return { ...made, proof };
}

describe('a packet that leaves', () => {
  function sent(payload: number, before: Partial<PathProof> = {}, seq = 5_000, end = 6_460): PathProof {
    const { tcb, proof } = proving(before);
    notePacketSent(tcb, seq, end, payload);
    return proof;
  }

  it.each<[name: string, payload: number, trialSize: number]>([
    ['larger than what is proven', 961, 1_001],
    ['as large as what is proven', 960, 0],
  ])('is on trial, or not: %s', (_, payload, trialSize) => {
    expect(sent(payload)).toMatchObject(
      trialSize === 0 ? { trialSize } : { trialSize, trialStart: 5_000, trialEnd: 6_460 },
    );
  });

  it.each([
    [1_460, 1_500],
    [1_461, 1_501],
    [100, 1_500],
  ])('is the largest that was sent, or not: %i octets', (payload, sentSize) => {
    expect(sent(payload).sentSize).toBe(sentSize);
  });

  const trial = { trialSize: 1_400, trialStart: 5_000, trialEnd: 6_000 };
  it.each<[name: string, payload: number, seq: number, end: number, trialSize: number]>([
    ['smaller, with some of its octets', 1_359, 5_999, 7_000, 0],
    ['as large, with all of them', 1_360, 5_000, 6_000, 1_400],
    ['smaller, behind it', 1_000, 6_000, 7_000, 1_400],
    ['smaller, before it', 1_000, 4_000, 5_000, 1_400],
    ['smaller, into it', 1_000, 4_000, 5_001, 0],
  ])('makes another’s trial void, or not: %s', (_, payload, seq, end, trialSize) => {
    expect(sent(payload, trial, seq, end)).toMatchObject({ trialStart: 5_000, trialEnd: 6_000, trialSize });
  });

  it('is the first of the connection', () => {
    const { tcb } = proving({}, { pathProof: null, provenSize: 0 });
    notePacketSent(tcb, 0, 100, 100);
    expect(tcb.pathProof).toMatchObject({ sentSize: 140, trialSize: 140, trialStart: 0, trialEnd: 100 });
  });
});

describe('an acknowledgment', () => {
  const trial = { trialSize: 1_400, trialStart: 5_000, trialEnd: 6_000 };
  it.each<[name: string, proof: Partial<PathProof>, una: number, proven: number, trialSize: number]>([
    ['of all of it', trial, 6_000, 1_400, 0],
    ['of all but an octet', trial, 5_999, 1_000, 1_400],
    ['of something no larger than what is proven', { ...trial, trialSize: 900 }, 6_000, 1_000, 0],
    ['while nothing is on trial', { ...trial, trialSize: 0 }, 6_000, 1_000, 0],
  ])('proves a size, or not: %s', (_, before, una, proven, trialSize) => {
    const { env, tcb, proof } = proving({ reductions: 3, ...before }, { sndUna: una });
    packetsAcknowledged(env, tcb);
    expect([tcb.provenSize, proof.trialSize, proof.reductions]).toEqual([proven, trialSize, 0]);
  });

  it.each([
    ['of what a router is said to have refused', 1_200, 5_001, 0, 1],
    ['up to it', 1_200, 5_000, 1_200, 0],
    ['where no message waits', 0, 5_001, 0, 0],
  ])('refutes a message, or not: %s', (_, heldMtu, una, after, refuted) => {
    const { env, tcb, proof } = proving({ heldMtu, heldSeq: 5_000 }, { sndUna: una });
    packetsAcknowledged(env, tcb);
    expect([proof.heldMtu, env.extCounters.PmtuClaimsRefuted]).toEqual([after, refuted]);
  });

  it('is of no interest where nothing is known', () => {
    const { env, tcb } = proving({}, { pathProof: null });
    expect(() => packetsAcknowledged(env, tcb)).not.toThrow();
  });
});

describe('a message', () => {
  interface Message {
    readonly mtu?: number;
    readonly candidate?: number;
    readonly seq?: number;
    readonly length?: number;
  }
  function judged({ mtu = 1_400, candidate = mtu, seq = 5_000, length = 1_500 }: Message, made = proving()): number {
    return judgeTooBig(made.env, made.tcb, mtu, candidate, seq, length);
  }
  const { accept, hold, stale, implausible } = MtuVerdict;

  it.each<[name: string, message: Message, verdict: number]>([
    ['is believed', {}, accept],
    ['by an old router', { mtu: 0, candidate: 1_492 }, accept],
    ['about a packet that fits is not', { length: 1_400 }, implausible],
    ['by an octet too large', { length: 1_401 }, accept],
    ['about a packet with the options it may have', { length: 1_540 }, accept],
    ['about one that is larger', { length: 1_541 }, implausible],
    ['about octets that were sent', { seq: 10_000 - 1_380, length: 1_500 }, accept],
    ['about one that was not', { seq: 10_000 - 1_379, length: 1_500 }, implausible],
    ['about a packet of headers', { mtu: 68, candidate: 1_400, seq: 10_000, length: 120 }, accept],
    ['that says nothing new', { candidate: 0 }, stale],
    ['that says what is known', { mtu: 1_400, candidate: 1_500 }, stale],
  ])('%s', (_, message, verdict) => {
    expect(judged(message)).toBe(verdict);
  });

  it('about IPv6 goes by its headers, and 1280 is the least', () => {
    const key = new ConnectionKey(Address.parse('fd00::1'), 80, Address.parse('fd00::2'), 40_000, 0);
    const six = (): ReturnType<typeof proving> => proving({}, { key });
    expect(judged({ mtu: 1_279 }, six())).toBe(implausible);
    expect(judged({ mtu: 1_280 }, six())).toBe(accept);
    expect(judged({ mtu: 0, candidate: 1_280 }, six())).toBe(implausible);
    expect(judged({ seq: 10_000 - 1_400 }, six())).toBe(accept);
    expect(judged({ seq: 10_000 - 1_399 }, six())).toBe(implausible);
  });

  it('is believed of any size before one was sent', () => {
    expect(judged({ length: 4_000 }, proving({ sentSize: 0 }))).toBe(accept);
  });

  it.each([
    [1_399, hold],
    [1_400, accept],
  ])('against what is proven waits for a time-out: %i', (candidate, verdict) => {
    const made = proving({}, { provenSize: 1_400 });
    expect(judged({ mtu: candidate, candidate }, made)).toBe(verdict);
    expect(made.proof.heldMtu).toBe(verdict === hold ? candidate : 0);
  });

  it('that is held gives way to one that says less, and is counted once', () => {
    const made = proving({}, { provenSize: 1_500 });
    expect(judged({ mtu: 1_300, seq: 5_000 }, made)).toBe(hold);
    expect(judged({ mtu: 1_300, seq: 6_000 }, made)).toBe(hold);
    expect(made.proof).toMatchObject({ heldMtu: 1_300, heldSeq: 5_000 });
    expect(judged({ mtu: 1_299, seq: 7_000 }, made)).toBe(hold);
    expect(made.proof).toMatchObject({ heldMtu: 1_299, heldSeq: 7_000 });
    expect(made.env.extCounters.PmtuClaimsHeld).toBe(1);
  });

  it('is believed at once where nothing was sent yet, or by setting', () => {
    expect(judged({}, proving({}, { provenSize: 1_500, pathProof: null }))).toBe(accept);
  });
});

describe('a path that has become narrower', () => {
  it('leaves nothing larger sent, proven, held or on trial', () => {
    const { tcb, proof } = proving({ heldMtu: 1_100, trialSize: 1_450 }, { pathMtu: 1_200, provenSize: 1_400 });
    proofShrunk(tcb);
    expect(proof).toMatchObject({ reductions: 1, heldMtu: 0, sentSize: 1_200, trialSize: 0 });
    expect(tcb.provenSize).toBe(1_200);
  });

  it('keeps what is smaller', () => {
    const { tcb, proof } = proving({ sentSize: 900 }, { pathMtu: 1_200, provenSize: 800 });
    proofShrunk(tcb);
    expect([proof.sentSize, tcb.provenSize]).toEqual([900, 800]);
    tcb.pathProof = null;
    proofLimited(tcb, 700);
    expect(tcb.provenSize).toBe(700);
  });

  it.each([
    [1_199, true],
    [1_200, false],
  ])('contradicts what is proven: 1200 and %i', (mtu, isLarger) => {
    expect(isLargerProven(proving({}, { provenSize: 1_200 }).tcb, mtu)).toBe(isLarger);
  });

  it.each<[changes: Partial<PathProof>, isForgettable: boolean]>([
    [{}, true],
    [{ trialSize: 1 }, false],
    [{ heldMtu: 1 }, false],
    [{ reductions: 1 }, false],
  ])('is remembered as long as it matters: %j', (changes, isForgettable) => {
    expect(proving(changes).proof.isForgettable).toBe(isForgettable);
  });
});
