/**
 * One plain sentence per row, in English and Chinese, made from facts: control bits, the stack's own reason for sending,
 * the states of both ends, and what became of the packet. Host names are put in, nothing else is known here about a scene.
 */
import type { UntoldRow } from './ladder-row.ts';
import { packetSentence } from './narrator-packet.ts';
import { capital, hostName, type Text, tidyChinese } from './text.ts';

/** The sentence for a row; a packet's fate and effect follow what it is. */
export function narrate(row: UntoldRow): Text {
  switch (row.kind) {
    case 'segment':
      return finished(row.from, joined([packetSentence(row), fate(row), effect(row)]));
    case 'state':
      return finished(row.from, stateSentence(row));
    case 'event':
      return finished(row.from, timerSentence(row));
    default:
      return { en: '', zh: '' };
  }
}

/** Why a state changed without a packet. */
function stateSentence(row: UntoldRow): Text {
  const who = hostName(row.from);
  const before = row.fromState?.before ?? '';
  const after = row.fromState?.after ?? '';
  const moves: Text = { en: `${before} becomes ${after}`, zh: `状态由 ${before} 变为 ${after}` };
  const isGivenUp = row.cause === 'close' && before === 'SYN-SENT';
  const cause = isGivenUp ? GIVEN_UP : STATE_CAUSES.get(row.cause);
  if (cause === undefined) return { en: `${who.en}: ${moves.en}`, zh: `${who.zh}：${moves.zh}` };
  return { en: `${who.en}: ${cause.en}; ${moves.en}`, zh: `${who.zh}：${cause.zh}，${moves.zh}` };
}

const GIVEN_UP: Text = { en: 'the program gives up before an answer came', zh: '还没等到回应，程序就放弃了' };

const STATE_CAUSES: ReadonlyMap<string, Text> = new Map([
  ['2-msl-timeout', { en: 'the wait of 2 MSL is over', zh: '2 MSL 的等待结束' }],
  [
    'fin-timeout',
    {
      en: 'nobody holds this connection and the peer never sent its FIN (fin_timeout)',
      zh: '连接已无人持有，对端迟迟不发 FIN，fin_timeout 到期',
    },
  ],
  [
    'retransmission-timeout',
    { en: 'every retransmission went unanswered, so it gives up', zh: '多次重传都没有回应，于是放弃' },
  ],
  [
    'keep-alive-timeout',
    { en: 'no keep-alive probe was answered, so it gives up', zh: '保活探测全部没有回应，于是放弃' },
  ],
  ['linger-timeout', { en: 'the linger time is over', zh: 'SO_LINGER 的时间用完' }],
  ['icmp-error', { en: 'the network reports that the peer cannot be reached', zh: '网络报告无法到达对方' }],
  ['open', { en: 'active open', zh: '主动打开' }],
  ['close', { en: 'the program closes its direction', zh: '程序关闭自己这一方向' }],
  ['abort', { en: 'the program aborts', zh: '程序中止连接' }],
  ['linger', { en: 'closing with linger 0 means abort', zh: 'SO_LINGER 设为 0，关闭即中止' }],
  ['close-with-unread-data', { en: 'closing with data unread means abort', zh: '还有数据没读就关闭，等于中止' }],
  ['time-wait-overflow', { en: 'there are too many TIME-WAIT records', zh: 'TIME-WAIT 记录太多' }],
  ['user-timeout', { en: 'the user timeout is over', zh: '用户超时到期' }],
  ['listener-closed', { en: 'the listener is closed', zh: '监听套接字已关闭' }],
]);

function timerSentence(row: UntoldRow): Text {
  const who = hostName(row.from);
  const timer = TIMERS.get(row.timer?.name ?? '') ?? { en: 'a timer', zh: '定时器' };
  return { en: `${who.en}: ${timer.en} runs out`, zh: `${who.zh}的${timer.zh}到期` };
}

const TIMERS: ReadonlyMap<string, Text> = new Map([
  ['retransmission', { en: 'the retransmission timer', zh: '重传定时器' }],
  ['zero-window-probe', { en: 'the persist timer', zh: '坚持定时器' }],
  ['delayed-ack', { en: 'the delayed-ACK timer', zh: '延迟确认定时器' }],
  ['keep-alive', { en: 'the keep-alive timer', zh: '保活定时器' }],
  ['lifetime', { en: 'the timer that ends the connection', zh: '连接的寿命定时器' }],
]);

/** What became of the packet, when it was not simply delivered. */
function fate(row: UntoldRow): Text | null {
  const to = hostName(row.to === '*' ? '' : row.to);
  switch (row.status) {
    case 'dropped':
      return row.arrivedUs === null
        ? { en: 'it is lost on the way', zh: '它在途中丢失' }
        : { en: 'it reaches a machine that is down', zh: '到达时对方主机已宕机' };
    case 'duplicated':
      return { en: 'the network delivers it twice', zh: '网络把它送到了两次' };
    case 'delayed': {
      const seconds = (((row.arrivedUs ?? row.timeUs) - row.timeUs) / 1_000_000).toFixed(2);
      return { en: `it is held up and arrives ${seconds} s later`, zh: `它在途中耽搁，${seconds} 秒后才到` };
    }
    case 'corrupted':
      return { en: `it is damaged on the way and ${to.en} drops it`, zh: `它在途中损坏，${to.zh}将其丢弃` };
    default:
      return null;
  }
}

/** What the packet did to the receiver. */
function effect(row: UntoldRow): Text | null {
  if (row.arrivedUs === null) return null;
  const to = hostName(row.to);
  if (row.dropReason !== null && row.status !== 'corrupted') {
    return { en: `${to.en} drops it (${row.dropReason})`, zh: `${to.zh}将其丢弃（${row.dropReason}）` };
  }
  const state = row.toState;
  if (state === null || state.before === state.after) return null;
  return {
    en: `${to.en} goes from ${state.before} to ${state.after}`,
    zh: `${to.zh}由 ${state.before} 进入 ${state.after}`,
  };
}

function joined(parts: readonly (Text | null)[]): Text {
  const said = parts.filter((part): part is Text => part !== null && part.en !== '');
  return { en: said.map((part) => part.en).join('; '), zh: said.map((part) => part.zh).join('；') };
}

/** A capital at the start where a host's common name begins the sentence, and a full stop. */
function finished(host: string, { en, zh }: Text): Text {
  const name = hostName(host).en;
  const start = en.startsWith(name) && name !== host ? capital(en) : en;
  return { en: `${start}.`, zh: tidyChinese(`${zh}。`) };
}
