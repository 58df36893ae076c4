/** RFC 9293 section 3.7: segment sizes and Nagle's coalescing. */
import { describe, expect, it } from 'vitest';
import {
  Bench,
  MSS_1460,
  OURS,
  OURS6,
  openActively,
  openPassively,
  Peer,
  type Profile,
  THEIRS6,
  text,
} from './bench.ts';
import { buildIcmpError } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const V6 = { address: THEIRS6, ourAddress: OURS6 };
const mssOption = (mss: number): readonly number[] => [2, 4, mss >> 8, mss & 255];

describe.each(PROFILES)('%s: maximum segment size', (profile) => {
  // RFC 9293 §3.7.1 MUST-14: it is sent in SYN and SYN-ACK, and a received one is obeyed.
  // RFC 9293 §3.7.1 SHLD-5: it is sent whenever it differs from the default.
  it('is announced, and the announced one is obeyed', () => {
    const bench = new Bench({ profile });
    bench.connect();
    expect(bench.takeOne().mss).toBe(1460);
    bench.listen();
    new Peer(bench).send('S', { options: mssOption(900) });
    expect(bench.takeOne().mss).toBe(1460);
    for (const open of [openActively, openPassively]) {
      const made = open({ profile, synOptions: mssOption(900) });
      made.socket.write(text(2_000));
      expect(made.bench.take().map((segment) => segment.payload.length)).toContain(900);
    }
  });

  // RFC 9293 §3.7.1 MUST-15: a peer that announces none gets 536 octets over IPv4, 1220 over IPv6.
  it.each([
    ['IPv4', 536, {}],
    ['IPv6', 1220, V6],
  ] as const)('is taken as the default when none is received: %s', (_name, mss, options) => {
    for (const open of [openActively, openPassively]) {
      const { bench, socket } = open({ profile, synOptions: [], ...options });
      socket.write(text(4_000));
      expect(bench.take()[0]?.payload.length).toBe(mss);
    }
  });

  // RFC 9293 §3.7.1 MUST-16: what fits is the smaller of the peer's MSS and our own IP limit, less the options of the segment.
  it.each([
    ['the peer is smaller', 1500, 1000, {}, 1000],
    ['our link is smaller', 1000, 1460, {}, 960],
    ['our link is smaller, IPv6', 1300, 9000, V6, 1240],
    ['timestamps take twelve octets', 1500, 1460, { timestamp: 5 }, 1448],
    ['timestamps take them from a smaller peer too', 1500, 1000, { timestamp: 5 }, 988],
  ] as const)('is cut to what both ends can carry: %s', (_name, mtu, mss, options, length) => {
    for (const open of [openActively, openPassively]) {
      const { bench, peer, socket } = open({ profile, mtu, synOptions: mssOption(mss), ...options });
      peer.send('A');
      socket.write(text(8_000));
      const lengths = bench.take().map((segment) => segment.payload.length);
      expect(Math.max(...lengths)).toBe(length);
    }
  });

  // RFC 9293 §3.7.1 MUST-16: IP options take their octets too.
  it('leaves room for IP options', () => {
    const { bench, socket } = openActively({ profile, connect: { sourceRoute: ['10.0.0.101'] }, ourAddress: OURS });
    socket.write(text(8_000));
    expect(bench.take()[0]?.payload.length).toBe(1_452);
  });

  // RFC 9293 §3.7.1 MUST-16: the IP limit is that of the path: when a router reports a smaller one, segments shrink at once.
  it.each([
    ['IPv4', {}, 3, 4, 1_000, 960],
    ['IPv6', V6, 2, 0, 1_300, 1_240],
  ] as const)('follows the path: %s', (_name, options, type, code, mtu, length) => {
    const { bench, peer, socket } = openActively({ profile, ...options });
    socket.noDelay = true;
    // Two full segments: what fits the new size already need not go again.
    socket.write(text(_name === 'IPv4' ? 2_920 : 2_880));
    const [packet] = bench.takePackets();
    const router = _name === 'IPv4' ? '10.0.0.254' : 'fd00::fe';
    bench.give(buildIcmpError(router, peer.ourAddress, type, code, packet!.bytes, mtu));
    const again = bench.take();
    expect(again[0]?.seq).toBe(peer.ack);
    expect(Math.max(...again.map((segment) => segment.payload.length))).toBe(length);
    for (const segment of again) peer.accept(segment);
    peer.send('A');
    expect(socket.unacknowledgedLength).toBe(0);
  });

  // RFC 9293 §3.7.1 MUST-67: never more than the largest message that can be received, less the header of 20 octets.
  // RFC 9293 §3.7.3 SHLD-6: it is that of the interface, and no option of a single packet changes it.
  it.each([
    [1500, 1460, {}],
    [1300, 1260, {}],
    [9000, 8960, {}],
    [1500, 1440, { remoteAddress: THEIRS6 }],
    [1290, 1230, { remoteAddress: THEIRS6 }],
  ] as const)('announces for an MTU of %i the MSS %i', (mtu, mss, options) => {
    const bench = new Bench({ profile, mtu });
    bench.connect(options);
    expect(bench.takeOne().mss).toBe(mss);
    bench.run(1_100);
    expect(bench.takeOne().mss).toBe(mss);
  });
});

describe('linux: maximum segment size', () => {
  // RFC 9293 §3.7.1 MAY-3: even when it is the default of 536 or 1220.
  it.each([
    ['IPv4', 576, 536, {}],
    ['IPv6', 1280, 1220, { remoteAddress: THEIRS6 }],
  ] as const)('is announced even when it is the default: %s', (_name, mtu, mss, options) => {
    const bench = new Bench({ profile: 'linux', mtu });
    bench.connect(options);
    expect(bench.takeOne().mss).toBe(mss);
  });
});

describe.each(PROFILES)('%s: Nagle', (profile) => {
  // RFC 9293 §3.7.4 SHLD-7: while octets are unacknowledged, small writes wait and go together.
  it('gathers small writes while octets are in flight', () => {
    const { bench, peer, socket } = openActively({ profile, synOptions: MSS_1460 });
    socket.write(text(10));
    expect(peer.accept(bench.takeOne()).payload).toEqual(text(10));
    socket.write(text(10, 10));
    socket.write(text(10, 20));
    bench.run(5);
    expect(bench.take()).toEqual([]);
    peer.send('A');
    expect(bench.takeOne().payload).toEqual(text(20, 10));
  });

  // RFC 9293 §3.7.4 MUST-17: the user can switch it off, connection by connection.
  it('can be switched off for one connection', () => {
    const { bench, socket } = openActively({ profile });
    socket.noDelay = true;
    for (let at = 0; at < 3; at++) {
      socket.write(text(10, at * 10));
      expect(bench.takeOne().payload).toEqual(text(10, at * 10));
    }
  });
});
