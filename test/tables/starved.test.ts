/**
 * linux, with memory counted as it does: more arrives within a window than there is memory for, since the user has made the buffer
 * smaller behind it. Segments are taken until memory is used up, one in any case; then the window is shut.
 */
import { describe, expect, it } from 'vitest';
import { readAll } from '../requirements/bench.ts';
import { SegmentPeer } from '../support/segment-peer.ts';

const FULL = 1_460;

/** A window of tens of kilobytes was offered; there is memory for two full segments now. */
function shrunken(): SegmentPeer {
  const peer = SegmentPeer.inState('ESTABLISHED', { profile: 'linux', settings: { tcp: { skb_accounting: true } } });
  peer.user.receiveBufferSize = 2_304;
  return peer;
}

const dropped = ({ bench }: SegmentPeer): number => bench.stack.counters.tcpExt.TCPRcvQDrop;

describe('a connection without memory', () => {
  it('takes what its memory holds, drops the next, and offers nothing: what comes then lies outside', () => {
    const peer = shrunken();
    for (let at = 0; at < 6; at++) peer.send({ flags: 'A', seq: at * FULL, data: FULL });
    const last = peer.taken().at(-1);
    expect(last).toMatchObject({ flags: 'A', window: 0 });
    const taken = last?.ack ?? 0;
    expect(taken).toBeGreaterThanOrEqual(2 * FULL);
    expect([taken % FULL, dropped(peer)]).toEqual([0, 1]);
    expect(peer.user.readableLength).toBe(taken);
  });

  it('forgets the FIN of a segment that it drops', () => {
    const peer = shrunken();
    for (let at = 0; at < 5; at++) peer.send({ flags: 'A', seq: at * FULL, data: FULL });
    peer.send({ flags: 'FA', seq: 5 * FULL, data: FULL });
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('takes one segment when nothing waits to be read, however little memory there is', () => {
    const peer = shrunken();
    peer.send({ flags: 'A', seq: 3 * FULL, data: FULL });
    peer.send({ flags: 'A', seq: 5 * FULL, data: FULL });
    peer.send({ flags: 'A', seq: 7 * FULL, data: FULL });
    peer.send({ flags: 'A', data: FULL });
    expect(peer.user.readableLength).toBe(FULL);
  });

  it('goes on when it has been read', () => {
    const peer = shrunken();
    for (let at = 0; at < 6; at++) peer.send({ flags: 'A', seq: at * FULL, data: FULL });
    const taken = peer.taken().at(-1)?.ack ?? 0;
    readAll(peer.user);
    peer.bench.run(100);
    const opened = peer.taken().at(-1);
    expect(opened?.ack).toBe(taken);
    expect(opened?.window).toBeGreaterThan(0);
    peer.send({ flags: 'A', seq: taken, data: FULL });
    expect(peer.user.readableLength).toBe(FULL);
  });
});
