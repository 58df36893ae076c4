/** What a program may do with its connection. */
import type { World } from './world.ts';

/** Does something; false when this is not the time for it. */
export type Action = (world: World) => boolean;

/** A call on the connection's descriptor, written FD. */
function onSocket(world: World, text: string): boolean {
  if (world.fd < 0 || world.recorder.isAsleep) return false;
  world.call(text.replaceAll('FD', String(world.fd)));
  return true;
}

function sizes(world: World): number {
  const { mss } = world.peer.traits;
  return world.dice.weighted([
    [2, 1],
    [3, 100],
    [3, mss],
    [2, 2 * mss],
    [2, mss + 100],
    [2, 5 * mss],
    [1, 10 * mss],
    [1, world.dice.between(1, 5000)],
  ]);
}

function send(flags: string): Action {
  return (world) => {
    const length = sizes(world);
    return onSocket(world, `send(FD, ..., ${length}, ${flags})`);
  };
}

function set(level: string, name: string, values: readonly number[]): Action {
  return (world) => onSocket(world, `setsockopt(FD, ${level}, ${name}, [${world.dice.of(values)}], 4)`);
}

export const PROGRAM_ACTIONS = {
  write: (world) => onSocket(world, `write(FD, ..., ${sizes(world)})`),
  writeMuch: (world) => onSocket(world, `write(FD, ..., ${world.dice.of([20, 30, 50, 100]) * 1000})`),
  sendMore: send('MSG_MORE'),
  sendRecord: send('MSG_EOR'),
  urgent: (world) => onSocket(world, 'send(FD, ..., 1, MSG_OOB)'),
  read: (world) => onSocket(world, `read(FD, ..., ${world.dice.of([1, 100, 1000, 4000, 20_000, 100_000])})`),
  readAll: (world) => onSocket(world, 'read(FD, ..., 1000000)'),
  peek: (world) => onSocket(world, `recv(FD, ..., ${world.dice.of([10, 10_000])}, MSG_PEEK)`),
  poll: (world) => onSocket(world, 'poll([{fd=FD, events=POLLIN|POLLOUT|POLLRDHUP, revents=@}], 1, 0)'),
  error: (world) => onSocket(world, 'getsockopt(FD, SOL_SOCKET, SO_ERROR, [@], [4])'),
  inQueue: (world) => onSocket(world, 'ioctl(FD, SIOCINQ, [@])'),
  outQueue: (world) => onSocket(world, 'ioctl(FD, SIOCOUTQ, [@])'),
  shutdownWrite: (world) => onSocket(world, 'shutdown(FD, SHUT_WR)'),
  shutdownRead: (world) => onSocket(world, 'shutdown(FD, SHUT_RD)'),
  shutdownBoth: (world) => onSocket(world, 'shutdown(FD, SHUT_RDWR)'),
  close(world) {
    if (!onSocket(world, 'close(FD)')) return false;
    world.fd = -1;
    return true;
  },
  linger: (world) =>
    onSocket(world, `setsockopt(FD, SOL_SOCKET, SO_LINGER, {onoff=1, linger=${world.dice.of([0, 0, 1])}}, 8)`),
  nodelay: set('SOL_TCP', 'TCP_NODELAY', [0, 1, 1]),
  cork: set('SOL_TCP', 'TCP_CORK', [0, 1]),
  quickack: set('SOL_TCP', 'TCP_QUICKACK', [0, 1, 1]),
  receiveBuffer: set('SOL_SOCKET', 'SO_RCVBUF', [2000, 5000, 10_000, 20_000, 100_000]),
  sendBuffer: set('SOL_SOCKET', 'SO_SNDBUF', [2000, 5000, 10_000, 100_000]),
  receiveLowMark: set('SOL_SOCKET', 'SO_RCVLOWAT', [1, 1000, 5000]),
  notSentLowMark: set('SOL_TCP', 'TCP_NOTSENT_LOWAT', [1, 2000, 10_000]),
  userTimeout: set('SOL_TCP', 'TCP_USER_TIMEOUT', [500, 1000, 2000]),
  control(world) {
    const name = world.dice.of(['reno', 'cubic']);
    return onSocket(world, `setsockopt(FD, SOL_TCP, TCP_CONGESTION, "${name}", ${name.length})`);
  },
  pacing: set('SOL_SOCKET', 'SO_MAX_PACING_RATE', [1_000_000, 10_000_000]),
  clamp: set('SOL_TCP', 'TCP_WINDOW_CLAMP', [5000, 30_000]),
  keepAlive(world) {
    if (world.fd < 0 || world.recorder.isAsleep) return false;
    onSocket(world, 'setsockopt(FD, SOL_SOCKET, SO_KEEPALIVE, [1], 4)');
    onSocket(world, 'setsockopt(FD, SOL_TCP, TCP_KEEPIDLE, [1], 4)');
    onSocket(world, `setsockopt(FD, SOL_TCP, TCP_KEEPINTVL, [1], 4)`);
    return onSocket(world, `setsockopt(FD, SOL_TCP, TCP_KEEPCNT, [${world.dice.between(1, 3)}], 4)`);
  },
} satisfies Record<string, Action>;
