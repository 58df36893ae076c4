/**
 * What a packet is, in words: the part of a sentence before its fate. One function per kind of packet.
 */
import type { UntoldRow } from './ladder-row.ts';
import { byteCount, hostName, type Text } from './text.ts';

/** What was sent and why. */
export function packetSentence(row: UntoldRow): Text {
  if (row.protocol !== 'tcp') return otherSentence(row);
  const flags = new Set(row.flags.split(','));
  if (row.isCrafted) return craftedSentence(row);
  if (flags.has('RST')) return resetSentence(row);
  if (flags.has('SYN')) return flags.has('ACK') ? synAckSentence(row) : synSentence(row);
  if (flags.has('FIN')) return finSentence(row);
  if ((row.length ?? 0) > 0) return dataSentence(row);
  return ackSentence(row);
}

/** Says who by name, in both languages. */
function by(row: UntoldRow, en: string, zh: string): Text {
  const who = hostName(row.from);
  return { en: `${who.en} ${en}`, zh: `${who.zh}${zh}` };
}

function otherSentence(row: UntoldRow): Text {
  if (row.protocol !== 'arp') return by(row, `sends ${row.summary}`, `发出 ${row.summary}`);
  if (row.to === '*' || row.summary.includes('who has')) {
    return by(
      row,
      `asks everybody on the link who has ${row.destination} (ARP request)`,
      `向链路上所有主机询问谁是 ${row.destination}（ARP 请求）`,
    );
  }
  return by(row, `answers with its hardware address (ARP reply)`, `回答自己的硬件地址（ARP 应答）`);
}

/** Nothing is known about why: a hand made it. */
function craftedSentence(row: UntoldRow): Text {
  const bytes = row.length ?? 0;
  const what = row.flags.replaceAll(',', '+');
  const data: Text = bytes > 0 ? { en: ` with ${byteCount(bytes)}`, zh: `，带 ${bytes} 字节数据` } : { en: '', zh: '' };
  if (what === '') {
    return by(
      row,
      `sends a segment without any control bit${data.en} (made by hand)`,
      `发出不带任何控制位的报文段${data.zh}（手工构造）`,
    );
  }
  return by(row, `sends ${what}${data.en} (made by hand)`, `发出 ${what}${data.zh}（手工构造）`);
}

function synSentence(row: UntoldRow): Text {
  if (row.isRepeat) {
    return by(row, 'hears no answer in time and sends its SYN again', '等不到回应，超时后重发 SYN');
  }
  const bytes = row.length ?? 0;
  const extra: Text =
    bytes > 0
      ? { en: `, with ${byteCount(bytes)} of data in it`, zh: `，并随 SYN 带上 ${bytes} 字节数据` }
      : { en: '', zh: '' };
  return by(
    row,
    `asks for a connection: SYN with its initial sequence number ${row.seqAbsolute ?? 0}, counted from 0 below${extra.en}`,
    `请求建立连接：发送 SYN，初始序列号为 ${row.seqAbsolute ?? 0}（图中从 0 数起）${extra.zh}`,
  );
}

function synAckSentence(row: UntoldRow): Text {
  if (row.wasActive) {
    return by(row, 'sends its SYN again, now with an ACK of the other SYN', '重发自己的 SYN，并确认对方的 SYN');
  }
  if (row.isRepeat) return by(row, 'sends its SYN+ACK again', '重发 SYN+ACK');
  const withData = (row.ack ?? 1) > 1;
  const ack: Text = withData
    ? { en: `ack ${row.ack}: the SYN and its data`, zh: `确认号 ${row.ack}，包括随 SYN 来的数据` }
    : { en: 'ack 1: that number plus one', zh: '确认号 1，即对方的序列号加一' };
  return by(
    row,
    `agrees: it acknowledges the SYN (${ack.en}) and sends its own, number ${row.seqAbsolute ?? 0}`,
    `同意连接：确认对方的 SYN（${ack.zh}），并发出自己的 SYN（初始序列号 ${row.seqAbsolute ?? 0}）`,
  );
}

