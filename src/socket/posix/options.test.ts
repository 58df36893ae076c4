/** Socket options: what they take, what they tell, and what becomes of connections that have them. */
import { describe, expect, it } from 'vitest';
import { answer, House, SERVER, text, u8 } from '../../../test/support/posix-house.ts';
import { segmentsOf } from '../../../test/support/posix-wire.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { ERRNO, type OptionValue, POSIX as P } from './index.ts';

const NUMBERS: readonly (readonly [string, number, number, OptionValue, OptionValue, readonly number[]])[] = [
  ['SO_REUSEADDR', P.SOL_SOCKET, P.SO_REUSEADDR, 7, 1, []],
  ['SO_SNDBUF is doubled', P.SOL_SOCKET, P.SO_SNDBUF, 10_000, 20_000, []],
  ['SO_SNDBUF has a least', P.SOL_SOCKET, P.SO_SNDBUF, 1, 4608, []],
  ['SO_RCVBUF is doubled', P.SOL_SOCKET, P.SO_RCVBUF, 10_000, 20_000, []],
  ['SO_LINGER', P.SOL_SOCKET, P.SO_LINGER, { onoff: 5, linger: 3 }, { onoff: 1, linger: 3 }, [1]],
  ['SO_RCVLOWAT', P.SOL_SOCKET, P.SO_RCVLOWAT, 0, 1, []],
  ['IP_TOS keeps ECN out', P.SOL_IP, P.IP_TOS, 0x1ff, 0xfc, []],
  ['IP_TTL', P.SOL_IP, P.IP_TTL, 9, 9, [0, 256]],
  ['IP_MTU_DISCOVER', P.SOL_IP, P.IP_MTU_DISCOVER, P.IP_PMTUDISC_PROBE, P.IP_PMTUDISC_PROBE, [9]],
  ['TCP_MAXSEG', P.SOL_TCP, P.TCP_MAXSEG, 500, 500, [87, 32_768]],
  ['TCP_KEEPIDLE', P.SOL_TCP, P.TCP_KEEPIDLE, 5, 5, [0, 32_768]],
  ['TCP_KEEPCNT', P.SOL_TCP, P.TCP_KEEPCNT, 5, 5, [0, 128]],
  ['TCP_SYNCNT', P.SOL_TCP, P.TCP_SYNCNT, 3, 3, [0, 128]],
  ['TCP_LINGER2', P.SOL_TCP, P.TCP_LINGER2, -9, -1, []],
  ['TCP_USER_TIMEOUT', P.SOL_TCP, P.TCP_USER_TIMEOUT, 900, 900, [-1]],
  ['TCP_NOTSENT_LOWAT', P.SOL_TCP, P.TCP_NOTSENT_LOWAT, 900, 900, []],
  ['TCP_CONGESTION', P.SOL_TCP, P.TCP_CONGESTION, 'reno', 'reno', [1]],
];

describe('setsockopt and getsockopt', () => {
  it.each(NUMBERS)('%s', (_name, level, option, given, told, refused) => {
    const { a } = new House();
    const fd = a.socket(P.AF_INET, P.SOCK_STREAM).result;
    for (const value of refused) expect(answer(a.setsockopt(fd, level, option, value))).toBe('EINVAL');
    expect(answer(a.setsockopt(fd, level, option, given))).toBe(0);
    expect(a.getsockopt(fd, level, option).value).toEqual(told);
  });

  it.each(NUMBERS.slice(6))(
    'a connection keeps, and an accepted one inherits: %s',
    (_name, level, option, given, told) => {
      const house = new House();
      const { client, server } = house.connected(
        (fd) => house.a.setsockopt(fd, level, option, given),
        (fd) => house.b.setsockopt(fd, level, option, given),
      );
      const expected = option === P.TCP_MAXSEG && level === P.SOL_TCP ? 488 : told;
      expect(house.a.getsockopt(client, level, option).value).toEqual(expected);
      expect(house.b.getsockopt(server, level, option).value).toEqual(expected);
    },
  );

  it.each([
    ['no such option', P.SOL_TCP, 999, 'ENOPROTOOPT'],
    ['TCP_TX_DELAY', P.SOL_TCP, P.TCP_TX_DELAY, 'ENOPROTOOPT'],
    ['an IPv6 option on an IPv4 socket', P.SOL_IPV6, P.IPV6_TCLASS, 'ENOPROTOOPT'],
    ['a congestion control nobody has', P.SOL_TCP, P.TCP_CONGESTION, 'ENOENT'],
  ] as const)('%s', (_name, level, option, expected) => {
    const { a } = new House();
    const fd = a.socket(P.AF_INET, P.SOCK_STREAM).result;
    const value = option === P.TCP_CONGESTION ? 'nothing' : 1;
    expect(answer(a.setsockopt(fd, level, option, value))).toBe(expected);
  });

  it('names may come as octets, with a zero behind', () => {
    const { a } = new House();
    const fd = a.socket(P.AF_INET, P.SOCK_STREAM).result;
    expect(answer(a.setsockopt(fd, P.SOL_TCP, P.TCP_CONGESTION, text('reno\0cubic')))).toBe(0);
    expect(a.getsockopt(fd, P.SOL_TCP, P.TCP_CONGESTION).value).toBe('reno');
    const key = Uint8Array.from({ length: 16 }, (_, index) => index);
    expect(answer(a.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_KEY, key))).toBe(0);
    expect(a.getsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_KEY).value).toBe('03020100-07060504-0b0a0908-0f0e0d0c');
  });

  it('TCP_INFO tells of the connection', () => {
    const house = new House();
    const { client, listening } = house.connected();
    expect(house.a.getsockopt(client, P.SOL_TCP, P.TCP_INFO).value).toMatchObject({
      state: 'ESTABLISHED',
      sndCwnd: 10,
    });
    expect(house.b.getsockopt(listening, P.SOL_TCP, P.TCP_INFO).value).toMatchObject({ state: 'LISTEN' });
    expect(house.a.getsockopt(client, P.SOL_IP, P.IP_MTU).value).toBe(1500);
  });
});

