/** How a connection starts: initial window (RFC 6928), Fast Open (RFC 7413), window scale (RFC 7323), receive window tuning, black holes (RFC 4821). */
import { asciiBytes } from '../hand-made.ts';
import { type Mechanism, MSS, opened, transfer, transferFor } from './mechanism.ts';

const MS = { en: 'ms', zh: '毫秒' };
const OCTETS = { en: 'bytes', zh: '字节' };

const initialWindow: Mechanism = {
  id: 'initial-window',
  title: { en: 'Ten segments at once', zh: '初始窗口：一次发十个报文段' },
  summary: {
    en: 'A page of ten segments. With an initial window of ten the whole page is on its way at once and is there after half a round trip.',
    zh: '一个网页正好十个报文段。初始窗口为十，整页一次发出，半个往返时间就全部送达。',
  },
  summaryOff: {
    en: 'A page of ten segments. With an initial window of three the sender has to wait for ACKs twice before it may send the rest.',
    zh: '一个网页正好十个报文段。初始窗口只有三，发送方要等两轮确认，才能把剩下的发完。',
  },
  with: { initial_window_segments: 10 },
  without: { initial_window_segments: 3 },
  measure: {
    name: { en: 'Time until everything had arrived', zh: '全部数据送达所用时间' },
    unit: MS,
    better: 'smaller',
    with: 30,
    without: 90,
  },
  act(acting) {
    const [socket, accepted] = opened(acting);
    return transfer(acting.stage, socket, accepted, 10 * MSS);
  },
};

const fastOpen: Mechanism = {
  id: 'fast-open',
  title: { en: 'Fast Open: the request rides on the SYN', zh: 'Fast Open：请求随 SYN 一起发出' },
  summary: {
    en: 'The first connection fetched a cookie. The second one shows it and puts its request into the SYN: the server has it after half a round trip.',
    zh: '第一次连接时拿到了 cookie。第二次连接出示它，请求直接放在 SYN 里，半个往返时间后服务器就收到了。',
  },
  summaryOff: {
    en: 'The second connection to the same server starts like the first: the request has to wait until the handshake is over.',
    zh: '第二次连接同一台服务器，还得从头来过：先完成握手，才能发送请求。',
  },
  fastOpen: 16,
  with: { fastopen: 0x3 },
  without: { fastopen: 0 },
  measure: {
    name: {
      en: 'Time from connect() until the server had the request',
      zh: '从调用 connect() 到服务器收到请求所用时间',
    },
    unit: MS,
    better: 'smaller',
    with: 30,
    without: 55,
  },
  act({ stage, client, server, listener }) {
    const request = asciiBytes('GET / HTTP/1.0\r\n\r\n');
    const [first, answered] = stage.open(client, server, listener, { fastOpen: true, data: request });
    stage.pass(200);
    answered.discard(answered.readableLength);
    stage.close(first);
    stage.pass(100);
    stage.close(answered);
    stage.pass(200);
    const startMs = stage.nowMs;
    stage.connect(client, server, 80, { fastOpen: true, data: request });
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const second = stage.accept(listener);
    const isThere = stage.until(() => second.readableLength === request.length);
    const tookMs = stage.nowMs - startMs;
    stage.pass(100);
    return isThere ? tookMs : Number.NaN;
  },
};

const windowScale: Mechanism = {
  id: 'window-scale',
  title: { en: 'Window scale: more than 64 KiB on the way', zh: '窗口扩大：途中数据可以超过 64 KiB' },
  summary: {
    en: 'A long path, 200 ms there and back. With the window scale option the receiver can offer more than 65,535 bytes, and the sender keeps the path full.',
    zh: '路径很长，往返要 200 毫秒。有了窗口扩大选项，接收方通告的窗口可以超过 65535 字节，发送方就能把路径填满。',
  },
  summaryOff: {
    en: 'A long path, 200 ms there and back. The window field has 16 bits: no more than 65,535 bytes in each round trip, however fast the path is.',
    zh: '路径很长，往返要 200 毫秒。窗口字段只有 16 位，路径再快，一个往返时间也最多送出 65535 字节。',
  },
  settings: { initial_window_segments: 100, initial_window_bytes: 200_000, rmem_default: 400_000 },
  with: { window_scaling: true },
  without: { window_scaling: false },
  link: { delayMs: 100 },
  measure: {
    name: { en: 'Received in 0.7 seconds', zh: '0.7 秒内收到' },
    unit: OCTETS,
    better: 'larger',
    with: 400_000,
    without: 280_000,
  },
  act(acting) {
    const [socket, accepted] = opened(acting);
    return transferFor(acting.stage, socket, accepted, 700);
  },
};

