/** FIN-WAIT-2 with and without a program behind it (setting fin_timeout). */
import type { Scene } from '../scene.ts';

export const finWait2Orphan: Scene = {
  id: 'fin-wait-2-orphan',
  group: 'closing',
  title: { en: 'FIN-WAIT-2 and its orphans', zh: 'FIN-WAIT-2 与孤儿连接' },
  summary: {
    en: 'The peer acknowledged our FIN but never sends its own. While a program still holds the socket, that may take as long as it likes. An orphan, closed for good, is given up after fin_timeout.',
    zh: '对端确认了我们的 FIN，却一直不发自己的 FIN。只要还有程序持有套接字，等多久都可以；彻底关闭后的“孤儿连接”，等到 fin_timeout 就被放弃。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [held, heldPeer] = stage.open(client, server, listener);
    const [orphan, orphanPeer] = stage.open(client, server, listener);
    stage.pass(100);
    stage.shutdown(held);
    stage.close(orphan);
    stage.pass(100);
    stage.check(
      { en: 'Both connections are in FIN-WAIT-2', zh: '两条连接都在 FIN-WAIT-2' },
      held.stateName === 'FIN-WAIT-2' && orphan.stateName === 'FIN-WAIT-2' && client.stack.tcp.orphanCount === 1,
    );
    stage.note({
      en: 'One program only shut down writing and still reads; the other let go of its socket. The server’s program does nothing.',
      zh: '一个程序只关闭了写方向，还在读；另一个已经放开套接字。服务器的程序什么也不做。',
    });
    stage.pass(61_000);
    stage.check(
      {
        en: 'After fin_timeout (60 s) the orphan is gone, without TIME-WAIT',
        zh: 'fin_timeout（60 秒）之后孤儿连接消失，也没有 TIME-WAIT',
      },
      orphan.stateName === 'CLOSED' && client.stack.tcp.orphanCount === 0 && client.stack.tcp.timeWaitCount === 0,
    );
    stage.check(
      { en: 'The one that is held still waits', zh: '仍被持有的那条还在等' },
      held.stateName === 'FIN-WAIT-2',
    );
    stage.say({
      en: 'Late data for the orphan meets a RST: nobody is there to read it.',
      zh: '迟来的数据找不到孤儿连接，换来一个 RST：已经没有人读了。',
    });
    stage.write(orphanPeer, 'too late');
    stage.pass(200);
    stage.write(heldPeer, 'in time');
    stage.until(() => held.readableLength === 7);
    stage.check(
      {
        en: 'Data for the orphan is refused, data for the other is read',
        zh: '给孤儿的数据遭到拒绝，给另一条的数据照常读到',
      },
      orphanPeer.error !== null && stage.read(held) === 'in time',
    );
  },
};
