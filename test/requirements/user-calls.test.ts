/** RFC 9293 sections 3.9.1 and 3.9.2: what the user may ask for, and how it reaches the wire. */
import { describe, expect, it } from 'vitest';
import { SocketEvent, StreamSocket } from '../../src/socket/index.ts';
import {
  Bench,
  MSS_1460,
  OURS,
  OURS_TOO,
  OURS6,
  openActively,
  openPassively,
  Peer,
  type Profile,
  readAll,
  THEIRS,
  THEIRS6,
  text,
} from './bench.ts';
import { buildIcmpError } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: open', (profile) => {
  // RFC 9293 §3.9.1.1 MUST-41: a new listener leaves connections that exist as they are, even on its own port.
  it('does not disturb connections that exist', () => {
    const { bench, peer, socket } = openPassively({ profile });
    bench.listen(80);
    bench.listen(81);
    peer.send('PA', { payload: text(50) });
    expect(readAll(socket)).toEqual(text(50));
    socket.write(text(60));
    bench.run(1);
    expect(bench.take().at(-1)?.payload).toEqual(text(60));
  });

  // RFC 9293 §3.9.1.1 MUST-42: half-open connections of the same port do not keep others out.
  it('listens while connections of the same port are being set up', () => {
    const bench = new Bench({ profile });
    const active = bench.connect({ localPort: 80, localAddress: OURS });
    expect(bench.takeOne().sourcePort).toBe(80);
    const listener = bench.listen(80);
    for (const port of [1_001, 1_002]) {
      new Peer(bench, { port }).send('S', { options: MSS_1460 });
      expect(bench.takeOne().flags).toBe('SA');
    }
    const peer = new Peer(bench, { port: 1_003 });
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    peer.send('A');
    expect(listener.accept()?.stateName).toBe('ESTABLISHED');
    expect(active.stateName).toBe('SYN-SENT');
  });

  // RFC 9293 §3.9.1.1 MUST-43: the local address can be given.
  it('takes a local address', () => {
    const bench = new Bench({ profile });
    bench.connect({ localAddress: OURS_TOO });
    expect(bench.takeOne().source).toBe(OURS_TOO);
    bench.listen(80, { address: OURS_TOO });
    new Peer(bench).send('S');
    expect(bench.takeOne().flags).toContain('R');
    new Peer(bench, { ourAddress: OURS_TOO }).send('S');
    expect(bench.takeOne()).toMatchObject({ flags: 'SA', source: OURS_TOO });
  });

  // RFC 9293 §3.9.1.1 MUST-44: without one, IP chooses before the first SYN.
  it('lets IP choose the local address', () => {
    const bench = new Bench({ profile });
    bench.connect({ remoteAddress: THEIRS });
    expect(bench.takeOne().source).toBe(OURS);
    bench.connect({ remoteAddress: THEIRS6 });
    expect(bench.takeOne().source).toBe(OURS6);
  });

  // RFC 9293 §3.9.1.1 MUST-45: and the choice holds for the life of the connection.
  it('keeps the local address', () => {
    const { bench, peer, socket } = openPassively({ profile, ourAddress: OURS_TOO });
    bench.stack.addAddress(bench.interfaceId, '10.0.0.3/24');
    socket.write(text(5_000));
    bench.run(3_000);
    peer.send('PA', { payload: text(1) });
    socket.shutdownWrite();
    bench.run(3_000);
    const segments = bench.take();
    expect(segments.length).toBeGreaterThan(3);
    expect(new Set(segments.map((segment) => segment.source))).toEqual(new Set([OURS_TOO]));
  });

  // RFC 9293 §3.9.1.1 MUST-46: nobody can be connected to at a broadcast or multicast address.
  it.each(['255.255.255.255', '10.0.0.255', '224.0.0.1', '239.1.2.3', 'ff02::1', 'ff0e::1234'])(
    'refuses to connect to %s',
    (remoteAddress) => {
      const bench = new Bench({ profile });
      const socket = StreamSocket.connect(bench.stack, { remoteAddress, remotePort: 80 });
      expect([socket.error?.code, socket.stateName]).toEqual(['EACCES', 'CLOSED']);
      bench.run(3_000);
      expect(bench.take()).toEqual([]);
    },
  );
});

