/** RFC 9293 section 3.9.2.2 and 3.9.2.3: ICMP errors, and SYNs between addresses that cannot be. */
import { describe, expect, it } from 'vitest';
import { SocketEvent } from '../../src/socket/index.ts';
import {
  Bench,
  type Established,
  MSS_1460,
  OURS,
  OURS6,
  openActively,
  Peer,
  type Profile,
  THEIRS,
  THEIRS6,
  text,
} from './bench.ts';
import { buildIcmpError } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const ROUTER = '10.0.0.254';
const ROUTER6 = 'fd00::fe';

/** A connection with one segment on its way, and that packet to be quoted. */
function withSegmentOut(profile: Profile, isV6 = false): Established & { quoted: Uint8Array } {
  const made = openActively({ profile, ...(isV6 ? { address: THEIRS6, ourAddress: OURS6 } : {}) });
  made.socket.write(text(100));
  const [packet] = made.bench.takePackets();
  made.socket.takeEvents();
  return { ...made, quoted: packet!.bytes };
}

/** The connection still carries data both ways. */
function expectAlive({ bench, peer, socket }: Established): void {
  expect([socket.stateName, socket.error]).toEqual(['ESTABLISHED', null]);
  peer.send('PA', { payload: text(7) });
  expect(socket.readableLength).toBe(7);
  bench.run(5_000);
  expect(bench.take().some((segment) => segment.payload.length === 100)).toBe(true);
}

const SOFT4 = [
  ['net unreachable', 3, 0],
  ['host unreachable', 3, 1],
  ['source route failed', 3, 5],
  ['time to live exceeded', 11, 0],
  ['reassembly time exceeded', 11, 1],
  ['parameter problem', 12, 0],
] as const;
const SOFT6 = [
  ['no route', 1, 0],
  ['address unreachable', 1, 3],
  ['hop limit exceeded', 3, 0],
  ['parameter problem', 4, 0],
] as const;
const HARD4 = [
  ['protocol unreachable', 3, 2],
  ['port unreachable', 3, 3],
] as const;

