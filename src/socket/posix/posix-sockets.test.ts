/** Descriptors, names and connections: what each call returns in each state, at once and after waiting. */
import { describe, expect, it } from 'vitest';
import { answer, House, SERVER, u8 } from '../../../test/support/posix-house.ts';
import { ERRNO, POSIX as P, type PosixSockets } from './index.ts';

describe('descriptors', () => {
  const house = new House();
  const { a } = house;
  it.each([
    ['unknown family', () => a.socket(1, P.SOCK_STREAM), 'EAFNOSUPPORT'],
    ['raw', () => a.socket(P.AF_INET, 3), 'ESOCKTNOSUPPORT'],
    ['UDP over a stream', () => a.socket(P.AF_INET, P.SOCK_STREAM, P.IPPROTO_UDP), 'EPROTONOSUPPORT'],
    ['unknown flag', () => a.socket(P.AF_INET, P.SOCK_STREAM | 0x100), 'EINVAL'],
    ['read', () => a.read(99, u8(1)), 'EBADF'],
    ['write', () => a.write(99, u8(1)), 'EBADF'],
    ['close', () => a.close(99), 'EBADF'],
    ['bind', () => a.bind(99, SERVER), 'EBADF'],
    ['fcntl', () => a.fcntl(99, P.F_GETFL), 'EBADF'],
    ['epoll_wait', () => a.epollWait(99, 1, 0), 'EBADF'],
    ['accept of an epoll', () => a.accept(a.epollCreate().result), 'ENOTSOCK'],
  ])('%s', (_name, call, expected) => {
    expect(answer(call())).toBe(expected);
  });

  it('are the lowest that is free, and end at the limit', () => {
    const { a: fresh } = new House();
    expect([0, 1, 2].map(() => fresh.socket(P.AF_INET, P.SOCK_STREAM).result)).toEqual([3, 4, 5]);
    fresh.close(4);
    expect(fresh.socket(P.AF_INET6, P.SOCK_DGRAM).result).toBe(4);
    let last = fresh.epollCreate();
    while (last.errno === null) last = fresh.epollCreate();
    expect(answer(last)).toBe('EMFILE');
    expect(answer(fresh.socket(P.AF_INET, P.SOCK_STREAM))).toBe('EMFILE');
  });

  it('remember O_NONBLOCK', () => {
    const fd = house.stream(a, P.SOCK_NONBLOCK);
    expect(a.fcntl(fd, P.F_GETFL).result).toBe(P.O_RDWR | P.O_NONBLOCK);
    a.fcntl(fd, P.F_SETFL, P.O_RDWR);
    expect(a.fcntl(fd, P.F_GETFL).result).toBe(P.O_RDWR);
    expect(answer(a.fcntl(fd, 77))).toBe('EINVAL');
  });
});

describe('a socket without a connection', () => {
  const { a, ...rest } = new House();
  const house = rest as House;
  const fd = a.socket(P.AF_INET, P.SOCK_STREAM).result;
  it.each([
    ['read', () => a.read(fd, u8(1)), 'ENOTCONN'],
    ['write', () => a.write(fd, u8(1)), 'EPIPE'],
    ['accept', () => a.accept(fd), 'EINVAL'],
    ['shutdown', () => a.shutdown(fd, P.SHUT_WR), 'ENOTCONN'],
    ['shutdown with nonsense', () => a.shutdown(fd, 7), 'EINVAL'],
    ['getpeername', () => a.getpeername(fd), 'ENOTCONN'],
    [
      'connect to the other family',
      () => a.connect(fd, { family: P.AF_INET6, address: '::1', port: 1 }),
      'EAFNOSUPPORT',
    ],
    ['connect without a route', () => a.connect(fd, { address: '203.0.113.1', port: 1 }), 'ENETUNREACH'],
    ['bind to an address of others', () => a.bind(fd, { address: '10.9.9.9', port: 1 }), 'EADDRNOTAVAIL'],
    ['SIOCINQ', () => a.ioctl(fd, P.SIOCINQ), 0],
    ['unknown ioctl', () => a.ioctl(fd, 1), 'ENOTTY'],
    ['IP_MTU', () => a.getsockopt(fd, P.SOL_IP, P.IP_MTU), 'ENOTCONN'],
    ['TCP_TX_DELAY', () => a.setsockopt(fd, P.SOL_TCP, P.TCP_TX_DELAY, 1), 'ENOPROTOOPT'],
  ])('%s', (_name, call, expected) => {
    expect(answer(call())).toBe(expected);
  });

  it('tells of the signal unless asked not to', () => {
    expect(a.write(fd, u8(1)).signal).toBe('SIGPIPE');
    expect(a.send(fd, u8(1), P.MSG_NOSIGNAL).signal).toBeNull();
  });

  it('is POLLOUT and POLLHUP to poll', () => {
    expect(house.pair).toBeDefined();
    const entries = [{ fd, events: P.POLLIN | P.POLLOUT, revents: 0 }];
    expect(answer(a.poll(entries, -1))).toBe(1);
    expect(entries[0]?.revents).toBe(P.POLLOUT | P.POLLHUP);
  });
});

