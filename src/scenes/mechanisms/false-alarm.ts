/** Losses that were none: F-RTO (RFC 5682), Eifel (RFC 3522), the reordering window (RFC 8985), D-SACK (RFC 2883). */
import { type Mechanism, type MechanismStage, MSS, opened, sentAgain, transfer } from './mechanism.ts';

const SEGMENTS = { en: 'segments', zh: '个报文段' };

/** One segment out of thirty comes so late that it looks lost; then the window is read. */
function windowAfterDelay(acting: MechanismStage): number {
  const { stage, client, link } = acting;
  const [socket, accepted] = opened(acting);
  link.rule({ from: client, payloadMin: 1, nth: 12 }, { delayMs: 30 });
  transfer(stage, socket, accepted, 30 * MSS);
  stage.until(() => socket.unacknowledgedLength === 0);
  stage.pass(100);
  return socket.tcpInfo().sndCwnd;
}

const frto: Mechanism = {
  id: 'f-rto',
  title: { en: 'F-RTO: the timer ran out, but nothing was lost', zh: 'F-RTO：定时器到期，其实没有丢失' },
  summary: {
    en: 'The path stalls for 400 ms and the timer runs out. F-RTO sends one segment again and then new data; the next ACK shows that the originals are arriving, so nothing more is repeated.',
    zh: '路径卡住 400 毫秒，定时器到期。F-RTO 只重传一个报文段，接着发送新数据；下一个确认表明原来的报文段正在陆续送达，这是虚假超时，不必再重传。',
  },
  summaryOff: {
    en: 'The path stalls for 400 ms and the timer runs out. Without F-RTO every ACK of a late original makes the sender repeat what is about to be acknowledged anyway.',
    zh: '路径卡住 400 毫秒，定时器到期。没有 F-RTO，每来一个迟到报文段的确认，发送方就再重传几个本来就会送达的报文段。',
  },
  settings: { early_retrans: 0, timestamps: false, dsack: false },
  with: { frto: 2 },
  without: { frto: 0 },
  measure: {
    name: { en: 'Segments sent again although nothing was lost', zh: '毫无必要地重传' },
    unit: SEGMENTS,
    better: 'smaller',
    with: 1,
    without: 3,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.set({ delayMs: 420 }, client);
    stage.act('network', { en: 'stalls: everything takes 400 ms longer', zh: '卡住：所有分组都要多花 400 毫秒' });
    transfer(stage, socket, accepted, 30 * MSS);
    stage.until(() => socket.unacknowledgedLength === 0);
    stage.pass(1000);
    return sentAgain(socket);
  },
};

const reorderingWindow: Mechanism = {
  id: 'reordering-window',
  title: { en: 'The reordering window: late is not lost', zh: '乱序窗口：迟到不等于丢失' },
  summary: {
    en: 'Three segments out of forty come 8 ms late. RACK grants each one a quarter of a round trip before it calls it lost, however many later ones have come.',
    zh: '四十个报文段里有三个迟到 8 毫秒。不管后面已到了多少，RACK 都先宽限四分之一个往返时间，过了才算丢失。',
  },
  summaryOff: {
    en: 'Three segments out of forty come 8 ms late. With no window of time, what has come later is proof enough: the late ones are sent again for nothing.',
    zh: '四十个报文段里有三个迟到 8 毫秒。不留时间余量，只要后面的先到就认定丢失，结果白白重传。',
  },
  settings: { early_retrans: 0 },
  with: { recovery: 5 },
  without: { recovery: 0, max_reordering: 3 },
  measure: {
    name: { en: 'Segments sent again although nothing was lost', zh: '毫无必要地重传' },
    unit: SEGMENTS,
    better: 'smaller',
    with: 0,
    without: 2,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: [4, 14, 28] }, { delayMs: 8 });
    transfer(stage, socket, accepted, 40 * MSS);
    stage.until(() => socket.unacknowledgedLength === 0);
    return sentAgain(socket);
  },
};

const eifel: Mechanism = {
  id: 'timestamps-undo',
  title: { en: 'Timestamps show that a loss was none', zh: '时间戳揭穿假丢失' },
  summary: {
    en: 'A segment is 30 ms late and is sent again. The timestamp in the ACK is that of the original, so the sender knows it was wrong and restores its congestion window (Eifel, RFC 3522).',
    zh: '一个报文段迟到 30 毫秒，被当成丢失重传了。确认里带回的是原报文段的时间戳，发送方知道判断有误，于是恢复拥塞窗口（Eifel 算法，RFC 3522）。',
  },
  summaryOff: {
    en: 'A segment is 30 ms late and is sent again. Without timestamps an ACK does not tell which of the two copies it is for, and the congestion window stays cut.',
    zh: '一个报文段迟到 30 毫秒，被当成丢失重传了。没有时间戳，就分不清确认的是哪一份，拥塞窗口白白缩小。',
  },
  settings: { early_retrans: 0, dsack: false, congestion_control: 'reno', hystart: 'off' },
  with: { timestamps: true },
  without: { timestamps: false },
  measure: {
    name: { en: 'Congestion window afterwards', zh: '事后的拥塞窗口' },
    unit: SEGMENTS,
    better: 'larger',
    with: 18,
    without: 14,
  },
  act: windowAfterDelay,
};

const dsackUndo: Mechanism = {
  id: 'dsack-undo',
  title: { en: 'D-SACK: the receiver reports that it got the same twice', zh: 'D-SACK：接收方报告收到了重复数据' },
  summary: {
    en: 'A segment is 30 ms late and is sent again; both copies arrive. The receiver reports the second one by D-SACK (RFC 2883), the sender knows that the cut was for nothing and restores its congestion window. There are no timestamps to tell it earlier.',
    zh: '一个报文段迟到 30 毫秒，被当成丢失重传，结果两份都到了。接收方用 D-SACK（RFC 2883）报告收到重复数据，发送方才知道窗口缩错了，于是恢复原来的拥塞窗口。这里没有启用时间戳，D-SACK 是唯一的线索。',
  },
  summaryOff: {
    en: 'A segment is 30 ms late and is sent again; both copies arrive. The receiver says nothing about the second one, so the sender goes on believing in a loss and keeps its window cut.',
    zh: '一个报文段迟到 30 毫秒，被当成丢失重传，结果两份都到了。接收方对多出来的那份只字不提，发送方一直以为真丢了，拥塞窗口就这么缩着。',
  },
  settings: { early_retrans: 0, timestamps: false, congestion_control: 'reno', hystart: 'off' },
  with: { dsack: true },
  without: { dsack: false },
  measure: {
    name: { en: 'Congestion window afterwards', zh: '事后的拥塞窗口' },
    unit: SEGMENTS,
    better: 'larger',
    with: 18,
    without: 14,
  },
  act: windowAfterDelay,
};

export const FALSE_ALARM: readonly Mechanism[] = [frto, reorderingWindow, eifel, dsackUndo];
