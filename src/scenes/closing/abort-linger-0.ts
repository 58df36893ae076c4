/** close() with SO_LINGER of 0: an abort (RFC 9293 section 3.10.5). */
import type { Scene } from '../scene.ts';

export const abortLinger0: Scene = {
  id: 'abort-linger-0',
  group: 'closing',
  title: { en: 'Abort: linger 0', zh: '中止连接：SO_LINGER 设为 0' },
  summary: {
    en: 'With SO_LINGER set to 0, close() sends RST instead of FIN. That avoids TIME-WAIT and gives up every promise: what was on its way is lost, and the peer gets an error.',
    zh: '把 SO_LINGER 设为 0，close() 发出的就不是 FIN 而是 RST。TIME-WAIT 是省了，承诺也一并没了：路上的数据作废，对端得到的是错误。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    stage.act('client', { en: 'sets SO_LINGER to 0', zh: '把 SO_LINGER 设为 0' });
    socket.lingerMs = 0;
    stage.close(socket);
    stage.pass(100);
    const last = stage.packets().at(-1);
    stage.check(
      { en: 'The last segment was a RST, and nobody answered it', zh: '最后一个报文段是 RST，而且没有人回应它' },
      last?.from === 'client' && last.flags === 'RST,ACK',
    );
    stage.check(
      { en: 'The server’s program gets ECONNRESET', zh: '服务器的程序得到 ECONNRESET' },
      accepted.stateName === 'CLOSED' && accepted.error?.code === 'ECONNRESET',
    );
    stage.check(
      { en: 'There is no TIME-WAIT on either side', zh: '两端都没有 TIME-WAIT' },
      client.stack.tcp.timeWaitCount === 0 &&
        server.stack.tcp.timeWaitCount === 0 &&
        client.stack.tcp.connections.size === 0,
    );
  },
};
