/** The SYN queue: connections whose third step is still missing, and their limit. */
import type { Scene } from '../scene.ts';

const CLIENTS = 4;

export const synQueue: Scene = {
  id: 'syn-queue',
  group: 'queues',
  title: { en: 'The SYN queue is full', zh: '半连接队列满了' },
  summary: {
    en: 'Between the SYN and the third ACK a connection is half open and waits in the SYN queue. Here the SYN+ACKs are lost for a while, the queue fills up, and one more SYN is dropped in silence; its sender tries again.',
    zh: '从收到 SYN 到收到第三次握手的 ACK，连接处于半连接状态，排在半连接队列（SYN 队列）里。这里 SYN+ACK 一时全部丢失，队列被占满，再来的 SYN 被悄悄丢弃，只能等对方重发。',
  },
  play(stage) {
    const { client, server, link } = stage.pair({
      server: { settings: { tcp: { max_syn_backlog: 2, syncookies: 0 } } },
    });
    const listener = stage.listen(server, 80);
    const rule = link.rule({ from: server, flags: 'SYN+ACK' }, 'drop');
    stage.note({
      en: 'max_syn_backlog is 2 and, as on Linux, one more fits. At first every SYN+ACK from the server is lost.',
      zh: 'max_syn_backlog 为 2（和 Linux 一样，实际可以多放一个）。起初服务器发出的 SYN+ACK 全部丢失。',
    });
    const sockets = Array.from({ length: CLIENTS - 1 }, () => stage.connect(client, server, 80));
    stage.pass(1);
    stage.say({
      en: 'This SYN finds the queue full. No answer, no entry, nothing remembered.',
      zh: '这个 SYN 到达时队列已满：没有回答，没有表项，什么也没记住。',
    });
    const fourth = stage.connect(client, server, 80);
    stage.pass(100);
    const { listener: queue } = listener;
    const halfOpen = queue.halfOpen;
    const dropped = server.stack.tcp.extCounters.TCPReqQFullDrop;
    stage.check(
      { en: 'Three half-open connections fill the SYN queue', zh: '三条半连接占满了半连接队列' },
      halfOpen === 3 && [...queue.synQueue].every((entry) => entry.listener === queue),
    );
    stage.check(
      { en: 'The fourth SYN was dropped and counted', zh: '第四个 SYN 被丢弃，并计入统计' },
      dropped === 1 && answersTo(fourth.localPort) === 0,
    );
    stage.check(
      { en: 'The accept queue is empty: the program knows of nobody', zh: '全连接队列是空的：程序对这些连接一无所知' },
      queue.acceptQueue.length === 0,
    );
    rule.remove();
    stage.note({
      en: 'The way back works again. SYNs and SYN+ACKs are repeated by their timers, and the queue drains.',
      zh: '返回方向恢复了。SYN 和 SYN+ACK 都由定时器重发，队列逐渐排空。',
    });
    stage.until(() => [...sockets, fourth].every((socket) => socket.stateName === 'ESTABLISHED'), 60_000);
    stage.pass(100);
    stage.check(
      { en: 'All four got in after all', zh: '四条连接最终都建立了' },
      queue.acceptQueue.length === CLIENTS && queue.halfOpen === 0,
    );

    function answersTo(port: number): number {
      return stage.packets({ from: 'server' }).filter((row) => row.destination.endsWith(`:${port}`)).length;
    }
  },
};
