/** Socket calls in all their forms, right ones and wrong ones, in whatever state their descriptor is. */
import { CALL_OPTIONS, CHANGES } from './call-options.ts';
import type { Action } from './program-actions.ts';
import type { World } from './world.ts';

/** Descriptors of scripts: the first socket, what it accepts, an epoll instance, one that nobody opened. */
const FIRST = 3;
const ACCEPTED = 4;
const EPOLL = 5;
const NEVER_OPENED = 99;

/** Mostly the connection's; now and then another one, open or not. */
function anyFd(world: World): number {
  const { dice, fd } = world;
  if (fd >= 0 && !dice.percent(8)) return fd;
  return dice.weighted([
    [6, FIRST],
    [3, ACCEPTED],
    [1, EPOLL],
    [1, NEVER_OPENED],
  ]);
}

/** Makes a call unless one sleeps. FD stands for a descriptor. */
function onAny(world: World, text: string): boolean {
  if (world.recorder.isAsleep) return false;
  world.call(text.replaceAll('FD', String(anyFd(world))));
  return true;
}

/** Several of a list joined with `|`, each so many times of a hundred; `none` without any. */
function bits(world: World, names: readonly string[], percent: number, none = '0'): string {
  const chosen = names.filter(() => world.dice.percent(percent));
  return chosen.length === 0 ? none : chosen.join('|');
}

const POLL_BITS = [
  ...['POLLIN', 'POLLOUT', 'POLLPRI', 'POLLRDHUP', 'POLLRDNORM', 'POLLWRNORM'],
  ...['POLLRDBAND', 'POLLWRBAND', 'POLLERR', 'POLLHUP'],
];
const EPOLL_BITS = ['EPOLLIN', 'EPOLLOUT', 'EPOLLPRI', 'EPOLLRDHUP', 'EPOLLRDNORM', 'EPOLLWRNORM'];
const EPOLL_MODES = ['EPOLLET', 'EPOLLET', 'EPOLLONESHOT', 'EPOLLONESHOT|EPOLLET', 'EPOLLEXCLUSIVE'];

function epollBits(world: World): string {
  const events = bits(world, EPOLL_BITS, 40, 'EPOLLIN');
  return world.dice.percent(60) ? `${events}|${world.dice.of(EPOLL_MODES)}` : events;
}

/** Milliseconds a call waits; mostly it only looks. */
function timeout(world: World): number {
  return world.dice.of([0, 0, 0, 0, 50, 120]);
}

function readSize(world: World): number {
  return world.dice.of([0, 1, 10, 100, 100, 1000, 4000, 100_000]);
}

function writeSize(world: World): number {
  return world.dice.of([0, 1, 10, 100, 100, 1000, 1460, 5000]);
}

const READ_FLAGS = ['MSG_PEEK', 'MSG_DONTWAIT', 'MSG_TRUNC', 'MSG_WAITALL', 'MSG_OOB', 'MSG_NOSIGNAL'];
const WRITE_FLAGS = ['MSG_OOB', 'MSG_DONTWAIT', 'MSG_MORE', 'MSG_EOR', 'MSG_NOSIGNAL', 'MSG_DONTROUTE', 'MSG_CONFIRM'];

