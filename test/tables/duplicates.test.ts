/** Duplicates as the receiver reports them (D-SACK, RFC 2883). */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { at, blocks, timestamps } from '../support/segment-options.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS_1000 = [2, 4, 1_000 >> 8, 1_000 & 255];
const SACK_PERMITTED = [4, 2];
const RECENT = 1_000_000;

// RFC 2883 section 4: the first block tells of what came twice, once; the ranges follow.
describe.each(PROFILES)('%s: duplicates', (profile) => {
  const sacking = (settings = {}): SegmentPeer =>
    SegmentPeer.inState('ESTABLISHED', {
      profile,
      synOptions: [...MSS_1000, ...SACK_PERMITTED],
      settings: { tcp: settings },
    });
  const arrive = (peer: SegmentPeer, seq: number, data: number): void => peer.send({ flags: 'A', seq, data });
  /** What a peer that has received [left, right) ranges answers to a duplicate. */
  const answer = (given: readonly (readonly [number, number])[], seq: number, data: number): [number, number][] => {
    const peer = sacking();
    for (const [left, right] of given) arrive(peer, left, right - left);
    peer.bench.take();
    arrive(peer, seq, data);
    return blocks(peer);
  };

  // RFC 2883 §4 R2883-1, R2883-4, R2883-5, R2883-6: the duplicate, the range it lies in, the rest.
  it.each([
    ['whole segment, nothing missing', [[0, 500]], 0, 500, [[0, 500]]],
    [
      'whole segment, ranges behind it',
      [
        [0, 500],
        [1000, 1500],
      ],
      0,
      500,
      [
        [0, 500],
        [1000, 1500],
      ],
    ],
    ['part of a segment', [[0, 500]], 300, 400, [[300, 500]]],
    [
      'inside of a range',
      [
        [1000, 1500],
        [2000, 3000],
      ],
      1200,
      100,
      [
        [1200, 1300],
        [1000, 1500],
        [2000, 3000],
      ],
    ],
    [
      'across the end of a range',
      [[1000, 1500]],
      1200,
      500,
      [
        [1200, 1500],
        [1000, 1700],
      ],
    ],
    [
      'over two ranges',
      [
        [1000, 1500],
        [2000, 2500],
      ],
      1000,
      1500,
      [
        [1000, 1500],
        [1000, 2500],
      ],
    ],
    ['what fills the gap and more', [[500, 1000]], 0, 700, [[500, 700]]],
    [
      'what fills one gap of two',
      [
        [500, 1000],
        [2000, 2100],
      ],
      0,
      1000,
      [
        [500, 1000],
        [2000, 2100],
      ],
    ],
  ] as const)('%s', (_name, given, seq, data, expected) => {
    expect(answer(given, seq, data)).toEqual(expected);
  });

  // RFC 2883 §4 R2883-3: with the next ACK it is forgotten.
  it('each is reported once', () => {
    const peer = sacking();
    arrive(peer, 0, 500);
    arrive(peer, 0, 500);
    expect(blocks(peer)).toEqual([[0, 500]]);
    arrive(peer, 1000, 100);
    expect(blocks(peer)).toEqual([[1000, 1100]]);
  });

  it('in one batch each has an acknowledgment of its own, neighbours share one', () => {
    const peer = sacking();
    arrive(peer, 0, 900);
    peer.bench.take();
    const again = (seq: number): Uint8Array =>
      peer.peer.build('A', { seq: (peer.rcvNxt + seq) >>> 0, ack: peer.sndNxt >>> 0, payload: text(100) });
    peer.bench.giveAll([again(0), again(100), again(500)]);
    const edges = peer.bench.take().map((segment) => {
      const body = segment.options.get(5) ?? new Uint8Array(8);
      const view = new DataView(body.buffer, body.byteOffset);
      return [(view.getUint32(0) - peer.rcvNxt) | 0, (view.getUint32(4) - peer.rcvNxt) | 0];
    });
    expect(edges).toEqual([
      [0, 200],
      [500, 600],
    ]);
    expect(peer.bench.stack.counters.tcpExt).toMatchObject({ TCPDSACKOldSent: 3, TCPDSACKOfoSent: 0 });
  });

  it('a flood of duplicates is answered by a bounded number of reports', () => {
    const peer = sacking();
    arrive(peer, 0, 900);
    peer.bench.take();
    const flood = Array.from({ length: 200 }, (_, index) =>
      peer.peer.build('A', {
        seq: (peer.rcvNxt + ((index * 4) % 800)) >>> 0,
        ack: peer.sndNxt >>> 0,
        payload: text(2),
      }),
    );
    peer.bench.giveAll(flood);
    expect(peer.bench.take().length).toBeLessThanOrEqual(16);
  });

  // RFC 2883 §2 R2883-2: it goes with SACK.
  it('are not reported when switched off, nor to a peer without SACK', () => {
    const off = sacking({ dsack: false });
    arrive(off, 0, 500);
    arrive(off, 0, 500);
    expect(blocks(off)).toEqual([]);
    const plain = SegmentPeer.inState('ESTABLISHED', { profile });
    arrive(plain, 0, 500);
    arrive(plain, 0, 500);
    expect(blocks(plain)).toEqual([]);
    expect(plain.bench.stack.counters.tcpExt.TCPDSACKOldSent).toBe(0);
  });

  it('what is too old by its timestamp is reported as well', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', {
      profile,
      synOptions: [...MSS_1000, ...SACK_PERMITTED, ...timestamps(RECENT)],
    });
    peer.send(at(RECENT + 1, { flags: 'A', data: 100 }));
    peer.bench.take();
    peer.send(at(RECENT, { flags: 'A', data: 100 }));
    expect(blocks(peer)).toEqual([[0, 100]]);
  });
});
