/** Nagle's algorithm and delayed ACKs, each sensible, wait for each other (RFC 9293 sections 3.7.4 and 3.8.6.3). */

import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const HEAD = 'POST /mail ';
const BODY = 'a small body';

export const nagleAndDelayedAck: Scene = {
  id: 'nagle-and-delayed-ack',
  group: 'life',
  title: { en: 'Nagle meets the delayed ACK', zh: 'Nagle 算法遇上延迟确认' },
  summary: {
    en: 'The sender holds small data back until everything before it is acknowledged; the receiver holds its ACK back in the hope of sending it with an answer. A request written in two pieces pays for both.',
    zh: '发送方要等前面的数据都得到确认，才发下一小块；接收方又想等有数据时捎带确认。请求分两次写入，就要为这两种等待同时付出代价。',
  },
  play(stage) {
    const { client, server } = stage.pair({ client: { profile: 'rfc' }, server: { profile: 'rfc' } });
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(500);
    stage.note({
      en: 'First: two writes, with Nagle’s algorithm on, as it is by default.',
      zh: '第一次：分两次写入，Nagle 算法打开（默认如此）。',
    });
    const slowMs = exchange(stage, socket, accepted, [HEAD, BODY]);
    stage.pass(1000);
    stage.note({ en: 'Second: the same with TCP_NODELAY.', zh: '第二次：同样的写法，但设置 TCP_NODELAY。' });
    socket.noDelay = true;
    const fastMs = exchange(stage, socket, accepted, [HEAD, BODY]);
    stage.pass(1000);
    socket.noDelay = false;
    stage.note({
      en: 'Third: Nagle on again, but the request is written in one piece.',
      zh: '第三次：重新打开 Nagle 算法，但把请求一次写完。',
    });
    const wholeMs = exchange(stage, socket, accepted, [HEAD + BODY]);
    stage.note({
      en: `Until the whole request was there: ${slowMs} ms, ${fastMs} ms, ${wholeMs} ms.`,
      zh: `请求完整到达所用的时间：${slowMs} 毫秒、${fastMs} 毫秒、${wholeMs} 毫秒。`,
    });
    stage.check(
      {
        en: 'Two writes waited for the delayed ACK: 200 ms and the way there and back',
        zh: '分两次写入时等了延迟确认：200 毫秒，再加路上的往返',
      },
      slowMs >= 255 && slowMs <= 270,
    );
    stage.check(
      { en: 'Without Nagle it took one way: 20 ms', zh: '关闭 Nagle 后只需单程 20 毫秒' },
      fastMs >= 20 && fastMs <= 25,
    );
    stage.check(
      { en: 'Written in one piece it is as fast, and saves a segment', zh: '一次写完同样快，还省下一个报文段' },
      wholeMs >= 20 && wholeMs <= 25,
    );
  },
};

/** Milliseconds until the server has the whole request; it answers, and waits for that to be acknowledged. */
function exchange(stage: Stage, socket: StreamSocket, accepted: StreamSocket, pieces: readonly string[]): number {
  const startMs = stage.nowMs;
  for (const piece of pieces) {
    stage.write(socket, piece);
    // Each write is a system call of its own: the stack may send in between.
    stage.pass(0.1);
  }
  stage.until(() => accepted.readableLength === HEAD.length + BODY.length);
  const tookMs = Math.round(stage.nowMs - startMs);
  stage.read(accepted);
  stage.write(accepted, 'OK');
  stage.until(() => accepted.unacknowledgedLength === 0);
  stage.read(socket);
  return tookMs;
}
