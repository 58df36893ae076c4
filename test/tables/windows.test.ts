/**
 * Windows and acknowledgments (RFC 9293 section 3.8.6): the closed window and its probes, delayed acknowledgments, silly
 * windows at both ends, window scale.
 */
import { describe, expect, it } from 'vitest';
import { readAll, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';
import { timesMs, watch } from '../support/timeline.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS = 1_000;
const SYN_1000 = [2, 4, MSS >> 8, MSS & 255];

function established(profile: Profile, options: StageOptions = {}): SegmentPeer {
  return SegmentPeer.inState('ESTABLISHED', { profile, synOptions: SYN_1000, ...options });
}

/** The peer's window is closed and 500 octets wait. */
function shut(profile: Profile): SegmentPeer {
  const peer = established(profile);
  peer.user.write(text(10));
  peer.bench.take();
  peer.send({ flags: 'A', ack: 10, window: 0 });
  peer.sndNxt = (peer.sndNxt + 10) >>> 0;
  peer.user.write(text(500));
  peer.expectNothing();
  return peer;
}

describe.each([
  ['rfc', 1_000],
  ['linux', 200],
] as const)('%s: a closed window', (profile, rtoMs) => {
  it('is probed after one RTO, then at doubling intervals up to two minutes', () => {
    const peer = shut(profile);
    const startUs = peer.bench.nowUs;
    const times: number[] = [];
    const answers: number[] = [];
    for (let elapsed = 0; elapsed < 3_000_000; elapsed += 100) {
      peer.bench.run(100);
      const probes = peer.bench.take();
      times.push(...timesMs(probes, startUs));
      if (probes.length === 0) continue;
      peer.send({ flags: 'A', window: 0 });
      answers.push((peer.bench.nowUs - startUs) / 1000);
    }
    let interval: number = rtoMs;
    for (const [index, time] of times.entries()) {
      // Each interval begins with the answer to the probe before.
      const at = (answers[index - 1] ?? 0) + interval;
      expect(Math.abs(time - at), `probe ${index}`).toBeLessThan(80);
      interval = Math.min(interval * 2, 120_000);
    }
    expect(times.length, 'more than retries2, all of them answered').toBeGreaterThan(25);
    expect(peer.user.error).toBeNull();
  });

  it('is probed by what the profile says', () => {
    const peer = shut(profile);
    peer.bench.run(rtoMs + 10);
    const probe = peer.expect({ length: profile === 'rfc' ? 1 : 0, ack: 0 });
    expect(probe.seq).toBe(profile === 'rfc' ? 0 : -1);
    peer.bench.run(2 * rtoMs + 10);
    expect(peer.expect({}).seq).toBe(probe.seq);
  });

  it('that opens lets the data go at once, and the next loss waits one RTO', () => {
    const peer = shut(profile);
    for (let probes = 0; probes < 3; probes++) {
      peer.bench.run(rtoMs * 2 ** probes + 10);
      peer.send({ flags: 'A', window: 0 });
    }
    peer.bench.take();
    const startUs = peer.bench.nowUs;
    peer.send({ flags: 'A', window: 5_000 });
    // Under rfc the probe's octet goes first, and Nagle keeps the rest behind it.
    expect(peer.taken().reduce((sum, { length }) => sum + length, 0)).toBe(profile === 'rfc' ? 1 : 500);
    const again = timesMs(watch(peer, rtoMs * 3), startUs);
    expect(Math.abs((again[0] ?? 0) - rtoMs)).toBeLessThan(20);
  });

  it('whose peer takes the probe goes on behind it', () => {
    const peer = shut(profile);
    peer.bench.run(rtoMs + 10);
    const { length } = peer.expect({});
    peer.send({ flags: 'A', ack: length, window: 5_000 });
    peer.expect({ seq: length, length: 500 - length });
  });

  it('without any answer ends as a time-out', () => {
    const peer = shut(profile);
    peer.bench.run(4_000_000);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
  });

  it('holds back a FIN, and is probed for it', () => {
    const peer = established(profile);
    peer.send({ flags: 'A', window: 0 });
    peer.user.shutdownWrite();
    peer.expectNothing();
    peer.bench.run(rtoMs + 10);
    peer.expect({ length: 0 });
    peer.send({ flags: 'A', window: 100 });
    peer.expect({ flags: 'FA', seq: 0 });
  });

  it('has no room for a FIN behind the text that fills it', () => {
    const peer = established(profile);
    peer.send({ flags: 'A', window: 100 });
    peer.user.write(text(100));
    peer.user.shutdownWrite();
    peer.expect({ flags: 'PA', seq: 0, length: 100 });
    peer.send({ flags: 'A', ack: 100, window: 0 });
    peer.expectNothing();
    peer.send({ flags: 'A', ack: 100, window: 1 });
    peer.expect({ flags: 'FA', seq: 100, length: 0 });
  });

  it('closed under octets in flight: they go again, nothing new with them', () => {
    const peer = established(profile);
    peer.user.write(text(3 * MSS));
    peer.bench.take();
    peer.user.write(text(5 * MSS));
    peer.bench.take();
    peer.send({ flags: 'A', ack: MSS, window: 0 });
    peer.bench.take();
    peer.bench.run(rtoMs * 20);
    for (const { seq } of peer.taken()) expect(seq).toBe(MSS);
    expect(peer.user.error).toBeNull();
  });

  it('closed under octets in flight for longer than R2: as long as there are answers, it is no time-out', () => {
    const peer = established(profile);
    peer.user.write(text(2 * MSS));
    peer.bench.take();
    peer.send({ flags: 'A', ack: MSS, window: 0 });
    for (let elapsed = 0; elapsed < 3_000_000; elapsed += 1_000) {
      peer.bench.run(1_000);
      if (peer.bench.take().length > 0) peer.send({ flags: 'A', ack: MSS, window: 0 });
    }
    expect(peer.user.error).toBeNull();
    peer.send({ flags: 'A', ack: MSS, window: 5_000 });
    // Linux waits for its timer.
    if (profile === 'linux') peer.bench.run(120_000);
    expect(peer.taken()).toMatchObject([{ seq: MSS, length: MSS }]);
  });
});

// RFC 9293 §3.8.6.3 MUST-40, SHLD-18, SHLD-19: delayed, but not for long and not beyond the second full segment.
describe('delayed acknowledgments', () => {
  it('rfc: the first full segment waits 200 ms, the second is acknowledged at once', () => {
    const peer = established('rfc');
    const startUs = peer.bench.nowUs;
    peer.send({ flags: 'A', data: 1_460 });
    peer.expectNothing();
    expect(timesMs(watch(peer, 500), startUs)).toEqual([200]);
    peer.send({ flags: 'A', seq: 1_460, data: 1_460 });
    peer.expectNothing();
    peer.send({ flags: 'A', seq: 2_920, data: 1_460 });
    peer.expect({ flags: 'A', ack: 4_380 });
  });

  it('rfc: the timer runs from the first octet, not from the last', () => {
    const peer = established('rfc');
    const startUs = peer.bench.nowUs;
    for (let index = 0; index < 5; index++) {
      peer.send({ flags: 'A', seq: index * 10, data: 10 });
      peer.bench.run(30);
    }
    expect(timesMs(watch(peer, 500), startUs)).toEqual([200]);
  });

  it('linux: sixteen are acknowledged at once, then after 40 ms', () => {
    const peer = established('linux');
    for (let index = 0; index < 16; index++) {
      peer.send({ flags: 'A', seq: index * 100, data: 100 });
      peer.expect({ flags: 'A', ack: (index + 1) * 100 });
    }
    const startUs = peer.bench.nowUs;
    peer.send({ flags: 'A', seq: 1_600, data: 100 });
    peer.expectNothing();
    expect(timesMs(watch(peer, 200), startUs)).toEqual([40]);
  });

  it.each(PROFILES)('%s: ride on data', (profile) => {
    const peer = established(profile, { settings: { tcp: { quick_acks: 0 } } });
    peer.send({ flags: 'A', data: 100 });
    peer.expectNothing();
    peer.user.write(text(5));
    peer.expect({ flags: 'PA', ack: 100, length: 5 });
    peer.send({ flags: 'A', seq: 100, ack: 5 });
    peer.bench.run(1_000);
    peer.expectNothing();
  });

  // RFC 6582 §5 R6582-13: a gap that is filled in part is acknowledged at once.
  // RFC 5681 §4.2 R5681-9: what is out of order, and what fills a gap, is acknowledged at once.
  it.each(PROFILES)('%s: not for a gap, nor for what fills it', (profile) => {
    const peer = established(profile, { settings: { tcp: { quick_acks: 0 } } });
    peer.send({ flags: 'A', seq: 100, data: 100 });
    peer.expect({ flags: 'A', ack: 0 });
    peer.send({ flags: 'A', seq: 300, data: 100 });
    peer.expect({ flags: 'A', ack: 0 });
    peer.send({ flags: 'A', seq: 0, data: 100 });
    peer.expect({ flags: 'A', ack: 200 });
    peer.send({ flags: 'A', seq: 200, data: 100 });
    peer.expect({ flags: 'A', ack: 400 });
  });

  // RFC 5681 §4.2 R5681-19: a sender counts duplicates, so that each early segment has one of its own, in one batch as well.
  it.each(PROFILES)('%s: three early segments at once are three duplicates', (profile) => {
    const peer = established(profile);
    const early = [1, 2, 3].map((place) =>
      peer.peer.build('A', { seq: peer.rcvNxt + place * 100, payload: text(100) }),
    );
    peer.bench.giveAll(early);
    expect(peer.taken().map(({ flags, ack, length }) => [flags, ack, length])).toEqual([
      ['A', 0, 0],
      ['A', 0, 0],
      ['A', 0, 0],
    ]);
  });

  // RFC 5681 §4.2 R5681-9: each at once; Linux lets those wait that no fast retransmit needs.
  it.each(PROFILES)('%s: a fourth duplicate and more', (profile) => {
    const peer = established(profile, { synOptions: [2, 4, 5, 180, 1, 1, 4, 2] });
    for (let place = 1; place <= 3; place++) {
      peer.send({ flags: 'A', seq: place * 100, data: 100 });
      peer.expect({ flags: 'A', ack: 0 });
    }
    for (let place = 4; place <= 6; place++) peer.send({ flags: 'A', seq: place * 100, data: 100 });
    expect(peer.taken().length).toBe(profile === 'rfc' ? 3 : 0);
    peer.bench.run(2);
    expect(peer.taken().map(({ ack }) => ack)).toEqual(profile === 'rfc' ? [] : [0]);
    expect(peer.bench.stack.tcp.extCounters.TCPAckCompressed).toBe(profile === 'rfc' ? 0 : 2);
    peer.bench.run(1_000);
    peer.expectNothing();
  });

  it.each(PROFILES)('%s: an acknowledgment alone is not acknowledged', (profile) => {
    const peer = established(profile);
    for (let index = 0; index < 10; index++) peer.send({ flags: 'A', window: 10_000 + index });
    peer.bench.run(1_000);
    peer.expectNothing();
  });
});

// RFC 9293 §3.8.6.2.1 MUST-38: a small window is not filled by crumbs.
// RFC 9293 §3.8.6.2.2 MUST-39: nor is one offered.
describe.each(PROFILES)('%s: silly windows', (profile) => {
  it('a window that never was larger than 400 is filled', () => {
    const peer = established(profile, { window: 400 });
    peer.user.write(text(2_000));
    peer.expect({ seq: 0, length: 400 });
  });

  it('a quarter of the largest window is not worth a segment, until one RTO has passed', () => {
    const peer = established(profile, { window: 400 });
    peer.user.write(text(2_000));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 400, window: 100 });
    peer.expectNothing();
    peer.bench.run(profile === 'rfc' ? 1_010 : 210);
    peer.expect({ seq: 400, length: 100 });
  });

  it('half of the largest window is, by the letter; Linux leaves it to the probe', () => {
    const peer = established(profile, { window: 400 });
    peer.user.write(text(2_000));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 400, window: 200 });
    if (profile === 'linux') peer.expectNothing();
    if (profile === 'linux') peer.bench.run(210);
    peer.expect({ seq: 400, length: 200 });
  });

  it('the receiver opens its window by a segment or half its buffer', () => {
    const peer = established(profile, { receiveBufferSize: 4_000 });
    for (let index = 0; index < 4; index++) peer.send({ flags: 'A', seq: index * 1_000, data: 1_000 });
    peer.bench.run(500);
    expect(peer.taken().at(-1)).toMatchObject({ ack: 4_000, window: 0 });
    const into = new Uint8Array(1_000);
    peer.user.read(into);
    peer.bench.run(500);
    peer.expectNothing();
    peer.user.read(into);
    peer.expect({ flags: 'A', ack: 4_000, window: 2_000 });
  });
});

