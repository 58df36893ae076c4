/** Reading, writing, and ends: what each call returns, at once and after waiting. */
import { describe, expect, it } from 'vitest';
import { answer, House, text, u8 } from '../../../test/support/posix-house.ts';
import { cloneGraph } from '../../base/snapshot.ts';
import { POSIX as P } from './index.ts';

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

  it('TCP_INQ comes with recvmsg, and counts the end of the stream', () => {
    const house = new House();
    const { client, server } = house.connected();
    house.b.setsockopt(server, P.SOL_TCP, P.TCP_INQ, 1);
    expect(answer(house.b.setsockopt(server, P.SOL_TCP, P.TCP_INQ, 2))).toBe('EINVAL');
    house.a.write(client, text('hello'));
    house.a.shutdown(client, P.SHUT_WR);
    house.run();
    const inq = () => house.b.recvmsg(server, { iov: [u8(3)] }).control;
    expect(inq()).toEqual([{ level: P.SOL_TCP, type: P.TCP_CM_INQ, data: 3 }]);
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
      // tcp(7): a read never goes over the mark.
      expect(answer(b.recv(server, u8(9), P.MSG_DONTWAIT))).toBe(2);
      expect(answer(b.recv(server, u8(9), P.MSG_DONTWAIT))).toBe(inline ? 1 : 'EAGAIN');
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

describe('snapshots', () => {
  it('a copy of everything goes on by itself, calls under way included', () => {
    const house = new House();
    const { client, server } = house.connected();
    const into = u8(3);
    const read = house.b.read(server, into);
    const copy = cloneGraph({ house, read, into }, new Set());
    house.a.write(client, text('abc'));
    house.run();
    expect([answer(read), answer(copy.read)]).toEqual([3, 'pending']);
    copy.house.a.write(client, text('xy'));
    copy.house.run();
    expect([answer(copy.read), [...copy.into], [...into]]).toEqual([2, [120, 121, 0], [97, 98, 99]]);
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