export const CALL_ACTIONS = {
  pollAny: (world) =>
    onAny(world, `poll([{fd=FD, events=${bits(world, POLL_BITS, 60, '0')}, revents=@}], 1, ${timeout(world)})`),
  pollTwo(world) {
    const events = bits(world, POLL_BITS, 50, '0');
    return onAny(
      world,
      `poll([{fd=FD, events=${events}, revents=@}, {fd=${FIRST}, events=POLLIN|POLLOUT, revents=@}], 2, 0)`,
    );
  },
  epollAdd: (world) => onAny(world, `epoll_ctl(${EPOLL}, EPOLL_CTL_ADD, FD, {events=${epollBits(world)}, fd=FD})`),
  epollModify: (world) => onAny(world, `epoll_ctl(${EPOLL}, EPOLL_CTL_MOD, FD, {events=${epollBits(world)}, fd=FD})`),
  epollDelete: (world) => onAny(world, `epoll_ctl(${EPOLL}, EPOLL_CTL_DEL, FD, {events=0, fd=FD})`),
  epollWait: (world) => onAny(world, `epoll_wait(${EPOLL}, [@], ${world.dice.of([1, 8, 8, 8])}, ${timeout(world)})`),
  epollPoll: (world) => onAny(world, `poll([{fd=${EPOLL}, events=POLLIN|POLLOUT, revents=@}], 1, 0)`),

  recvAny: (world) =>
    onAny(world, `recv(FD, ..., ${readSize(world)}, ${bits(world, READ_FLAGS, world.dice.of([10, 30]))})`),
  recvNow: (world) => onAny(world, `recv(FD, ..., ${readSize(world)}, MSG_DONTWAIT)`),
  peekNow: (world) => onAny(world, `recv(FD, ..., ${readSize(world)}, MSG_PEEK|MSG_DONTWAIT)`),
  takeUrgent: (world) =>
    onAny(
      world,
      `recv(FD, ..., ${world.dice.of([0, 1, 1, 10])}, ${world.dice.of(['MSG_OOB', 'MSG_OOB', 'MSG_OOB|MSG_PEEK'])})`,
    ),
  recvMessage(world) {
    const parts = Array.from({ length: world.dice.between(1, 3) }, () => `{..., ${readSize(world)}}`);
    const flags = bits(world, READ_FLAGS, 15);
    const message = `{msg_name(...)=..., msg_iov(${parts.length})=[${parts.join(', ')}], msg_control=[@], msg_flags=@}`;
    return onAny(world, `recvmsg(FD, ${message}, ${flags})`);
  },
  readParts: (world) => onAny(world, `readv(FD, [{..., ${readSize(world)}}, {..., ${readSize(world)}}], 2)`),
  readAny: (world) => onAny(world, `read(FD, ..., ${readSize(world)})`),

  sendAny: (world) =>
    onAny(world, `send(FD, ..., ${writeSize(world)}, ${bits(world, WRITE_FLAGS, world.dice.of([5, 20]))})`),
  sendUrgent: (world) => onAny(world, `send(FD, ..., ${world.dice.of([0, 1, 1, 100, 1460])}, MSG_OOB)`),
  sendTo: (world) => onAny(world, `sendto(FD, ..., ${writeSize(world)}, 0, ..., ...)`),
  sendMessage: (world) =>
    onAny(
      world,
      `sendmsg(FD, {msg_name(...)=..., msg_iov(2)=[{..., ${writeSize(world)}}, {..., ${writeSize(world)}}], msg_flags=0}, ${bits(world, WRITE_FLAGS, 10)})`,
    ),
  writeParts: (world) => onAny(world, `writev(FD, [{..., ${writeSize(world)}}, {..., ${writeSize(world)}}], 2)`),
  writeAny: (world) => onAny(world, `write(FD, ..., ${writeSize(world)})`),
  fill: (world) => onAny(world, `send(FD, ..., ${world.dice.of([20_000, 60_000])}, MSG_DONTWAIT)`),

  queues: (world) =>
    onAny(world, `ioctl(FD, ${world.dice.of(['SIOCINQ', 'FIONREAD', 'SIOCOUTQ', 'SIOCOUTQNSD', 'SIOCATMARK'])}, [@])`),
  nonblocking: (world) =>
    onAny(
      world,
      world.dice.of([
        'fcntl(FD, F_SETFL, O_RDWR|O_NONBLOCK)',
        'fcntl(FD, F_SETFL, O_RDWR)',
        'fcntl(FD, F_GETFL)',
        'ioctl(FD, FIONBIO, [1])',
        'ioctl(FD, FIONBIO, [0])',
      ]),
    ),

  getOption(world) {
    const [level, name] = world.dice.of(CALL_OPTIONS);
    return onAny(world, `getsockopt(FD, ${level}, ${name}, [@], [${world.dice.of([4, 4, 4, 4, 2, 1, 0, -1])}])`);
  },
  setOption(world) {
    const [level, name, values] = world.dice.of(CHANGES);
    const length = world.dice.weighted([
      [12, 4],
      [1, 8],
      [1, 2],
      [1, 1],
      [1, 0],
      [1, -1],
    ]);
    return onAny(world, `setsockopt(FD, ${level}, ${name}, [${world.dice.of(values)}], ${length})`);
  },
  lingerAny: (world) =>
    onAny(
      world,
      `setsockopt(FD, SOL_SOCKET, SO_LINGER, {onoff=${world.dice.of([0, 1])}, linger=${world.dice.of([0, 0, 1, -1])}}, ${world.dice.of([8, 8, 8, 4, 16])})`,
    ),
  timeouts: (world) =>
    onAny(
      world,
      `setsockopt(FD, SOL_SOCKET, ${world.dice.of(['SO_RCVTIMEO', 'SO_SNDTIMEO'])}, {tv_sec=0, tv_usec=${world.dice.of([50_000, 200_000])}}, 16)`,
    ),
  getLinger: (world) => onAny(world, 'getsockopt(FD, SOL_SOCKET, SO_LINGER, @, [8])'),

  bindAny(world) {
    const port = world.dice.of([8080, 8080, 9000, 0]);
    const address = world.dice.of(['INADDR_ANY', 'INADDR_ANY', 'inet_addr("192.168.0.1")', 'inet_addr("192.0.2.1")']);
    const family = world.dice.percent(90) ? 'AF_INET' : world.dice.of(['AF_INET6', 'AF_UNSPEC']);
    return onAny(world, `bind(FD, {sa_family=${family}, sin_port=htons(${port}), sin_addr=${address}}, ...)`);
  },
  listenAny: (world) => onAny(world, `listen(FD, ${world.dice.of([-1, 0, 1, 10])})`),
  acceptAny(world) {
    if (world.recorder.isAsleep || world.fd === ACCEPTED) return false;
    const text = world.dice.percent(50) ? 'accept(3, ..., ...)' : 'accept4(3, ..., ..., SOCK_NONBLOCK)';
    const result = world.call(`${text} = ${ACCEPTED}`);
    if (result !== null && result >= 0) world.fd = ACCEPTED;
    return true;
  },
  acceptWrong: (world) => onAny(world, 'accept(FD, ..., ...)'),
  connectAny(world) {
    const odd = world.dice.of([
      '{sa_family=AF_UNSPEC}',
      '{sa_family=AF_INET6, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}',
      '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("255.255.255.255")}',
      '{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("224.0.0.1")}',
    ]);
    return onAny(world, `connect(FD, ${world.dice.percent(80) ? '...' : odd}, ...)`);
  },
  shutdownAny: (world) =>
    onAny(world, `shutdown(FD, ${world.dice.of(['SHUT_RD', 'SHUT_WR', 'SHUT_WR', 'SHUT_RDWR', '3', '-1'])})`),
  closeAny(world) {
    if (world.recorder.isAsleep) return false;
    const fd = anyFd(world);
    world.call(`close(${fd})`);
    if (fd === world.fd) world.fd = -1;
    return true;
  },
  names: (world) => onAny(world, `${world.dice.of(['getsockname', 'getpeername'])}(FD, ..., ...)`),
} satisfies Record<string, Action>;

/** Urgent text of a peer. */
export const URGENT_ACTIONS = {
  urgent(world) {
    const { peer, dice } = world;
    if (peer.hasSentFin || world.isReset || !world.isOpen) return false;
    const length = dice.of([0, 1, 1, 10, 100]);
    if (peer.room < length) return false;
    const pointer = dice.of([length, length, length, Math.max(1, length - 1), length + 5]);
    peer.log.push({ start: peer.nxt, length, isFin: false });
    const seq = peer.nxt;
    peer.nxt += length;
    world.packet(peer.segment(world.nowUs, { flags: 'P.U', seq, length, urgent: pointer }));
    return true;
  },
} satisfies Record<string, Action>;