describe.each(PROFILES)('%s: ICMP', (profile) => {
  // RFC 9293 §3.9.2.2 MUST-56: a soft error does not abort.
  // RFC 9293 §3.9.2.2 SHLD-25: but the user can learn what it was.
  it.each(SOFT4)('is soft, not fatal: %s', (_name, type, code) => {
    const made = withSegmentOut(profile);
    made.bench.give(buildIcmpError(ROUTER, OURS, type, code, made.quoted));
    // Linux keeps to itself that fragments ran out of time.
    const isTold = profile !== 'linux' || type !== 11 || code !== 1;
    expect(made.socket.takeEvents() & SocketEvent.softError).toBe(isTold ? SocketEvent.softError : 0);
    expect(made.socket.takeSoftError() !== null).toBe(isTold);
    expectAlive(made);
  });

  // RFC 9293 §3.9.2.2 MUST-56: ICMPv6 knows such errors too.
  it.each(SOFT6)('is soft over IPv6, not fatal: %s', (_name, type, code) => {
    const made = withSegmentOut(profile, true);
    made.bench.give(buildIcmpError(ROUTER6, OURS6, type, code, made.quoted));
    expectAlive(made);
  });

  // RFC 9293 §3.9.2.2 MUST-54: an error goes to the connection whose segment it quotes, and to no other.
  it('is matched to the connection that sent the segment', () => {
    const bench = new Bench({ profile });
    const [first, second] = [bench.connect({ remotePort: 80 }), bench.connect({ remotePort: 81 })];
    const syns = bench.takePackets();
    expect(syns.length).toBe(2);
    const quoted = syns.find((packet) => packet.segment?.destinationPort === 81)!;
    bench.give(buildIcmpError(THEIRS, OURS, 3, 3, quoted.bytes));
    expect(second?.error?.code).toBe('ECONNREFUSED');
    expect([first?.error, first?.stateName]).toEqual([null, 'SYN-SENT']);
  });

  // RFC 9293 §3.9.2.2 MUST-54: and only if the quoted octets are really on their way.
  it('is ignored when it quotes what was never sent', () => {
    const made = withSegmentOut(profile);
    const forged = made.quoted.slice();
    new DataView(forged.buffer).setUint32(24, (made.peer.ack + 10_000_000) >>> 0);
    made.bench.give(buildIcmpError(ROUTER, OURS, 3, 3, forged));
    made.bench.give(buildIcmpError(ROUTER, OURS, 3, 1, forged));
    expect(made.socket.takeEvents() & SocketEvent.softError).toBe(0);
    expectAlive(made);
  });

  // RFC 5927 §6.2 R5927-3: it cannot be used to slow a connection down.
  // RFC 9293 §3.9.2.2 MUST-55: Source Quench changes nothing and nobody is told.
  it('drops a Source Quench silently', () => {
    const made = withSegmentOut(profile);
    made.bench.give(buildIcmpError(ROUTER, OURS, 4, 0, made.quoted));
    expect(made.bench.take()).toEqual([]);
    expect(made.socket.takeEvents()).toBe(0);
    made.socket.write(text(20_000));
    made.peer.send('A', { ack: (made.peer.ack + 100) >>> 0 });
    expect(made.bench.take().length).toBeGreaterThanOrEqual(9);
    expect([made.socket.stateName, made.socket.error]).toEqual(['ESTABLISHED', null]);
  });

  it('keeps what is known of another error when a Source Quench comes', () => {
    const made = withSegmentOut(profile);
    made.bench.give(buildIcmpError(ROUTER, OURS, 3, 1, made.quoted));
    made.socket.takeEvents();
    made.bench.give(buildIcmpError(ROUTER, OURS, 4, 0, made.quoted));
    expect(made.socket.takeEvents()).toBe(0);
    expect(made.socket.takeSoftError()).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  // RFC 9293 §3.9.2.2 SHLD-26: before the connection stands, a hard error ends it.
  it.each(HARD4)('refuses an opening connection: %s', (_name, type, code) => {
    const bench = new Bench({ profile });
    const socket = bench.connect();
    const [syn] = bench.takePackets();
    bench.give(buildIcmpError(ROUTER, OURS, type, code, syn!.bytes));
    expect(socket.error).not.toBeNull();
    expect(socket.stateName).toBe('CLOSED');
  });
});

describe('rfc: soft ICMP errors while opening', () => {
  // RFC 9293 §3.9.2.2 MUST-56: they do not end an attempt to open either.
  it.each(SOFT4)('do not end the attempt: %s', (_name, type, code) => {
    const bench = new Bench({ profile: 'rfc' });
    const socket = bench.connect();
    const [syn] = bench.takePackets();
    bench.give(buildIcmpError(ROUTER, OURS, type, code, syn!.bytes));
    expect([socket.stateName, socket.error]).toEqual(['SYN-SENT', null]);
    bench.run(1_100);
    expect(bench.takeOne().flags).toBe('S');
  });
});

describe('linux: soft ICMP errors while opening', () => {
  // RFC 9293 §3.9.2.2 MUST-56: the deviation: connect fails at once when the network says that it cannot deliver the SYN.
  it.each([
    [3, 0, 'ENETUNREACH'],
    [3, 1, 'EHOSTUNREACH'],
    [3, 5, 'EOPNOTSUPP'],
    [3, 7, 'EHOSTDOWN'],
    [3, 8, 'ENONET'],
    [3, 9, 'ENETUNREACH'],
    [3, 10, 'EHOSTUNREACH'],
    [3, 13, 'EHOSTUNREACH'],
    [11, 0, 'EHOSTUNREACH'],
    [12, 0, 'EPROTO'],
  ])('end the attempt, with the errno of Linux: type %i code %i', (type, code, errno) => {
    const bench = new Bench({ profile: 'linux' });
    const socket = bench.connect();
    const [syn] = bench.takePackets();
    bench.give(buildIcmpError(ROUTER, OURS, type, code, syn!.bytes));
    expect([socket.stateName, socket.error?.code]).toEqual(['CLOSED', errno]);
    expect(socket.error?.message).not.toBe(errno);
  });

  it('say EACCES when IPv6 prohibits', () => {
    const bench = new Bench({ profile: 'linux' });
    const socket = bench.connect({ remoteAddress: THEIRS6 });
    const [syn] = bench.takePackets();
    bench.give(buildIcmpError(ROUTER6, OURS6, 1, 1, syn!.bytes));
    expect([socket.stateName, socket.error?.code]).toEqual(['CLOSED', 'EACCES']);
  });
});

describe('rfc: hard ICMP errors', () => {
  // RFC 9293 §3.9.2.2 SHLD-26: codes 2 to 4 of destination unreachable abort. (Code 4 with an MTU is path MTU discovery.)
  it.each(HARD4)('abort an established connection: %s', (_name, type, code) => {
    const made = withSegmentOut('rfc');
    made.bench.give(buildIcmpError(ROUTER, OURS, type, code, made.quoted));
    expect(made.socket.stateName).toBe('CLOSED');
    expect(made.socket.error).not.toBeNull();
  });
});

describe('linux: hard ICMP errors', () => {
  // RFC 5927 §5.2 R5927-2: a forged one would end any connection.
  // RFC 9293 §3.9.2.2 SHLD-26: the deviation: they are soft once the connection stands, lest anyone forge them.
  it.each(HARD4)('do not abort an established connection: %s', (_name, type, code) => {
    const made = withSegmentOut('linux');
    made.bench.give(buildIcmpError(ROUTER, OURS, type, code, made.quoted));
    expectAlive(made);
  });
});

describe.each(PROFILES)('%s: SYNs between addresses that cannot be', (profile) => {
  // RFC 9293 §3.9.2.3 MUST-63: from a source that is no host's address.
  it.each([
    ['broadcast', '255.255.255.255'],
    ['broadcast of the network', '10.0.0.255'],
    ['multicast', '224.0.0.5'],
    ['nobody', '0.0.0.0'],
    ['multicast IPv6', 'ff02::5'],
    ['nobody IPv6', '::'],
  ] as const)('a source of %s is ignored', (_name, address) => {
    const bench = new Bench({ profile });
    const listener = bench.listen();
    const peer = new Peer(bench, { address });
    peer.send('S', { options: MSS_1460 });
    bench.run(3_000);
    expect(bench.takePackets().filter((packet) => packet.protocol !== 2 && packet.protocol !== 58)).toEqual([]);
    expect(listener.accept()).toBeNull();
  });

  // RFC 9293 §3.9.2.3 MUST-57: to a broadcast or multicast destination: no SYN-ACK, no reset, no ICMP.
  it.each([
    ['broadcast', '255.255.255.255', THEIRS],
    ['broadcast of the network', '10.0.0.255', THEIRS],
    ['multicast', '224.0.0.1', THEIRS],
    ['multicast IPv6', 'ff02::1', THEIRS6],
  ] as const)('a destination of %s is ignored', (_name, ourAddress, address) => {
    const bench = new Bench({ profile });
    const listener = bench.listen();
    for (const ourPort of [80, 81]) new Peer(bench, { address, ourAddress, ourPort }).send('S', { options: MSS_1460 });
    bench.run(3_000);
    expect(bench.takePackets().filter((packet) => packet.protocol !== 2 && packet.protocol !== 58)).toEqual([]);
    expect(listener.accept()).toBeNull();
  });
});
