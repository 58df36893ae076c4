/** FIN and ACK in one segment: a close of three. */
import type { Scene } from '../scene.ts';

export const threeSegmentClose: Scene = {
  id: 'three-segment-close',
  group: 'closing',
  title: { en: 'A close in three segments', zh: '三个报文段的关闭' },
  summary: {
    en: 'When the other program closes at once, its stack’s ACK and FIN travel in one segment. “Four-way” counts the four jobs, not the segments.',
    zh: '如果对方的程序立刻也关闭，协议栈的 ACK 和 FIN 就合在一个报文段里。“四次挥手”数的是四件事，不是四个报文段。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    const before = stage.packets().length;
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.say({
      en: 'The program closed before the ACK had left, so one segment does both: it acknowledges the FIN and is a FIN itself.',
      zh: 'ACK 还没发出，程序就已关闭，于是一个报文段办了两件事：确认对方的 FIN，同时自己也是 FIN。',
    });
    stage.close(accepted);
    stage.pass(200);
    const rows = stage.packets().slice(before);
    stage.check(
      { en: 'Three segments: FIN, FIN+ACK, ACK', zh: '三个报文段：FIN、FIN+ACK、ACK' },
      rows.map((row) => row.flags).join(' ') === 'FIN,ACK FIN,ACK ACK' && rows[1]?.ack === (rows[0]?.seq ?? 0) + 1,
    );
    stage.check(
      { en: 'The client went from FIN-WAIT-1 straight to TIME-WAIT', zh: '客户端由 FIN-WAIT-1 直接进入 TIME-WAIT' },
      rows[1]?.toState?.before === 'FIN-WAIT-1' && rows[1].toState.after === 'TIME-WAIT',
    );
    stage.check(
      { en: 'Both ends closed cleanly', zh: '两端都正常关闭' },
      accepted.stateName === 'CLOSED' && accepted.error === null && socket.error === null,
    );
  },
};
