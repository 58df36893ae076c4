/** Losses and how they are found: SACK (RFC 2018), tail loss probes and RACK (RFC 8985). */
import { type Mechanism, MSS, opened, transfer } from './mechanism.ts';

const MS = { en: 'ms', zh: '毫秒' };

const sack: Mechanism = {
  id: 'sack',
  title: { en: 'Selective acknowledgment: four holes in one window', zh: '选择确认：一个窗口里的四个空洞' },
  summary: {
    en: 'Four of thirty segments are lost. SACK blocks name everything that has come, so the sender sees all the holes at once and fills them in one round trip.',
    zh: '三十个报文段丢了四个。SACK 块列出已经收到的全部数据，发送方一眼看清所有空洞，一个往返时间就全部补上。',
  },
  summaryOff: {
    en: 'Four of thirty segments are lost and SACK was not agreed on. A cumulative ACK shows the first hole only: the sender fills one hole in each round trip (NewReno, RFC 6582).',
    zh: '三十个报文段丢了四个，双方没有协商选择确认。累计确认只露出第一个空洞，发送方每个往返时间只能补一个（NewReno，RFC 6582）。',
  },
  with: { sack: true },
  without: { sack: false },
  measure: {
    name: { en: 'Time until everything had arrived', zh: '全部数据送达所用时间' },
    unit: MS,
    better: 'smaller',
    with: 170,
    without: 220,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: [12, 15, 18, 21] }, 'drop');
    return transfer(stage, socket, accepted, 30 * MSS);
  },
};

const tailLossProbe: Mechanism = {
  id: 'tail-loss-probe',
  title: { en: 'Tail loss probe: the last segments are lost', zh: '尾部丢失探测：最后两个报文段丢失' },
  summary: {
    en: 'Of eight segments the last two are lost, and behind them comes nothing that could cause duplicate ACKs. After two round trips of silence the sender probes by sending the very last once more, long before the retransmission timer runs out; the SACK for it shows what else is missing.',
    zh: '八个报文段丢了最后两个，后面再没有数据，引不出重复确认。沉默两个往返时间后，发送方把最末一个再发一次作为探测，远远早于重传定时器到期；对方的 SACK 随即表明还缺什么。',
  },
  summaryOff: {
    en: 'Of eight segments the last two are lost, and behind them comes nothing that could cause duplicate ACKs. Without a probe only the retransmission timer is left.',
    zh: '八个报文段丢了最后两个，后面再没有数据，引不出重复确认。没有尾部丢失探测，就只能等重传定时器到期。',
  },
  with: { early_retrans: 3 },
  without: { early_retrans: 0 },
  measure: {
    name: { en: 'Time until everything had arrived', zh: '全部数据送达所用时间' },
    unit: MS,
    better: 'smaller',
    with: 200,
    without: 280,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: [7, 8] }, 'drop');
    return transfer(stage, socket, accepted, 8 * MSS);
  },
};

const rackLostRetransmission: Mechanism = {
  id: 'rack-lost-retransmission',
  title: { en: 'RACK: a retransmission is lost too', zh: 'RACK：重传的报文段也丢了' },
  summary: {
    en: 'A segment is lost and so is its retransmission. RACK goes by the time of sending: something sent later has arrived, so the retransmission is lost, and goes out once more without the timer.',
    zh: '报文段丢了，重传的那份也丢了。RACK 按发送时刻判断：比它晚发的数据已经送达，说明重传也丢了，于是不等定时器就再发一次。',
  },
  summaryOff: {
    en: 'A segment is lost and so is its retransmission. Duplicate ACKs can be counted once only; the second loss has to wait for the timer.',
    zh: '报文段丢了，重传的那份也丢了。数重复确认只能管第一次丢失，第二次丢失只能等定时器到期。',
  },
  settings: { early_retrans: 0 },
  with: { recovery: 1 },
  without: { recovery: 0 },
  // Segments sent in the same microsecond could not be told apart by time: a link with a rate spreads them out.
  link: { rateBps: 20_000_000, delayMs: 20 },
  measure: {
    name: { en: 'Time until everything had arrived', zh: '全部数据送达所用时间' },
    unit: MS,
    better: 'smaller',
    with: 180,
    without: 270,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    // The 17th is the retransmission of the third.
    link.rule({ from: client, payloadMin: 1, nth: [3, 17] }, 'drop');
    return transfer(stage, socket, accepted, 30 * MSS);
  },
};

const rackShortFlight: Mechanism = {
  id: 'rack-short-flight',
  title: { en: 'RACK: too few segments for three duplicate ACKs', zh: 'RACK：报文段太少，凑不齐三个重复确认' },
  summary: {
    en: 'Three segments, the first is lost: two duplicate ACKs, never three. RACK waits a quarter of a round trip for a late arrival and then repairs the loss.',
    zh: '只发三个报文段，第一个丢了，至多引出两个重复确认。RACK 再等四分之一个往返时间，看它是否只是迟到，随后就重传。',
  },
  summaryOff: {
    en: 'Three segments, the first is lost: two duplicate ACKs, never three. A sender that counts to three waits for the timer.',
    zh: '只发三个报文段，第一个丢了，至多引出两个重复确认。一定要数到三的发送方只好等定时器。',
  },
  settings: { early_retrans: 0 },
  with: { recovery: 1 },
  without: { recovery: 0 },
  measure: {
    name: { en: 'Time until everything had arrived', zh: '全部数据送达所用时间' },
    unit: MS,
    better: 'smaller',
    with: 100,
    without: 240,
  },
  act(acting) {
    const { stage, client, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ from: client, payloadMin: 1, nth: 1 }, 'drop');
    return transfer(stage, socket, accepted, 3 * MSS);
  },
};

export const LOSS: readonly Mechanism[] = [sack, tailLossProbe, rackLostRetransmission, rackShortFlight];
