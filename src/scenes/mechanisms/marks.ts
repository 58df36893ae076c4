/** What congestion marks are good for: ABE (RFC 8511), DCTCP (RFC 8257), Accurate ECN (RFC 9768). */
import { type Mechanism, MSS, opened, transfer, transferFor } from './mechanism.ts';

/** A path that holds some 30 packets, and a queue that marks from the fourth on. */
const MARKING_PATH = {
  rateBps: 3_000_000,
  delayMs: 60,
  queuePackets: 100,
  marking: { kind: 'step', marks: 'ect', thresholdUs: 12_500 },
} as const;

const THROUGHPUT = {
  name: { en: 'Throughput', zh: '吞吐量' },
  unit: { en: 'Mbit/s', zh: 'Mbit/s' },
  better: 'larger',
} as const;

/** Mbit/s over four seconds, when the first two and a half have gone by. */
function throughputAfterStart(acting: Parameters<Mechanism['act']>[0]): number {
  const [socket, accepted] = opened(acting);
  transferFor(acting.stage, socket, accepted, 2500);
  return (transferFor(acting.stage, socket, accepted, 4000) * 8) / 4_000_000;
}

const abe: Mechanism = {
  id: 'abe',
  title: { en: 'ABE: less of a cut after a mark than after a loss', zh: 'ABE：收到标记比丢包少让一些' },
  summary: {
    en: 'A queue that marks early is short when it marks. Half the window would leave the path idle for many round trips; with alternative backoff Reno keeps four fifths of it after a mark, and half as ever after a loss.',
    zh: '队列很早就打标记，说明它还很短。窗口若减半，路径要空闲许多个往返时间；采用 ABE 的 Reno 收到标记后保留五分之四，只有真的丢包才减半。',
  },
  summaryOff: {
    en: 'A queue that marks early is short when it marks. Reno answers a mark like a loss, with half of its window, and the path is not full for many round trips.',
    zh: '队列很早就打标记，说明它还很短。Reno 把标记当成丢包处理，窗口减半，此后许多个往返时间里路径都填不满。',
  },
  settings: {
    congestion_control: 'reno',
    hystart: 'off',
    ecn: 1,
    rmem_default: 1_000_000,
    wmem_default: 1_000_000,
  },
  with: { ecn_alternative_backoff: true },
  without: { ecn_alternative_backoff: false },
  measure: {
    name: { en: 'Congestion window after the second mark', zh: '第二次标记之后的拥塞窗口' },
    unit: { en: 'segments', zh: '个报文段' },
    better: 'larger',
    with: 17,
    without: 14,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    // The first mark ends slow start, which is answered by half in any case.
    link.rule({ from: client, payloadMin: 1, nth: [30, 150] }, { rewrite: { ecn: 'ce' } });
    transfer(stage, socket, accepted, 200 * MSS);
    return socket.tcpInfo().sndCwnd;
  },
};

const dctcp: Mechanism = {
  id: 'dctcp',
  title: { en: 'DCTCP: a cut as large as the share of marks', zh: 'DCTCP：标记占多少，就让多少' },
  summary: {
    en: 'A queue that marks early. DCTCP counts which share of its segments arrived marked and makes its window smaller by half of that share: few marks, a small step back, and the path stays full while the queue stays short.',
    zh: '队列很早就打标记。DCTCP 统计被标记的报文段所占比例，窗口按这个比例的一半缩小：标记少，就只退一小步，队列保持很短，路径照样填满。',
  },
  summaryOff: {
    en: 'A queue that marks early. Reno takes one mark for as much as ten, halves its window every time, and the path runs half empty.',
    zh: '队列很早就打标记。在 Reno 眼里，一个标记和十个标记没有区别，每次都把窗口减半，路径常常空着一半。',
  },
  settings: { hystart: 'off', ecn: 1, initial_window_segments: 4, rmem_default: 1_000_000, wmem_default: 1_000_000 },
  with: { congestion_control: 'dctcp' },
  without: { congestion_control: 'reno' },
  link: MARKING_PATH,
  measure: { ...THROUGHPUT, with: 2.6, without: 2.25 },
  act: throughputAfterStart,
};

/** Segments the network marks in one round trip. */
const MARKED = [12, 14, 15, 18, 21, 22];

const accurateEcn: Mechanism = {
  id: 'accurate-ecn',
  title: { en: 'Accurate ECN: how many marks, not only whether', zh: '精确 ECN：不只报有没有标记，还报有几个' },
  summary: {
    en: 'Six segments of one round trip are marked. Three header bits (AE, CWR, ECE) carry a counter of marks, so the sender knows of exactly six.',
    zh: '一个往返时间里有六个报文段被打上标记。首部里的三个比特（AE、CWR、ECE）合成一个计数器，发送方准确得知有六个。',
  },
  summaryOff: {
    en: 'Six segments of one round trip are marked. Classic ECN has one bit for the answer: ECE stands on every ACK until the sender’s CWR has come. Whether it was one mark or twenty cannot be told.',
    zh: '一个往返时间里有六个报文段被打上标记。传统 ECN 只用一个比特回答：在收到发送方的 CWR 之前，每个确认都带着 ECE，是一个标记还是二十个，发送方无从分辨。',
  },
  settings: { hystart: 'off' },
  with: { ecn: 3 },
  without: { ecn: 1 },
  measure: {
    name: { en: 'Error of the sender’s count of marks', zh: '发送方统计的标记数，误差' },
    unit: { en: 'segments', zh: '个报文段' },
    better: 'smaller',
    with: 0,
    without: 5,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: MARKED }, { rewrite: { ecn: 'ce' } });
    transfer(stage, socket, accepted, 60 * MSS);
    stage.until(() => socket.unacknowledgedLength === 0);
    return Math.abs(socket.tcpInfo().deliveredCe - MARKED.length);
  },
};

export const MARKS: readonly Mechanism[] = [abe, dctcp, accurateEcn];