describe('what options do', () => {
  it('TCP_MAXSEG is announced, and bounds segments', () => {
    const house = new House();
    const seen = segmentsOf(house.pair);
    const { client } = house.connected((fd) => house.a.setsockopt(fd, P.SOL_TCP, P.TCP_MAXSEG, 600));
    house.a.write(client, u8(1000));
    house.run(50);
    expect(seen.find((one) => one.fromA)?.mss).toBe(600);
    expect(seen.filter((one) => one.length > 0).map((one) => one.length)).toEqual([588, 412]);
  });

  it('TCP_SYNCNT bounds the repetitions of a SYN', () => {
    const house = new House();
    house.pair.a.tcp.settings.syn_linear_timeouts = 0;
    const seen = segmentsOf(house.pair, () => false);
    const fd = house.stream(house.a);
    house.a.setsockopt(fd, P.SOL_TCP, P.TCP_SYNCNT, 2);
    const connect = house.a.connect(fd, SERVER);
    house.run(8000);
    expect([seen.length, answer(connect)]).toEqual([3, 'ETIMEDOUT']);
  });

  it('TCP_WINDOW_CLAMP bounds the window that is offered', () => {
    const house = new House();
    const seen = segmentsOf(house.pair);
    const { client } = house.connected(
      () => {},
      (fd) => house.b.setsockopt(fd, P.SOL_TCP, P.TCP_WINDOW_CLAMP, 3000),
    );
    house.a.send(client, u8(9000), P.MSG_DONTWAIT);
    house.run(30);
    expect(Math.max(...seen.filter((one) => !one.fromA).map((one) => one.window))).toBe(3000);
  });

  it.each([
    [-1, 0, 'CLOSED'],
    [2, 1500, 'FIN-WAIT-2'],
    [2, 2500, 'CLOSED'],
    [0, 2500, 'FIN-WAIT-2'],
  ])('TCP_LINGER2 %i: after %i ms %s', (seconds, ms, state) => {
    const house = new House();
    const { client } = house.connected((fd) => house.a.setsockopt(fd, P.SOL_TCP, P.TCP_LINGER2, seconds));
    const file = house.a.fileOf(client);
    const socket = file !== null && 'connection' in file ? (file.connection as { stateName: string }) : null;
    house.a.shutdown(client, P.SHUT_WR);
    house.run(5);
    expect(socket?.stateName).toBe('FIN-WAIT-2');
    house.a.close(client);
    house.run(ms + 1);
    expect(socket?.stateName).toBe(state);
  });

  it('MSG_EOR: no segment reaches across the end of a record, and each end is pushed', () => {
    const house = new House();
    const { client, server } = house.connected();
    const seen = segmentsOf(house.pair);
    for (const flags of [P.MSG_EOR, 0, P.MSG_EOR]) house.a.send(client, u8(700), flags);
    house.a.send(client, u8(100));
    house.run(100);
    const sent = seen.filter((one) => one.fromA && one.length > 0);
    expect(sent.map((one) => one.length)).toEqual([700, 1400, 100]);
    expect(sent.every((one) => (one.flags & TcpFlag.psh) !== 0)).toBe(true);
    expect(house.b.ioctl(server, P.SIOCINQ).value).toBe(2200);
  });

  it('SO_ERROR is a number', () => {
    const house = new House();
    const { client, server } = house.connected();
    house.b.setsockopt(server, P.SOL_SOCKET, P.SO_LINGER, { onoff: 1, linger: 0 });
    house.b.close(server);
    house.run();
    expect(house.a.getsockopt(client, P.SOL_SOCKET, P.SO_ERROR).value).toBe(ERRNO.ECONNRESET);
  });
});
