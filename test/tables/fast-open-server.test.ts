/** RFC 7413 sections 4.2.2 and 5.1: what a listener makes of cookies that are good, wanted, forged, stale or misshapen. */
import { describe, expect, it } from 'vitest';
import { ListenSocket, type StreamSocket } from '../../src/socket/index.ts';
import {
  Bench,
  type BenchOptions,
  MSS_1460,
  OURS,
  OURS6,
  Peer,
  type Profile,
  readAll,
  THEIRS6,
  text,
} from '../requirements/bench.ts';
import { buildIcmpError, type Packet, type Segment } from '../requirements/wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const KEY = 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4';
const OTHER = '1-2-3-4';
const FAST_OPEN = 34;
const EXPERIMENT = 254;
const MAGIC = [0xf9, 0x89];

type ListenOptions = Partial<ConstructorParameters<typeof ListenSocket>[1]>;

class Server {
  readonly bench: Bench;
  readonly listener: ListenSocket;
  private nextPort = 40_000;

  constructor(profile: Profile, listen: ListenOptions = {}, options: BenchOptions = {}) {
    const tcp = { fastopen: 3, ...options.settings?.tcp };
    this.bench = new Bench({ ...options, profile, settings: { tcp } });
    this.bench.stack.tcp.fastOpen.setKeys([KEY]);
    this.listener = new ListenSocket(this.bench.stack, { port: 80, fastOpen: 8, ...listen });
  }

  get counters() {
    return this.bench.stack.counters.tcpExt;
  }

  /** A SYN from a new port; `option` in full, `data` octets. */
  syn(option: readonly number[], data = 0, flags = 'S'): Peer {
    const peer = new Peer(this.bench, { port: this.nextPort++ });
    peer.send(flags, { options: [...MSS_1460, ...option], payload: text(data) });
    return peer;
  }

  /** The cookie of this server for the peer, by the way a client gets it. */
  cookie(): number[] {
    const peer = this.syn([FAST_OPEN, 2]);
    const answer = this.bench.takeOne();
    peer.accept(answer);
    peer.send('R', { seq: peer.seq });
    return [...(answer.options.get(FAST_OPEN) ?? [])];
  }

  /** A SYN with a good cookie and so many octets, its SYN-ACK taken, and the socket that the user has already. */
  early(data = 100): { peer: Peer; answer: Segment; socket: StreamSocket; packet: Packet } {
    const cookie = this.cookie();
    const peer = this.syn(option(cookie), data);
    const [packet] = this.bench.takePackets();
    const socket = this.listener.accept();
    if (!packet?.segment || socket === null) throw new Error('no SYN-ACK, or nothing to accept');
    return { peer, answer: peer.accept(packet.segment), socket, packet };
  }
}

const hex = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString('hex');
const option = (cookie: readonly number[]): number[] => [FAST_OPEN, 2 + cookie.length, ...cookie];
const experimental = (cookie: readonly number[]): number[] => [EXPERIMENT, 4 + cookie.length, ...MAGIC, ...cookie];
const acked = (answer: Segment, peer: Peer, data: number): number => (answer.ack - (peer.seq - data)) | 0;

