/** poll and epoll: level, edge, once; what is reported unasked; waiting and giving up. */
import { describe, expect, it } from 'vitest';
import { answer, House, text, u8 } from '../../../test/support/posix-house.ts';
import { POSIX as P } from './index.ts';

function watched(events: number) {
  const house = new House();
  const { client, server } = house.connected();
  const { b } = house;
  const epfd = b.epollCreate().result;
  expect(answer(b.epollCtl(epfd, P.EPOLL_CTL_ADD, server, { events, data: 7 }))).toBe(0);
  const look = () => b.epollWait(epfd, 8, 0).events.map((event) => event.events);
  const arrive = (data: string) => {
    house.a.write(client, text(data));
    house.run(50);
  };
  return { house, b, client, server, epfd, look, arrive };
}

describe('epoll', () => {
  it('level-triggered reports as long as it holds', () => {
    const { look, arrive, b, server } = watched(P.EPOLLIN);
    expect(look()).toEqual([]);
    arrive('abc');
    expect([look(), look()]).toEqual([[P.EPOLLIN], [P.EPOLLIN]]);
    b.read(server, u8(9));
    expect(look()).toEqual([]);
  });

  it('edge-triggered reports once for each arrival, and at first what holds', () => {
    const { look, arrive } = watched(P.EPOLLIN | P.EPOLLOUT | P.EPOLLET);
    expect([look(), look()]).toEqual([[P.EPOLLOUT], []]);
    arrive('abc');
    expect([look(), look()]).toEqual([[P.EPOLLIN | P.EPOLLOUT], []]);
    arrive('d');
    expect(look()).toEqual([P.EPOLLIN | P.EPOLLOUT]);
  });

  it('one-shot is silent until it is set again', () => {
    const { look, arrive, b, epfd, server } = watched(P.EPOLLIN | P.EPOLLONESHOT);
    arrive('abc');
    expect([look(), look()]).toEqual([[P.EPOLLIN], []]);
    arrive('d');
    expect(look()).toEqual([]);
    b.epollCtl(epfd, P.EPOLL_CTL_MOD, server, { events: P.EPOLLIN, data: 1 });
    expect(look()).toEqual([P.EPOLLIN]);
  });

  it('EPOLLRDHUP tells that the peer has closed its side; EPOLLHUP comes unasked', () => {
    const { look, house, client, b, server } = watched(P.EPOLLRDHUP);
    house.a.shutdown(client, P.SHUT_WR);
    house.run();
    expect(look()).toEqual([P.EPOLLRDHUP]);
    b.shutdown(server, P.SHUT_WR);
    expect(look()).toEqual([P.EPOLLRDHUP | P.EPOLLHUP]);
  });

  it('EPOLLERR and EPOLLHUP after a reset', () => {
    const { look, house, client } = watched(P.EPOLLIN);
    house.a.setsockopt(client, P.SOL_SOCKET, P.SO_LINGER, { onoff: 1, linger: 0 });
    house.a.close(client);
    house.run();
    expect(look()).toEqual([P.EPOLLIN | P.EPOLLERR | P.EPOLLHUP]);
  });

  it('EPOLLOUT on the edge comes when a full buffer has room again', () => {
    const { house, b, epfd, server, client } = watched(P.EPOLLOUT | P.EPOLLET);
    b.epollWait(epfd, 1, 0);
    house.pair.filter = { passes: () => false };
    while (b.send(server, u8(50_000), P.MSG_DONTWAIT).errno === null);
    const wait = b.epollWait(epfd, 1, -1);
    expect(wait.isDone).toBe(false);
    house.pair.filter = null;
    const read = house.a.recv(client, u8(100_000), P.MSG_WAITALL);
    house.run(1500);
    expect(read.isDone).toBe(true);
    expect([answer(wait), wait.events]).toEqual([1, [{ events: P.EPOLLOUT, data: 7 }]]);
  });

  it('waits for an event, or for its time', () => {
    const { b, epfd, arrive, house } = watched(P.EPOLLIN);
    const short = b.epollWait(epfd, 1, 10);
    const long = b.epollWait(epfd, 1, 100);
    house.run(20);
    expect([answer(short), long.isDone]).toEqual([0, false]);
    arrive('x');
    expect([answer(long), long.events]).toEqual([1, [{ events: P.EPOLLIN, data: 7 }]]);
  });

  it('gives everybody a turn when there are more events than asked for', () => {
    const house = new House();
    const epfd = house.a.epollCreate().result;
    for (const data of [1, 2, 3]) {
      house.a.epollCtl(epfd, P.EPOLL_CTL_ADD, house.stream(house.a), { events: P.EPOLLOUT, data });
    }
    const look = () => house.a.epollWait(epfd, 2, 0).events.map(({ data }) => data);
    expect([look(), look()]).toEqual([
      [1, 2],
      [3, 1],
    ]);
  });

  it.each([
    ['again', P.EPOLL_CTL_ADD, 'server', 'EEXIST'],
    ['change of a stranger', P.EPOLL_CTL_MOD, 'stranger', 'ENOENT'],
    ['removal of a stranger', P.EPOLL_CTL_DEL, 'stranger', 'ENOENT'],
    ['itself', P.EPOLL_CTL_ADD, 'epfd', 'EINVAL'],
    ['nobody', P.EPOLL_CTL_ADD, 'nobody', 'EBADF'],
    ['no such operation', 9, 'server', 'EINVAL'],
  ] as const)('epoll_ctl: %s', (_name, operation, who, expected) => {
    const { b, house, epfd, server } = watched(P.EPOLLIN);
    const fds = { server, epfd, stranger: house.stream(b), nobody: 99 };
    expect(answer(b.epollCtl(epfd, operation, fds[who], { events: 1, data: 0 }))).toBe(expected);
    expect(answer(b.epollCtl(server, P.EPOLL_CTL_ADD, server, { events: 1, data: 0 }))).toBe('EINVAL');
  });

  it('forgets what was removed or closed', () => {
    const { b, look, arrive, epfd, server } = watched(P.EPOLLIN);
    arrive('x');
    b.epollCtl(epfd, P.EPOLL_CTL_DEL, server);
    expect(look()).toEqual([]);
    b.epollCtl(epfd, P.EPOLL_CTL_ADD, server, { events: P.EPOLLIN, data: 1 });
    b.close(server);
    expect(look()).toEqual([]);
    expect(answer(b.epollWait(epfd, 0, 0))).toBe('EINVAL');
  });
});

describe('poll', () => {
  it('skips negative descriptors and names those that are not open', () => {
    const { b, server, arrive } = watched(P.EPOLLIN);
    const entries = [-1, 99, server].map((fd) => ({ fd, events: P.POLLIN, revents: 9 }));
    arrive('x');
    expect(answer(b.poll(entries, -1))).toBe(2);
    expect(entries.map(({ revents }) => revents)).toEqual([0, P.POLLNVAL, P.POLLIN]);
  });

  it('gives up after its time', () => {
    const { b, server, house } = watched(P.EPOLLIN);
    const poll = b.poll([{ fd: server, events: P.POLLIN, revents: 0 }], 10);
    house.run(9);
    expect(poll.isDone).toBe(false);
    house.run(2);
    expect(answer(poll)).toBe(0);
  });
});
