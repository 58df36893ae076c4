/** Around a loss: limited transmit (RFC 3042) before it is certain, proportional rate reduction (RFC 9937) afterwards. */
import type { Stage } from '../stage.ts';
import { type Mechanism, MSS, opened, transfer } from './mechanism.ts';

const limitedTransmit: Mechanism = {
  id: 'limited-transmit',
  title: { en: 'Limited transmit: new data draws the third duplicate ACK', zh: '有限传输：用新数据换来第三个重复确认' },
  summary: {
    en: 'A window of three segments, the first is lost: two duplicate ACKs, one too few. With limited transmit each of them lets one new segment go; what these bring back makes three, and the loss is repaired without the timer.',
    zh: '窗口只有三个报文段，第一个丢了，只能引出两个重复确认，还差一个。有限传输允许每收到一个重复确认就发一个新报文段，新报文段又引出重复确认，凑够三个，不等定时器就修复了丢失。',
  },
  summaryOff: {
    en: 'A window of three segments, the first is lost: two duplicate ACKs, one too few. The window is full, so nothing new may go, nothing more comes back, and only the timer is left.',
    zh: '窗口只有三个报文段，第一个丢了，只能引出两个重复确认，还差一个。窗口已满，不能发新数据，也就等不来更多确认，只好等重传定时器到期。',
  },
  settings: { initial_window_segments: 3, recovery: 0, early_retrans: 0 },
  with: { limited_transmit: true },
  without: { limited_transmit: false },
  measure: {
    name: { en: 'Time until everything had arrived', zh: '全部数据送达所用时间' },
    unit: { en: 'ms', zh: '毫秒' },
    better: 'smaller',
    with: 200,
    without: 300,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: 1 }, 'drop');
    return transfer(stage, socket, accepted, 8 * MSS);
  },
};

const prr: Mechanism = {
  id: 'prr',
  title: { en: 'PRR: no burst after a burst of losses', zh: 'PRR：连续丢包之后不再突发' },
  summary: {
    en: 'Thirty segments in a row are lost. What is in flight falls far below the new window; proportional rate reduction lets one or two segments go for each ACK until the window is full again.',
    zh: '一连丢了三十个报文段，途中的数据一下子远少于缩小后的窗口。比例速率降低（PRR）每收到一个确认只放行一两个报文段，慢慢把窗口填满。',
  },
  summaryOff: {
    en: 'Thirty segments in a row are lost. What is in flight falls far below the new window, and the sender fills the difference at once: a burst into the very queue that has just overflowed (RFC 6675 alone).',
    zh: '一连丢了三十个报文段，途中的数据一下子远少于缩小后的窗口。发送方（只按 RFC 6675）立刻把差额一口气补上：队列刚刚溢出，又迎来一次突发。',
  },
  settings: { hystart: 'off', early_retrans: 0, rmem_default: 400_000, wmem_default: 400_000 },
  with: { prr: true },
  without: { prr: false },
  link: { rateBps: 10_000_000, queuePackets: 100 },
  measure: {
    name: {
      en: 'Most segments sent within a millisecond after the loss was seen',
      zh: '发现丢失之后一毫秒内发出的报文段最多达到',
    },
    unit: { en: 'segments', zh: '个' },
    better: 'smaller',
    with: 3,
    without: 10,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    const nth = Array.from({ length: 30 }, (_, index) => 41 + index);
    link.rule({ from: client, payloadMin: 1, nth }, 'drop');
    transfer(stage, socket, accepted, 120 * MSS);
    return longestBurst(stage, 'client');
  },
};

/** Data segments `from` sent within a millisecond at most, from its first retransmission on. */
function longestBurst(stage: Stage, from: string): number {
  const sent = stage.packets({ from }).filter((row) => (row.length ?? 0) > 0);
  const first = sent.findIndex((row) => row.isRepeat);
  const timesUs = sent.slice(first < 0 ? sent.length : first).map((row) => row.timeUs);
  let most = 0;
  for (let end = 0, start = 0; end < timesUs.length; end++) {
    while ((timesUs[end] ?? 0) - (timesUs[start] ?? 0) >= 1000) start++;
    most = Math.max(most, end - start + 1);
  }
  return most;
}

export const REDUCTION: readonly Mechanism[] = [limitedTransmit, prr];
