/** The orderly close in four segments (RFC 9293 section 3.6, figure 12). */
import type { Scene } from '../scene.ts';

export const fourWayClose: Scene = {
  id: 'four-way-close',
  group: 'closing',
  title: { en: 'The four-way close', zh: '四次挥手' },
  summary: {
    en: 'A connection is two one-way streams. Each is closed by a FIN of its own and acknowledged by an ACK of its own.',
    zh: '一条连接由两个方向的数据流组成。每个方向各用一个 FIN 关闭，各用一个 ACK 确认。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    const before = stage.packets().length;
    stage.say({
      en: 'First: the client has no more to send. It can still receive.',
      zh: '第一次挥手：客户端不再发送数据，但仍然可以接收。',
    });
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.say({
      en: 'Second: the server’s stack acknowledges at once; its program has not decided anything yet.',
      zh: '第二次挥手：服务器的协议栈立即确认；此时服务器上的程序还没有做任何决定。',
    });
    stage.pass(500);
    stage.say({
      en: 'Third: when the server’s program is done too, it closes the other direction.',
      zh: '第三次挥手：服务器上的程序也处理完了，关闭另一个方向。',
    });
    stage.close(accepted);
    stage.until(() => stage.packets({ from: 'server', flags: 'FIN,ACK' }).some((row) => row.arrivedUs !== null));
    stage.say({
      en: 'Fourth: the last ACK. Nobody acknowledges it, so the client must wait in case it is lost.',
      zh: '第四次挥手：最后一个 ACK。没有人再确认它，所以客户端必须等一等，以防它丢失。',
    });
    stage.pass(100);
    const flags = stage
      .packets()
      .slice(before)
      .map((row) => `${row.from} ${row.flags}`);
    stage.check(
      { en: 'Four segments: FIN, ACK, FIN, ACK', zh: '四个报文段：FIN、ACK、FIN、ACK' },
      flags.join('; ') === 'client FIN,ACK; server ACK; server FIN,ACK; client ACK',
    );
    stage.check(
      { en: 'The server is CLOSED', zh: '服务器进入 CLOSED' },
      accepted.stateName === 'CLOSED' && accepted.error === null,
    );
    stage.check(
      { en: 'The end that closed first, the client, is in TIME-WAIT', zh: '先关闭的一方（客户端）处于 TIME-WAIT' },
      client.stack.tcp.timeWaitCount === 1,
    );
    const waitedFrom = stage.nowMs;
    stage.settle();
    stage.check(
      { en: 'TIME-WAIT ended after 2 MSL (60 s here)', zh: '2 MSL（这里是 60 秒）之后 TIME-WAIT 结束' },
      client.stack.tcp.timeWaitCount === 0 && Math.abs(stage.nowMs - waitedFrom - 60_000) < 200,
    );
  },
};
