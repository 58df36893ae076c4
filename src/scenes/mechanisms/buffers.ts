/** How much of what a program writes waits in TCP: a send buffer that grows with the window, and little that waits unsent (TCP_NOTSENT_LOWAT). */
import type { StreamSocket } from '../../socket/stream-socket.ts';
import { asciiBytes } from '../hand-made.ts';
import { type Mechanism, opened, transferFor } from './mechanism.ts';

const START_BUFFER = 65_536;

const sendTuning: Mechanism = {
  id: 'send-buffer-tuning',
  title: { en: 'The send buffer grows with the connection', zh: '发送缓冲区自动调整：跟着拥塞窗口长大' },
  summary: {
    en: 'A long path, 200 ms there and back. What was sent stays in the send buffer until it is acknowledged; the buffer starts with 64 KiB and grows to two congestion windows, so that one can be on its way while the next is written.',
    zh: '路径很长，往返要 200 毫秒。发出的数据在得到确认之前一直占着发送缓冲区。缓冲区起初 64 KiB，随后始终扩大到两个拥塞窗口：一个在途中，另一个正好供程序接着写。',
  },
  summaryOff: {
    en: 'A long path, 200 ms there and back. The send buffer stays at 64 KiB (wmem_max is no more than wmem_default): when that much is on its way the program cannot write, and the congestion window stands open for nothing.',
    zh: '路径很长，往返要 200 毫秒。发送缓冲区一直是 64 KiB（wmem_max 和 wmem_default 一样大），途中有了这么多数据，程序就写不进去了，拥塞窗口再大也是白白空着。',
  },
  settings: {
    initial_window_segments: 40,
    initial_window_bytes: 100_000,
    rmem_default: 1_000_000,
    wmem_default: START_BUFFER,
  },
  with: { wmem_max: 4_194_304 },
  without: { wmem_max: START_BUFFER },
  link: { delayMs: 100 },
  measure: {
    name: { en: 'Received in 0.65 seconds', zh: '0.65 秒内收到' },
    unit: { en: 'bytes', zh: '字节' },
    better: 'larger',
    with: 390_000,
    without: 220_000,
  },
  act(acting) {
    const [socket, accepted] = opened(acting);
    return transferFor(acting.stage, socket, accepted, 650);
  },
};

const PICTURE = new Uint8Array(4_096);
const URGENT_AFTER_MS = 400;

const notsentLowat: Mechanism = {
  id: 'notsent-lowat',
  title: { en: 'Little unsent: the important message need not queue', zh: '少积压：要紧的消息不用排长队' },
  summary: {
    en: 'A program sends pictures over 2 Mbit/s, and then something urgent turns up. TCP takes only 4 KiB beyond what is on its way (TCP_NOTSENT_LOWAT): the pictures that are not sent yet wait with the program, and it can put the message before them.',
    zh: '程序在 2 Mbit/s 的链路上不停发送图片，忽然有了要紧的消息。除了途中的数据，TCP 只多收 4 KiB（TCP_NOTSENT_LOWAT）；没发的图片还在程序手里，消息可以插到它们前面。',
  },
  summaryOff: {
    en: 'A program sends pictures over 2 Mbit/s, and then something urgent turns up. TCP has taken as many pictures as its send buffer holds, in order, and nothing overtakes: the message waits until all of them are sent.',
    zh: '程序在 2 Mbit/s 的链路上不停发送图片，忽然有了要紧的消息。发送缓冲区早已装满图片，字节流又不能插队，消息只好等它们全部发完。',
  },
  settings: { rmem_default: 400_000 },
  with: { notsent_lowat: 4_096 },
  without: { notsent_lowat: 0xffff_ffff },
  link: { rateBps: 2_000_000, queuePackets: 20 },
  measure: {
    name: { en: 'Time until the urgent message had arrived', zh: '要紧的消息送达所用时间' },
    unit: { en: 'ms', zh: '毫秒' },
    better: 'smaller',
    with: 250,
    without: 400,
  },
  act(acting) {
    const { stage } = acting;
    const [socket, accepted] = opened(acting);
    stage.act('client', { en: 'sends picture after picture', zh: '一张接一张地发送图片' });
    const pictures = new Pictures(socket);
    let received = 0;
    const read = (): number => {
      const count = accepted.readableLength;
      accepted.discard(count);
      received += count;
      return received;
    };
    stage.until(() => {
      pictures.go();
      return read() < 0;
    }, URGENT_AFTER_MS);
    const { notsentBytes } = socket.tcpInfo();
    stage.act('client', {
      en: `has something urgent to say; ${notsentBytes} bytes wait unsent before it`,
      zh: `有要紧的消息要说，前面还有 ${notsentBytes} 字节没有发出`,
    });
    const startMs = stage.nowMs;
    const message = asciiBytes('stop!');
    let said = 0;
    const isThere = stage.until(() => {
      // A picture that was begun comes to its end first.
      if (pictures.finish() && said < message.length) said += socket.write(message, said);
      return read() === pictures.octets + message.length;
    }, 60_000);
    return isThere ? stage.nowMs - startMs : Number.NaN;
  },
};

/** A program that writes picture after picture, each as far as TCP takes it. */
class Pictures {
  octets = 0;
  private readonly socket: StreamSocket;

  constructor(socket: StreamSocket) {
    this.socket = socket;
  }

  /** Writes all that is taken. */
  go(): void {
    while (this.writePart() > 0);
  }

  /** Writes what is left of the picture that was begun. @returns whether that is all of it now */
  finish(): boolean {
    while (this.octets % PICTURE.length > 0 && this.writePart() > 0);
    return this.octets % PICTURE.length === 0;
  }

  private writePart(): number {
    const taken = this.socket.write(PICTURE, this.octets % PICTURE.length);
    this.octets += taken;
    return taken;
  }
}

export const BUFFERS: readonly Mechanism[] = [sendTuning, notsentLowat];
