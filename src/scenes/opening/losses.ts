/** Each of the three segments of a handshake lost once: who notices, and what is sent again. */
import type { Scene } from '../scene.ts';

export const lostSyn: Scene = {
  id: 'lost-syn',
  group: 'opening',
  title: { en: 'The SYN is lost', zh: '第一次握手的 SYN 丢失' },
  summary: {
    en: 'The server cannot miss what it never saw. Only the client’s timer can help: after a second it asks again.',
    zh: '服务器从没见过这个 SYN，自然不会着急。能救场的只有客户端的定时器：一秒之后它再问一次。',
  },
  play(stage) {
    const { client, server, link } = stage.pair();
    const listener = stage.listen(server, 80);
    link.rule({ from: client, flags: 'SYN', first: 1 }, 'drop');
    const socket = stage.connect(client, server, 80);
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const syns = stage.packets({ from: 'client', flags: 'SYN' });
    const waitMs = ((syns[1]?.timeUs ?? 0) - (syns[0]?.timeUs ?? 0)) / 1000;
    stage.check(
      { en: 'The same SYN was sent twice, one second apart', zh: '同一个 SYN 发送了两次，相隔一秒' },
      syns.length === 2 && syns[0]?.seqAbsolute === syns[1]?.seqAbsolute && Math.abs(waitMs - 1000) < 5,
    );
    stage.check(
      { en: 'The connection was established all the same', zh: '连接最终照样建立' },
      socket.stateName === 'ESTABLISHED' && syns[0]?.status === 'dropped',
    );
  },
};

export const lostSynAck: Scene = {
  id: 'lost-syn-ack',
  group: 'opening',
  title: { en: 'The SYN+ACK is lost', zh: '第二次握手的 SYN+ACK 丢失' },
  summary: {
    en: 'Now both ends wait for an answer. The client repeats its SYN, the server its SYN+ACK; either would do.',
    zh: '这时双方都在等回应：客户端会重发 SYN，服务器会重发 SYN+ACK，哪一个先到都行。',
  },
  play(stage) {
    const { client, server, link } = stage.pair();
    const listener = stage.listen(server, 80);
    link.rule({ from: server, flags: 'SYN+ACK', first: 1 }, 'drop');
    const socket = stage.connect(client, server, 80);
    stage.until(() => listener.listener.acceptQueue.length > 0);
    stage.pass(200);
    const answers = stage.packets({ from: 'server', flags: 'SYN,ACK' });
    stage.check(
      { en: 'The SYN+ACK was sent again with the same number', zh: '重发的 SYN+ACK 使用同一个初始序列号' },
      answers.length >= 2 && answers.every((row) => row.seqAbsolute === answers[0]?.seqAbsolute),
    );
    stage.check(
      { en: 'One connection came of it, not two', zh: '最终只有一条连接，而不是两条' },
      socket.stateName === 'ESTABLISHED' &&
        listener.listener.acceptQueue.length === 1 &&
        server.stack.tcp.connections.size === 1,
    );
  },
};

export const lostThirdAck: Scene = {
  id: 'lost-third-ack',
  group: 'opening',
  title: { en: 'The third ACK is lost', zh: '第三次握手的 ACK 丢失' },
  summary: {
    en: 'The client believes that the connection is open; the server does not yet. An ACK is never sent again on its own: the server repeats its SYN+ACK and so asks for it.',
    zh: '客户端以为连接已经建立，服务器却还没有。ACK 不会自己重传：要靠服务器重发 SYN+ACK，再把它“要”回来。',
  },
  play(stage) {
    const { client, server, link } = stage.pair();
    const listener = stage.listen(server, 80);
    link.rule({ from: client, flags: 'ACK+!SYN', first: 1 }, 'drop');
    const socket = stage.connect(client, server, 80);
    stage.until(() => socket.stateName === 'ESTABLISHED');
    stage.pass(500);
    const rows = stage.rows();
    const halfOpen = listener.listener.halfOpen;
    stage.note({
      en: 'Half a second later: ESTABLISHED here, SYN-RECEIVED there. The server keeps the connection in its SYN queue.',
      zh: '半秒之后：这边 ESTABLISHED，那边 SYN-RECEIVED。服务器把它放在半连接队列里。',
    });
    stage.check(
      { en: 'For a while only the client is ESTABLISHED', zh: '有一段时间只有客户端处于 ESTABLISHED' },
      socket.stateName === 'ESTABLISHED' && halfOpen === 1 && rows.some((row) => row.status === 'dropped'),
    );
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const answers = stage.packets({ from: 'server', flags: 'SYN,ACK' });
    stage.check(
      { en: 'The server repeated its SYN+ACK', zh: '服务器重发了 SYN+ACK' },
      answers.length === 2 && answers[1]?.timer?.name === 'retransmission',
    );
    stage.check(
      {
        en: 'The client answered the repetition and stayed ESTABLISHED',
        zh: '客户端回应了重发的 SYN+ACK，自身一直处于 ESTABLISHED',
      },
      socket.stateName === 'ESTABLISHED' && accepted.stateName === 'ESTABLISHED',
    );
  },
};