describe.each(PROFILES)('%s: a listener with Fast Open', (profile) => {
  // RFC 7413 §4.1.2: the same cookie for the same address, whoever asks when; eight octets as Linux makes them.
  it('gives a cookie to who asks for one', () => {
    const server = new Server(profile);
    const first = server.cookie();
    expect(first.length).toBe(8);
    expect(server.cookie()).toEqual(first);
    expect(server.counters.TCPFastOpenCookieReqd).toBe(2);
    const stranger = new Peer(server.bench, { address: '10.0.0.3', port: 9 });
    stranger.send('S', { options: [...MSS_1460, FAST_OPEN, 2] });
    expect([...(server.bench.takeOne().options.get(FAST_OPEN) ?? [])]).not.toEqual(first);
  });

  // RFC 7413 §4.1.2: the cookie is a function of key and addresses alone; this one the kernel makes of the same key.
  it('makes of a known key the cookie that Linux makes', () => {
    const server = new Server(profile);
    expect(hex(server.cookie())).toBe('9c7acf0d9a44ab52');
    const peer = new Peer(server.bench, { address: THEIRS6, ourAddress: OURS6, port: 9 });
    peer.send('S', { options: [...MSS_1460, FAST_OPEN, 2] });
    expect(hex(server.bench.takeOne().options.get(FAST_OPEN) ?? [])).toBe('9dee2baceac3b5b0');
  });

  it('answers the experimental kind with the experimental kind', () => {
    const server = new Server(profile);
    server.syn(experimental([]));
    const body = [...(server.bench.takeOne().options.get(EXPERIMENT) ?? [])];
    expect(body.slice(0, 2)).toEqual(MAGIC);
    const peer = server.syn(experimental(body.slice(2)), 30);
    const answer = server.bench.takeOne();
    expect(acked(answer, peer, 30)).toBe(30);
    expect(answer.options.has(EXPERIMENT)).toBe(false);
  });

  // RFC 7413 §4.2.2: a good cookie: the SYN-ACK acknowledges the data, the user reads it before the third segment.
  it('hands the connection to the user while it is in SYN-RECEIVED', () => {
    const server = new Server(profile);
    const { peer, answer, socket } = server.early(100);
    expect(answer.flags).toBe('SA');
    expect([acked(answer, peer, 100), answer.payload.length, answer.options.has(FAST_OPEN)]).toEqual([100, 0, false]);
    expect([socket.stateName, readAll(socket)]).toEqual(['SYN-RECEIVED', text(100)]);
    expect([server.counters.TCPFastOpenPassive, server.bench.stack.counters.tcp.PassiveOpens]).toEqual([1, 1]);
    peer.send('A');
    expect(socket.stateName).toBe('ESTABLISHED');
    expect([server.listener.accept(), server.listener.listener.fastOpens.count]).toEqual([null, 0]);
    peer.send('PA', { payload: text(50, 100) });
    expect(readAll(socket)).toEqual(text(50, 100));
  });

  // RFC 7413 §4.2.2: the server may send before the handshake is over, an initial window full.
  it('sends its answer before the third segment', () => {
    const server = new Server(profile, {}, { settings: { tcp: { initial_window_segments: 4 } } });
    const { peer, answer, socket } = server.early(10);
    socket.write(text(20_000));
    const sent = server.bench.take();
    expect(sent.map((segment) => segment.payload.length)).toEqual([1460, 1460, 1460, 1460]);
    expect((sent[0]?.seq ?? 0) - answer.seq).toBe(1);
    // The third segment opens the window for the rest; nothing of it is repeated.
    peer.ack = (answer.seq + 1 + 4 * 1460) >>> 0;
    peer.send('A');
    expect(peer.acknowledgeAll()).toEqual(text(20_000).subarray(4 * 1460));
    expect(server.bench.stack.counters.tcp.RetransSegs).toBe(0);
  });

  it('does not hold back a small answer for the sake of its SYN', () => {
    const server = new Server(profile);
    const { socket } = server.early(10);
    socket.write(text(5));
    expect(server.bench.takeOne().payload).toEqual(text(5));
  });

  // RFC 7413 §4.2.2: the timer repeats the SYN-ACK alone, without data and without the option.
  it('repeats the SYN-ACK alone, and what was lost with it goes again with its acknowledgment', () => {
    const server = new Server(profile);
    const { peer, answer, socket } = server.early(10);
    socket.write(text(300));
    server.bench.take();
    server.bench.run(1_100);
    const again = server.bench.takeOne();
    expect([again.flags, again.seq, again.ack, again.payload.length, again.options.has(FAST_OPEN)]).toEqual([
      'SA',
      answer.seq,
      answer.ack,
      0,
      false,
    ]);
    peer.send('A');
    const data = server.bench.takeOne();
    expect([data.seq, data.payload]).toEqual([(answer.seq + 1) >>> 0, text(300)]);
  });

  it('repeats the SYN-ACK for a SYN that comes again, and takes its data once', () => {
    const server = new Server(profile);
    const { peer, answer, socket } = server.early(100);
    for (const payload of [text(0), text(100), text(60)]) {
      peer.send('S', { seq: (peer.seq - 101) >>> 0, options: MSS_1460, payload });
      const again = server.bench.takeOne();
      expect([again.flags, again.seq, again.ack]).toEqual(['SA', answer.seq, answer.ack]);
    }
    expect(readAll(socket)).toEqual(text(100));
  });

  it('takes as ordinary data what comes after the SYN', () => {
    const server = new Server(profile);
    const { peer, socket } = server.early(100);
    // A client that saw a part of its data acknowledged, or whose SYN was cut: it sends from where it thinks.
    peer.send('PA', { seq: (peer.seq - 40) >>> 0, payload: text(100, 60) });
    expect([socket.stateName, readAll(socket)]).toEqual(['ESTABLISHED', text(160)]);
  });

  // RFC 7413 §4.2.2: a cookie that is not ours: only the SYN is acknowledged, and the right one comes with it.
  it.each([
    ['forged', (cookie: number[]) => cookie.map((octet, index) => (index === 3 ? octet ^ 1 : octet))],
    ['the last octet forged', (cookie: number[]) => cookie.map((octet, index) => (index === 7 ? octet ^ 128 : octet))],
    ['too short for ours', (cookie: number[]) => cookie.slice(0, 4)],
    ['too long for ours', (cookie: number[]) => [...cookie, ...cookie]],
  ])('refuses a cookie that is %s and gives a good one', (_how, spoil) => {
    const server = new Server(profile);
    const cookie = server.cookie();
    const peer = server.syn(option(spoil(cookie)), 100);
    const answer = peer.accept(server.bench.takeOne());
    expect([acked(answer, peer, 100), [...(answer.options.get(FAST_OPEN) ?? [])]]).toEqual([0, cookie]);
    expect([server.counters.TCPFastOpenPassiveFail, server.counters.TCPFastOpenPassive]).toEqual([1, 0]);
    expect(server.listener.accept()).toBeNull();
    // The data comes again as ordinary data.
    peer.send('PA', { seq: (peer.seq - 100) >>> 0, payload: text(100) });
    const socket = server.listener.accept();
    expect(socket === null ? null : readAll(socket)).toEqual(text(100));
  });

  // RFC 7413 §4.1.1: a length that cannot be, or an odd one, makes the option as good as absent.
  it.each([
    ['odd', [1, 2, 3, 4, 5]],
    ['of two octets', [1, 2]],
    ['of eighteen octets', Array.from({ length: 18 }, (_, index) => index)],
  ])('takes no notice of a cookie that is %s', (_how, cookie) => {
    const server = new Server(profile);
    const peer = server.syn(option(cookie), 100);
    const answer = peer.accept(server.bench.takeOne());
    expect([answer.flags, answer.options.has(FAST_OPEN)]).toEqual(['SA', false]);
    // Data in a SYN without Fast Open: the RFC keeps it until the handshake is over, Linux does not.
    expect(acked(answer, peer, 100)).toBe(profile === 'rfc' ? 100 : 0);
    expect(server.listener.accept()).toBeNull();
    expect([server.counters.TCPFastOpenPassive, server.counters.TCPFastOpenPassiveFail]).toEqual([0, 0]);
  });

  it('ignores data that comes with a request for a cookie', () => {
    const server = new Server(profile);
    const peer = server.syn([FAST_OPEN, 2], 100);
    const answer = server.bench.takeOne();
    expect([acked(answer, peer, 100), answer.options.get(FAST_OPEN)?.length]).toEqual([0, 8]);
  });

  it('takes a good cookie without data', () => {
    const { socket, peer } = new Server(profile).early(0);
    socket.write(text(7));
    expect(peer.bench.takeOne().payload).toEqual(text(7));
  });

  // RFC 7413 §4.1.2: keys change; a cookie of the last one still opens fast and is replaced by a fresh one.
  it('takes a cookie of the backup key and answers with a fresh one, but none of older keys', () => {
    const server = new Server(profile);
    const stale = server.cookie();
    server.bench.stack.tcp.fastOpen.setKeys([OTHER, KEY]);
    const peer = server.syn(option(stale), 10);
    const answer = server.bench.takeOne();
    const fresh = [...(answer.options.get(FAST_OPEN) ?? [])];
    expect([acked(answer, peer, 10), fresh.length]).toEqual([10, 8]);
    expect(fresh).not.toEqual(stale);
    expect([server.counters.TCPFastOpenPassive, server.counters.TCPFastOpenPassiveAltKey]).toEqual([1, 1]);
    server.bench.stack.tcp.fastOpen.setKeys([OTHER]);
    const late = server.syn(option(stale), 10);
    expect(acked(server.bench.takeOne(), late, 10)).toBe(0);
    expect(server.counters.TCPFastOpenPassiveFail).toBe(1);
  });

  it('draws fresh keys by time, unless they were given', () => {
    const bench = new Bench({ profile, settings: { tcp: { fastopen: 3, fastopen_key_lifetime_sec: 100 } } });
    const listener = new ListenSocket(bench.stack, { port: 80, fastOpen: 8 });
    let port = 1_000;
    const ask = (cookie: readonly number[]): Segment => {
      const peer = new Peer(bench, { port: port++ });
      peer.send('S', { options: [...MSS_1460, ...option(cookie)] });
      const answer = peer.accept(bench.takeOne());
      peer.send('R', { seq: peer.seq });
      listener.accept();
      return answer;
    };
    const cookieOf = (answer: Segment): number[] => [...(answer.options.get(FAST_OPEN) ?? [])];
    const first = cookieOf(ask([]));
    bench.run(99_000);
    expect(cookieOf(ask([]))).toEqual(first);
    bench.run(2_000);
    const second = cookieOf(ask(first));
    expect(second).not.toEqual(first);
    expect(bench.stack.counters.tcpExt.TCPFastOpenPassiveAltKey).toBe(1);
    bench.run(201_000);
    ask(second);
    expect(bench.stack.counters.tcpExt.TCPFastOpenPassiveFail).toBe(1);
  });

  it('may have keys of its own', () => {
    const server = new Server(profile);
    const common = server.cookie();
    const own = new ListenSocket(server.bench.stack, { port: 81, fastOpen: 8, fastOpenKeys: [OTHER] });
    const peer = new Peer(server.bench, { port: 5, ourPort: 81 });
    peer.send('S', { options: [...MSS_1460, FAST_OPEN, 2] });
    expect([...(server.bench.takeOne().options.get(FAST_OPEN) ?? [])]).not.toEqual(common);
    own.close();
  });

  it.each([[[]], [['a-b-c']], [['1-2-3-4', '1-2-3-4', '1-2-3-4']], [['123456789-0-0-0']]])(
    'refuses %j as keys',
    (keys) => {
      expect(() => new Bench({ profile }).stack.tcp.fastOpen.setKeys(keys)).toThrow(/keys/);
    },
  );

  // RFC 7413 §5.1: beyond the limit the handshake is an ordinary one.
  it('bears only so many at once', () => {
    const server = new Server(profile, { fastOpen: 2 });
    const cookie = server.cookie();
    const [first] = [1, 2].map(() => {
      const peer = server.syn(option(cookie), 10);
      expect(acked(peer.accept(server.bench.takeOne()), peer, 10)).toBe(10);
      return peer;
    });
    const third = server.syn(option(cookie), 10);
    const answer = server.bench.takeOne();
    expect([acked(answer, third, 10), answer.options.has(FAST_OPEN)]).toEqual([0, false]);
    expect(server.counters.TCPFastOpenListenOverflow).toBe(1);
    first?.send('A');
    const fourth = server.syn(option(cookie), 10);
    expect(acked(server.bench.takeOne(), fourth, 10)).toBe(10);
  });

  // RFC 7413 §5.1: a RST from the owner of a forged address does not make room for the next forgery.
  it('counts those that were reset for another minute', () => {
    const server = new Server(profile, { fastOpen: 1 });
    const cookie = server.cookie();
    const { peer, socket } = server.early(10);
    peer.send('R');
    expect([socket.stateName, socket.error?.code]).toEqual(['CLOSED', 'ECONNRESET']);
    const next = server.syn(option(cookie), 10);
    expect(acked(server.bench.takeOne(), next, 10)).toBe(0);
    server.bench.run(60_000);
    server.bench.take();
    const later = server.syn(option(cookie), 10);
    expect(acked(server.bench.takeOne(), later, 10)).toBe(10);
  });

  it('is not entered without its setting or without being asked for', () => {
    for (const [fastopen, fastOpen] of [
      [1, 8],
      [3, 0],
    ] as const) {
      const server = new Server(profile, { fastOpen }, { settings: { tcp: { fastopen } } });
      server.syn([FAST_OPEN, 2]);
      expect(server.bench.takeOne().options.has(FAST_OPEN)).toBe(false);
    }
    const forced = new Server(profile, { fastOpen: 0 }, { settings: { tcp: { fastopen: 0x403 } } });
    expect(forced.cookie().length).toBe(8);
  });

  it('takes data without a cookie where it is told to', () => {
    for (const [listen, fastopen] of [
      [{ fastOpenNoCookie: true }, 3],
      [{}, 0x203],
    ] as const) {
      const server = new Server(profile, listen, { settings: { tcp: { fastopen } } });
      const peer = server.syn([], 33);
      expect(acked(server.bench.takeOne(), peer, 33)).toBe(33);
      const socket = server.listener.accept();
      expect(socket === null ? null : readAll(socket)).toEqual(text(33));
    }
  });

  it('keeps to the backlog all the same', () => {
    const server = new Server(profile, { backlog: 1 });
    const cookie = server.cookie();
    for (let count = 0; count < 2; count++) server.syn(option(cookie), 10);
    server.bench.take();
    server.syn(option(cookie), 10);
    expect([server.bench.take().length, server.counters.ListenOverflows]).toEqual([0, 1]);
  });
});

