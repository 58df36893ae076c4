/** The socket interface over two stacks: what each call returns in each state, at once and after waiting. */
import { describe, expect, it } from 'vitest';
import { type PairOptions, StackPair } from '../../../test/support/stack-pair.ts';
import { ERRNO, POSIX as P, type PosixCall, PosixSockets } from './index.ts';

const SERVER = { address: '10.0.0.2', port: 80 };

class House {
  readonly pair: StackPair;
  readonly a: PosixSockets;
  readonly b: PosixSockets;

  constructor(options: PairOptions = {}) {
    this.pair = new StackPair(options);
    this.a = new PosixSockets(this.pair.a);
    this.b = new PosixSockets(this.pair.b);
  }

  run(ms = 1): void {
    const untilUs = this.pair.nowUs + ms * 1000;
    while (this.pair.nowUs < untilUs) {
      const next = Math.min(untilUs, this.pair.nowUs + 1000);
      this.pair.run(next);
      this.a.settle(next);
      this.b.settle(next);
      this.pair.flush();
    }
  }

  stream(side: PosixSockets, flags = 0): number {
    return side.socket(P.AF_INET, P.SOCK_STREAM | flags, P.IPPROTO_TCP).result;
  }

  listener(flags = 0, before: (fd: number) => void = () => {}): number {
    const fd = this.stream(this.b, flags);
    before(fd);
    expect(this.b.bind(fd, { address: '0.0.0.0', port: 80 })).toMatchObject({ result: 0 });
    expect(this.b.listen(fd, 5)).toMatchObject({ result: 0, isDone: true });
    return fd;
  }

  /** A connection, client's and server's descriptor. */
  connected(prepare: (fd: number) => void = () => {}, prepareListener: (fd: number) => void = () => {}) {
    const listening = this.listener(0, prepareListener);
    const client = this.stream(this.a);
    prepare(client);
    const connect = this.a.connect(client, SERVER);
    const accept = this.b.accept(listening);
    this.run();
    expect([connect.isDone, connect.result, accept.isDone]).toEqual([true, 0, true]);
    return { client, server: accept.result, listening };
  }
}

const text = (value: string) => new TextEncoder().encode(value);
const answer = (call: PosixCall) => (call.isDone ? (call.errno ?? call.result) : 'pending');
const u8 = (length: number) => new Uint8Array(length);

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

