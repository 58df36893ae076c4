/** A segment is lost, three times over: the retransmission timer repeats it and waits twice as long each time (RFC 6298). */
import type { Scene } from '../scene.ts';
import { TIMER_ALONE } from '../timer-alone.ts';

const GREETING = 'hello';

export const retransmission: Scene = {
  id: 'retransmission',
  group: 'life',
  title: { en: 'A lost segment, and the timer that repeats it', zh: '报文段丢失与超时重传' },
  summary: {
    en: 'Nobody tells the sender that a segment is lost. Silence tells: when no ACK comes in time it sends again, and waits twice as long before the next try.',
    zh: '没有人会通知发送方“报文段丢了”。能说明问题的只有沉默：规定时间内等不到确认就重发，并且每次把等待时间加倍。',
  },
  play(stage) {
    const { client, server, link } = stage.pair(TIMER_ALONE);
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    link.rule({ from: client, payloadMin: 1, first: 3 }, 'drop');
    stage.note({
      en: 'The handshake has measured a round trip of 40 ms. From that the client computes how long to wait: its retransmission time-out (RTO).',
      zh: '握手时测得往返时间为 40 毫秒，客户端据此算出要等多久才算超时，这就是超时重传时间 RTO。',
    });
    stage.say({
      en: 'The network loses this segment, and will lose its first two repetitions too.',
      zh: '网络会丢掉这个报文段，接下来的前两次重传也会丢掉。',
    });
    stage.write(socket, GREETING);
    stage.until(() => accepted.readableLength === GREETING.length);
    stage.until(() => socket.unacknowledgedLength === 0);
    const text = stage.read(accepted);
    const sends = stage.packets({ from: 'client' }).filter((row) => row.length === GREETING.length);
    const gaps = sends.slice(1).map((row, index) => row.timeUs - (sends[index]?.timeUs ?? 0));
    stage.note({
      en: `It waited ${gaps.map(inMs).join(', ')} ms before each repetition. An ACK for a segment sent several times gives no clean round-trip time, for nobody knows which copy it answers (Karn’s rule); only a timestamp can tell.`,
      zh: `每次重传之前分别等了 ${gaps.map(inMs).join('、')} 毫秒。重传过的报文段，单凭确认分不清回应的是哪一次发送，所以不能用来估计往返时间（Karn 算法）；有时间戳才分得清。`,
    });
    stage.check(
      {
        en: 'The same segment was sent four times, with the same sequence number',
        zh: '同一个报文段发送了四次，序列号都相同',
      },
      sends.length === 4 && sends.every((row) => row.seq === 1),
    );
    stage.check(
      { en: 'Each wait was twice as long as the one before', zh: '每次等待的时间都是上一次的两倍' },
      gaps.length === 3 && gaps.slice(1).every((gap, index) => Math.abs(gap / (gaps[index] ?? 1) - 2) < 0.02),
    );
    stage.check(
      { en: 'The program read the text once and whole', zh: '程序只读到一遍，而且完整无缺' },
      text === GREETING,
    );
    stage.write(socket, 'again');
    stage.until(() => socket.unacknowledgedLength === 0);
    stage.check(
      { en: 'The next segment got through at the first try', zh: '下一个报文段一次就送达' },
      stage.packets({ from: 'client' }).filter((row) => row.payload === 'again').length === 1,
    );
  },
};

function inMs(us: number): string {
  return String(Math.round(us / 1000));
}
