/** The scan anybody can do: connect(), which needs no raw sockets and leaves a trace in the program (RFC 9293 section 3.10.7.3). */
import type { Scene } from '../scene.ts';
import { CLOSED, FILTERED, guard, OPEN } from './probes.ts';

export const connectScan: Scene = {
  id: 'connect-scan',
  group: 'attack',
  title: { en: 'Connect scan: simply call connect()', zh: '连接扫描：直接调用 connect()' },
  summary: {
    en: 'The ordinary socket call tells the same three cases apart, by its result and its errors. It needs no privilege, but it finishes the handshake: the program accepts, and can write down who came.',
    zh: '普通的套接字调用也能分出这三种情况，看返回结果和错误码即可。它不需要特权，但会完成握手：程序会 accept，也就能记下来客的地址。',
  },
  play(stage) {
    const { client, server } = stage.pair({
      client: { settings: { tcp: { syn_retries: 1, syn_linear_timeouts: 0 } } },
    });
    guard(server);
    const listener = stage.listen(server, OPEN);
    const open = stage.connect(client, server, OPEN);
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    stage.note({
      en: 'Verdict: open. RFC 9293 section 3.10.7.3: the SYN+ACK acknowledges our SYN, so SYN-SENT becomes ESTABLISHED and connect() returns.',
      zh: '判定：open。RFC 9293 第 3.10.7.3 节：SYN+ACK 确认了自己的 SYN，状态由 SYN-SENT 进入 ESTABLISHED，connect() 返回。',
    });
    stage.check(
      { en: 'Open port: connected, and the program knows who it was', zh: '开放的端口：连接成功，程序知道来的是谁' },
      open.stateName === 'ESTABLISHED' && accepted.remoteAddress === stage.addressOf(client, server),
    );
    stage.pass(10);
    stage.abort(open);
    stage.pass(100);
    stage.check(
      { en: 'The scanner hangs up, and the program gets ECONNRESET', zh: '扫描者随即断开，程序得到 ECONNRESET' },
      accepted.error?.code === 'ECONNRESET',
    );
    const closed = stage.connect(client, server, CLOSED);
    stage.until(() => closed.error !== null);
    stage.note({
      en: 'Verdict: closed. Section 3.10.7.3: a RST that acknowledges our SYN is believed, and the user is told “connection reset”; sockets call it ECONNREFUSED.',
      zh: '判定：closed。第 3.10.7.3 节：RST 确认了自己的 SYN，可以采信，于是告诉用户连接被重置；套接字接口称之为 ECONNREFUSED。',
    });
    stage.check(
      { en: 'Closed port: ECONNREFUSED', zh: '关闭的端口：ECONNREFUSED' },
      closed.error?.code === 'ECONNREFUSED',
    );
    const askedMs = stage.nowMs;
    const filtered = stage.connect(client, server, FILTERED);
    stage.until(() => filtered.error !== null);
    const waitedMs = stage.nowMs - askedMs;
    stage.note({
      en: 'Verdict: filtered. No answer at all: connect() repeats its SYN until it gives up. That makes it slow; Linux would try for more than a minute.',
      zh: '判定：filtered。始终没有回应：connect() 反复重发 SYN，最后放弃。所以它很慢，Linux 默认要试一分多钟。',
    });
    stage.check(
      { en: 'Filtered port: ETIMEDOUT, after seconds of waiting', zh: '被过滤的端口：等了几秒后以 ETIMEDOUT 失败' },
      filtered.error?.code === 'ETIMEDOUT' && waitedMs >= 3000,
    );
  },
};
