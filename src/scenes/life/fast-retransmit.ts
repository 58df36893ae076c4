/** Three duplicate ACKs tell of a loss long before the timer would (RFC 5681 section 3.2; SACK blocks by RFC 2018). */
import { asciiBytes } from '../hand-made.ts';
import type { Scene } from '../scene.ts';

const MSS = 1448;
const SEGMENTS = 8;

export const fastRetransmit: Scene = {
  id: 'fast-retransmit',
  group: 'life',
  title: { en: 'Duplicate ACKs and fast retransmit', zh: '重复确认与快速重传' },
  summary: {
    en: 'One segment out of eight is lost. Every later one makes the receiver repeat its ACK, and the third repetition makes the sender resend at once, without waiting for the timer.',
    zh: '八个报文段丢了一个。后面每到一个，接收方就重复一次同样的确认；收到三个重复确认，发送方不等定时器到期，立即重传。',
  },
  play(stage) {
    const { client, server, link } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    link.rule({ from: client, payloadMin: 1, nth: 3 }, 'drop');
    const startUs = stage.nowMs * 1000;
    stage.act('client', {
      en: `writes ${SEGMENTS} full segments, one every 2 ms; the third will be lost`,
      zh: `每 2 毫秒写入一个满长的报文段，共 ${SEGMENTS} 个；第三个将会丢失`,
    });
    let text = '';
    for (let segment = 1; segment <= SEGMENTS; segment++) {
      const piece = `[segment ${segment}]`.padEnd(MSS, '.');
      socket.write(asciiBytes(piece));
      text += piece;
      stage.pass(2);
    }
    stage.until(() => stage.packets({ from: 'client' }).some((row) => row.reason === 'retransmission'));
    const received = accepted.readableLength;
    stage.note({
      en: `That was the third duplicate ACK. The receiver holds what came behind the hole, but its program can read only the ${received} bytes before it.`,
      zh: `这时已收到第三个重复确认。空洞后面的数据接收方已经收下，但程序只能读到空洞之前的 ${received} 字节。`,
    });
    stage.until(() => accepted.readableLength === text.length);
    stage.until(() => socket.unacknowledgedLength === 0);
    const same = stage.read(accepted) === text;
    stage.pass(50);
    const lost = stage.packets({ from: 'client' }).find((row) => row.status === 'dropped');
    const repeated = stage.packets({ from: 'client' }).filter((row) => row.isRepeat);
    const acks = stage.packets({ from: 'server' }).filter((row) => row.timeUs >= startUs);
    const duplicates = acks.filter((row) => row.ack === lost?.seq).slice(1);
    const before = duplicates.filter((row) => (row.arrivedUs ?? 0) <= (repeated[0]?.timeUs ?? 0));
    stage.check(
      { en: 'Exactly one segment was sent twice: the lost one', zh: '只有丢失的那一个报文段被发送了两次' },
      repeated.length === 1 && repeated[0]?.seq === lost?.seq,
    );
    stage.check(
      { en: 'It was sent again as soon as three duplicate ACKs had come', zh: '收到三个重复确认时就重传了' },
      before.length === 3 && repeated[0]?.timer === null,
    );
    stage.check(
      {
        en: 'The timer would have waited at least 200 ms; this took less than 60 ms',
        zh: '等定时器至少要 200 毫秒，这里用了不到 60 毫秒',
      },
      (repeated[0]?.timeUs ?? Number.POSITIVE_INFINITY) - startUs < 60_000,
    );
    stage.check(
      {
        en: 'The duplicate ACKs name in SACK blocks what came behind the hole',
        zh: '重复确认用 SACK 块说明空洞后面已收到哪些数据',
      },
      duplicates.length > 0 && duplicates.every((row) => row.options.includes('SACK ')),
    );
    stage.check(
      { en: 'One ACK then covered everything', zh: '空洞补上后，一个确认就覆盖了全部数据' },
      acks.some((row) => row.ack === text.length + 1 && row.timeUs === repeated[0]?.arrivedUs),
    );
    stage.check({ en: 'The program read every byte once, in order', zh: '程序按顺序、不重不漏地读到全部字节' }, same);
  },
};
