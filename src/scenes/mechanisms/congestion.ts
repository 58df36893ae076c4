/** The congestion window: CUBIC (RFC 9438), HyStart, BBR, restart after idle (RFC 5681 section 4.1), ECN (RFC 3168). */
import { type Mechanism, type MechanismStage, MSS, opened, sentAgain, transfer, transferFor } from './mechanism.ts';

/** Packets the queue of the client's direction had no room for. */
function lostInQueue({ client, link }: MechanismStage): number {
  return link.impairment.countersOf(link.portOf(client)).queueDropped;
}

const cubic: Mechanism = {
  id: 'cubic',
  title: { en: 'CUBIC: back to the old window on a long path', zh: 'CUBIC：长路径上迅速恢复窗口' },
  summary: {
    en: 'One loss on a path of 200 ms. CUBIC gives up three tenths of its window and comes back along a curve that goes by time, not by round trips.',
    zh: '往返时间 200 毫秒的路径上丢了一个报文段。CUBIC 只让出窗口的三成，随后按时间（而不是往返次数）沿三次曲线恢复。',
  },
  summaryOff: {
    en: 'One loss on a path of 200 ms. Reno halves its window and wins back one segment in each round trip: on a long path that takes very long.',
    zh: '往返时间 200 毫秒的路径上丢了一个报文段。Reno 把窗口减半，此后每个往返时间才加一个报文段，路径越长恢复越慢。',
  },
  settings: {
    initial_window_segments: 60,
    initial_window_bytes: 100_000,
    hystart: 'off',
    rmem_default: 1_000_000,
    wmem_default: 1_000_000,
  },
  with: { congestion_control: 'cubic' },
  without: { congestion_control: 'reno' },
  link: { delayMs: 100 },
  measure: {
    name: { en: 'Congestion window one second after the loss was seen', zh: '发现丢失一秒后的拥塞窗口' },
    unit: { en: 'segments', zh: '个报文段' },
    better: 'larger',
    with: 42,
    without: 36,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: 2 }, 'drop');
    transferFor(stage, socket, accepted, 1_200);
    return socket.tcpInfo().sndCwnd;
  },
};

const hystart: Mechanism = {
  id: 'hystart',
  title: { en: 'HyStart: leaving slow start before it hurts', zh: 'HyStart：及时退出慢启动' },
  summary: {
    en: 'A link of 10 Mbit/s behind a queue of 60 packets. When round trips grow longer the queue is filling: HyStart ends slow start there and then, before the queue overflows by much.',
    zh: '链路 10 Mbit/s，前面的队列容纳 60 个分组。往返时间变长，说明队列正在堆积，HyStart 立刻结束慢启动，不等队列大量溢出。',
  },
  summaryOff: {
    en: 'A link of 10 Mbit/s behind a queue of 60 packets. Slow start doubles its window until the queue overflows, and by then far too much is on its way.',
    zh: '链路 10 Mbit/s，前面的队列容纳 60 个分组。慢启动一直加倍到队列溢出，这时途中的分组已经多得离谱。',
  },
  settings: { rmem_default: 1_000_000, wmem_default: 1_000_000 },
  with: { hystart: 'classic' },
  without: { hystart: 'off' },
  link: { rateBps: 10_000_000, queuePackets: 60 },
  measure: {
    name: { en: 'Packets lost in the queue', zh: '队列溢出丢失的分组' },
    unit: { en: 'packets', zh: '个' },
    better: 'smaller',
    with: 10,
    without: 50,
  },
  act(acting) {
    const [socket, accepted] = opened(acting);
    transfer(acting.stage, socket, accepted, 300 * MSS);
    return lostInQueue(acting);
  },
};

