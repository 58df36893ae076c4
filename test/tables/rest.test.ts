/** A connection at rest gives back what only work needs, and goes on afterwards as if it had kept it. */
import { describe, expect, it } from 'vitest';
import { CaState, type Tcb } from '../../src/tcp/index.ts';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;

/** Ten segments were sent and acknowledged, and then it was quiet. */
function rested(profile: Profile): SackPeer {
  const flow = new SackPeer({ profile, segments: 10 });
  flow.sent();
  flow.run(100);
  flow.ack(10);
  expect(flow.tcb.recovery).not.toBeNull();
  flow.run(2 * SECOND);
  return flow;
}

describe.each(PROFILES)('%s: a connection at rest', (profile) => {
  it('holds no buffers and no memory of what was on its way', () => {
    const { tcb } = rested(profile);
    expect([tcb.sendBuffer, tcb.receiveBuffer, tcb.pathProof, tcb.scoreboard, tcb.sendHistory]).toEqual(
      Array(5).fill(null),
    );
    expect(tcb.receiveTuning).toBeNull();
    // RFC 7661 remembers under `rfc` for how long the window was not used.
    expect(tcb.recovery === null).toBe(profile === 'linux');
  });

  it('tells of itself what it told before', () => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.sent();
    flow.run(100);
    flow.ack(10);
    const before = flow.peer.user.tcpInfo();
    flow.run(2 * SECOND);
    const { lastAckRecvMs, lastDataRecvMs, lastDataSentMs, ...after } = flow.peer.user.tcpInfo();
    expect(before).toMatchObject(after);
    expect(after.deliveryRate).toBeGreaterThan(0);
    expect(after.busyTimeUs).toBe(100_000);
    expect([lastAckRecvMs, lastDataRecvMs]).toEqual([2_000, 2_100]);
    expect(lastDataSentMs).toBe(2_100);
  });

  it('finds and repairs a loss when it works again', () => {
    const flow = rested(profile);
    flow.peer.user.write(text(10 * MSS));
    expect(flow.sent()).toHaveLength(10);
    flow.run(100);
    flow.ack(10, [11, 15]);
    expect(flow.tcb.caState).toBe(CaState.recovery);
    expect(flow.sent()).toEqual([10]);
    flow.run(100);
    flow.ack(20);
    expect(flow.tcb.caState).toBe(CaState.open);
  });
});

describe.each(PROFILES)('%s: a receiver at rest', (profile) => {
  /** Text has come; with SACK, so that early text is told of. */
  function receiving(): { peer: SegmentPeer; tcb: Tcb } {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: [...MSS_1460, 4, 2] });
    const { tcb } = peer.user;
    if (tcb === null) throw new Error('no connection');
    peer.send({ flags: 'PA', data: 100 });
    peer.bench.run(2 * SECOND);
    return { peer, tcb };
  }

  /** An octet there and its ACK back, `seq` octets of theirs so far: a timer has run, and the wheel comes by. */
  function settle(peer: SegmentPeer, count: number, seq: number): void {
    peer.user.write(text(1));
    peer.bench.take();
    peer.send({ flags: 'A', seq, ack: count });
    peer.bench.run(5 * SECOND);
  }

  it('keeps what nobody has read, and gives the buffer back once it is read', () => {
    const { peer, tcb } = receiving();
    settle(peer, 1, 100);
    expect(tcb.receiveBuffer?.length).toBe(100);
    expect(readAll(peer.user)).toEqual(text(100));
    settle(peer, 2, 100);
    expect([tcb.receiveBuffer, tcb.reassembly, tcb.receiveTuning]).toEqual([null, null, null]);
    peer.send({ flags: 'PA', seq: 100, ack: 2, data: 20 });
    expect(readAll(peer.user)).toEqual(text(20));
  });

  it('keeps text behind a hole, though all before it was read', () => {
    const { peer, tcb } = receiving();
    readAll(peer.user);
    peer.send({ flags: 'PA', seq: 110, data: 10 });
    settle(peer, 1, 100);
    expect([tcb.reassembly?.rangeCount, tcb.receiveBuffer === null]).toEqual([1, false]);
    peer.send({ flags: 'PA', seq: 100, ack: 1, data: 10 });
    expect(readAll(peer.user)).toEqual(Uint8Array.from([...text(10), ...text(10)]));
    settle(peer, 2, 120);
    expect([tcb.reassembly, tcb.receiveBuffer]).toEqual([null, null]);
  });
});

