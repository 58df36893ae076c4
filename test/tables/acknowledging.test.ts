/** Acknowledgments that a batch of segments or a timer brings, counted: one for each early segment, one when the delay is over. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: segments that arrive in one batch', (profile) => {
  /** So many segments of ten octets from `first` on, with nothing between them answered. */
  function batch(peer: SegmentPeer, first: number, count: number): Uint8Array[] {
    const base = peer.rcvNxt;
    return Array.from({ length: count }, (_, index) =>
      peer.peer.build('PA', { seq: (base + first + index * 10) >>> 0, payload: text(10) }),
    );
  }

  // RFC 5681 §4.2: an early segment is acknowledged at once, or the sender would not see three duplicates.
  it.each([1, 2, 5])('%i of them behind a hole bring as many duplicate ACKs', (count) => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.bench.giveAll(batch(peer, 10, count));
    const acks = peer.taken();
    expect(acks).toHaveLength(count);
    for (const ack of acks) expect(ack).toMatchObject({ flags: 'A', ack: 0, length: 0 });
  });

  it('in order bring one ACK at most', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.bench.giveAll(batch(peer, 0, 8));
    expect(peer.taken().length).toBeLessThanOrEqual(1);
    peer.bench.run(500);
    peer.send({ flags: 'A', seq: 80 });
    expect(peer.user.readableLength).toBe(80);
  });

  it('many behind a hole bring no more than a bounded number', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.bench.giveAll(batch(peer, 10, 200));
    const { length } = peer.taken();
    expect(length).toBeGreaterThanOrEqual(3);
    expect(length).toBeLessThanOrEqual(65);
  });
});

describe.each(PROFILES)('%s: a delayed acknowledgment', (profile) => {
  it('is counted when its time is over, not when something else carried it', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { tcpExt } = peer.bench.stack.counters;
    // The first segments are acknowledged quickly under `linux`, and so are those after a silence.
    for (let at = 0; at < 400; at += 10) {
      peer.send({ flags: 'PA', seq: at, data: 10 });
      peer.bench.run(profile === 'linux' ? 100 : 300);
    }
    peer.bench.take();
    const before = tcpExt.DelayedACKs;
    peer.send({ flags: 'PA', seq: 400, data: 10 });
    peer.expectNothing();
    peer.user.write(text(5));
    peer.expect({ flags: 'PA', ack: 410, length: 5 });
    peer.send({ flags: 'A', seq: 410, ack: 5 });
    peer.bench.run(150);
    expect(tcpExt.DelayedACKs).toBe(before);
    peer.send({ flags: 'PA', seq: 410, ack: 5, data: 10 });
    peer.expectNothing();
    peer.bench.run(1_000);
    peer.expect({ flags: 'A', ack: 420 });
    expect(tcpExt.DelayedACKs).toBe(before + 1);
  });
});