function finSentence(row: UntoldRow): Text {
  const bytes = row.length ?? 0;
  if (row.isRepeat) return by(row, 'gets no ACK for its FIN and sends it again', '没有等到对 FIN 的确认，重发 FIN');
  const data: Text = bytes > 0 ? { en: `${byteCount(bytes)} and `, zh: ` ${bytes} 字节数据和` } : { en: '', zh: '' };
  const after = row.fromState?.after;
  if (after === 'LAST-ACK' && row.toState?.before === 'FIN-WAIT-1') {
    return by(
      row,
      `acknowledges the FIN and closes its own direction too, in one segment: ${data.en}FIN+ACK`,
      `确认对方的 FIN，同时也关闭自己这一方向，合在一个报文段里：发送${data.zh} FIN+ACK`,
    );
  }
  if (after === 'LAST-ACK') {
    return by(row, `has nothing more to send either: ${data.en}FIN`, `也没有数据要发了：发送${data.zh} FIN`);
  }
  return by(row, `closes its direction: ${data.en}FIN`, `关闭自己这一方向：发送${data.zh} FIN`);
}

function dataSentence(row: UntoldRow): Text {
  const bytes = row.length ?? 0;
  const reason = row.reason;
  if (reason === 'zero-window-probe') {
    return by(row, 'probes the closed window with one byte', '用 1 字节探测对方关闭的窗口');
  }
  if (reason === 'retransmission' || row.isRepeat) {
    const why: Text =
      row.timer?.name === 'retransmission' ? { en: ' after a time-out', zh: '超时，' } : { en: '', zh: '' };
    return by(
      row,
      `sends ${byteCount(bytes)} again${why.en} (seq ${numberOf(row)})`,
      `${why.zh}重传 ${bytes} 字节（序列号 ${numberOf(row)}）`,
    );
  }
  const urgent: Text = row.flags.includes('URG') ? { en: ', marked urgent', zh: '，带紧急标志' } : { en: '', zh: '' };
  if (isThirdStep(row)) {
    return by(
      row,
      `completes the handshake and sends ${byteCount(bytes)} with the third ACK`,
      `用第三次握手的 ACK 捎带发送 ${bytes} 字节数据`,
    );
  }
  return by(
    row,
    `sends ${byteCount(bytes)} (seq ${numberOf(row)})${urgent.en}`,
    `发送 ${bytes} 字节数据（序列号 ${numberOf(row)}）${urgent.zh}`,
  );
}

/** Counted from the SYN; as it stands in the packet, where that was not seen. */
function numberOf({ seq, seqAbsolute }: UntoldRow): number {
  return seq ?? seqAbsolute ?? 0;
}

function resetSentence(row: UntoldRow): Text {
  const { fromState } = row;
  const causes = RESET_CAUSES.get(row.cause);
  if (causes !== undefined) return by(row, causes.en, causes.zh);
  if (fromState === null || fromState.after === 'CLOSED') {
    return by(row, 'knows no such connection and answers with RST', '没有这条连接，用 RST 回应');
  }
  if (fromState.after === 'LISTEN') {
    return by(
      row,
      'has no connection this segment belongs to and answers with RST',
      '找不到这个报文段所属的连接，用 RST 回应',
    );
  }
  if (fromState.after === 'SYN-SENT') {
    return by(
      row,
      'gets an ACK for something it never sent and answers with RST',
      '收到的 ACK 确认了自己没有发过的内容，用 RST 拒绝',
    );
  }
  if (fromState.after === 'SYN-RECEIVED') {
    return by(
      row,
      'gets an ACK of a number it never used and refuses with RST',
      '收到的 ACK 确认了自己没用过的序列号，用 RST 拒绝',
    );
  }
  return by(row, 'refuses with RST', '用 RST 拒绝');
}