describe.each(PROFILES)('%s: a connection that the user has early', (profile) => {
  it('survives a SYN that does not belong to it', () => {
    const { peer, socket } = new Server(profile).early(10);
    peer.send('S', { seq: (peer.seq + 5) >>> 0 });
    peer.bench.take();
    expect(socket.stateName).toBe('SYN-RECEIVED');
  });

  it('ends when nobody completes the handshake', () => {
    const server = new Server(profile);
    const { socket } = server.early(10);
    server.bench.run(400_000);
    expect([socket.stateName, socket.error?.code]).toEqual(['CLOSED', 'ETIMEDOUT']);
    expect([server.listener.listener.fastOpens.count, server.listener.listener.halfOpen]).toEqual([0, 0]);
  });

  it('may be closed by its user before the handshake is over', () => {
    const server = new Server(profile);
    const { peer, answer, socket } = server.early(10);
    readAll(socket);
    socket.write(text(20));
    socket.close();
    const sent = server.bench.take();
    expect(sent.at(-1)?.flags).toContain('F');
    expect(sent.reduce((sum, segment) => sum + segment.payload.length, 0)).toBe(20);
    // A SYN of the client that crossed it is answered as before.
    peer.send('S', { seq: (peer.seq - 11) >>> 0, options: MSS_1460 });
    expect(server.bench.takeOne().flags).toBe('SA');
    peer.ack = (answer.seq + 22) >>> 0;
    peer.send('A');
    expect([socket.stateName, server.listener.listener.fastOpens.count]).toEqual(['FIN-WAIT-2', 0]);
  });

  it('is reset when the listener closes before it was accepted', () => {
    const server = new Server(profile);
    server.syn(option(server.cookie()), 10);
    server.bench.take();
    server.listener.close();
    expect(server.bench.take().map((segment) => segment.flags)).toEqual(['RA']);
    expect(server.bench.stack.tcp.connections.size).toBe(0);
  });

  it('counts its ISN once when the handshake is over under load', () => {
    const server = new Server(profile);
    const { peer, socket } = server.early(10);
    // An ACK of something never sent.
    peer.send('A', { ack: (peer.ack + 1_000) >>> 0 });
    expect(socket.stateName).toBe('SYN-RECEIVED');
    server.bench.take();
    peer.send('A');
    expect(socket.stateName).toBe('ESTABLISHED');
  });

  it('treats ICMP errors as an established connection does', () => {
    const server = new Server(profile);
    const { packet, socket } = server.early(10);
    server.bench.give(buildIcmpError('10.0.0.77', OURS, 3, 1, packet.bytes));
    expect([socket.stateName, socket.takeSoftError()?.code]).toEqual(['SYN-RECEIVED', 'EHOSTUNREACH']);
  });
});

// RFC 9293 §3.10.7.2: a FIN with the SYN waits for the handshake; Linux drops the segment whole.
it('rfc: a FIN behind the data of the SYN is told after the handshake', () => {
  const server = new Server('rfc');
  const cookie = server.cookie();
  const peer = server.syn(option(cookie), 10, 'SF');
  peer.accept(server.bench.takeOne());
  const socket = server.listener.accept();
  if (socket === null) throw new Error('nothing to accept');
  expect([readAll(socket), socket.isReadEnded, socket.stateName]).toEqual([text(10), false, 'SYN-RECEIVED']);
  peer.send('A');
  expect([socket.isReadEnded, socket.stateName]).toEqual([true, 'CLOSE-WAIT']);
});

it('linux: a SYN with FIN is nothing', () => {
  const server = new Server('linux');
  const cookie = server.cookie();
  server.syn(option(cookie), 10, 'SF');
  expect(server.bench.take()).toEqual([]);
});
