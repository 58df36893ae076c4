/** Both ends close at the same moment and their FINs cross (RFC 9293 section 3.6, figure 13). */
import type { Scene } from '../scene.ts';

export const simultaneousClose: Scene = {
  id: 'simultaneous-close',
  group: 'closing',
  title: { en: 'Simultaneous close', zh: '同时关闭' },
  summary: {
    en: 'Both programs call close() at the same moment; the FINs cross. Each end passes through CLOSING, and both wait in TIME-WAIT.',
    zh: '两端的程序同时调用 close()，两个 FIN 在途中交错。双方都经过 CLOSING，最后都在 TIME-WAIT 中等待。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    const before = stage.packets().length;
    stage.close(socket);
    stage.close(accepted);
    stage.until(() => socket.stateName === 'CLOSING' && accepted.stateName === 'CLOSING');
    stage.pass(100);
    stage.note({
      en: 'Each had received the other’s FIN before the ACK of its own. That is what CLOSING is: only the ACK is missing.',
      zh: '双方都是先收到对方的 FIN，还没等到对自己 FIN 的确认。CLOSING 就是这个意思：只差一个 ACK。',
    });
    const rows = stage.packets().slice(before);
    stage.check(
      { en: 'Two FINs crossed, two ACKs followed', zh: '两个 FIN 交错，随后是两个 ACK' },
      rows.map((row) => row.flags).join(' ') === 'FIN,ACK FIN,ACK ACK ACK',
    );
    stage.check(
      {
        en: 'Each FIN moved its receiver from FIN-WAIT-1 to CLOSING',
        zh: '每个 FIN 都让接收方由 FIN-WAIT-1 进入 CLOSING',
      },
      rows.slice(0, 2).every((row) => row.toState?.before === 'FIN-WAIT-1' && row.toState.after === 'CLOSING'),
    );
    stage.check(
      { en: 'Both ends are in TIME-WAIT', zh: '两端都在 TIME-WAIT' },
      client.stack.tcp.timeWaitCount === 1 && server.stack.tcp.timeWaitCount === 1,
    );
    stage.settle();
    stage.check(
      { en: 'After 2 MSL both are gone', zh: '2 MSL 之后两端都不留痕迹' },
      client.stack.tcp.timeWaitCount === 0 && server.stack.tcp.timeWaitCount === 0,
    );
  },
};
