/** Probing for the path's MTU (RFC 4821), one connection against segments made by hand. */
import { describe, expect, it } from 'vitest';
import { Tcb } from '../../src/tcp/index.ts';
import {
  type Established,
  type EstablishedOptions,
  MSS_1460,
  OURS,
  OURS6,
  openActively,
  type Profile,
  THEIRS6,
  text,
} from '../requirements/bench.ts';
import { buildIcmpError, type Segment } from '../requirements/wire.ts';

type TcpChanges = NonNullable<NonNullable<EstablishedOptions['settings']>['tcp']>;

const V6: EstablishedOptions = { address: THEIRS6, ourAddress: OURS6 };
const PROFILES: readonly Profile[] = ['rfc', 'linux'];

function tcbOf({ bench }: Established): Tcb {
  for (const entry of bench.stack.tcp.connections) if (entry instanceof Tcb) return entry;
  throw new Error('there is no connection');
}

/** A connection that probes always, with more to send than the window takes. */
function probing(profile: Profile, tcp: TcpChanges = {}): Established {
  const made = openActively({
    profile,
    synOptions: MSS_1460,
    settings: { tcp: { mtu_probing: 2, timestamps: false, ...tcp } },
  });
  made.socket.write(text(120_000));
  return made;
}

/** Acknowledges everything as it comes until a segment larger than the others has left; returns it with what left beside it. */
function untilProbe(made: Established): { probe: Segment; others: Segment[] } {
  for (let round = 0; round < 50; round++) {
    const mss = tcbOf(made).sendMss;
    const segments = made.bench.take();
    const probe = segments.find(({ payload }) => payload.length > mss);
    if (probe !== undefined) return { probe, others: segments.filter((each) => each !== probe) };
    for (const segment of segments) made.peer.accept(segment);
    made.peer.send('A');
  }
  throw new Error('no probe was sent');
}

/** The one whose turn it is. */
function nextOf(kept: readonly Segment[], { peer }: Established): Segment | undefined {
  return kept.find(({ seq }) => seq === peer.ack);
}

/** The search so far, sizes of IP packets. */
function range(made: Established): [low: number, high: number, probe: number] {
  const state = tcbOf(made).mtuProbe;
  if (state === null) throw new Error('the connection does not probe');
  return [state.searchLow, state.searchHigh, state.size];
}