describe('bind', () => {
  const at = { address: '10.0.0.1', port: 5000 };
  it.each([
    ['nobody shares', [0, 0], [0, 0], 'EADDRINUSE'],
    ['one wants to share', [1, 0], [0, 0], 'EADDRINUSE'],
    ['SO_REUSEADDR of both', [1, 0], [1, 0], 0],
    ['SO_REUSEPORT of both', [0, 1], [0, 1], 0],
  ] as const)('%s', (_name, first, second, expected) => {
    const { a } = new House();
    const [one, two] = [first, second].map(([address, port]) => {
      const fd = a.socket(P.AF_INET, P.SOCK_STREAM).result;
      a.setsockopt(fd, P.SOL_SOCKET, P.SO_REUSEADDR, address);
      a.setsockopt(fd, P.SOL_SOCKET, P.SO_REUSEPORT, port);
      return fd;
    }) as [number, number];
    expect(answer(a.bind(one, at))).toBe(0);
    expect(answer(a.bind(two, { address: '0.0.0.0', port: 5000 }))).toBe(expected);
    expect(answer(a.bind(one, at))).toBe('EINVAL');
  });

  it('gives a port of its choice for 0, and connections leave from it', () => {
    const house = new House();
    house.listener();
    const fd = house.stream(house.a);
    expect(answer(house.a.bind(fd, { address: '0.0.0.0', port: 0 }))).toBe(0);
    const port = house.a.getsockname(fd).peer?.port ?? 0;
    expect(port).toBeGreaterThan(1023);
    const connect = house.a.connect(fd, SERVER);
    house.run();
    expect(answer(connect)).toBe(0);
    expect(house.a.getsockname(fd).peer).toEqual({ family: P.AF_INET, address: '10.0.0.1', port });
    expect(house.a.getpeername(fd).peer).toEqual({ family: P.AF_INET, ...SERVER });
  });

  it('minds what is left of a connection, unless SO_REUSEADDR', () => {
    const house = new House();
    const { b } = house;
    const { client, server, listening } = house.connected();
    b.close(listening);
    b.close(server);
    house.run();
    house.a.close(client);
    house.run();
    const fd = house.stream(b);
    expect(answer(b.bind(fd, { address: '0.0.0.0', port: 80 }))).toBe('EADDRINUSE');
    b.setsockopt(fd, P.SOL_SOCKET, P.SO_REUSEADDR, 1);
    expect(answer(b.bind(fd, { address: '0.0.0.0', port: 80 }))).toBe(0);
  });
});

