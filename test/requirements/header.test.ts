/** RFC 9293 sections 3.1 and 3.2: the header, the checksum and the options, seen from outside. */
import { describe, expect, it } from 'vitest';
import {
  Bench,
  endOf,
  MSS_1460,
  openActively,
  openPassively,
  Peer,
  type Profile,
  readAll,
  THEIRS6,
  text,
} from './bench.ts';
import { behindEndOfList, type Segment } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const EVERY_OPTION = [...MSS_1460, 4, 2, 1, 3, 3, 7];

/** Everything a connection sends from SYN to the last ACK, data both ways and a RST to a stray segment in between. */
function wholeLife(profile: Profile, isV6: boolean, synOptions: readonly number[], timestamp?: number): Segment[] {
  const bench = new Bench({ profile });
  const socket = bench.connect(isV6 ? { remoteAddress: THEIRS6 } : {});
  const seen = bench.take();
  const from = isV6 ? { address: THEIRS6 } : {};
  const stamp = timestamp === undefined ? {} : { timestamp };
  const peer = new Peer(bench, { ...from, ...stamp, port: 80, ourPort: seen[0]?.sourcePort ?? 0 });
  const collect = (): void => {
    for (const segment of bench.take()) {
      seen.push(segment);
      if (segment.seq === peer.ack) peer.accept(segment);
    }
  };
  for (const segment of seen) peer.accept(segment);
  peer.send('SA', { options: synOptions });
  collect();
  socket.write(text(4_001));
  bench.run(1);
  collect();
  peer.send('A');
  peer.send('PA', { payload: text(99) });
  bench.run(300);
  collect();
  readAll(socket);
  peer.send('FA');
  socket.close();
  bench.run(1);
  collect();
  peer.send('A');
  new Peer(bench, { ...from, ourPort: 9 }).send('S');
  collect();
  return seen;
}

describe.each(PROFILES)('%s: header', (profile) => {
  // RFC 9293 §3.1 MUST-1: a window of 0xffff is the largest there is, not minus one.
  it('reads the window as an unsigned number', () => {
    const { bench, socket } = openActively({ profile, window: 0xffff });
    socket.write(text(1_000));
    expect(bench.takeOne().payload).toEqual(text(1_000));
  });

  // RFC 9293 §3.1 REC-1: a scaled window does not fit 16 bits; 4 << 14 must not become 0.
  it('keeps windows beyond 16 bits', () => {
    const { bench, peer, socket } = openActively({ profile, synOptions: [...MSS_1460, 3, 3, 14], window: 4 });
    peer.send('A');
    socket.write(text(1_000));
    expect(bench.takeOne().payload.length).toBe(1_000);
  });

  // RFC 9293 §3.1 MUST-2: SYN, data, ACK, FIN and RST all carry a checksum that is right.
  it.each([
    ['IPv4', false, undefined],
    ['IPv4 with timestamps', false, 9],
    ['IPv6', true, undefined],
  ] as const)('computes the checksum of everything it sends: %s', (_name, isV6, timestamp) => {
    const seen = wholeLife(profile, isV6, EVERY_OPTION, timestamp);
    expect(new Set(seen.map((segment) => segment.flags.replace('P', '')))).toEqual(new Set(['S', 'A', 'FA', 'RA']));
    expect(seen.filter((segment) => !segment.isChecksumRight)).toEqual([]);
  });

  // RFC 9293 §3.1 MUST-3: a segment with a wrong checksum leaves no trace.
  it('drops a segment whose checksum is wrong', () => {
    const { bench, peer, socket } = openPassively({ profile });
    peer.send('PA', { payload: text(10), seq: peer.seq, spoilChecksum: true });
    bench.run(1_000);
    expect(bench.take()).toEqual([]);
    expect(socket.readableLength).toBe(0);
    peer.send('PA', { payload: text(10) });
    expect(readAll(socket)).toEqual(text(10));
  });

  // RFC 9293 §3.1 MUST-3: whatever it would have done: reset, close, acknowledge.
  it.each(['R', 'FA', 'A', 'S'])('takes no notice of a %s whose checksum is wrong', (flags) => {
    for (const made of [openActively({ profile }), openActively({ profile, address: THEIRS6 })]) {
      made.socket.write(text(10));
      const [sent] = made.bench.take();
      made.peer.send(flags, { seq: made.peer.seq, ack: ((sent?.seq ?? 0) + 10) >>> 0, spoilChecksum: true });
      expect([made.socket.stateName, made.socket.isReadEnded, made.socket.unacknowledgedLength]).toEqual([
        'ESTABLISHED',
        false,
        10,
      ]);
    }
  });

  // RFC 9293 §3.1 MUST-3: nor does a SYN.
  it('does not answer a SYN whose checksum is wrong', () => {
    const bench = new Bench({ profile });
    bench.listen();
    new Peer(bench).send('S', { spoilChecksum: true });
    expect(bench.take()).toEqual([]);
  });
});

