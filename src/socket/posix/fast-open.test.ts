/** TCP Fast Open by MSG_FASTOPEN and TCP_FASTOPEN_CONNECT: what calls return with a cookie, without one, and where it is off. */
import { describe, expect, it } from 'vitest';
import { answer, House, SERVER, text, u8 } from '../../../test/support/posix-house.ts';
import { segmentsOf } from '../../../test/support/posix-wire.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { POSIX as P } from './index.ts';

/** A server that takes part; with a cookie at the client when `isKnown`. */
function opened(isKnown: boolean) {
  const house = new House();
  for (const stack of [house.pair.a, house.pair.b]) stack.tcp.settings.fastopen = 3;
  const listening = house.listener(0, (fd) => house.b.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN, 5));
  if (isKnown) {
    const first = house.stream(house.a, P.SOCK_NONBLOCK);
    expect(answer(house.a.sendto(first, u8(1), P.MSG_FASTOPEN, SERVER))).toBe('EINPROGRESS');
    house.run(20);
    house.b.accept(listening);
  }
  return { house, a: house.a, b: house.b, listening, seen: segmentsOf(house.pair) };
}

describe('MSG_FASTOPEN', () => {
  it.each([P.SOCK_NONBLOCK, 0])('with a cookie: the data rides on the SYN (flags %i)', (flags) => {
    const { house, a, b, listening, seen } = opened(true);
    const fd = house.stream(a, flags);
    const send = a.sendto(fd, text('hello'), P.MSG_FASTOPEN, SERVER);
    // Who may wait does so until the connection is open.
    expect(send.isDone).toBe(flags !== 0);
    const accept = b.accept(listening);
    house.run();
    expect(answer(send)).toBe(5);
    expect(seen[0]?.length).toBe(5);
    expect(answer(b.recv(accept.result, u8(9), P.MSG_DONTWAIT))).toBe(5);
    // Who has not waited is told now that the connection is open.
    if (flags !== 0) expect(answer(a.sendto(fd, u8(1), P.MSG_FASTOPEN, SERVER))).toBe(1);
    expect(answer(a.sendto(fd, u8(1), P.MSG_FASTOPEN, SERVER))).toBe('EISCONN');
  });

  it('without waiting only what the SYN takes is taken; waiting, all of it', () => {
    const { house, a, seen } = opened(true);
    const fd = house.stream(a, P.SOCK_NONBLOCK);
    expect(answer(a.sendto(fd, u8(5000), P.MSG_FASTOPEN, SERVER))).toBe(1420);
    const waiting = house.stream(a);
    const send = a.sendto(waiting, u8(5000), P.MSG_FASTOPEN, SERVER);
    expect(send.isDone).toBe(false);
    house.run();
    expect(answer(send)).toBe(5000);
    expect(seen[0]?.length).toBe(1420);
  });

  it.each([P.SOCK_NONBLOCK, 0])(
    'without a cookie the third step rides on data that waits for it (flags %i)',
    (flags) => {
      const { house, a, seen } = opened(false);
      a.sendto(house.stream(a, flags), text('hello'), P.MSG_FASTOPEN, SERVER);
      house.run();
      const ours = seen.filter(({ fromA, flags: bits }) => fromA && (bits & TcpFlag.syn) === 0);
      expect(ours[0]?.length).toBe(flags === 0 ? 5 : 0);
    },
  );

  it('without a cookie: EINPROGRESS, or the data after the handshake', () => {
    const { house, a, seen } = opened(false);
    expect(answer(a.sendto(house.stream(a, P.SOCK_NONBLOCK), u8(5), P.MSG_FASTOPEN, SERVER))).toBe('EINPROGRESS');
    const fd = house.stream(a);
    const send = a.sendto(fd, u8(5), P.MSG_FASTOPEN, SERVER);
    expect([send.isDone, answer(a.sendto(fd, u8(5), P.MSG_FASTOPEN, SERVER))]).toEqual([false, 'EALREADY']);
    house.run();
    expect([answer(send), seen[0]?.length]).toEqual([5, 0]);
  });

  it.each([
    ['where it is off', 0, SERVER, 'EOPNOTSUPP'],
    ['without an address', 3, null, 'EINVAL'],
  ])('%s', (_name, setting, name, expected) => {
    const { house, a } = opened(false);
    house.pair.a.tcp.settings.fastopen = setting;
    expect(answer(a.sendto(house.stream(a), u8(1), P.MSG_FASTOPEN, name))).toBe(expected);
  });
});

describe('TCP_FASTOPEN_CONNECT', () => {
  it('with a cookie connect is done at once, and the first write opens', () => {
    const { house, a, seen } = opened(true);
    const fd = house.stream(a, P.SOCK_NONBLOCK);
    a.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_CONNECT, 1);
    expect([answer(a.connect(fd, SERVER)), answer(a.connect(fd, SERVER))]).toEqual([0, 'EISCONN']);
    house.run(5);
    expect(seen).toEqual([]);
    const entries = [{ fd, events: P.POLLOUT, revents: 0 }];
    expect(answer(a.poll(entries, 0))).toBe(1);
    expect(answer(a.write(fd, u8(7)))).toBe(7);
    expect(answer(a.write(fd, u8(7)))).toBe('EAGAIN');
    house.run();
    expect([seen[0]?.length, answer(a.write(fd, u8(7)))]).toEqual([7, 7]);
  });

  it('without a cookie it is an ordinary connect', () => {
    const { house, a } = opened(false);
    const fd = house.stream(a, P.SOCK_NONBLOCK);
    a.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_CONNECT, 1);
    expect(answer(a.connect(fd, SERVER))).toBe('EINPROGRESS');
    expect(answer(a.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_CONNECT, 1))).toBe('EINVAL');
    house.run();
    expect(answer(a.connect(fd, SERVER))).toBe(0);
  });

  it('TCP_FASTOPEN_KEY is taken before listening, told again, and refused when it is none', () => {
    const { a, house } = opened(false);
    const fd = house.stream(a);
    const key = '00000001-00000002-00000003-00000004';
    expect(answer(a.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_KEY, 'nonsense'))).toBe('EINVAL');
    expect(answer(a.setsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_KEY, key))).toBe(0);
    expect(a.getsockopt(fd, P.SOL_TCP, P.TCP_FASTOPEN_KEY).value).toBe(key);
  });
});