describe.each(PROFILES)('%s: send', (profile) => {
  // RFC 9293 §3.9.1.2 MUST-60, MUST-61: there is no PUSH to ask for, so nothing is held, and the last segment of what is queued carries PSH.
  it.each([1, 1_460, 4_000])('sends %i octets without being pushed, PSH on the last segment', (length) => {
    const { bench, peer, socket } = openActively({ profile });
    socket.write(text(length));
    const segments = bench.take();
    for (const segment of segments) peer.accept(segment);
    peer.send('A');
    segments.push(...bench.take());
    expect(segments.reduce((sum, segment) => sum + segment.payload.length, 0)).toBe(length);
    expect(segments.at(-1)?.flags).toContain('P');
  });

  // RFC 9293 §3.9.1.2 SHLD-28: segments are as large as they may be.
  it('sends full segments where it can', () => {
    const { bench, socket } = openActively({ profile });
    socket.noDelay = true;
    socket.write(text(5_000));
    expect(bench.take().map((segment) => segment.payload.length)).toEqual([1460, 1460, 1460, 620]);
  });

  // RFC 9293 §3.9.1.2 SHLD-27, MAY-16: what was written piece by piece while nothing could go is sent in full segments, one PSH for all.
  it('puts the pieces of many writes together', () => {
    const { bench, peer, socket } = openActively({ profile });
    socket.write(text(10));
    peer.accept(bench.takeOne());
    for (let at = 10; at < 3_010; at += 100) socket.write(text(100, at));
    const early = bench.take();
    for (const segment of early) {
      expect(segment.payload.length).toBe(1_460);
      expect(segment.flags).not.toContain('P');
      peer.accept(segment);
    }
    peer.send('A');
    const segments = [...early, ...bench.take()];
    expect(segments.map((segment) => segment.payload.length)).toEqual([1460, 1460, 80]);
    expect(segments.map((segment) => segment.flags.includes('P'))).toEqual([false, false, true]);
  });
});

describe.each(PROFILES)('%s: soft errors', (profile) => {
  const unreachable = (isWanted: boolean) => {
    const made = openActively({ profile });
    made.socket.softErrorReports = isWanted;
    made.socket.write(text(10));
    const [packet] = made.bench.takePackets();
    made.socket.takeEvents();
    made.bench.give(buildIcmpError('10.0.0.254', OURS, 3, 1, packet!.bytes));
    return made.socket;
  };

  // RFC 9293 §3.9.1.8 MUST-47: the user is told of them as they come.
  it('are reported', () => {
    const socket = unreachable(true);
    expect(socket.takeEvents() & SocketEvent.softError).toBe(SocketEvent.softError);
    expect(socket.takeSoftError()?.code).toBe('EHOSTUNREACH');
  });

  // RFC 9293 §3.9.1.8 SHLD-20: unless the user does not want to know.
  it('are not reported to a user who does not want them', () => {
    expect(unreachable(false).takeEvents() & SocketEvent.softError).toBe(0);
  });
});

