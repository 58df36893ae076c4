/** When segments leave, and what an unused window is worth: pacing, congestion window validation (RFC 7661). */
import { type Mechanism, MSS, opened, transfer } from './mechanism.ts';

const pacing: Mechanism = {
  id: 'pacing',
  title: { en: 'Pacing: a window spread over the round trip', zh: '平滑发送：把一个窗口摊到整个往返时间里' },
  summary: {
    en: 'A window of 40 segments is free, the queue on the way has room for 20. Paced segments leave one by one, spread over the round trip, and the queue drains between them.',
    zh: '窗口允许发 40 个报文段，途中的队列只容得下 20 个。平滑发送（pacing）把报文段摊开，隔一会儿发一个，队列来得及排空。',
  },
  summaryOff: {
    en: 'A window of 40 segments is free, the queue on the way has room for 20. All of them leave at the same moment, and what finds no room in the queue is lost.',
    zh: '窗口允许发 40 个报文段，途中的队列只容得下 20 个。四十个一口气全部发出，队列放不下的当场丢弃。',
  },
  settings: {
    initial_window_segments: 40,
    initial_window_bytes: 100_000,
    rmem_default: 400_000,
    wmem_default: 400_000,
  },
  with: { pacing: true },
  without: { pacing: false },
  link: { rateBps: 12_000_000, queuePackets: 20 },
  measure: {
    name: { en: 'Packets lost in the queue', zh: '队列溢出丢失的分组' },
    unit: { en: 'packets', zh: '个' },
    better: 'smaller',
    with: 0,
    without: 10,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    transfer(stage, socket, accepted, 40 * MSS);
    return link.impairment.countersOf(link.portOf(client)).queueDropped;
  },
};

const windowValidation: Mechanism = {
  id: 'window-validation',
  title: { en: 'Window validation: a pause does not cost the window', zh: '窗口验证：停顿不等于从头再来' },
  summary: {
    en: 'A film comes in pieces of 60 segments, one every five seconds. The window was proved by the last piece and is kept for five minutes (RFC 7661): the next piece leaves at once.',
    zh: '视频分段传送，每五秒一段，一段 60 个报文段。上一段已经验证过窗口，五分钟内一直有效（RFC 7661），下一段立刻全部发出。',
  },
  summaryOff: {
    en: 'A film comes in pieces of 60 segments, one every five seconds. After each pause the window is back at its initial size (RFC 5681), and every piece needs a slow start of its own.',
    zh: '视频分段传送，每五秒一段，一段 60 个报文段。每停顿一次，窗口就退回初始大小（RFC 5681），每一段都要重新慢启动。',
  },
  profile: 'rfc',
  settings: { hystart: 'off', abc_limit: 8, ack_every_segments: 1, rmem_default: 400_000, wmem_default: 400_000 },
  with: { window_validation: true },
  without: { window_validation: false },
  measure: {
    name: { en: 'Time for the fourth piece', zh: '第四段所用时间' },
    unit: { en: 'ms', zh: '毫秒' },
    better: 'smaller',
    with: 70,
    without: 100,
  },
  act(acting) {
    const { stage } = acting;
    const [socket, accepted] = opened(acting);
    for (let piece = 0; piece < 3; piece++) {
      transfer(stage, socket, accepted, 60 * MSS);
      stage.pass(5000);
    }
    return transfer(stage, socket, accepted, 60 * MSS);
  },
};

export const RATE: readonly Mechanism[] = [pacing, windowValidation];
