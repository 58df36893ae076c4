/** Scans that tell an open port from a closed one on any TCP that keeps to RFC 9293 section 3.10.7: SYN, FIN, NULL and Xmas. */
import type { Scene } from '../scene.ts';
import type { Text } from '../text.ts';
import { CLOSED, FILTERED, OPEN, type Probe, Scan } from './probes.ts';

const RESET_BY_CLOSED: Text = {
  en: 'RFC 9293 section 3.10.7.1: where there is no connection and no listener, everything but a RST is answered with RST.',
  zh: 'RFC 9293 第 3.10.7.1 节：既无连接也无监听时，除 RST 以外的任何报文段都用 RST 回应。',
};

export const synScan: Scene = {
  id: 'syn-scan',
  group: 'attack',
  title: { en: 'SYN scan: half a handshake tells all', zh: 'SYN 扫描：半次握手就够了' },
  summary: {
    en: 'Three ports, one SYN each: a SYN+ACK, a RST, and silence. The scanner never finishes the handshake, so that accept() never returns and the program’s log stays empty.',
    zh: '三个端口，各发一个 SYN：一个回 SYN+ACK，一个回 RST，一个没有动静。扫描者不完成握手，accept() 不会返回，程序的日志里什么也没有。',
  },
  play(stage) {
    const scan = new Scan(stage);
    scan.run([
      {
        technique: 'syn',
        port: OPEN,
        state: 'open',
        why: {
          en: 'RFC 9293 section 3.10.7.2: a port in LISTEN answers a SYN with its own SYN and an ACK.',
          zh: 'RFC 9293 第 3.10.7.2 节：处于 LISTEN 的端口收到 SYN，要回以自己的 SYN 和 ACK。',
        },
      },
      { technique: 'syn', port: CLOSED, state: 'closed', why: RESET_BY_CLOSED },
      {
        technique: 'syn',
        port: FILTERED,
        state: 'filtered',
        why: {
          en: 'Section 3.10.7 leaves TCP no choice but to answer a SYN, so silence means that the SYN never reached it.',
          zh: '按第 3.10.7 节，TCP 收到 SYN 总要回应；没有动静，说明 SYN 根本没有送到 TCP 手里。',
        },
      },
    ]);
    const { listener } = scan.listener;
    stage.check(
      { en: 'Nothing is left on the server, and its program saw nobody', zh: '服务器上不留痕迹，程序没有看到任何人' },
      listener.halfOpen === 0 && listener.acceptQueue.length === 0 && scan.server.stack.tcp.counters.PassiveOpens === 0,
    );
  },
};

const DROPPED_BY_LISTEN: Text = {
  en: 'RFC 9293 section 3.10.7.2: LISTEN looks for RST, ACK and SYN in turn, and drops what has none of them. A filter is just as silent, so the scanner cannot tell which it was.',
  zh: 'RFC 9293 第 3.10.7.2 节：LISTEN 依次检查 RST、ACK、SYN，三者都没有就丢弃。被过滤时同样没有动静，扫描者分不清是哪一种。',
};

const DROPPED_BY_FILTER: Text = {
  en: 'The packet filter dropped it before TCP saw it. From outside that looks like an open port.',
  zh: '包过滤器在 TCP 看到之前就丢弃了它。从外面看，和开放的端口没有区别。',
};

export const finScan: Scene = {
  id: 'fin-scan',
  group: 'attack',
  title: {
    en: 'FIN, NULL and Xmas scans: what an open port ignores',
    zh: 'FIN、NULL 与 Xmas 扫描：开放端口不理会的报文段',
  },
  summary: {
    en: 'Three probes without SYN, RST and ACK: a bare FIN, one without any control bit, one lit up like a Christmas tree. A closed port must reset them, a listening one drops them: here silence is the sign.',
    zh: '三种探测都不带 SYN、RST 和 ACK：只有 FIN 的、一个控制位也没有的、像圣诞树一样亮着几盏灯的。关闭的端口必须回 RST，监听的端口则丢弃：这里“没有动静”才是线索。',
  },
  play(stage) {
    const scan = new Scan(stage);
    for (const technique of ['fin', 'null', 'xmas'] as const) {
      const probes: Probe[] = [
        { technique, port: OPEN, state: 'open|filtered', why: DROPPED_BY_LISTEN },
        { technique, port: CLOSED, state: 'closed', why: RESET_BY_CLOSED },
        { technique, port: FILTERED, state: 'open|filtered', why: DROPPED_BY_FILTER },
      ];
      scan.run(probes);
    }
    stage.note({
      en: 'Some systems reset these on open ports too, against the RFC; there every port looks closed.',
      zh: '有些系统不按 RFC 行事，开放的端口也对它们回 RST；在那样的主机上，所有端口看上去都是关闭的。',
    });
    stage.check(
      { en: 'Three RSTs in all, every one from the closed port', zh: '总共三个 RST，全部来自关闭的端口' },
      stage.packets({ from: 'server' }).every((row) => row.flags === 'RST,ACK' && row.source.endsWith(`:${CLOSED}`)) &&
        stage.packets({ from: 'server' }).length === 3,
    );
  },
};
