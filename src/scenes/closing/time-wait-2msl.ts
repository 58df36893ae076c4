/** Why TIME-WAIT lasts 2 MSL: a late duplicate of the old connection, and RFC 1337's warning about RSTs. */
import type { Scene } from '../scene.ts';

const ORDER = 'pay 100';

export const timeWait2Msl: Scene = {
  id: 'time-wait-2msl',
  group: 'closing',
  title: { en: 'TIME-WAIT and the late duplicate', zh: 'TIME-WAIT 与迟到的旧报文' },
  summary: {
    en: 'A segment that was long replaced by its retransmission arrives after the close. TIME-WAIT holds the four-tuple for 2 MSL, so it cannot slip into a new connection. MSL is the longest a segment may live in the network; it is a time, not the MSS.',
    zh: '一个早已由重传代替的报文段，在连接关闭之后才到。TIME-WAIT 把这个四元组占住 2 MSL，使旧报文混不进新连接。MSL 即最长报文段寿命，是报文段在网络中最多能存活的时间，和 MSS 无关。',
  },
  play(stage) {
    const settings = { tcp: { rfc1337: true } };
    const { client, server, link } = stage.pair({ server: { settings } });
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    link.rule({ from: client, payloadMin: 1, first: 1 }, { delayMs: 5000 });
    stage.say({
      en: 'This segment is held up for five seconds somewhere in the network.',
      zh: '这个报文段在网络某处耽搁了五秒。',
    });
    stage.write(socket, ORDER);
    stage.until(() => accepted.readableLength === ORDER.length);
    const order = stage.read(accepted);
    stage.pass(100);
    stage.close(accepted);
    stage.until(() => socket.stateName === 'CLOSE-WAIT');
    stage.pass(50);
    stage.close(socket);
    stage.until(() => server.stack.tcp.timeWaitCount === 1);
    const sinceMs = stage.nowMs;
    stage.note({
      en: 'The server closed first, so it is the server that waits. The delayed copy is still on its way.',
      zh: '先关闭的是服务器，所以由服务器等待。被耽搁的那一份还在路上。',
    });
    stage.pass(6000);
    const late = stage.packets({ from: 'client' }).find((row) => row.status === 'delayed');
    stage.check(
      { en: 'The late duplicate arrived in TIME-WAIT', zh: '迟到的旧报文在 TIME-WAIT 期间到达' },
      order === ORDER && late?.toState?.before === 'TIME-WAIT' && late.toState.after === 'TIME-WAIT',
    );
    stage.check(
      { en: 'No program saw the order a second time', zh: '没有任何程序第二次看到这个指令' },
      listener.listener.acceptQueue.length === 0 && accepted.readableLength === 0,
    );
    stage.note({
      en: 'The server answered with an ACK; the client knows nothing of it any more and says RST. With the setting rfc1337 that RST does not cut the wait short (RFC 1337 tells why it must not).',
      zh: '服务器回了一个 ACK；客户端早已忘记这条连接，便回 RST。打开 rfc1337 设置后，这个 RST 不会缩短等待（原因见 RFC 1337）。',
    });
    stage.settle();
    stage.check(
      { en: 'TIME-WAIT lasted its 2 MSL all the same', zh: 'TIME-WAIT 仍然持续了完整的 2 MSL' },
      Math.abs(stage.nowMs - sinceMs - 60_000) < 5 && server.stack.tcp.timeWaitCount === 0,
    );
  },
};
