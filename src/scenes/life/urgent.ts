/** Urgent data: the pointer names the octet after it, the data stays in line; and the BSD way of reading it apart (RFC 9293 section 3.8.5). */
import { decodeFrame, fieldOf } from '../../capture/decode.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import { asciiText } from '../hand-made.ts';
import type { LadderRow } from '../ladder.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';
import { byteCount } from '../text.ts';

export const urgent: Scene = {
  id: 'urgent',
  group: 'life',
  title: { en: 'Urgent data', zh: '紧急数据与紧急指针' },
  summary: {
    en: 'URG and the urgent pointer say where in the stream something urgent ends. The bytes stay where they were written. Sockets in the BSD tradition take the last urgent byte out and hand it over separately, as “out-of-band” data.',
    zh: 'URG 和紧急指针只说明紧急数据在字节流中到哪里为止，数据本身仍排在原来的位置。BSD 风格的套接字会把最后一个紧急字节单独取出，称为“带外数据”。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, inline] = stage.open(client, server, listener, { noDelay: true, localPort: 40_001 });
    const [second, apart] = stage.open(client, server, listener, { noDelay: true, localPort: 40_002 });
    apart.urgentOutOfBand = true;
    stage.pass(100);
    const { ahead, text } = readsInLine(stage, socket, inline);
    const { octet, before, after } = readsApart(stage, second, apart);
    const marked = stage.packets({ from: 'client' }).filter((row) => row.flags.includes('URG'));
    const [first, last] = marked;
    stage.check(
      {
        en: 'The pointer is 1: the byte after the single urgent one',
        zh: '紧急指针为 1：指向唯一的紧急字节之后的那个字节',
      },
      first?.payload === '!' && pointerOf(first) === 1,
    );
    stage.check(
      { en: 'Read in line, the stream is “abc!def”', zh: '原位读取时，字节流就是“abc!def”' },
      text === 'abc!def',
    );
    stage.check(
      {
        en: 'The program learned that four bytes lead to the end of the urgent data',
        zh: '程序知道再读 4 字节就读完紧急数据',
      },
      ahead === 4,
    );
    stage.check(
      {
        en: 'In one segment with other data the pointer is 4, behind “abc!”',
        zh: '与其他数据同在一个报文段时，紧急指针为 4，正好在“abc!”之后',
      },
      marked.length === 2 && last?.payload === 'abc!def' && pointerOf(last) === 4,
    );
    stage.check(
      {
        en: 'Read out-of-band, “!” comes separately, and the stream is “abc”, then “def”',
        zh: '带外读取时，“!”单独取出，字节流先是“abc”，后是“def”',
      },
      octet === 33 && before === 'abc' && after === 'def',
    );
  },
};

/** Act 1: the urgent byte stays in line. `ahead` is how far away the server’s program was told that it ends. */
function readsInLine(stage: Stage, socket: StreamSocket, inline: StreamSocket): { ahead: number; text: string } {
  stage.note({
    en: 'Port 40001: the server reads urgent data in line, as RFC 9293 means it.',
    zh: '端口 40001：服务器按 RFC 9293 的本意，在字节流中原位读取紧急数据。',
  });
  stage.write(socket, 'abc');
  stage.until(() => socket.unacknowledgedLength === 0);
  stage.act('client', { en: 'writes one byte, “!”, as urgent', zh: '把一个字节“!”作为紧急数据写入' });
  stage.say({
    en: 'URG is set; the pointer is counted from this segment’s sequence number to the byte after the urgent one.',
    zh: 'URG 置 1；紧急指针从本报文段的序列号算起，指向紧急数据之后的那个字节。',
  });
  socket.writeUrgent(Uint8Array.of(33));
  stage.until(() => inline.urgentLength > 0);
  stage.pass(1);
  const ahead = inline.urgentLength;
  stage.act('server', {
    en: `is told: urgent data, ${byteCount(ahead)} from here to its end`,
    zh: `得到通知：有紧急数据，从当前读取位置到它结束还有 ${ahead} 字节`,
  });
  stage.write(socket, 'def');
  stage.until(() => socket.unacknowledgedLength === 0);
  const text = stage.read(inline);
  stage.pass(100);
  return { ahead, text };
}

/** Act 2: the BSD way. The urgent byte, what was read before it and what after. */
function readsApart(
  stage: Stage,
  second: StreamSocket,
  apart: StreamSocket,
): { octet: number; before: string; after: string } {
  stage.note({
    en: 'Port 40002: the same again, but the server’s program asks for out-of-band reading.',
    zh: '端口 40002：同样的过程，但服务器上的程序要求带外读取。',
  });
  second.write(Uint8Array.of(97, 98, 99));
  second.writeUrgent(Uint8Array.of(33));
  second.write(Uint8Array.of(100, 101, 102));
  stage.act('client', {
    en: 'writes “abc”, the urgent “!”, and “def”, without a pause',
    zh: '不停顿地写入“abc”、紧急字节“!”和“def”',
  });
  stage.until(() => second.unacknowledgedLength === 0);
  const octet = apart.readUrgent();
  stage.act('server', { en: 'reads the urgent byte separately (MSG_OOB)', zh: '单独读出紧急字节（MSG_OOB）' });
  const [before, after] = [readOnce(apart), readOnce(apart)];
  stage.act('server', {
    en: `reads “${before}” and, with the next call, “${after}”`,
    zh: `读到“${before}”，再读一次得到“${after}”`,
  });
  stage.pass(100);
  return { octet, before, after };
}

/** What one call of read() gives: it stops at the urgent byte. */
function readOnce(socket: StreamSocket): string {
  const bytes = new Uint8Array(64);
  return asciiText(bytes.subarray(0, socket.read(bytes)));
}

/** The urgent pointer of the packet in a row, -1 when there is none. */
export function pointerOf(row: LadderRow): number {
  if (row.frame === null || row.medium === null) return -1;
  return Number(fieldOf(decodeFrame(row.frame, row.medium), 'tcp', 'urgent pointer')?.value ?? -1);
}