describe.each(PROFILES)('%s: a probe', (profile) => {
  // RFC 4821 §7.1 R4821-3: ordinary segments are as large as is known to pass.
  // RFC 4821 §7.2 R4821-4: 1024 octets at first, then the middle of what is possible.
  it('is the middle of the range, after segments of 1024 octets', () => {
    const made = probing(profile);
    expect(tcbOf(made).sendMss).toBe(1_024);
    const { probe } = untilProbe(made);
    expect(probe.payload.length).toBe(((1_064 + 1_500) >> 1) - 40);
    expect(range(made)).toEqual([1_064, 1_500, 1_282]);
  });

  // RFC 4821 §7.6 R4821-10, R4821-14: it was delivered: segments grow, the window in octets does not.
  it('that is acknowledged lets segments grow', () => {
    const made = probing(profile);
    const { probe, others } = untilProbe(made);
    for (const segment of others) if (segment.seq < probe.seq) made.peer.accept(segment);
    made.peer.accept(probe);
    made.peer.send('A');
    expect([tcbOf(made).sendMss, made.bench.stack.counters.tcpExt.TCPMTUPSuccess]).toEqual([1_242, 1]);
    expect(range(made).slice(0, 2)).toEqual([1_282, 1_500]);
  });

  // RFC 4821 §7.6 R4821-11, R4821-12: only it was lost: its octets go again in small segments at once, and cwnd and ssthresh stay.
  it('that is lost is no congestion', () => {
    const made = probing(profile);
    const { probe, others } = untilProbe(made);
    for (const segment of others) if (segment.seq < probe.seq) made.peer.accept(segment);
    made.peer.send('A');
    made.bench.take();
    const { cwnd, ssthresh } = tcbOf(made);
    for (let duplicate = 0; duplicate < 3; duplicate++) made.peer.send('A');
    const again = made.bench.take().filter(({ seq }) => seq - probe.seq < probe.payload.length);
    expect(again.map(({ seq, payload }) => [seq - probe.seq, payload.length])).toEqual([
      [0, 1_024],
      [1_024, probe.payload.length - 1_024],
    ]);
    // Linux had counted it as two segments.
    const returned = profile === 'linux' ? 1_024 : 0;
    expect([tcbOf(made).cwnd, tcbOf(made).ssthresh]).toEqual([cwnd + returned, ssthresh]);
    expect([range(made), made.bench.stack.counters.tcpExt.TCPMTUPFail]).toEqual([[1_064, 1_281, 0], 1]);
  });

  // RFC 4821 §7.6 R4821-13: a time-out says nothing about the probe, and is congestion as always.
  it('proves nothing when the time-out comes first', () => {
    const made = probing(profile);
    untilProbe(made);
    const { cwnd } = tcbOf(made);
    while (made.bench.stack.counters.tcpExt.TCPTimeouts === 0) made.bench.run(50);
    expect(range(made)).toEqual([1_064, 1_500, 0]);
    expect(tcbOf(made).cwnd).toBeLessThan(cwnd);
    const { TCPMTUPFail, TCPMTUPSuccess } = made.bench.stack.counters.tcpExt;
    expect([TCPMTUPFail, TCPMTUPSuccess]).toEqual([0, 0]);
  });

  // RFC 4821 §6.1 R4821-18: a router's word about the probe ends it and bounds the search; segments stay as they are.
  it('that a router refuses is over at once', () => {
    const made = probing(profile);
    for (let round = 0; round < 50; round++) {
      const packets = made.bench.takePackets();
      const probe = packets.find(({ segment }) => (segment?.payload.length ?? 0) > tcbOf(made).sendMss);
      if (probe !== undefined) {
        made.bench.give(buildIcmpError('10.0.0.254', OURS, 3, 4, probe.bytes, 1_100));
        break;
      }
      for (const { segment } of packets) if (segment !== null) made.peer.accept(segment);
      made.peer.send('A');
    }
    expect([range(made), tcbOf(made).sendMss, tcbOf(made).pathMtu]).toEqual([[1_064, 1_100, 0], 1_024, 1_100]);
  });

  // RFC 4821 §7.2 R4821-5: the search can begin elsewhere.
  it('is searched for from base_mss on', () => {
    const made = probing(profile, { base_mss: 1_200 });
    expect([tcbOf(made).sendMss, untilProbe(made).probe.payload.length]).toEqual([1_200, ((1_240 + 1_500) >> 1) - 40]);
  });

  // RFC 4821 §7.3 R4821-6: and stops there.
  // RFC 4821 §7.5 R4821-9: a probe is as long as the size that is tried.
  it('finds every width to eight octets', () => {
    for (const width of [1_100, 1_281, 1_282, 1_337, 1_492, 1_500]) {
      const made = probing(profile);
      // What follows a lost probe makes duplicate ACKs, and is kept, as a receiver does.
      let kept: Segment[] = [];
      for (let round = 0; round < 400 && range(made)[1] - range(made)[0] >= 8; round++) {
        made.socket.write(text(20_000));
        const segments = made.bench.take();
        for (const segment of segments) {
          if (segment.payload.length + 40 > width) continue;
          kept.push(segment);
          for (let next = nextOf(kept, made); next !== undefined; next = nextOf(kept, made)) made.peer.accept(next);
          kept = kept.filter(({ seq }) => ((seq - made.peer.ack) | 0) > 0);
          made.peer.send('A');
        }
        if (segments.length === 0) made.bench.run(1_000);
      }
      const { sendMss } = tcbOf(made);
      expect([width, sendMss + 40 <= width, sendMss + 40 > width - 8]).toEqual([width, true, true]);
    }
  });

  // RFC 4821 §7.4 R4821-8: so that its loss can be told.
  it.each([
    ['while nothing follows it', 1_242 + 3 * 1_024, {}],
    ['when the setting is 0', 120_000, { mtu_probing: 0 }],
    ['when the setting is 1', 120_000, { mtu_probing: 1 }],
  ] as const)('is not sent %s', (_name, octets, tcp) => {
    const made = openActively({ profile, synOptions: MSS_1460, settings: { tcp: { mtu_probing: 2, ...tcp } } });
    for (let round = 0; round < 12; round++) {
      made.socket.write(text(octets));
      for (const segment of made.bench.take()) {
        expect(segment.payload.length).toBeLessThanOrEqual(tcbOf(made).sendMss);
        made.peer.accept(segment);
      }
      made.peer.send('A');
    }
  });
});

describe.each(PROFILES)('%s: a black hole', (profile) => {
  /** Lengths of the first segment each time it is sent. */
  function lengths(octets: number, tcp: TcpChanges): number[] {
    const made = openActively({ profile, synOptions: MSS_1460, settings: { tcp } });
    made.socket.write(text(octets));
    const seen: number[] = [];
    for (let at = 0; at < 600 && seen.length < 9; at++) {
      for (const segment of made.bench.take()) if (segment.seq === made.peer.ack) seen.push(segment.payload.length);
      made.bench.run(500);
    }
    return seen;
  }

  // RFC 4821 §7.7 R4821-1, R4821-2: R1 is three; then 1024 octets, and half of it with every time-out, never below the floor.
  it('makes segments smaller after three time-outs, on Linux after the time that so many take of the least RTO', () => {
    const seen = lengths(20_000, { mtu_probing: 1, mtu_probe_floor: 200 });
    const later = profile === 'linux' ? [1_460, 1_460, 1_024, 512, 256, 200] : [1_024, 512, 256, 200, 200, 200];
    expect(seen).toEqual([1_460, 1_460, 1_460, ...later]);
  });

  it('leaves IPv6 what every path carries, or with Linux half of it again', () => {
    const made = openActively({
      ...V6,
      profile,
      synOptions: [2, 4, 1440 >> 8, 1440 & 255],
      settings: { tcp: { mtu_probing: 1 } },
    });
    made.socket.write(text(20_000));
    for (let at = 0; at < 200 && made.bench.stack.counters.tcpExt.TCPTimeouts < (profile === 'rfc' ? 5 : 7); at++)
      made.bench.run(500);
    expect(tcbOf(made).sendMss).toBe(profile === 'rfc' ? 1_280 - 60 : 256);
  });

  it('is not suspected when segments are small already, or with mtu_probing 0', () => {
    expect(lengths(100, { mtu_probing: 1 }).slice(0, 6)).toEqual([100, 100, 100, 100, 100, 100]);
    expect(lengths(20_000, { mtu_probing: 0 }).slice(0, 6)).toEqual(new Array(6).fill(1_460));
  });
});
