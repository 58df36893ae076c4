/** The three-way handshake (RFC 9293 section 3.5, figure 6). */
import type { Scene } from '../scene.ts';

export const threeWayHandshake: Scene = {
  id: 'three-way-handshake',
  group: 'opening',
  title: { en: 'The three-way handshake', zh: '三次握手' },
  summary: {
    en: 'Each end chooses a sequence number of its own and must hear that the other end knows it. Three segments are enough for that.',
    zh: '双方各选一个初始序列号，并且都要得到对方“我知道了”的确认。三个报文段正好够用。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    stage.say({
      en: 'First step. The number is chosen anew for every connection and cannot be guessed.',
      zh: '第一次握手。这个序列号每条连接都重新选取，外人猜不到。',
    });
    const socket = stage.connect(client, server, 80);
    stage.until(() => stage.packets({ flags: 'SYN' }).some((row) => row.arrivedUs !== null));
    stage.say({
      en: 'Second step. The server answers the SYN and asks for its own number to be confirmed, in one segment.',
      zh: '第二次握手。服务器用一个报文段做两件事：确认对方的 SYN，并送出自己的 SYN。',
    });
    stage.until(() => socket.stateName === 'ESTABLISHED');
    stage.say({
      en: 'Third step. Only now does the server know that the client is really there.',
      zh: '第三次握手。直到这一步，服务器才知道客户端确实在那里。',
    });
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const [syn, synAck, ack] = stage.packets();
    stage.check(
      { en: 'Exactly three segments were sent', zh: '总共只发送了三个报文段' },
      stage.packets().length === 3 && syn?.flags === 'SYN' && synAck?.flags === 'SYN,ACK' && ack?.flags === 'ACK',
    );
    stage.check(
      { en: 'Each end acknowledged the other end’s number plus one', zh: '双方都确认了“对方的初始序列号加一”' },
      synAck?.ack === 1 && ack?.ack === 1 && ack?.seq === 1,
    );
    stage.check(
      { en: 'Both ends are ESTABLISHED', zh: '双方都进入 ESTABLISHED' },
      socket.stateName === 'ESTABLISHED' && accepted.stateName === 'ESTABLISHED',
    );
  },
};