const RESET_CAUSES: ReadonlyMap<string, Text> = new Map([
  ['abort', { en: 'aborts: RST, nothing more will come', zh: '中止连接：发送 RST，不再收发' }],
  [
    'linger',
    {
      en: 'closes with linger 0, which is an abort: RST instead of FIN',
      zh: '以 SO_LINGER 0 关闭，等于中止：发送 RST 而不是 FIN',
    },
  ],
  [
    'close-with-unread-data',
    {
      en: 'closes with data unread: RST tells the peer that data was lost',
      zh: '还有数据没读就关闭：用 RST 告诉对端数据没有被读取',
    },
  ],
  ['retransmission-timeout', { en: 'gives up and says so with a RST', zh: '放弃这条连接，并用 RST 告知对端' }],
  ['keep-alive-timeout', { en: 'gets no answer to its probes and resets', zh: '没有等到保活探测的回应，发送 RST' }],
  ['listener-closed', { en: 'resets a connection nobody accepted', zh: '重置无人 accept 的连接' }],
]);

/** It acknowledges nothing but the SYN, for an end that has not heard that yet. */
function isThirdStep(row: UntoldRow): boolean {
  return row.ack === 1 && (row.toState?.before === 'SYN-RECEIVED' || (row.wasActive && row.isFirst && row.seq === 1));
}

function ackSentence(row: UntoldRow): Text {
  const number = row.ack ?? row.ackAbsolute ?? 0;
  if (isThirdStep(row)) {
    return by(
      row,
      `acknowledges the SYN (ack ${number}): the third step`,
      `确认对方的 SYN（确认号 ${number}）：第三次握手`,
    );
  }
  if (row.toState?.before === 'SYN-SENT') {
    return by(
      row,
      `still holds an older connection and answers with its numbers (ack ${number})`,
      `还保留着旧连接，用旧连接的序列号回应（确认号 ${number}）`,
    );
  }
  const named = NAMED_ACKS.get(row.reason ?? '');
  if (named !== undefined) return by(row, named.en, named.zh);
  const after = row.fromState?.after;
  if (row.reason === 'window-update') {
    const window = row.window ?? 0;
    return by(
      row,
      `acknowledges everything up to ${number} and announces a window of ${byteCount(window)}`,
      `确认 ${number} 之前的全部数据，并通告 ${window} 字节的窗口`,
    );
  }
  if (row.isSameAck && after === 'TIME-WAIT') {
    return by(
      row,
      `repeats its last ACK from TIME-WAIT (ack ${number})`,
      `在 TIME-WAIT 中再次发出最后那个 ACK（确认号 ${number}）`,
    );
  }
  if (row.isSameAck && row.window === 0) {
    return by(
      row,
      `answers that its window is still closed (ack ${number})`,
      `回答窗口仍然关闭（零窗口，确认号 ${number}）`,
    );
  }
  if (row.isSameAck) {
    return by(
      row,
      `sends the same ACK again: still waiting for ${number}`,
      `再次发出同样的 ACK：仍在等待序列号 ${number}`,
    );
  }
  if (after === 'TIME-WAIT' || after === 'CLOSE-WAIT' || after === 'CLOSING') {
    return by(row, `acknowledges the FIN (ack ${number})`, `确认对方的 FIN（确认号 ${number}）`);
  }
  const shut: Text =
    row.window === 0 ? { en: ' and closes its window', zh: '，并把窗口关闭（零窗口）' } : { en: '', zh: '' };
  return by(row, `acknowledges everything up to ${number}${shut.en}`, `确认 ${number} 之前的全部数据${shut.zh}`);
}

const NAMED_ACKS: ReadonlyMap<string, Text> = new Map([
  ['keep-alive', { en: 'asks whether the peer is still there (keep-alive probe)', zh: '询问对端是否还在（保活探测）' }],
  [
    'zero-window-probe',
    { en: 'asks whether the window is open again (zero-window probe)', zh: '询问窗口是否重新打开（零窗口探测）' },
  ],
  [
    'challenge-ack',
    {
      en: 'does not take that segment on trust and answers with its true numbers (challenge ACK)',
      zh: '不轻信收到的报文段，用自己真实的序列号回应（质询 ACK）',
    },
  ],
]);