const bbr: Mechanism = {
  id: 'bbr',
  title: { en: 'BBR: losses that are no congestion', zh: 'BBR：不是拥塞造成的丢失' },
  summary: {
    en: 'Every fiftieth packet is lost on a link of 10 Mbit/s with a round trip of 80 ms. BBR goes by the rate at which data arrives, not by losses.',
    zh: '链路 10 Mbit/s，往返时间 80 毫秒，每五十个分组丢一个。BBR 看的是数据送达的速率，不是丢失。',
  },
  summaryOff: {
    en: 'Every fiftieth packet is lost on a link of 10 Mbit/s with a round trip of 80 ms. CUBIC takes every loss for congestion and makes its window smaller each time.',
    zh: '链路 10 Mbit/s，往返时间 80 毫秒，每五十个分组丢一个。CUBIC 把每次丢失都当成拥塞，一次次缩小窗口。',
  },
  settings: { rmem_default: 1_000_000, wmem_default: 1_000_000 },
  with: { congestion_control: 'bbr' },
  without: { congestion_control: 'cubic' },
  link: { rateBps: 10_000_000, delayMs: 40, queuePackets: 200 },
  measure: {
    name: { en: 'Throughput', zh: '吞吐量' },
    unit: { en: 'Mbit/s', zh: 'Mbit/s' },
    better: 'larger',
    with: 4.5,
    without: 3,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    const nth = Array.from({ length: 8 }, (_, index) => 25 + 50 * index);
    link.rule({ from: client, payloadMin: 1, nth }, 'drop');
    const octets = 300 * MSS;
    return (octets * 8) / transfer(stage, socket, accepted, octets) / 1000;
  },
};

const restartAfterIdle: Mechanism = {
  id: 'restart-after-idle',
  title: { en: 'After a pause the window starts small again', zh: '空闲之后窗口从小开始' },
  summary: {
    en: 'The connection rests for ten seconds, and meanwhile its path becomes narrow. The old congestion window says nothing about the path of today: it falls back to the initial window.',
    zh: '连接空闲了十秒，其间路径变窄了。旧的拥塞窗口说明不了今天的路况，于是退回初始窗口重新摸索。',
  },
  summaryOff: {
    en: 'The connection rests for ten seconds, and meanwhile its path becomes narrow. The sender keeps its old window and throws all of it at the path at once; the queue overflows.',
    zh: '连接空闲了十秒，其间路径变窄了。发送方沿用旧窗口，一口气全部发出，队列当场溢出。',
  },
  settings: { rmem_default: 400_000, wmem_default: 400_000 },
  with: { slow_start_after_idle: true },
  without: { slow_start_after_idle: false },
  measure: {
    name: { en: 'Packets lost in the queue', zh: '队列溢出丢失的分组' },
    unit: { en: 'packets', zh: '个' },
    better: 'smaller',
    with: 5,
    without: 20,
  },
  act(acting) {
    const { stage, link } = acting;
    const [socket, accepted] = opened(acting);
    transfer(stage, socket, accepted, 60 * MSS);
    stage.pass(10_000);
    link.set({ rateBps: 10_000_000, queuePackets: 25 });
    stage.act('network', {
      en: 'has become narrow: 10 Mbit/s, room for 25 packets',
      zh: '变窄了：10 Mbit/s，队列容纳 25 个分组',
    });
    transfer(stage, socket, accepted, 60 * MSS);
    return lostInQueue(acting);
  },
};

const ecn: Mechanism = {
  id: 'ecn',
  title: { en: 'ECN: a mark in place of a loss', zh: 'ECN：用标记代替丢包' },
  summary: {
    en: 'A router with random early detection wants senders to slow down. Packets that are ECN-capable it marks (CE); the receiver echoes the mark, the sender makes its window smaller, and nothing has to be sent again.',
    zh: '路由器采用随机早期检测，想让发送方放慢。对支持 ECN 的分组，它只打上 CE 标记；接收方把标记回送，发送方缩小拥塞窗口，什么都不用重传。',
  },
  summaryOff: {
    en: 'A router with random early detection wants senders to slow down. Without ECN its only word is to drop packets, and every one of them has to be sent again.',
    zh: '路由器采用随机早期检测，想让发送方放慢。没有 ECN，它只能靠丢包来表达，丢掉的分组都得重传。',
  },
  settings: { hystart: 'off', rmem_default: 1_000_000, wmem_default: 1_000_000 },
  with: { ecn: 1 },
  without: { ecn: 0 },
  link: {
    rateBps: 10_000_000,
    queuePackets: 200,
    marking: { kind: 'red', minPackets: 10, maxPackets: 40, maxProbability: 0.1, weight: 0.1 },
  },
  measure: {
    name: { en: 'Segments sent again', zh: '重传的报文段' },
    unit: { en: 'segments', zh: '个' },
    better: 'smaller',
    with: 0,
    without: 3,
  },
  act(acting) {
    const [socket, accepted] = opened(acting);
    transfer(acting.stage, socket, accepted, 200 * MSS);
    return sentAgain(socket);
  },
};

export const CONGESTION: readonly Mechanism[] = [cubic, hystart, bbr, restartAfterIdle, ecn];