// RFC 7323 §2 R7323-1, R7323-2, R7323-10, R7323-11: section 2.
describe.each(PROFILES)('%s: window scale', (profile) => {
  it('is offered in the SYN, 10 for what tuning may make of the buffer', () => {
    const peer = SegmentPeer.inState('CLOSED', { profile });
    peer.bench.connect();
    expect([...(peer.bench.takeOne().options.get(3) ?? [])]).toEqual([10]);
  });

  it('is offered for the buffer the user chose', () => {
    for (const [receiveBufferSize, scale] of [
      [4_000, 0],
      [131_072, 2],
      [2 ** 30 - 1, 14],
    ] as const) {
      const peer = SegmentPeer.inState('CLOSED', { profile, receiveBufferSize });
      peer.bench.connect({ receiveBufferSize });
      expect([...(peer.bench.takeOne().options.get(3) ?? [])]).toEqual([scale]);
    }
  });

  it.each([
    [0, 0],
    [4, 4],
    [14, 14],
    [15, 14],
    [255, 14],
  ])('of %i from the peer is taken as %i, and not for the SYN', (shift, taken) => {
    const peer = established(profile, { synOptions: [...SYN_1000, 3, 3, shift], window: 1_000 });
    expect(peer.user.tcb?.sndWnd).toBe(1_000);
    peer.send({ flags: 'A', window: 1_000 });
    expect(peer.user.tcb?.sndWnd).toBe(1_000 * 2 ** taken);
  });

  it('is not used when the peer did not offer it', () => {
    const peer = established(profile);
    expect(peer.user.tcb?.sndScale).toBe(0);
    expect(peer.user.tcb?.rcvScale).toBe(0);
    peer.send({ flags: 'A', seq: 100, data: 1 });
    expect(peer.expect({}).window).toBe(profile === 'linux' ? 44 * 1460 : 65_535);
  });

  it('is answered in a SYN,ACK only when it was offered', () => {
    for (const offered of [true, false]) {
      const peer = SegmentPeer.inState('LISTEN', { profile });
      peer.send({ flags: 'S', options: offered ? [...SYN_1000, 3, 3, 2] : SYN_1000 });
      expect(peer.bench.takeOne().options.has(3)).toBe(offered);
    }
  });

  it('scales what is offered, but not in the SYN', () => {
    const peer = SegmentPeer.inState('LISTEN', { profile });
    peer.send({ flags: 'S', options: [...SYN_1000, 3, 3, 2] });
    const synAck = peer.bench.takeOne();
    // Linux begins with whole segments of half its buffer.
    expect(synAck.window).toBe(profile === 'linux' ? 44 * 1460 : 65_535);
    peer.peer.accept(synAck);
    peer.mark();
    peer.send({ flags: 'A', seq: 1 });
    peer.send({ flags: 'A', seq: 5, data: 1 });
    expect(peer.expect({}).window).toBe(profile === 'linux' ? 63 : 131_072 >> 10);
  });
});

// What the peer may make us keep is bounded by the buffer, whatever the granularity of the scale (RFC 7323 section 2.4).
describe.each(PROFILES)('%s: a user who does not read', (profile) => {
  it.each([1, 50, 127, 129, 1_000])('keeps no more than the buffer of segments of %i octets', (size) => {
    const receiveBufferSize = 8_192;
    const peer = established(profile, { receiveBufferSize, synOptions: [...SYN_1000, 3, 3, 7] });
    const payload = text(size);
    let next = 0;
    for (let index = 0; index * size < 40_000; index++) {
      peer.send({ flags: 'A', seq: next, data: payload });
      peer.bench.run(1);
      next = peer.user.readableLength;
    }
    expect(peer.user.readableLength).toBeLessThanOrEqual(receiveBufferSize + 256);
    expect(readAll(peer.user).length).toBeGreaterThan(receiveBufferSize - 1_000 - 256);
  });
});
