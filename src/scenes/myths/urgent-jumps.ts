/** Claim: URG makes data jump the queue. */
import { decodeFrame, fieldOf } from '../../capture/decode.ts';
import type { LadderRow } from '../ladder-row.ts';
import type { Scene } from '../scene.ts';

const MSS = 1448;

export const urgentJumps: Scene = {
  id: 'myth-urgent-jumps',
  group: 'myths',
  title: { en: 'Claim: URG makes data jump the queue', zh: '误传：URG=1 的数据会插队，优先送达' },
  summary: {
    en: 'Two full segments and then one urgent byte are written at once, and the first segment is lost. If anything could overtake, the urgent byte could now.',
    zh: '一口气写入两个满长报文段的数据和一个紧急字节，并让第一个报文段丢失。如果紧急数据真能插队，现在正是时候。',
  },
  play(stage) {
    const { client, server, link } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener, { noDelay: true });
    stage.pass(100);
    link.rule({ from: client, payloadMin: 1, first: 1 }, 'drop');
    const ordinary = 'x'.repeat(2 * MSS);
    stage.write(socket, ordinary);
    stage.act('client', { en: 'writes one more byte, “!”, as urgent', zh: '再写入一个紧急字节“!”' });
    socket.writeUrgent(Uint8Array.of(33));
    stage.until(() => accepted.urgentLength > 0);
    stage.pass(5);
    const toEnd = accepted.urgentLength;
    const readable = accepted.readableLength;
    const early = accepted.readUrgent();
    stage.note({
      en: `The notice has overtaken: the server’s program knows that urgent data ends ${toEnd} bytes from here. The data has not: ${readable} bytes can be read, because the first segment is missing.`,
      zh: `跑到前面的只是“通知”：服务器上的程序已经知道紧急数据在 ${toEnd} 字节之后结束。数据并没有跑到前面：第一个报文段还没到，可读的只有 ${readable} 字节。`,
    });
    stage.until(() => socket.unacknowledgedLength === 0);
    const text = stage.read(accepted);
    stage.pass(50);
    const sent = stage.packets({ from: 'client' }).filter((row) => (row.length ?? 0) > 0 && !row.isRepeat);
    stage.check(
      { en: 'The urgent byte left last, in the order in which it was written', zh: '紧急字节按写入的顺序，最后才发出' },
      sent.map((row) => row.length).join(' ') === `${MSS} ${MSS} 1` && sent.at(-1)?.payload === '!',
    );
    stage.check(
      {
        en: 'It was announced already in the segments before it, by URG and pointer',
        zh: '它前面的报文段就已经用 URG 和紧急指针预告了它',
      },
      sent.every((row) => row.flags.includes('URG') && (row.seq ?? 0) + pointerOf(row) === 1 + ordinary.length + 1),
    );
    stage.check(
      { en: 'While an earlier segment was missing nobody could read it', zh: '前面的报文段没到齐，谁也读不到它' },
      readable === 0 && early === -1 && toEnd === ordinary.length + 1,
    );
    stage.check(
      { en: 'The program read it at its place: last', zh: '程序读到它时，它仍在原来的位置：最后' },
      text === `${ordinary}!`,
    );
    stage.verdict = {
      en: 'Wrong. URG marks a place in the stream, it changes no order. What may run ahead is the notice that something urgent is coming, so that a program can hurry reading what stands before it.',
      zh: '错。URG 只是在字节流里标出一个位置，不改变任何顺序。能提前到的只是“后面有紧急数据”的通知，好让程序赶快把前面的读完。',
    };
  },
};

function pointerOf(row: LadderRow): number {
  if (row.frame === null || row.medium === null) return Number.NaN;
  return Number(fieldOf(decodeFrame(row.frame, row.medium), 'tcp', 'urgent pointer')?.value ?? Number.NaN);
}
