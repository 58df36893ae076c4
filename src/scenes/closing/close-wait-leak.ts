/** CLOSE-WAIT that never ends: a program forgot to close. */
import type { Scene } from '../scene.ts';

const HOUR_MS = 3_600_000;
const CLIENTS = 3;

export const closeWaitLeak: Scene = {
  id: 'close-wait-leak',
  group: 'closing',
  title: { en: 'The CLOSE-WAIT leak', zh: 'CLOSE-WAIT 泄漏' },
  summary: {
    en: 'CLOSE-WAIT means: the peer has closed and TCP waits for the local program. No timer ends it. Many of them on a server point to a bug in the program, not in the network.',
    zh: 'CLOSE-WAIT 的意思是：对端已经关闭，TCP 正等着本地程序调用 close()。没有任何定时器会结束它。服务器上堆积大量 CLOSE-WAIT，毛病在程序，不在网络。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const forgotten = [];
    for (let count = 0; count < CLIENTS; count++) {
      const [socket, accepted] = stage.open(client, server, listener);
      stage.pass(50);
      stage.close(socket);
      stage.pass(100);
      forgotten.push(accepted);
    }
    stage.note({
      en: 'Three clients came and went. The server’s program read the end of each stream and forgot to close.',
      zh: '三个客户端来了又走。服务器的程序读到了每条流的结尾，却忘了调用 close()。',
    });
    stage.pass(HOUR_MS);
    stage.note({
      en: 'One hour later: the clients gave up FIN-WAIT-2 long ago, but nothing on the server has moved.',
      zh: '一小时之后：客户端早已放弃 FIN-WAIT-2，服务器上却纹丝不动。',
    });
    stage.check(
      { en: 'After an hour all three are still in CLOSE-WAIT', zh: '一小时后，三条连接仍在 CLOSE-WAIT' },
      forgotten.every((socket) => socket.stateName === 'CLOSE-WAIT') && server.stack.tcp.connections.size === CLIENTS,
    );
    stage.check(
      { en: 'The client has forgotten them', zh: '客户端早已忘记它们' },
      client.stack.tcp.connections.size === 0,
    );
    const [first] = forgotten;
    if (first === undefined) return;
    stage.say({
      en: 'When the program closes at last, its FIN finds nobody; the RST clears the record.',
      zh: '程序终于关闭时，它的 FIN 找不到对方；回来的 RST 清掉了这条记录。',
    });
    stage.close(first);
    stage.pass(200);
    stage.check(
      { en: 'Only close() freed one of them', zh: '调用了 close() 的那一条才得到释放' },
      first.stateName === 'CLOSED' && server.stack.tcp.connections.size === CLIENTS - 1,
    );
  },
};