describe('connect', () => {
  it('waits for the handshake', () => {
    const house = new House();
    const { client, server, listening } = house.connected();
    expect(answer(house.a.connect(client, SERVER))).toBe('EISCONN');
    expect(answer(house.b.connect(listening, SERVER))).toBe('EISCONN');
    expect(house.b.getpeername(server).peer?.address).toBe('10.0.0.1');
  });

  it('without waiting: EINPROGRESS, EALREADY, once 0, EISCONN', () => {
    const house = new House();
    house.listener();
    const fd = house.stream(house.a, P.SOCK_NONBLOCK);
    const connect = () => answer(house.a.connect(fd, SERVER));
    const poll = [{ fd, events: P.POLLOUT, revents: 0 }];
    expect([connect(), connect()]).toEqual(['EINPROGRESS', 'EALREADY']);
    expect([answer(house.a.read(fd, u8(1))), answer(house.a.write(fd, u8(1)))]).toEqual(['EAGAIN', 'EAGAIN']);
    const waiting = house.a.poll(poll, -1);
    expect(waiting.isDone).toBe(false);
    house.run();
    expect([waiting.result, poll[0]?.revents]).toEqual([1, P.POLLOUT]);
    expect(house.a.getsockopt(fd, P.SOL_SOCKET, P.SO_ERROR).value).toBe(0);
    expect([connect(), connect()]).toEqual([0, 'EISCONN']);
  });

  it.each([
    [0, 'waiting'],
    [P.SOCK_NONBLOCK, 'not waiting'],
  ])('says ECONNREFUSED, %i %s', (flags) => {
    const house = new House();
    const fd = house.stream(house.a, flags);
    let connect = house.a.connect(fd, SERVER);
    house.run();
    if (flags !== 0) {
      const entries = [{ fd, events: P.POLLIN, revents: 0 }];
      house.a.poll(entries, 0);
      expect(entries[0]?.revents).toBe(P.POLLIN | P.POLLERR | P.POLLHUP);
      connect = house.a.connect(fd, SERVER);
    }
    expect(answer(connect)).toBe('ECONNREFUSED');
    // The socket may try again.
    house.listener();
    const again = house.a.connect(fd, SERVER);
    house.run();
    expect(answer(flags === 0 ? again : house.a.connect(fd, SERVER))).toBe(0);
  });

  it('leaves the error to SO_ERROR, and is ECONNABORTED then', () => {
    const house = new House();
    const fd = house.stream(house.a, P.SOCK_NONBLOCK);
    house.a.connect(fd, SERVER);
    house.run();
    expect(house.a.getsockopt(fd, P.SOL_SOCKET, P.SO_ERROR).value).toBe(ERRNO.ECONNREFUSED);
    expect(house.a.getsockopt(fd, P.SOL_SOCKET, P.SO_ERROR).value).toBe(0);
    expect(answer(house.a.connect(fd, SERVER))).toBe('ECONNABORTED');
  });

  it('gives up waiting after SO_SNDTIMEO', () => {
    const house = new House();
    house.pair.filter = { passes: () => false };
    const fd = house.stream(house.a);
    house.a.setsockopt(fd, P.SOL_SOCKET, P.SO_SNDTIMEO, 50_000);
    const connect = house.a.connect(fd, SERVER);
    expect(house.a.nextDeadlineUs).toBe(house.pair.nowUs + 50_000);
    house.run(60);
    expect(answer(connect)).toBe('EINPROGRESS');
  });

  it('works over IPv6, and over IPv4 by mapped addresses', () => {
    const house = new House();
    const listening = house.b.socket(P.AF_INET6, P.SOCK_STREAM).result;
    house.b.bind(listening, { address: '::', port: 80 });
    house.b.listen(listening, 1);
    for (const address of ['fd00::2', '::ffff:10.0.0.2']) {
      const fd = house.a.socket(P.AF_INET6, P.SOCK_STREAM).result;
      const connect = house.a.connect(fd, { address, port: 80 });
      const accept = house.b.accept(listening);
      house.run(20);
      expect([answer(connect), house.a.getpeername(fd).peer?.address]).toEqual([0, address]);
      expect(accept.peer?.address).toBe(address.replace(/2$/, '1'));
    }
  });
});

describe('accept', () => {
  it('without waiting is EAGAIN, and the new descriptor has its own flags', () => {
    const house = new House();
    const listening = house.listener(P.SOCK_NONBLOCK);
    expect(answer(house.b.accept(listening))).toBe('EAGAIN');
    const fd = house.stream(house.a);
    house.a.connect(fd, SERVER);
    house.run();
    const entries = [{ fd: listening, events: P.POLLIN | P.POLLOUT, revents: 0 }];
    expect([house.b.poll(entries, 0).result, entries[0]?.revents]).toEqual([1, P.POLLIN]);
    const accepted = house.b.accept4(listening, P.SOCK_NONBLOCK);
    expect(answer(house.b.read(accepted.result, u8(1)))).toBe('EAGAIN');
    expect(answer(house.b.accept4(listening, 1))).toBe('EINVAL');
    expect(house.b.getsockopt(listening, P.SOL_SOCKET, P.SO_ACCEPTCONN).value).toBe(1);
  });

  it.each([
    ['read', (b: PosixSockets, fd: number) => b.read(fd, u8(1)), 'ENOTCONN'],
    ['write', (b: PosixSockets, fd: number) => b.write(fd, u8(1)), 'EPIPE'],
    ['SIOCINQ', (b: PosixSockets, fd: number) => b.ioctl(fd, P.SIOCINQ), 'EINVAL'],
    ['listen again', (b: PosixSockets, fd: number) => b.listen(fd, 1), 0],
  ])('a listening socket: %s', (_name, call, expected) => {
    const house = new House();
    expect(answer(call(house.b, house.listener()))).toBe(expected);
  });

  it('ends with EINVAL when listening is shut down', () => {
    const house = new House();
    const listening = house.listener();
    const accept = house.b.accept(listening);
    expect(accept.isDone).toBe(false);
    house.b.shutdown(listening, P.SHUT_RD);
    expect(answer(accept)).toBe('EINVAL');
  });

  it('listen on a taken port is EADDRINUSE', () => {
    const house = new House();
    house.listener();
    const fd = house.stream(house.b);
    expect(answer(house.b.bind(fd, { address: '0.0.0.0', port: 80 }))).toBe('EADDRINUSE');
  });
});
