/** RFC 9293 section 3.8.6: the window: shrunken, closed, silly; and delayed acknowledgments. */
import { describe, expect, it } from 'vitest';
import {
  type Established,
  endOf,
  MSS_1460,
  openActively,
  openPassively,
  type Profile,
  readAll,
  text,
} from './bench.ts';
import type { Segment } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const HOUR_MS = 3_600_000;

/** Five segments are out and 20,000 octets more wait; then the peer acknowledges one and leaves room for one only. */
function shrunken(profile: Profile): Established & { flight: Segment[] } {
  const made = openActively({ profile, window: 7_300 });
  made.socket.write(text(27_300));
  const flight = made.bench.take();
  expect(flight.map((segment) => segment.payload.length)).toEqual([1460, 1460, 1460, 1460, 1460]);
  made.peer.accept(flight[0]!);
  made.peer.window = 1_460;
  made.peer.send('A');
  return { ...made, flight };
}

describe.each(PROFILES)('%s: a window that shrinks', (profile) => {
  // RFC 9293 §3.8.6 MUST-34, SHLD-15: the usable window is negative now: nothing new is sent, nothing breaks.
  it('is survived, and nothing new is sent into it', () => {
    const { bench, peer, socket, flight } = shrunken(profile);
    bench.run(10_000);
    const edge = (peer.ack + 1_460) >>> 0;
    for (const segment of bench.take()) expect((endOf(segment) - endOf(flight.at(-1)!)) | 0).toBeLessThanOrEqual(0);
    expect(socket.stateName).toBe('ESTABLISHED');
    expect(((endOf(flight.at(-1)!) - edge) | 0) > 0).toBe(true);
    peer.window = 65_535;
    peer.send('A');
    expect(peer.acknowledgeAll().length).toBe(27_300 - 1_460);
  });

  // RFC 9293 §3.8.6 SHLD-16: what lies inside the smaller window is retransmitted as ever.
  it('is filled again by retransmission of what lies inside', () => {
    const { bench, peer } = shrunken(profile);
    bench.run(3_000);
    const again = bench.take();
    expect(again[0]?.seq).toBe(peer.ack);
    expect(again[0]?.payload.length).toBe(1_460);
    peer.accept(again[0]!);
    peer.send('A');
    bench.run(3_000);
    expect(bench.take()[0]?.seq).toBe(peer.ack);
  });

  // RFC 9293 §3.8.6 SHLD-17: octets beyond the edge that nobody acknowledges do not end the connection while the peer answers.
  it('does not time the connection out', () => {
    const { bench, peer, socket } = shrunken(profile);
    // Before anything times out: for Linux the time since then would count when the window opens.
    peer.window = 0;
    peer.send('A');
    for (let waitedMs = 0; waitedMs < 2 * HOUR_MS; waitedMs += 500) {
      bench.run(500);
      if (bench.take().length > 0) peer.send('A');
    }
    expect(socket.error).toBeNull();
    expect(socket.stateName).toBe('ESTABLISHED');
    peer.window = 65_535;
    peer.send('A');
    // Linux goes on when its timer says so.
    if (profile === 'linux') bench.run(120_000);
    expect(peer.acknowledgeAll().length).toBeGreaterThan(20_000);
  });

  // RFC 9293 §3.8.6 MUST-35: shrunk to nothing, it is probed like any closed window.
  it('is probed when it shrinks to zero', () => {
    const { bench, peer, flight } = shrunken(profile);
    for (const segment of flight) peer.accept(segment);
    peer.window = 0;
    peer.send('A');
    bench.take();
    bench.run(5_000);
    const probes = bench.take();
    expect(probes.length).toBeGreaterThanOrEqual(1);
    for (const probe of probes) expect(probe.payload.length).toBeLessThanOrEqual(1);
  });
});

/** The peer's window is closed, 5000 octets wait, nothing is in flight. */
function closedByPeer(profile: Profile): Established {
  const made = openActively({ profile });
  made.peer.window = 0;
  made.peer.send('A');
  made.bench.take();
  made.socket.write(text(5_000));
  expect(made.bench.take()).toEqual([]);
  return made;
}

/** Waits for the next segment of the stack, at most `limitMs`; milliseconds waited. */
function untilSent({ bench }: Established, limitMs: number): { segments: Segment[]; ms: number } {
  const startUs = bench.nowUs;
  let segments: Segment[] = [];
  while (segments.length === 0 && bench.nowUs - startUs < limitMs * 1000) {
    bench.run(1);
    segments = bench.take();
  }
  return { segments, ms: (bench.nowUs - startUs) / 1000 };
}

