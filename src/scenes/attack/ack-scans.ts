/** Scans whose probes carry an ACK, which LISTEN and CLOSED reset alike (RFC 9293 section 3.10.7): ACK, Maimon and window. */
import type { Scene } from '../scene.ts';
import type { Text } from '../text.ts';
import { CLOSED, FILTERED, OPEN, Scan, SYN_FILTERED } from './probes.ts';

const RESET_BY_LISTEN: Text = {
  en: 'RFC 9293 section 3.10.7.2: nothing was sent from LISTEN yet, so an ACK there can only be wrong and is reset.',
  zh: 'RFC 9293 第 3.10.7.2 节：LISTEN 状态还没发过任何东西，收到的 ACK 必然有误，用 RST 回应。',
};

const RESET_BY_CLOSED: Text = {
  en: 'RFC 9293 section 3.10.7.1: CLOSED resets it as well. Nothing tells the two ports apart.',
  zh: 'RFC 9293 第 3.10.7.1 节：CLOSED 同样回 RST。两个端口看不出区别。',
};

const NO_ANSWER: Text = {
  en: 'Open or closed, TCP would have sent a RST. It never saw the probe.',
  zh: '不管开放还是关闭，TCP 都会回 RST；没有动静，说明探测没有送到。',
};

export const ackScan: Scene = {
  id: 'ack-scan',
  group: 'attack',
  title: { en: 'ACK scan: a map of the filter, not of the ports', zh: 'ACK 扫描：看的不是端口，而是过滤规则' },
  summary: {
    en: 'An ACK out of nowhere is reset by open and closed ports alike. It finds no open port, but it shows which probes get through, and unmasks a filter that looks at SYNs only.',
    zh: '凭空而来的 ACK，开放和关闭的端口都回 RST。它找不到开放的端口，却能看出哪些探测过得去，还能识破只检查 SYN 的过滤器。',
  },
  play(stage) {
    const scan = new Scan(stage);
    scan.run([
      { technique: 'ack', port: OPEN, state: 'unfiltered', why: RESET_BY_LISTEN },
      { technique: 'ack', port: CLOSED, state: 'unfiltered', why: RESET_BY_CLOSED },
      { technique: 'ack', port: FILTERED, state: 'filtered', why: NO_ANSWER },
      {
        technique: 'syn',
        port: SYN_FILTERED,
        state: 'filtered',
        why: {
          en: 'A SYN is dropped here. Is everything?',
          zh: '这里的 SYN 被丢弃了。其他报文段也一样吗？',
        },
      },
      {
        technique: 'ack',
        port: SYN_FILTERED,
        state: 'unfiltered',
        why: {
          en: 'The ACK got through: this filter keeps no record of connections, it only refuses SYNs.',
          zh: 'ACK 过去了：这个过滤器不跟踪连接，只是拒绝 SYN。',
        },
      },
    ]);
  },
};

export const maimonScan: Scene = {
  id: 'maimon-scan',
  group: 'attack',
  title: { en: 'Maimon scan: FIN with ACK', zh: 'Maimon 扫描：FIN 加 ACK' },
  summary: {
    en: 'By the RFC a FIN with ACK is reset by every port, and the scan sees closed ports only, even where a program listens. Systems descended from BSD once dropped it on open ports, which gave them away.',
    zh: '按 RFC，任何端口收到 FIN+ACK 都回 RST，扫描结果全是“关闭”，即使有程序在监听。当年一些源自 BSD 的系统在开放端口上会把它丢弃，反而露了底。',
  },
  play(stage) {
    const scan = new Scan(stage);
    const old = scan.oldSystem();
    scan.run([
      {
        technique: 'maimon',
        port: OPEN,
        state: 'closed',
        why: {
          en: 'Which is wrong. RFC 9293 section 3.10.7.2: LISTEN looks at the ACK before anything else could matter, and resets it. The FIN makes no difference.',
          zh: '判错了。RFC 9293 第 3.10.7.2 节：LISTEN 先检查 ACK，见到就回 RST，FIN 根本轮不到。',
        },
      },
      { technique: 'maimon', port: CLOSED, state: 'closed', why: RESET_BY_CLOSED },
      {
        technique: 'maimon',
        port: FILTERED,
        state: 'open|filtered',
        why: {
          en: 'Silence is what the scan takes for open; here it was the filter.',
          zh: '扫描把没有动静当作可能开放；这里其实是过滤器。',
        },
      },
    ]);
    stage.note({
      en: 'The same probes for a system of the nineties, played by hand: its open port drops every FIN.',
      zh: '同样的探测，换成手工扮演的九十年代系统：它的开放端口见到 FIN 就丢弃。',
    });
    scan.run(
      [
        {
          technique: 'maimon',
          port: OPEN,
          state: 'open|filtered',
          why: {
            en: 'It keeps silent where the RFC wants a RST, and so gives its open port away.',
            zh: '按 RFC 该回 RST，它却不作声，开放的端口就此暴露。',
          },
        },
        {
          technique: 'maimon',
          port: CLOSED,
          state: 'closed',
          why: { en: 'Its closed port resets like any other.', zh: '它的关闭端口和别处一样回 RST。' },
        },
      ],
      old,
    );
  },
};

export const windowScan: Scene = {
  id: 'window-scan',
  group: 'attack',
  title: { en: 'Window scan: a number nobody meant to send', zh: '窗口扫描：无意间泄露的数字' },
  summary: {
    en: 'The probe of the ACK scan again, but the window in the RST is read as well. Some old systems filled in that of the listening socket. A stack that sends 0 every time gives nothing away, and its open port is taken for closed.',
    zh: '探测和 ACK 扫描一样，只是还要看 RST 里的窗口字段。有些老系统会填上监听套接字的窗口。如果协议栈一律填 0，就什么也不泄露，开放的端口会被判为关闭。',
  },
  play(stage) {
    const scan = new Scan(stage);
    const old = scan.oldSystem();
    scan.run([
      {
        technique: 'window',
        port: OPEN,
        state: 'closed',
        why: {
          en: 'Which is wrong: the RST of section 3.10.7.2 came, and its window is 0, as in every RST of this stack.',
          zh: '判错了：按第 3.10.7.2 节回了 RST，但窗口为 0，这个协议栈的 RST 都是如此。',
        },
      },
      { technique: 'window', port: CLOSED, state: 'closed', why: RESET_BY_CLOSED },
      { technique: 'window', port: FILTERED, state: 'filtered', why: NO_ANSWER },
    ]);
    stage.note({
      en: 'The same probes for a system of the nineties, played by hand: RFC 9293 does not say which window a RST has, and it fills in what it finds.',
      zh: '同样的探测，换成手工扮演的九十年代系统：RFC 9293 没有规定 RST 的窗口填什么，它就顺手填上手头的值。',
    });
    scan.run(
      [
        {
          technique: 'window',
          port: OPEN,
          state: 'open',
          why: {
            en: 'A window of 4096 bytes in a RST: somebody has a buffer there.',
            zh: 'RST 里的窗口是 4096 字节：那里有人准备了缓冲区。',
          },
        },
        {
          technique: 'window',
          port: CLOSED,
          state: 'closed',
          why: { en: 'No socket, no window.', zh: '没有套接字，也就没有窗口。' },
        },
      ],
      old,
    );
  },
};
