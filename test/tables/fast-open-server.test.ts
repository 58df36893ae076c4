/** RFC 7413 sections 4.1 and 5.1: what a listener makes of cookies that are good, wanted, forged, stale or misshapen. */
import { describe, expect, it } from 'vitest';
import { ListenSocket } from '../../src/socket/index.ts';
import { Bench, MSS_1460, OURS6, Peer, type Profile, readAll, THEIRS6, text } from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';
import { ackedOf, EXPERIMENT, experimental, FAST_OPEN, FastServer, KEY, MAGIC, option } from '../support/fast-open.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const OTHER = '1-2-3-4';
const hex = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString('hex');

describe.each(PROFILES)('%s: a listener with Fast Open', (profile) => {
  // RFC 7413 §4.1.2 R7413-2, R7413-12: the same cookie for the same address, whoever asks when; eight octets as Linux makes them.
  it('gives a cookie to who asks for one', () => {
    const server = new FastServer(profile);
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
    const server = new FastServer(profile);
    expect(hex(server.cookie())).toBe('9c7acf0d9a44ab52');
    const peer = new Peer(server.bench, { address: THEIRS6, ourAddress: OURS6, port: 9 });
    peer.send('S', { options: [...MSS_1460, FAST_OPEN, 2] });
    expect(hex(server.bench.takeOne().options.get(FAST_OPEN) ?? [])).toBe('9dee2baceac3b5b0');
  });

  // RFC 7413 §9 R7413-19: kind 254 is understood.
  it('answers the experimental kind with the experimental kind', () => {
    const server = new FastServer(profile);
    server.syn(experimental([]));
    const body = [...(server.bench.takeOne().options.get(EXPERIMENT) ?? [])];
    expect(body.slice(0, 2)).toEqual(MAGIC);
    const peer = server.syn(experimental(body.slice(2)), 30);
    const answer = server.bench.takeOne();
    expect(ackedOf(answer, peer, 30)).toBe(30);
    expect(answer.options.has(EXPERIMENT)).toBe(false);
  });

  // RFC 7413 §4.2.2 R7413-6: a cookie that is not ours: only the SYN is acknowledged, and the right one comes with it.
  it.each([
    ['forged', (cookie: number[]) => cookie.map((octet, index) => (index === 3 ? octet ^ 1 : octet))],
    ['the last octet forged', (cookie: number[]) => cookie.map((octet, index) => (index === 7 ? octet ^ 128 : octet))],
    ['too short for ours', (cookie: number[]) => cookie.slice(0, 4)],
    ['too long for ours', (cookie: number[]) => [...cookie, ...cookie]],
  ])('refuses a cookie that is %s and gives a good one', (_how, spoil) => {
    const server = new FastServer(profile);
    const cookie = server.cookie();
    const peer = server.syn(option(spoil(cookie)), 100);
    const answer = peer.accept(server.bench.takeOne());
    expect([ackedOf(answer, peer, 100), [...(answer.options.get(FAST_OPEN) ?? [])]]).toEqual([0, cookie]);
    expect([server.counters.TCPFastOpenPassiveFail, server.counters.TCPFastOpenPassive]).toEqual([1, 0]);
    expect(server.listener.accept()).toBeNull();
    // The data comes again as ordinary data.
    peer.send('PA', { seq: (peer.seq - 100) >>> 0, payload: text(100) });
    const socket = server.listener.accept();
    expect(socket === null ? null : readAll(socket)).toEqual(text(100));
  });

  // RFC 7413 §4.1.1 R7413-1: a length that cannot be, or an odd one, makes the option as good as absent.
  it.each([
    ['odd', [1, 2, 3, 4, 5]],
    ['of two octets', [1, 2]],
    ['of eighteen octets', Array.from({ length: 18 }, (_, index) => index)],
  ])('takes no notice of a cookie that is %s', (_how, cookie) => {
    const server = new FastServer(profile);
    const peer = server.syn(option(cookie), 100);
    const answer = peer.accept(server.bench.takeOne());
    expect([answer.flags, answer.options.has(FAST_OPEN)]).toEqual(['SA', false]);
    // Data in a SYN without Fast Open: the RFC keeps it until the handshake is over, Linux does not.
    expect(ackedOf(answer, peer, 100)).toBe(profile === 'rfc' ? 100 : 0);
    expect(server.listener.accept()).toBeNull();
    expect([server.counters.TCPFastOpenPassive, server.counters.TCPFastOpenPassiveFail]).toEqual([0, 0]);
  });

  // RFC 7413 §4.2.1 R7413-16: a request is no cookie.
  it('ignores data that comes with a request for a cookie', () => {
    const server = new FastServer(profile);
    const peer = server.syn([FAST_OPEN, 2], 100);
    const answer = server.bench.takeOne();
    expect([ackedOf(answer, peer, 100), answer.options.get(FAST_OPEN)?.length]).toEqual([0, 8]);
  });

  it('takes a good cookie without data', () => {
    const { socket, peer } = new FastServer(profile).early(0);
    socket.write(text(7));
    expect(peer.bench.takeOne().payload).toEqual(text(7));
  });

  // RFC 7413 §4.1.2 R7413-2: keys change; a cookie of the last one still opens fast and is replaced by a fresh one.
  it('takes a cookie of the backup key and answers with a fresh one, but none of older keys', () => {
    const server = new FastServer(profile);
    const stale = server.cookie();
    server.bench.stack.tcp.fastOpen.setKeys([OTHER, KEY]);
    const peer = server.syn(option(stale), 10);
    const answer = server.bench.takeOne();
    const fresh = [...(answer.options.get(FAST_OPEN) ?? [])];
    expect([ackedOf(answer, peer, 10), fresh.length]).toEqual([10, 8]);
    expect(fresh).not.toEqual(stale);
    expect([server.counters.TCPFastOpenPassive, server.counters.TCPFastOpenPassiveAltKey]).toEqual([1, 1]);
    server.bench.stack.tcp.fastOpen.setKeys([OTHER]);
    const late = server.syn(option(stale), 10);
    expect(ackedOf(server.bench.takeOne(), late, 10)).toBe(0);
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
    const server = new FastServer(profile);
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

  // RFC 7413 §4.2 R7413-8: beyond the limit the handshake is an ordinary one.
  it('bears only so many at once', () => {
    const server = new FastServer(profile, { fastOpen: 2 });
    const cookie = server.cookie();
    const [first] = [1, 2].map(() => {
      const peer = server.syn(option(cookie), 10);
      expect(ackedOf(peer.accept(server.bench.takeOne()), peer, 10)).toBe(10);
      return peer;
    });
    const third = server.syn(option(cookie), 10);
    const answer = server.bench.takeOne();
    expect([ackedOf(answer, third, 10), answer.options.has(FAST_OPEN)]).toEqual([0, false]);
    expect(server.counters.TCPFastOpenListenOverflow).toBe(1);
    first?.send('A');
    const fourth = server.syn(option(cookie), 10);
    expect(ackedOf(server.bench.takeOne(), fourth, 10)).toBe(10);
  });

  // RFC 7413 §5.1 R7413-15: a RST from the owner of a forged address does not make room for the next forgery.
  it('counts those that were reset for another minute', () => {
    const server = new FastServer(profile, { fastOpen: 1 });
    const cookie = server.cookie();
    const { peer, socket } = server.early(10);
    peer.send('R');
    expect([socket.stateName, socket.error?.code]).toEqual(['CLOSED', 'ECONNRESET']);
    const next = server.syn(option(cookie), 10);
    expect(ackedOf(server.bench.takeOne(), next, 10)).toBe(0);
    server.bench.run(60_000);
    server.bench.take();
    const later = server.syn(option(cookie), 10);
    expect(ackedOf(server.bench.takeOne(), later, 10)).toBe(10);
  });

  // RFC 7413 §4.2 R7413-10: off unless asked for.
  it('is not entered without its setting or without being asked for', () => {
    for (const [fastopen, fastOpen] of [
      [1, 8],
      [3, 0],
    ] as const) {
      const server = new FastServer(profile, { fastOpen }, { settings: { tcp: { fastopen } } });
      server.syn([FAST_OPEN, 2]);
      expect(server.bench.takeOne().options.has(FAST_OPEN)).toBe(false);
    }
    const forced = new FastServer(profile, { fastOpen: 0 }, { settings: { tcp: { fastopen: 0x403 } } });
    expect(forced.cookie().length).toBe(8);
  });

  it('takes data without a cookie where it is told to', () => {
    for (const [listen, fastopen] of [
      [{ fastOpenNoCookie: true }, 3],
      [{}, 0x203],
    ] as const) {
      const server = new FastServer(profile, listen, { settings: { tcp: { fastopen } } });
      const peer = server.syn([], 33);
      expect(ackedOf(server.bench.takeOne(), peer, 33)).toBe(33);
      const socket = server.listener.accept();
      expect(socket === null ? null : readAll(socket)).toEqual(text(33));
    }
  });

  it('keeps to the backlog all the same', () => {
    const server = new FastServer(profile, { backlog: 1 });
    const cookie = server.cookie();
    for (let count = 0; count < 2; count++) server.syn(option(cookie), 10);
    server.bench.take();
    server.syn(option(cookie), 10);
    expect([server.bench.take().length, server.counters.ListenOverflows]).toEqual([0, 1]);
  });
});
