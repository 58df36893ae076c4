/** PSH: on the last segment of what was written; no border of messages, no way to the program (RFC 9293 section 3.9.1.2). */
import type { Scene } from '../scene.ts';

const MSS = 1448;

export const push: Scene = {
  id: 'push',
  group: 'life',
  title: { en: 'Push: the last segment of what is queued', zh: '推送（PSH）：一批数据的最后一个报文段' },
  summary: {
    en: 'The stack sets PSH when it has emptied its send buffer: “no more for now, hand it over”. Programs neither set nor see it, and it does not mark where a message ends.',
    zh: '协议栈把发送缓冲区发空时就置 PSH，意思是“暂时就这些，请交给程序”。程序既不设置它，也看不到它；它也不是消息的边界。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    stage.note({
      en: 'One write of 4000 bytes is more than two full segments.',
      zh: '一次写入 4000 字节，要分成三个报文段。',
    });
    stage.write(socket, 'a'.repeat(4000));
    stage.until(() => accepted.readableLength > 0);
    const atFirst = accepted.readableLength;
    stage.until(() => socket.unacknowledgedLength === 0);
    stage.read(accepted);
    stage.pass(100);
    const data = stage.packets({ from: 'client' }).filter((row) => (row.length ?? 0) > 0);
    stage.check(
      { en: 'Only the last of the three segments has PSH', zh: '三个报文段中只有最后一个带 PSH' },
      data.map((row) => row.flags).join(' ') === 'ACK ACK PSH,ACK',
    );
    stage.check(
      {
        en: 'The first, without PSH, could be read as soon as it was there',
        zh: '第一个没有 PSH，到达后程序照样马上可以读',
      },
      atFirst === MSS,
    );
    stage.note({
      en: 'Now two messages, written one after the other. TCP knows bytes, not messages.',
      zh: '接着连续写入两条消息。TCP 只认识字节，不认识消息。',
    });
    socket.noDelay = true;
    stage.write(socket, 'first message;');
    stage.write(socket, 'second message;');
    stage.until(() => socket.unacknowledgedLength === 0);
    const together = stage.read(accepted);
    stage.pass(100);
    const pushed = stage.packets({ from: 'client', flags: 'PSH,ACK' });
    stage.check(
      {
        en: 'One read gave both messages, one segment had carried them',
        zh: '一次读取得到两条消息，它们由同一个报文段带来',
      },
      together === 'first message;second message;' && pushed.length === 2 && pushed[1]?.length === 29,
    );
  },
};