const blackHole: Mechanism = {
  id: 'mtu-probing',
  title: { en: 'A router that drops large packets without a word', zh: '路由器悄悄丢弃大分组' },
  summary: {
    en: 'A router on the way takes 1,280 bytes at most and says nothing about what it drops: a black hole. After some timeouts the sender tries smaller segments, and they get through.',
    zh: '途中的路由器最多转发 1280 字节的分组，更大的一声不响地丢掉，形成“黑洞”。几次超时之后，发送方改用较小的报文段试探，数据就通过了。',
  },
  summaryOff: {
    en: 'A router on the way takes 1,280 bytes at most and says nothing about what it drops. The sender repeats the same large segment again and again: the handshake works, the data never gets through.',
    zh: '途中的路由器最多转发 1280 字节的分组，更大的一声不响地丢掉。发送方一遍又一遍重发同样大的报文段：握手没问题，数据却永远过不去。',
  },
  with: { mtu_probing: 1 },
  without: { mtu_probing: 0 },
  measure: {
    name: { en: 'Received in 30 seconds', zh: '30 秒内收到' },
    unit: OCTETS,
    better: 'larger',
    with: 20 * MSS,
    without: 0,
  },
  act(acting) {
    const { stage, link } = acting;
    const [socket, accepted] = opened(acting);
    link.rule({ protocol: 'tcp', payloadMin: 1280 - 52 + 1 }, 'drop');
    const octets = 20 * MSS;
    let received = 0;
    stage.act('client', { en: `writes ${octets} bytes`, zh: `写入 ${octets} 字节` });
    socket.write(new Uint8Array(octets));
    stage.until(() => {
      const count = accepted.readableLength;
      accepted.discard(count);
      received += count;
      return received === octets;
    }, 30_000);
    return received;
  },
};

const receiveTuning: Mechanism = {
  id: 'receive-window-tuning',
  title: { en: 'The receive window grows with the connection', zh: '接收窗口自动调整：跟着流量长大' },
  summary: {
    en: 'A long path, 200 ms there and back. The receiver starts with a window of 64 KB and sees how much its program reads in a round trip; it offers twice as much in time, and the window never holds the sender back.',
    zh: '路径很长，往返要 200 毫秒。接收方起初只通告约 64 KB 的窗口，同时留意程序每个往返时间读走多少，及时通告两倍的窗口，发送方从不因窗口而停下。',
  },
  summaryOff: {
    en: 'A long path, 200 ms there and back. The receive window stays at the 64 KB it started with: no more than that in each round trip, however fast the path is.',
    zh: '路径很长，往返要 200 毫秒。接收窗口一直停在起初的约 64 KB，路径再快，一个往返时间也最多送出这么多。',
  },
  settings: {
    initial_window_segments: 40,
    initial_window_bytes: 100_000,
    rmem_default: 65_536,
    wmem_default: 1_000_000,
  },
  with: { moderate_rcvbuf: true },
  without: { moderate_rcvbuf: false },
  link: { delayMs: 100 },
  measure: {
    name: { en: 'Received in 0.9 seconds', zh: '0.9 秒内收到' },
    unit: OCTETS,
    better: 'larger',
    with: 800_000,
    without: 350_000,
  },
  act(acting) {
    const [socket, accepted] = opened(acting);
    return transferFor(acting.stage, socket, accepted, 900);
  },
};

export const START: readonly Mechanism[] = [initialWindow, fastOpen, windowScale, receiveTuning, blackHole];
