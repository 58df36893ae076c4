/** A RST while data is flowing: what is lost, and what later segments meet. */
import type { Scene } from '../scene.ts';

const BYTES = 6000;

export const rstMidStream: Scene = {
  id: 'rst-mid-stream',
  group: 'closing',
  title: { en: 'RST in mid-stream', zh: '传输中途的 RST' },
  summary: {
    en: 'The client stops reading in the middle and closes with data unread. Its stack says so with a RST: a FIN would claim that everything was received.',
    zh: '客户端在传输中途不读了，带着没读的数据关闭。协议栈用 RST 如实相告：若是发 FIN，就等于谎称全部收到了。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    stage.write(accepted, 'all work and no play '.repeat(BYTES / 20));
    stage.until(() => socket.readableLength > 0);
    stage.note({
      en: 'The first segment is there, the rest is on its way. The client has seen enough.',
      zh: '第一个报文段已经到了，其余的还在路上。客户端不想看下去了。',
    });
    stage.close(socket);
    stage.pass(500);
    const rows = stage.packets();
    const reset = rows.find((row) => row.from === 'client' && row.flags.startsWith('RST'));
    const after = rows.filter((row) => row.from === 'client' && row.flags.startsWith('RST')).length;
    stage.check(
      { en: 'close() with unread data sent RST, not FIN', zh: '还有未读数据就调用 close()，发出的是 RST 而不是 FIN' },
      reset !== undefined && reset.cause === 'close-with-unread-data' && !rows.some((row) => row.flags.includes('FIN')),
    );
    stage.check(
      { en: 'Segments that were on their way met more RSTs', zh: '还在路上的报文段又各自引来 RST' },
      after > 1,
    );
    stage.check(
      { en: 'The server’s program gets ECONNRESET, and stops sending', zh: '服务器的程序得到 ECONNRESET，停止发送' },
      accepted.error?.code === 'ECONNRESET' && server.stack.tcp.connections.size === 0,
    );
  },
};
