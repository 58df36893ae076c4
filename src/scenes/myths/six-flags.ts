/** Claim: TCP has six flags (nine control bits by RFC 9293 section 3.1, RFC 3168 and RFC 9768). */
import { HandMadePeer } from '../hand-made.ts';
import type { LadderRow } from '../ladder-row.ts';
import type { Scene } from '../scene.ts';

const BITS = ['AE', 'CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN'] as const;

export const sixFlags: Scene = {
  id: 'myth-six-flags',
  group: 'myths',
  title: { en: 'Claim: TCP has six flags', zh: '误传：TCP 只有六个标志位' },
  summary: {
    en: 'URG, ACK, PSH, RST, SYN, FIN: six, say the books. Nine segments with one control bit each are sent, and two SYNs that ask for congestion notification; bytes 12 and 13 of each header are shown.',
    zh: '书上说 URG、ACK、PSH、RST、SYN、FIN 共六个。这里发送九个各只置一位的报文段，再发两个请求显式拥塞通知的 SYN，看首部第 12、13 字节。',
  },
  play(stage) {
    const hand = new HandMadePeer();
    const peer = stage.handMade('peer', hand);
    const server = stage.host('server');
    stage.link(peer, server);
    const listener = stage.listen(server, 80);
    const to = stage.addressOf(server);
    const seen: number[] = [];
    for (const [index, flags] of BITS.entries()) {
      // To a closed port, where nothing depends on what the bit means.
      hand.send({ flags, to, fromPort: 40_001 + index, toPort: 81, seq: 1000, ack: flags === 'ACK' ? 1 : 0 });
      stage.pass(100);
      const word = controlWord(stage.packets({ from: 'peer' }).at(-1));
      seen.push(word);
      stage.note({
        en: `${flags} alone: bytes 12 and 13 are ${binary(word)}.`,
        zh: `只置 ${flags} 时，第 12、13 字节为 ${binary(word)}。`,
      });
    }
    const opens = ['SYN+ECE+CWR', 'SYN+ECE+CWR+AE'].map((flags, index) => {
      stage.say(
        index === 0
          ? { en: 'How a client asks for ECN (RFC 3168).', zh: '客户端请求使用 ECN 的方式（RFC 3168）。' }
          : {
              en: 'How it asks for accurate ECN (RFC 9768): the ninth bit, once called NS.',
              zh: '请求使用精确 ECN（RFC 9768）：用到第九位，它从前叫 NS。',
            },
      );
      hand.send({ flags, to, fromPort: 41_001 + index, toPort: 80, seq: 1000, mss: 1460 });
      stage.pass(100);
      return hand.received.at(-1);
    });
    stage.check(
      {
        en: 'Nine bits, nine different places: the lowest of byte 12 and all of byte 13',
        zh: '九个控制位占九个不同的位置：第 12 字节的最低位和第 13 字节的全部八位',
      },
      seen.every((word, index) => (word & 0x1ff) === 1 << (8 - index)) && new Set(seen).size === BITS.length,
    );
    stage.check(
      { en: 'The three bits before AE are reserved and zero', zh: 'AE 前面的三位保留不用，为 0' },
      seen.every((word) => (word & 0xe00) === 0),
    );
    stage.check(
      {
        en: 'A real stack takes SYNs with the newer bits and answers with a SYN+ACK',
        zh: '真实协议栈接受带新控制位的 SYN，并回应 SYN+ACK',
      },
      opens.every((answer) => answer !== undefined && (answer.flags & 0x12) === 0x12) &&
        listener.listener.halfOpen === 2,
    );
    stage.verdict = {
      en: 'Out of date. RFC 793 had six. RFC 3168 added ECE and CWR in 2001, which RFC 9293 lists as control bits; RFC 9768 uses a ninth, AE. Three bits are still reserved.',
      zh: '过时了。RFC 793 确实只有六个；2001 年的 RFC 3168 增加了 ECE 和 CWR，RFC 9293 已把它们列为控制位；RFC 9768 又用了第九位 AE。现在还剩三位保留。',
    };
  },
};

/** Bytes 12 and 13 of the TCP header: data offset, reserved bits, control bits. */
function controlWord(row: LadderRow | undefined): number {
  const frame = row?.frame ?? new Uint8Array();
  const tcp = ((frame[0] ?? 0) & 15) * 4;
  return ((frame[tcp + 12] ?? 0) << 8) | (frame[tcp + 13] ?? 0);
}

/** `0101 000 0 0000 0010`: data offset, reserved, AE, the others. */
function binary(word: number): string {
  const bits = word.toString(2).padStart(16, '0');
  return `${bits.slice(0, 4)} ${bits.slice(4, 7)} ${bits.slice(7, 8)} ${bits.slice(8, 12)} ${bits.slice(12)}`;
}
