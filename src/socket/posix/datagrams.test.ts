/** UDP through the calls of POSIX: what each returns in each state. */
import { describe, expect, it } from 'vitest';
import { answer, House, text, u8 } from '../../../test/support/posix-house.ts';
import { ERRNO, POSIX as P, type PosixCall } from './index.ts';

const SERVER = { address: '10.0.0.2', port: 53 };

function opened() {
  const house = new House();
  const server = house.b.socket(P.AF_INET, P.SOCK_DGRAM, P.IPPROTO_UDP).result;
  house.b.bind(server, { address: '0.0.0.0', port: 53 });
  const client = house.a.socket(P.AF_INET, P.SOCK_DGRAM).result;
  return { house, a: house.a, b: house.b, server, client };
}

type Opened = ReturnType<typeof opened>;

describe('a datagram socket', () => {
  it.each<[string, (o: Opened) => PosixCall, string]>([
    ['write without a peer', (o) => o.a.write(o.client, u8(1)), 'EDESTADDRREQ'],
    ['listen', (o) => o.a.listen(o.client, 1), 'EOPNOTSUPP'],
    ['accept', (o) => o.a.accept(o.client), 'EOPNOTSUPP'],
    ['MSG_OOB', (o) => o.a.send(o.client, u8(1), P.MSG_OOB), 'EOPNOTSUPP'],
    ['too large', (o) => o.a.sendto(o.client, u8(65_508), 0, SERVER), 'EMSGSIZE'],
    ['no route', (o) => o.a.sendto(o.client, u8(1), 0, { address: '203.0.113.1', port: 1 }), 'ENETUNREACH'],
    ['broadcast without leave', (o) => o.a.sendto(o.client, u8(1), 0, { address: '10.0.0.255', port: 1 }), 'EACCES'],
    ['bind twice', (o) => o.b.bind(o.server, { address: '0.0.0.0', port: 54 }), 'EINVAL'],
    ['read without waiting', (o) => o.b.recv(o.server, u8(1), P.MSG_DONTWAIT), 'EAGAIN'],
    ['shutdown without a peer', (o) => o.a.shutdown(o.client, P.SHUT_WR), 'ENOTCONN'],
    ['IP_MTU without a peer', (o) => o.a.getsockopt(o.client, P.SOL_IP, P.IP_MTU), 'ENOTCONN'],
    ['a TCP option', (o) => o.a.setsockopt(o.client, P.SOL_TCP, P.TCP_NODELAY, 1), 'ENOPROTOOPT'],
  ])('%s', (_name, call, expected) => {
    expect(answer(call(opened()))).toBe(expected);
  });

  it('a read waits for a datagram and says who sent it', () => {
    const { house, a, b, server, client } = opened();
    const into = u8(9);
    const read = b.recvfrom(server, into);
    expect(read.isDone).toBe(false);
    expect(answer(a.sendto(client, text('hello'), 0, SERVER))).toBe(5);
    house.run();
    expect(answer(read)).toBe(5);
    expect(read.peer).toEqual({ family: P.AF_INET, address: '10.0.0.1', port: a.getsockname(client).peer?.port });
  });

  it.each([
    ['cut, and said so', 0, 2, P.MSG_TRUNC, 0],
    ['whole length with MSG_TRUNC', P.MSG_TRUNC, 5, P.MSG_TRUNC, 0],
    ['kept with MSG_PEEK', P.MSG_PEEK, 2, P.MSG_TRUNC, 5],
  ])('a small buffer: %s', (_name, flags, result, messageFlags, left) => {
    const { house, a, b, server, client } = opened();
    a.sendto(client, text('hello'), 0, SERVER);
    house.run();
    const call = b.recvmsg(server, { iov: [u8(1), u8(1)] }, flags);
    expect([call.result, call.messageFlags, b.ioctl(server, P.SIOCINQ).value]).toEqual([result, messageFlags, left]);
  });

  it('a connected one hears of refusal, once', () => {
    const { house, a, client } = opened();
    expect(answer(a.connect(client, { ...SERVER, port: 54 }))).toBe(0);
    const read = a.read(client, u8(1));
    expect(answer(a.write(client, u8(1)))).toBe(1);
    house.run();
    expect(answer(read)).toBe('ECONNREFUSED');
    a.write(client, u8(1));
    house.run();
    const entries = [{ fd: client, events: P.POLLIN, revents: 0 }];
    a.poll(entries, 0);
    expect(entries[0]?.revents).toBe(P.POLLERR);
    expect(a.getsockopt(client, P.SOL_SOCKET, P.SO_ERROR).value).toBe(ERRNO.ECONNREFUSED);
    expect(answer(a.recv(client, u8(1), P.MSG_DONTWAIT))).toBe('EAGAIN');
    expect(a.getsockopt(client, P.SOL_IP, P.IP_MTU).value).toBe(1500);
    a.connect(client, { family: P.AF_UNSPEC, address: '', port: 0 });
    expect(answer(a.getpeername(client))).toBe('ENOTCONN');
  });

  it.each([
    ['SO_RCVBUF', P.SOL_SOCKET, P.SO_RCVBUF, 5000, 10_000],
    ['SO_BROADCAST', P.SOL_SOCKET, P.SO_BROADCAST, 1, 1],
    ['IP_TOS', P.SOL_IP, P.IP_TOS, 255, 255],
    ['IP_TTL', P.SOL_IP, P.IP_TTL, 3, 3],
    ['IP_MTU_DISCOVER', P.SOL_IP, P.IP_MTU_DISCOVER, P.IP_PMTUDISC_PROBE, P.IP_PMTUDISC_PROBE],
  ])('%s', (_name, level, option, given, told) => {
    const { a, client } = opened();
    expect(answer(a.setsockopt(client, level, option, given))).toBe(0);
    expect(a.getsockopt(client, level, option).value).toBe(told);
  });
});
