/** A FIN lost, and the last ACK lost. */
import type { Scene } from '../scene.ts';
import { TIMER_ALONE } from '../timer-alone.ts';

const TIME_WAIT_MS = 60_000;

export const lostFin: Scene = {
  id: 'lost-fin',
  group: 'closing',
  title: { en: 'The FIN is lost', zh: 'FIN 丢失' },
  summary: {
    en: 'A FIN occupies a sequence number, so it is guarded by the retransmission timer like any byte of data.',
    zh: 'FIN 占用一个序列号，所以它和数据字节一样，由重传定时器看护。',
  },
  play(stage) {
    const { client, server, link } = stage.pair(TIMER_ALONE);
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    link.rule({ from: client, flags: 'FIN', first: 1 }, 'drop');
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.pass(100);
    stage.close(accepted);
    stage.pass(200);
    const fins = stage.packets({ from: 'client', flags: 'FIN,ACK' });
    stage.check(
      {
        en: 'The same FIN went out twice, the second time because the timer ran out',
        zh: '同一个 FIN 发送了两次，第二次由定时器触发',
      },
      fins.length === 2 &&
        fins[0]?.status === 'dropped' &&
        fins[1]?.seq === fins[0].seq &&
        fins[1]?.timer?.name === 'retransmission',
    );
    stage.check(
      { en: 'The close was completed all the same', zh: '关闭照常完成' },
      accepted.stateName === 'CLOSED' && accepted.error === null && client.stack.tcp.timeWaitCount === 1,
    );
  },
};

export const lostLastAck: Scene = {
  id: 'lost-last-ack',
  group: 'closing',
  title: { en: 'The last ACK is lost', zh: '最后一个 ACK 丢失' },
  summary: {
    en: 'Nobody acknowledges an ACK. If the last one is lost, the server repeats its FIN, and somebody must still be there to answer: that is what TIME-WAIT is for.',
    zh: '没有人会确认 ACK。最后一个 ACK 若是丢了，服务器会重发 FIN，那一头必须还有人回答：TIME-WAIT 就是为此而设。',
  },
  play(stage) {
    const { client, server, link } = stage.pair(TIMER_ALONE);
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.pass(100);
    link.rule({ from: client, flags: 'ACK+!FIN', first: 1 }, 'drop');
    stage.close(accepted);
    stage.until(() => client.stack.tcp.timeWaitCount === 1);
    const firstMs = stage.nowMs;
    stage.pass(100);
    const stateBetween = accepted.stateName;
    stage.until(() => accepted.stateName === 'CLOSED');
    const again = stage.packets({ from: 'server', flags: 'FIN,ACK' }).at(-1);
    const answeredMs = (again?.arrivedUs ?? 0) / 1000;
    stage.note({
      en: 'The FIN came again and was acknowledged from TIME-WAIT. The wait of 2 MSL began anew.',
      zh: 'FIN 再次到来，由处于 TIME-WAIT 的一方予以确认，2 MSL 的等待重新开始计时。',
    });
    stage.check(
      { en: 'The server waited in LAST-ACK and repeated its FIN', zh: '服务器停在 LAST-ACK，并重发了 FIN' },
      stateBetween === 'LAST-ACK' && again?.timer?.name === 'retransmission',
    );
    stage.check(
      {
        en: 'The client answered from TIME-WAIT, and the server closed cleanly',
        zh: '客户端在 TIME-WAIT 中作出回答，服务器正常关闭',
      },
      accepted.error === null && client.stack.tcp.timeWaitCount === 1,
    );
    stage.settle();
    stage.check(
      { en: 'TIME-WAIT was counted anew from the repeated FIN', zh: 'TIME-WAIT 从重发的 FIN 到达时重新计时' },
      answeredMs > firstMs && Math.abs(stage.nowMs - answeredMs - TIME_WAIT_MS) < 5,
    );
  },
};