describe.each(PROFILES)('%s: a window that is closed', (profile) => {
  // RFC 9293 §3.8.6.1 MUST-36: it is probed until it opens, since the ACK that opens it may be lost.
  it('is probed until it opens', () => {
    const made = closedByPeer(profile);
    for (let round = 0; round < 4; round++) {
      const { segments } = untilSent(made, 30_000);
      expect(segments.length).toBe(1);
      made.peer.send('A');
    }
    made.bench.run(1);
    made.peer.window = 65_535;
    made.bench.take();
    const { segments } = untilSent(made, 60_000);
    expect(segments.length).toBe(1);
    made.peer.send('A');
    expect(made.peer.acknowledgeAll()).toEqual(text(5_000));
  });

  // RFC 9293 §3.8.6.1 MUST-37: for hours, while the probes are answered.
  it('keeps the connection open while probes are answered', () => {
    const made = closedByPeer(profile);
    for (let waitedMs = 0; waitedMs < 6 * HOUR_MS; waitedMs += 1_000) {
      made.bench.run(1_000);
      if (made.bench.take().length > 0) made.peer.send('A');
    }
    expect(made.socket.stateName).toBe('ESTABLISHED');
    made.peer.window = 65_535;
    made.peer.send('A');
    expect(made.peer.acknowledgeAll()).toEqual(text(5_000));
  });

  // RFC 9293 §3.8.6.1 SHLD-29: the first probe comes after one retransmission time-out.
  it('is probed first after a retransmission time-out', () => {
    const { ms } = untilSent(closedByPeer(profile), 30_000);
    const rtoMs = { rfc: 1_000, linux: 200 }[profile];
    expect(ms).toBeGreaterThanOrEqual(rtoMs - 5);
    expect(ms).toBeLessThanOrEqual(rtoMs + 30);
  });

  // RFC 9293 §3.8.6.1 SHLD-30: each wait is twice the last one.
  it.each([true, false])('is probed ever more slowly, probes answered: %s', (isAnswered) => {
    const made = closedByPeer(profile);
    const waits: number[] = [];
    for (let probe = 0; probe < 6; probe++) {
      waits.push(untilSent(made, 200_000).ms);
      if (isAnswered) made.peer.send('A');
      made.bench.take();
    }
    for (let at = 1; at < waits.length; at++) expect((waits[at] ?? 0) / (waits[at - 1] ?? 1)).toBeCloseTo(2, 0);
  });
});

