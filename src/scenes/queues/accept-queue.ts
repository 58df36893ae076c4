/** The accept queue: its effective length, and what happens when it is full (RFC 9293 section 3.10.7 leaves it open; Linux is followed). */
import { StateError } from '../../base/errors.ts';
import type { Host } from '../../sim/host.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const CLIENTS = 4;

export const acceptQueue: Scene = {
  id: 'accept-queue',
  group: 'queues',
  title: { en: 'The accept queue overflows', zh: '全连接队列溢出' },
  summary: {
    en: 'Completed connections wait in the accept queue until the program takes them. Its length is the smaller of the program’s backlog and the system’s somaxconn. When it is full the third ACK is ignored, and the server repeats its SYN+ACK until there is room.',
    zh: '握手完成的连接在全连接队列（accept 队列）里等程序来取，队列长度是 backlog 与 somaxconn 中较小的一个。队列满时，第三次握手的 ACK 会被忽略，服务器不断重发 SYN+ACK，直到有空位。',
  },
  play(stage) {
    const { client, server } = stage.pair({ server: { settings: { tcp: { somaxconn: 2 } } } });
    const listener = stage.listen(server, 80, { backlog: 100 });
    const small = stage.listen(server, 81, { backlog: 1 });
    stage.note({
      en: `The program asked for a backlog of 100, somaxconn is 2: the effective backlog is ${listener.listener.backlog}. As on Linux, one connection more than that fits.`,
      zh: `程序要求 backlog 为 100，而 somaxconn 为 2，所以实际生效的是 ${listener.listener.backlog}。和 Linux 一样，队列实际上还能多放一条连接。`,
    });
    const sockets = connectAll(stage, client, server);
    stage.pass(100);
    const { extCounters } = server.stack.tcp;
    const queued = listener.listener.acceptQueue.length;
    const believing = sockets.filter((socket) => socket.stateName === 'ESTABLISHED').length;
    stage.note({
      en: `${queued} connections wait, the program calls no accept(). The fourth client believes it is connected; the server has ignored its ACK.`,
      zh: `队列里有 ${queued} 条连接，而程序没有调用 accept()。第四个客户端以为已经连上，其实服务器忽略了它的 ACK。`,
    });
    const unlucky = lastOf(sockets);
    stage.write(unlucky, 'hello');
    stage.say({
      en: 'The accept queue is full, so this ACK is ignored like the first one.',
      zh: '全连接队列是满的，这个 ACK 和上一个一样被忽略。',
    });
    stage.pass(2500);
    const repeats = synAcksTo(stage, unlucky);
    stage.check(
      { en: 'The effective backlog is min(backlog, somaxconn)', zh: '实际生效的队列长度是 min(backlog, somaxconn)' },
      listener.listener.backlog === 2 && small.listener.backlog === 1,
    );
    stage.check({ en: 'Three connections filled the queue', zh: '三条连接占满了队列' }, queued === 3);
    stage.check(
      { en: 'All four clients believed they were connected', zh: '四个客户端都以为自己已连上' },
      believing === CLIENTS,
    );
    stage.check(
      {
        en: 'The server counted overflows (ListenOverflows) and repeated its SYN+ACK',
        zh: '服务器记下了溢出次数（ListenOverflows），并重发 SYN+ACK',
      },
      extCounters.ListenOverflows >= 2 && repeats.length >= 2,
    );
    const late = stage.connect(client, server, 80);
    stage.pass(100);
    stage.check(
      { en: 'With the queue full a new SYN is not answered at all', zh: '队列满时，新来的 SYN 得不到任何回答' },
      late.stateName === 'SYN-SENT' && synAcksTo(stage, late).length === 0,
    );
    for (let count = 0; count < 3; count++) stage.accept(listener);
    stage.until(() => listener.listener.acceptQueue.length === 2, 60_000);
    const accepted = [stage.accept(listener), stage.accept(listener)];
    stage.until(() => accepted.some((socket) => socket.readableLength === 5), 60_000);
    stage.pass(100);
    stage.check(
      {
        en: 'When the program accepted, both latecomers got in, and the fourth one’s data with it',
        zh: '程序取走连接后，后来的两条都进来了，第四条的数据也一起送达',
      },
      late.stateName === 'ESTABLISHED' && accepted.some((socket) => socket.readableLength === 5),
    );
  },
};

export const acceptQueueReset: Scene = {
  id: 'accept-queue-reset',
  group: 'queues',
  title: { en: 'The accept queue overflows: reset instead of silence', zh: '全连接队列溢出：用 RST 拒绝' },
  summary: {
    en: 'With abort_on_overflow the server resets a connection that finds the accept queue full. The client learns at once, but can no longer get in when the burst is over.',
    zh: '打开 abort_on_overflow 后，全连接队列满时服务器直接发 RST。客户端马上知道失败，但高峰过后也不会再自动连上。',
  },
  play(stage) {
    const { client, server } = stage.pair({ server: { settings: { tcp: { abort_on_overflow: true } } } });
    const listener = stage.listen(server, 80, { backlog: 2 });
    const sockets = connectAll(stage, client, server);
    stage.until(() => sockets.some((socket) => socket.error !== null), 10_000);
    stage.pass(100);
    const resets = stage.packets({ from: 'server' }).filter((row) => row.flags.includes('RST'));
    const unlucky = lastOf(sockets);
    stage.note({
      en: 'connect() had already succeeded on the fourth client: its program sees ECONNRESET at the next read or write.',
      zh: '第四个客户端的 connect() 已经成功过，所以它的程序在下一次读写时才看到 ECONNRESET。',
    });
    stage.check(
      { en: 'Three connections wait in the queue', zh: '队列里有三条连接' },
      listener.listener.acceptQueue.length === 3,
    );
    stage.check(
      { en: 'The server answered the fourth client’s ACK with a RST', zh: '服务器用 RST 回应第四个客户端的 ACK' },
      resets.length === 1 && resets[0]?.destination.endsWith(`:${unlucky.localPort}`) === true,
    );
    stage.check(
      { en: 'That client’s connection failed with ECONNRESET', zh: '该客户端的连接以 ECONNRESET 失败' },
      unlucky.error?.code === 'ECONNRESET',
    );
    stage.check(
      { en: 'No SYN+ACK was repeated', zh: '没有重发 SYN+ACK' },
      stage.packets({ from: 'server', flags: 'SYN,ACK' }).length === CLIENTS,
    );
  },
};

/** Two connections, then two more at the same moment: both SYNs find room, only one of the ACKs does. */
function connectAll(stage: Stage, client: Host, server: Host): StreamSocket[] {
  const sockets: StreamSocket[] = [];
  for (let count = 0; count < CLIENTS; count += 2) {
    sockets.push(stage.connect(client, server, 80), stage.connect(client, server, 80));
    stage.until(() => sockets.every((socket) => socket.stateName === 'ESTABLISHED'), 1000);
    stage.pass(1);
  }
  return sockets;
}

function lastOf(sockets: readonly StreamSocket[]): StreamSocket {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new StateError('there are no sockets');
  return socket;
}

function synAcksTo(stage: Stage, socket: StreamSocket): unknown[] {
  return stage
    .packets({ from: 'server', flags: 'SYN,ACK' })
    .filter((row) => row.destination.endsWith(`:${socket.localPort}`));
}