describe('reading and writing', () => {
  it('a read waits for data, then for the end', () => {
    const house = new House();
    const { client, server } = house.connected();
    const into = u8(10);
    const read = house.b.read(server, into);
    expect(read.isDone).toBe(false);
    expect(answer(house.a.writev(client, [text('ab'), text('cde')]))).toBe(5);
    house.run();
    expect([answer(read), new TextDecoder().decode(into.subarray(0, 5))]).toEqual([5, 'abcde']);
    const end = house.b.read(server, into);
    house.a.shutdown(client, P.SHUT_WR);
    house.run();
    expect([answer(end), answer(house.b.read(server, into))]).toEqual([0, 0]);
    expect(answer(house.a.write(client, u8(1)))).toBe('EPIPE');
  });

  it.each([
    ['part of it', 0, 3, 3, 2],
    ['MSG_PEEK leaves it', P.MSG_PEEK, 3, 3, 5],
    ['MSG_TRUNC drops it', P.MSG_TRUNC, 3, 3, 2],
    ['as much as there is', P.MSG_DONTWAIT, 9, 5, 0],
    ['MSG_WAITALL without waiting', P.MSG_WAITALL | P.MSG_DONTWAIT, 9, 5, 0],
  ] as const)('recv: %s', (_name, flags, length, expected, left) => {
    const house = new House();
    const { client, server } = house.connected();
    house.a.write(client, text('hello'));
    house.run();
    const into = u8(length).fill(1);
    expect(answer(house.b.recv(server, into, flags))).toBe(expected);
    expect(into[0]).toBe(flags & P.MSG_TRUNC ? 1 : 104);
    expect(house.b.ioctl(server, P.FIONREAD).value).toBe(left);
  });

  it('MSG_WAITALL and SO_RCVLOWAT wait for more', () => {
    const house = new House();
    const { client, server } = house.connected();
    const iov = [u8(2), u8(4)];
    const all = house.b.recvmsg(server, { iov }, P.MSG_WAITALL);
    house.a.write(client, text('abc'));
    house.run();
    expect(all.isDone).toBe(false);
    house.a.write(client, text('defg'));
    house.run(50);
    expect([answer(all), ...iov.map((part) => new TextDecoder().decode(part))]).toEqual([6, 'ab', 'cdef']);
    house.b.setsockopt(server, P.SOL_SOCKET, P.SO_RCVLOWAT, 3);
    const entries = [{ fd: server, events: P.POLLIN, revents: 0 }];
    expect(answer(house.b.poll(entries, 0))).toBe(0);
    const low = house.b.read(server, u8(10));
    house.a.write(client, text('h'));
    house.run(50);
    expect(low.isDone).toBe(false);
    house.a.write(client, text('i'));
    house.run(50);
    expect(answer(low)).toBe(3);
  });

  it('SO_RCVTIMEO ends the waiting', () => {
    const house = new House();
    const { server } = house.connected();
    house.b.setsockopt(server, P.SOL_SOCKET, P.SO_RCVTIMEO, 5000);
    const read = house.b.read(server, u8(1));
    house.run(4);
    expect(read.isDone).toBe(false);
    house.run(2);
    expect(answer(read)).toBe('EAGAIN');
  });

  it('a write waits until all is taken; without waiting it takes what fits, then EAGAIN', () => {
    const house = new House();
    const { client, server } = house.connected((fd) => house.a.setsockopt(fd, P.SOL_SOCKET, P.SO_SNDBUF, 5000));
    expect(house.a.getsockopt(client, P.SOL_SOCKET, P.SO_SNDBUF).value).toBe(10_000);
    house.pair.filter = { passes: () => false };
    expect(answer(house.a.send(client, u8(20_000), P.MSG_DONTWAIT))).toBe(10_000);
    expect(answer(house.a.send(client, u8(1), P.MSG_DONTWAIT))).toBe('EAGAIN');
    expect(house.a.ioctl(client, P.SIOCOUTQ).value).toBe(10_000);
    const write = house.a.write(client, u8(20_000));
    const entries = [{ fd: client, events: P.POLLOUT, revents: 0 }];
    expect(answer(house.a.poll(entries, 0))).toBe(0);
    expect(write.isDone).toBe(false);
    house.pair.filter = null;
    const into = u8(30_000);
    const read = house.b.recv(server, into, P.MSG_WAITALL);
    house.run(3000);
    expect([answer(write), answer(read)]).toEqual([20_000, 30_000]);
    expect(house.a.ioctl(client, P.SIOCOUTQ).value).toBe(0);
  });

  it('a reset is told once, then reads end and writes break', () => {
    const house = new House();
    const { client, server } = house.connected();
    const read = house.a.read(client, u8(1));
    house.b.setsockopt(server, P.SOL_SOCKET, P.SO_LINGER, { onoff: 1, linger: 0 });
    house.b.close(server);
    house.run();
    expect(answer(read)).toBe('ECONNRESET');
    expect([answer(house.a.read(client, u8(1))), answer(house.a.write(client, u8(1)))]).toEqual([0, 'EPIPE']);
  });

  it('TCP_INQ comes with recvmsg, 1 at the end of the stream', () => {
    const house = new House();
    const { client, server } = house.connected();
    house.b.setsockopt(server, P.SOL_TCP, P.TCP_INQ, 1);
    expect(answer(house.b.setsockopt(server, P.SOL_TCP, P.TCP_INQ, 2))).toBe('EINVAL');
    house.a.write(client, text('hello'));
    house.a.shutdown(client, P.SHUT_WR);
    house.run();
    const inq = () => house.b.recvmsg(server, { iov: [u8(3)] }).control;
    expect(inq()).toEqual([{ level: P.SOL_TCP, type: P.TCP_CM_INQ, data: 2 }]);
    expect(inq()[0]?.data).toBe(1);
  });

  it('the urgent octet is read apart, or in line with SO_OOBINLINE', () => {
    for (const inline of [0, 1]) {
      const house = new House();
      const { client, server } = house.connected();
      const { b } = house;
      b.setsockopt(server, P.SOL_SOCKET, P.SO_OOBINLINE, inline);
      expect(answer(b.recv(server, u8(1), P.MSG_OOB))).toBe('EINVAL');
      house.a.send(client, text('abc'), P.MSG_OOB);
      house.run();
      const entries = [{ fd: server, events: P.POLLPRI, revents: 0 }];
      b.poll(entries, 0);
      expect(entries[0]?.revents).toBe(P.POLLPRI);
      expect(b.ioctl(server, P.SIOCINQ).value).toBe(inline ? 3 : 2);
      const octet = u8(1);
      expect(answer(b.recv(server, octet, P.MSG_OOB))).toBe(inline ? 'EINVAL' : 1);
      if (!inline) expect(octet[0]).toBe(99);
      expect(answer(b.recv(server, u8(9), P.MSG_DONTWAIT))).toBe(inline ? 3 : 2);
    }
  });

  it('MSG_MORE keeps a short segment back until a send without it', () => {
    const house = new House();
    const { client, server } = house.connected((fd) => house.a.setsockopt(fd, P.SOL_TCP, P.TCP_NODELAY, 1));
    house.a.send(client, text('ab'), P.MSG_MORE);
    house.run(20);
    expect(house.b.ioctl(server, P.SIOCINQ).value).toBe(0);
    expect(house.a.ioctl(client, P.SIOCOUTQNSD).value).toBe(2);
    house.a.send(client, text('c'));
    house.run();
    expect(house.b.ioctl(server, P.SIOCINQ).value).toBe(3);
  });

  it('a call under way outlives the descriptor, and the connection ends after it', () => {
    const house = new House();
    const { client, server } = house.connected();
    const read = house.b.read(server, u8(5));
    house.b.close(server);
    house.a.write(client, text('x'));
    house.run();
    expect(answer(read)).toBe(1);
    house.run();
    expect(answer(house.a.recv(client, u8(1), P.MSG_DONTWAIT))).toBe(0);
    expect(answer(house.b.read(server, u8(1)))).toBe('EBADF');
  });
});

describe('shutdown and close', () => {
  it('SHUT_RD ends reading here and nothing there', () => {
    const house = new House();
    const { client, server } = house.connected();
    const read = house.b.read(server, u8(1));
    house.b.shutdown(server, P.SHUT_RD);
    expect(answer(read)).toBe(0);
    house.a.write(client, text('late'));
    house.run();
    expect(answer(house.b.read(server, u8(9)))).toBe(4);
  });

  it('close with SO_LINGER waits for the acknowledgment, or its time', () => {
    const house = new House();
    const { client } = house.connected();
    house.pair.filter = { passes: () => false };
    house.a.setsockopt(client, P.SOL_SOCKET, P.SO_LINGER, { onoff: 1, linger: 2 });
    house.a.write(client, u8(1));
    const close = house.a.close(client);
    house.run(1900);
    expect(close.isDone).toBe(false);
    house.run(200);
    expect(answer(close)).toBe(0);
  });
});