/** Whether a connection has a record for its work (`tcb-work.ts`); nobody else may look at it. */
function hasWork(tcb: Tcb): boolean {
  return !Reflect.get(tcb, 'work').isCommon;
}

describe('linux: a connection at rest', () => {
  it('has no record of work, and numbers that mean the same without it', () => {
    const { tcb } = rested('linux');
    expect(hasWork(tcb)).toBe(false);
    expect([tcb.sendBufferSeq, tcb.smallSeq, tcb.rttSeq]).toEqual(Array(3).fill(tcb.sndUna));
    expect([tcb.unsentLength, tcb.inFlight, tcb.timeouts, tcb.backoff, tcb.maxInFlight]).toEqual(Array(5).fill(0));
  });

  it('makes none for what is usual, and one for what is not', () => {
    const { tcb } = rested('linux');
    tcb.timeouts = 0;
    tcb.sendBuffer = null;
    tcb.smallSeq = tcb.sndUna;
    expect(hasWork(tcb)).toBe(false);
    tcb.timeouts = 1;
    expect(hasWork(tcb)).toBe(true);
    tcb.forgetWork();
    expect(tcb.timeouts).toBe(1);
  });

  it('an orphan in FIN-WAIT-2 rests and ends in its hour', () => {
    const peer = SegmentPeer.inState('FIN-WAIT-2', { profile: 'linux' });
    peer.user.close();
    peer.bench.run(59 * SECOND);
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.bench.run(2 * SECOND);
    expect(peer.state).toBe('CLOSED');
  });

  it('a FIN that came before the text in front of it is not forgotten', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile: 'linux' });
    peer.send({ flags: 'FA', seq: 10 });
    peer.bench.take();
    peer.user.write(text(1));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 1 });
    peer.bench.run(5 * SECOND);
    peer.bench.take();
    peer.send({ flags: 'PA', ack: 1, data: 10 });
    expect(readAll(peer.user)).toEqual(text(10));
    expect([peer.state, peer.user.isReadEnded]).toEqual(['CLOSE-WAIT', true]);
  });

  it('in CLOSE-WAIT takes nothing that lies behind the FIN', () => {
    const peer = SegmentPeer.inState('CLOSE-WAIT', { profile: 'linux' });
    const { tcb } = peer.user;
    peer.user.write(text(1));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 1 });
    peer.bench.run(5 * SECOND);
    if (tcb !== null) expect(hasWork(tcb)).toBe(false);
    peer.send({ flags: 'PA', ack: 1, data: 5 });
    expect([peer.user.readableLength, peer.state]).toEqual([0, 'CLOSE-WAIT']);
    peer.user.close();
    expect(peer.bench.take().at(-1)?.flags).toContain('F');
  });

  it('remembers that its path reorders', () => {
    const flow = new SackPeer({ profile: 'linux', segments: 10 });
    flow.sent();
    flow.run(100);
    flow.ack(0, [2, 3]);
    flow.ack(10);
    expect(flow.tcb.recovery?.reorderingSeen).toBe(1);
    flow.run(2 * SECOND);
    expect(flow.tcb.recovery?.reorderingSeen).toBe(1);
  });

  it('starts from a small window after idling, as one with all its memory does', () => {
    const flow = rested('linux');
    const { cwnd } = flow.tcb;
    expect(cwnd).toBe(20 * MSS);
    flow.peer.user.write(text(MSS));
    expect(flow.sent()).toEqual([10]);
    // Half for each of six RTOs of silence, an initial window at least.
    expect(flow.tcb.cwnd).toBe(10 * MSS);
  });
});