describe.each(PROFILES)('%s: the silly window', (profile) => {
  // RFC 9293 §3.8.6.2.1 MUST-38: a sender with much to send does not fill a tiny window at once.
  it('is not filled by the sender', () => {
    const made = closedByPeer(profile);
    made.peer.window = 50;
    made.peer.send('A');
    made.bench.run(90);
    expect(made.bench.take()).toEqual([]);
    made.peer.window = 1_460;
    made.peer.send('A');
    expect(made.bench.takeOne().payload.length).toBe(1_460);
  });

  // RFC 9293 §3.8.6.2.1 MUST-38: but not for ever: in the end what fits is sent.
  it('is not waited on for ever', () => {
    const made = closedByPeer(profile);
    made.peer.window = 50;
    made.peer.send('A');
    const { segments } = untilSent(made, 2_000);
    expect(segments[0]?.payload).toEqual(text(50));
  });

  /** Our receive buffer of 8000 octets is full. */
  const full = (): Established => {
    const made = openPassively({ profile, settings: { tcp: { rmem_default: 8_000, rmem_max: 8_000 } } });
    for (let rounds = 0, window = 8_000; window > 0 && rounds < 100; rounds++) {
      made.peer.send('PA', { payload: text(Math.min(window, 500)) });
      made.bench.run(500);
      window = made.bench.take().at(-1)?.window ?? window;
    }
    return made;
  };

  // RFC 9293 §3.8.6.2.2 MUST-39: nor does the receiver open its window by crumbs.
  it('is not offered by the receiver', () => {
    const { bench, peer, socket } = full();
    const into = new Uint8Array(8_000);
    let read = 0;
    const probe = (): number => {
      peer.send('A', { payload: text(1), seq: peer.seq });
      bench.run(500);
      return bench.take().at(-1)?.window ?? -1;
    };
    expect(probe()).toBe(0);
    for (; read < 1_000; read += 100) {
      socket.read(into, 0, 100);
      bench.run(1);
      expect(bench.take()).toEqual([]);
    }
    expect(probe()).toBe(0);
    for (; read < 4_000; read += 100) socket.read(into, 0, 100);
    bench.run(1);
    expect(bench.take().at(-1)?.window).toBeGreaterThanOrEqual(1_460);
  });

  // RFC 9293 §3.8.6.2.2 MUST-39: and a wide window is not announced again for every octet read, with or without a scale.
  it.each([
    ['no scale', MSS_1460],
    ['a scale', [...MSS_1460, 3, 3, 7]],
  ] as const)('is not talked about while the window is wide: %s', (_name, synOptions) => {
    const { bench, peer, socket } = openPassively({ profile, synOptions });
    for (let round = 0; round < 20; round++) {
      peer.send('PA', { payload: text(13) });
      bench.run(600);
      bench.take();
      readAll(socket);
      bench.run(600);
      expect(bench.take()).toEqual([]);
    }
  });

  // RFC 7323 §2.4 R7323-3: with a scale as well.
  // RFC 9293 §3.8.6 SHLD-14: what was offered stays offered: the right edge never moves left.
  it('never pulls its right edge back', () => {
    const { bench, peer, socket } = openPassively({
      profile,
      settings: { tcp: { rmem_default: 20_000, rmem_max: 20_000 } },
    });
    let edge = 0;
    let isFirst = true;
    for (let round = 0; round < 120; round++) {
      const length = [1, 700, 1_460, 33][round % 4] ?? 1;
      if (isFirst || ((edge - (peer.seq + length)) | 0) >= 0) peer.send('PA', { payload: text(length) });
      if (round % 7 === 0) socket.read(new Uint8Array(3_000));
      bench.run(round % 3 === 0 ? 600 : 1);
      for (const segment of bench.take()) {
        const right = (segment.ack + segment.window) >>> 0;
        if (!isFirst) expect((right - edge) | 0).toBeGreaterThanOrEqual(0);
        edge = right;
        isFirst = false;
      }
    }
    expect(isFirst).toBe(false);
  });

  // RFC 9293 §3.8.6.1 MAY-8: a receiver whose user does not read keeps its window closed for as long as that lasts.
  it('may be held at zero for as long as nobody reads', () => {
    const { bench, peer, socket } = full();
    for (let hour = 0; hour < 5; hour++) {
      bench.run(HOUR_MS);
      bench.take();
      peer.send('A', { payload: text(1), seq: peer.seq });
      expect(bench.take().at(-1)).toMatchObject({ window: 0, ack: peer.seq });
    }
    expect(readAll(socket).length).toBeGreaterThanOrEqual(7_000);
    expect(socket.stateName).toBe('ESTABLISHED');
  });
});

describe.each(PROFILES)('%s: acknowledgments', (profile) => {
  /** Linux acknowledges the first segments of a connection at once; this is past that. */
  const warm = (): Established => {
    const made = openPassively({ profile, settings: { tcp: { quick_acks: 0 } }, synOptions: MSS_1460 });
    for (let round = 0; round < 40; round++) {
      made.peer.send('A', { payload: text(1_460) });
      made.bench.run(1);
      readAll(made.socket);
    }
    made.bench.run(1_000);
    made.bench.take();
    return made;
  };

  // RFC 5681 §4.2 R5681-17: the same in the words of RFC 5681.
  // RFC 9293 §3.8.6.3 MUST-40: the delay stays below half a second.
  // RFC 9293 §3.8.6.3 SHLD-18: but one small segment is not acknowledged at once: data may come to carry the ACK.
  it('are delayed, by less than half a second', () => {
    const made = warm();
    made.peer.send('PA', { payload: text(100) });
    expect(made.bench.take()).toEqual([]);
    const { segments, ms } = untilSent(made, 1_000);
    expect(segments[0]?.ack).toBe(made.peer.seq);
    expect(ms).toBeLessThan(500);
    made.peer.send('PA', { payload: text(100) });
    made.socket.write(text(10));
    expect(made.bench.takeOne()).toMatchObject({ ack: made.peer.seq, payload: text(10) });
  });

  // RFC 5681 §4.2 R5681-18: two segments of data do not stay without.
  // RFC 9293 §3.8.6.3 SHLD-19: two full segments are not left without one.
  it('come at least for every second full segment', () => {
    const made = warm();
    let seen = 0;
    for (let sent = 1; sent <= 20; sent++) {
      made.peer.send('A', { payload: text(1_460) });
      // Linux counts on a reader: what lies there takes from the window that an ACK could offer.
      made.socket.read(new Uint8Array(1_460));
      seen += made.bench.take().length;
      expect(seen).toBeGreaterThanOrEqual(Math.floor(sent / 2));
    }
  });
});