describe.each(PROFILES)('%s: options', (profile) => {
  /** Length of the first data segment after a SYN with these options. */
  const firstLength = (synOptions: readonly number[]): number => {
    const { bench, socket } = openPassively({ profile, synOptions });
    socket.write(text(3_000));
    return bench.take()[0]?.payload.length ?? 0;
  };

  // RFC 9293 §3.1 MUST-4: end of list, no-operation and maximum segment size.
  it('understands no-operation, maximum segment size and end of list', () => {
    expect(firstLength([1, 1, 2, 4, 700 >> 8, 700 & 255, 1, 0])).toBe(700);
    expect(firstLength([0, 2, 4, 700 >> 8, 700 & 255])).toBe(536);
  });

  // RFC 9293 §3.1 MUST-5: options may stand in any segment.
  it('takes options in segments that are no SYN', () => {
    const { peer, socket } = openPassively({ profile });
    peer.send('PA', { payload: text(5), options: [1, 253, 4, 1, 2, 1, 1, 0] });
    peer.send('FA', { payload: text(5, 5), options: [30, 3, 7, 0] });
    expect(readAll(socket)).toEqual(text(10));
    expect(socket.isReadEnded).toBe(true);
  });

  // RFC 9293 §3.1 MUST-6: what it does not know it passes over by its length.
  it('skips unknown options by their length', () => {
    expect(firstLength([253, 6, 2, 4, 2, 24, 77, 2, 2, 4, 900 >> 8, 900 & 255])).toBe(900);
  });

  // RFC 9293 §3.1 MUST-68: every other kind has a length, those it sends as well as those it has never heard of.
  it('gives every option but the two short ones a length', () => {
    const lengths = new Map([
      [2, 2],
      [3, 1],
      [4, 0],
      [8, 8],
    ]);
    for (const { options } of wholeLife(profile, false, EVERY_OPTION, 9)) {
      for (const [kind, body] of options)
        if (kind !== 5) expect([kind, body.length]).toEqual([kind, lengths.get(kind)]);
    }
    for (const kind of [6, 76, 200, 255]) expect(firstLength([kind, 5, 2, 4, 9, 2, 4, 3, 0])).toBe(768);
  });

  // RFC 9293 §3.1 MUST-7: lengths that cannot be neither crash nor hang it.
  it.each([
    ['zero', [253, 0, 0, 0]],
    ['one', [253, 1, 2, 4]],
    ['beyond the header', [253, 40, 0, 0]],
    ['missing', [1, 1, 1, 253]],
    ['MSS of length zero', [2, 0, 5, 180]],
    ['MSS of length three', [2, 3, 5, 0]],
    ['timestamps cut off', [8, 10, 0, 0]],
    ['SACK of length three', [5, 3, 1, 0]],
  ] as const)('survives an option length that is wrong: %s', (_name, options) => {
    const bench = new Bench({ profile });
    const listener = bench.listen();
    new Peer(bench, { port: 1_111 }).send('S', { options });
    const peer = new Peer(bench, { port: 2_222 });
    bench.take();
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    peer.send('A');
    peer.send('A', { options, payload: text(4), seq: peer.seq });
    const third = new Peer(bench, { port: 3_333 });
    bench.run(1);
    bench.take();
    third.send('S');
    expect(bench.takeOne().flags).toBe('SA');
    expect(listener.accept()).not.toBeNull();
  });

  // RFC 9293 §3.2 MUST-64: an option may start at any octet.
  it.each([0, 1, 2, 3])('finds the MSS behind %i octets of padding', (padding) => {
    expect(firstLength([...new Array<number>(padding).fill(1), 2, 4, 800 >> 8, 800 & 255])).toBe(800);
  });

  // RFC 9293 §3.2 MUST-65: MSS belongs to SYN segments alone.
  it('sends the MSS option in SYN segments only', () => {
    const segments = wholeLife(profile, false, EVERY_OPTION, 9);
    expect(segments.some((segment) => segment.mss !== null)).toBe(true);
    expect(segments.filter((segment) => segment.mss !== null && !segment.flags.includes('S'))).toEqual([]);
  });

  // RFC 9293 §3.1 MUST-69: behind the end of the list stand zeros only.
  it.each([
    ['MSS alone', MSS_1460],
    ['everything', EVERY_OPTION],
    ['SACK and MSS', [...MSS_1460, 4, 2]],
    ['scale and MSS', [...MSS_1460, 3, 3, 2]],
  ] as const)('fills the header with zeros behind an end of list: %s', (_name, options) => {
    const bench = new Bench({ profile });
    bench.listen();
    const peer = new Peer(bench);
    peer.send('S', { options });
    const synAck = bench.takeOne();
    peer.accept(synAck);
    const segments = [synAck, ...wholeLife(profile, false, options)];
    for (const segment of segments) {
      expect(segment.optionBytes.length % 4).toBe(0);
      expect(behindEndOfList(segment.optionBytes).every((octet) => octet === 0)).toBe(true);
    }
    expect(endOf(synAck)).toBe((synAck.seq + 1) >>> 0);
  });
});