describe.each(PROFILES)('%s: fields of the IP header', (profile) => {
  // RFC 9293 §3.9.1.9 MUST-48, SHLD-22: the DiffServ value asked for stands in every segment, SYN included, as it was given.
  it.each([
    ['IPv4', {}],
    ['IPv6', { remoteAddress: THEIRS6 }],
  ] as const)('carry the DiffServ value asked for: %s', (_name, options) => {
    const bench = new Bench({ profile });
    bench.connect({ ...options, trafficClass: 46 << 2 });
    expect(bench.takeOne().tos).toBe(46 << 2);
  });

  // RFC 9293 §3.9.1.9 SHLD-21: it can be changed under way.
  it('carry a DiffServ value changed under way', () => {
    const { bench, peer, socket } = openActively({ profile, connect: { trafficClass: 10 << 2 } });
    for (const dscp of [10, 34, 0]) {
      socket.trafficClass = dscp << 2;
      socket.write(text(10));
      const segment = bench.takeOne();
      expect(segment.tos).toBe(dscp << 2);
      peer.accept(segment);
      peer.send('A');
    }
  });

  // RFC 9293 §3.9.2 MUST-49: the time to live can be set.
  it('carry the time to live asked for', () => {
    const { bench, socket } = openActively({ profile });
    socket.write(text(10));
    expect(bench.takeOne().ttl).toBe(64);
    const other = openActively({ profile, connect: { hopLimit: 5 } });
    other.socket.write(text(10));
    expect(other.bench.takeOne().ttl).toBe(5);
    other.socket.hopLimit = 255;
    other.peer.send('A', { ack: (other.peer.ack + 10) >>> 0 });
    other.socket.write(text(10));
    expect(other.bench.takeOne().ttl).toBe(255);
  });

  // RFC 9293 §3.9.2 MUST-49: in every segment, the last ones included.
  // RFC 9293 §3.9.1.9 MUST-48: as the DiffServ value does.
  it.each(['abort', 'close'] as const)('are the same to the end: %s', (how) => {
    const { bench, peer, socket } = openActively({ profile, connect: { hopLimit: 9, trafficClass: 10 << 2 } });
    socket[how]();
    bench.run(1);
    const segments = bench.take();
    if (how === 'close') {
      peer.accept(segments[0]!);
      peer.send('A');
      peer.send('FA');
      peer.send('FA', { seq: (peer.seq - 1) >>> 0 });
      segments.push(...bench.take());
      expect(segments.length).toBe(3);
    }
    for (const segment of segments) expect([segment.ttl, segment.tos]).toEqual([9, 10 << 2]);
  });

  // RFC 9293 §3.9.2 MUST-50: IP options TCP has no use for do not get in the way.
  it.each([
    ['record route', [7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['timestamp', [68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['router alert', [148, 4, 0, 0]],
    ['of no known kind', [30, 6, 1, 2, 3, 4]],
  ] as const)('may hold an option that TCP has no use for: %s', (_name, ipOptions) => {
    const { bench, peer, socket } = openPassively({ profile, ipOptions });
    peer.send('PA', { payload: text(10), ipOptions });
    expect(readAll(socket)).toEqual(text(10));
    socket.write(text(10));
    bench.run(1);
    const answer = bench.take().at(-1);
    expect(answer?.payload).toEqual(text(10));
    expect(answer?.ipOptions.length).toBe(0);
  });
});

/** A loose source route as it arrives at its end: all hops used, the pointer behind them. */
function arrivedBy(...hops: readonly string[]): readonly number[] {
  return [131, 3 + 4 * hops.length, 4 + 4 * hops.length, ...hops.flatMap((hop) => hop.split('.').map(Number)), 0];
}

/** What must stand in the IP header of a segment that goes by `hops` to `end`: the first hop is the destination. */
function routeBy(...hops: readonly string[]): readonly number[] {
  return [131, 3 + 4 * hops.length, 4, ...hops.flatMap((hop) => hop.split('.').map(Number)), 0];
}

describe.each(PROFILES)('%s: source routes', (profile) => {
  const [FIRST, SECOND, THIRD] = ['10.0.0.101', '10.0.0.102', '10.0.0.103'];

  // RFC 9293 §3.9.2.1 MUST-51: an active open can name the routers to go by.
  it('can be given on open', () => {
    const bench = new Bench({ profile });
    bench.connect({ sourceRoute: [FIRST, SECOND] });
    const syn = bench.takeOne();
    expect(syn.destination).toBe(FIRST);
    expect([...syn.ipOptions]).toEqual(routeBy(SECOND, THEIRS));
    expect(syn.isChecksumRight).toBe(true);
  });

  const settings = { ip: { acceptSourceRoute: true } };
  const openBy = (...hops: string[]) => openPassively({ profile, settings, ipOptions: arrivedBy(...hops) });

  // RFC 9293 §3.9.2.1 MUST-53: a route that came with the SYN is kept, and the answers go back by it.
  it('are turned round by the passive end', () => {
    const { bench, socket } = openBy(FIRST, SECOND);
    socket.write(text(10));
    const segment = bench.takeOne();
    expect(segment.destination).toBe(SECOND);
    expect([...segment.ipOptions]).toEqual(routeBy(FIRST, THEIRS));
    expect(segment.isChecksumRight).toBe(true);
  });

  // RFC 9293 §3.9.2.1 MUST-53: to the very last segment: the ACK that is sent from TIME-WAIT, too.
  it('are used to the end of the connection', () => {
    const { bench, peer, socket } = openBy(FIRST, SECOND);
    socket.close();
    bench.run(1);
    peer.accept(bench.takeOne());
    peer.send('A');
    peer.send('FA');
    peer.send('FA', { seq: (peer.seq - 1) >>> 0 });
    const acks = bench.take();
    expect(acks.length).toBe(2);
    for (const ack of acks) expect([ack.destination, ...ack.ipOptions]).toEqual([SECOND, ...routeBy(FIRST, THEIRS)]);
  });

  // RFC 9293 §3.9.2.1 MUST-51: a reset goes the way of the connection it ends.
  it('are used by resets', () => {
    const { bench, socket } = openActively({ profile, connect: { sourceRoute: [FIRST] }, ourAddress: OURS });
    socket.abort();
    bench.run(1);
    const reset = bench.takeOne();
    expect([reset.flags, reset.destination, ...reset.ipOptions]).toEqual(['RA', FIRST, ...routeBy(THEIRS)]);
  });

  // RFC 9293 §3.9.2.1 SHLD-24: a later one takes its place.
  it('are replaced by a later one', () => {
    const { bench, peer, socket } = openBy(FIRST, SECOND);
    peer.send('PA', { payload: text(1), ipOptions: arrivedBy(THIRD) });
    socket.write(text(10));
    bench.run(1);
    const segment = bench.take().at(-1);
    expect(segment?.destination).toBe(THIRD);
    expect([...(segment?.ipOptions ?? [])]).toEqual(routeBy(THEIRS));
  });

  // RFC 9293 §3.9.2.1 SHLD-24: and segments shrink when the later one takes more room.
  it('take their octets from the segments when they come later', () => {
    const { bench, peer, socket } = openPassively({ profile, settings });
    peer.send('PA', { payload: text(1), ipOptions: arrivedBy(FIRST, SECOND, THIRD) });
    socket.write(text(5_000));
    bench.run(1);
    expect(Math.max(...bench.take().map((segment) => segment.payload.length))).toBe(1_444);
  });

  // RFC 9293 §3.9.2.1 MUST-52: the route the user gave goes before any that is received.
  it('given by the user go before received ones', () => {
    const { bench, peer, socket } = openActively({
      profile,
      settings,
      connect: { sourceRoute: [FIRST] },
      ourAddress: OURS,
    });
    peer.send('PA', { payload: text(1), ipOptions: arrivedBy(SECOND) });
    socket.write(text(10));
    bench.run(1);
    const segment = bench.take().at(-1);
    expect(segment?.destination).toBe(FIRST);
    expect([...(segment?.ipOptions ?? [])]).toEqual(routeBy(THEIRS));
  });
});

describe('linux: source routes', () => {
  // RFC 9293 §3.9.2.1 MUST-53, SHLD-24: the deviation: a packet that comes by a source route is dropped by IP unless a setting says otherwise.
  it('are not taken from others by default', () => {
    const bench = new Bench({ profile: 'linux' });
    bench.listen();
    new Peer(bench).send('S', { ipOptions: arrivedBy('10.0.0.101') });
    expect(bench.take()).toEqual([]);
    expect(new Bench({ profile: 'rfc' }).stack.settings.ip.acceptSourceRoute).toBe(true);
  });
});
