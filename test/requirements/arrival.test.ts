/** RFC 9293 section 3.10.7.4: how arriving segments are taken and acknowledged. */
import { describe, expect, it } from 'vitest';
import { openPassively, type Profile, readAll, text } from './bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: arrival', (profile) => {
  // RFC 9293 §3.10.7.4 MUST-58, MUST-59: a batch of segments is worked through before anything is acknowledged, once.
  it('acknowledges a batch of queued segments once', () => {
    const { bench, peer, socket } = openPassively({ profile });
    const batch = [0, 1, 2, 3, 4, 5, 6].map((index) => peer.build('A', { payload: text(1_460, index * 1_460) }));
    bench.giveAll(batch);
    const segments = bench.take();
    expect(segments.length).toBe(1);
    expect(segments[0]?.ack).toBe(peer.seq);
    expect(readAll(socket)).toEqual(text(7 * 1_460));
  });

  // RFC 9293 §3.10.7.4 MUST-58: and an ACK that is owed goes with data that can be sent.
  it('lets the acknowledgment ride on data', () => {
    const { bench, peer, socket } = openPassively({ profile });
    const batch = [peer.build('A', { payload: text(1_460) }), peer.build('PA', { payload: text(1_460, 1_460) })];
    socket.write(text(300));
    bench.giveAll(batch);
    const segments = bench.take();
    expect(segments.length).toBe(1);
    expect([segments[0]?.ack, segments[0]?.payload]).toEqual([peer.seq, text(300)]);
  });

  // RFC 9293 §3.10.7.4 SHLD-31: what arrives early is kept, and need not come again.
  it('keeps segments that arrive early', () => {
    const { bench, peer, socket } = openPassively({ profile });
    const pieces = [0, 1, 2, 3, 4].map((index) => peer.build('A', { payload: text(1_000, index * 1_000) }));
    for (const index of [3, 1, 4, 2]) bench.give(pieces[index]!);
    expect(socket.readableLength).toBe(0);
    bench.take();
    bench.give(pieces[0]!);
    expect(readAll(socket)).toEqual(text(5_000));
    expect(bench.take().at(-1)?.ack).toBe(peer.seq);
  });

  // RFC 9293 §3.10.7.4 MAY-13: a gap is told at once: the ACK names the octet that is missing.
  it('acknowledges at once what arrives out of order', () => {
    const { bench, peer } = openPassively({ profile });
    const missing = peer.seq;
    for (let ahead = 1; ahead <= 3; ahead++) {
      peer.send('A', { payload: text(100), seq: missing + ahead * 100 });
      expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: missing });
    }
  });
});

describe.each(PROFILES)('%s: blind attacks', (profile) => {
  // RFC 9293 §3.10.7.4 MAY-12: a reset inside the window but not at its edge is only asked about (RFC 5961).
  it('challenges a RST that is not exactly in place', () => {
    const { bench, peer, socket } = openPassively({ profile });
    peer.send('R', { seq: peer.seq + 1_000 });
    expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: peer.seq });
    expect(socket.stateName).toBe('ESTABLISHED');
    peer.send('R', { seq: (peer.seq - 1_000) >>> 0 });
    expect(bench.take()).toEqual([]);
    expect(socket.stateName).toBe('ESTABLISHED');
    peer.send('R');
    expect(socket.stateName).toBe('CLOSED');
  });

  // RFC 9293 §3.10.7.4 MAY-12: so is a SYN, wherever it stands.
  it.each([0, 1_000, -1_000])('challenges a SYN %i octets from the edge', (distance) => {
    const { bench, peer, socket } = openPassively({ profile });
    peer.send('S', { seq: (peer.seq + distance) >>> 0 });
    expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: peer.seq });
    expect(socket.stateName).toBe('ESTABLISHED');
  });

  // RFC 9293 §3.10.7.4 MAY-12: data whose ACK number was never sendable is not taken.
  it('does not take data with an acknowledgment out of range', () => {
    const { bench, peer, socket } = openPassively({ profile });
    for (const ack of [peer.ack + 1_000, (peer.ack - 1_000_000) >>> 0]) {
      peer.send('PA', { payload: text(10), seq: peer.seq, ack });
      bench.run(1_000);
      expect(socket.readableLength).toBe(0);
    }
  });
});
