/** Claims about the MSL: that it has to do with the MSS, or with the timer of a lost segment (RFC 9293 section 3.4.2). */
import type { Host } from '../../sim/host.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

export const mslIsNotMss: Scene = {
  id: 'myth-msl',
  group: 'myths',
  title: {
    en: 'Claim: MSL is twice the MSS, or the timer of a lost segment',
    zh: '误传：MSL 是 MSS 的两倍，或是丢包后的超时时间',
  },
  summary: {
    en: 'MSL, maximum segment lifetime, is a time; MSS, maximum segment size, is a number of bytes. Three TIME-WAITs are measured: large segments, small segments, and another profile. And one lost segment.',
    zh: 'MSL（最长报文段寿命）是时间，MSS（最大报文段长度）是字节数。这里测量三次 TIME-WAIT：大报文段、小报文段、另一套配置；另外再丢一个报文段看看。',
  },
  play(stage) {
    const client = stage.host('client');
    const server = stage.host('server');
    const letter = stage.host('a', { profile: 'rfc' });
    stage.link(client, server, { mtu: 1500 });
    stage.link(letter, server, { mtu: 576 });
    const narrow = stage.host('b');
    const narrowLink = stage.link(narrow, server, { mtu: 576 });
    const listener = stage.listen(server, 80);
    const wide = timeWaitMs(stage, client, server, listener);
    stage.note({
      en: 'Now the same over a link with an MTU of 576 bytes.',
      zh: '再通过 MTU 为 576 字节的链路做同样的事。',
    });
    const small = timeWaitMs(stage, narrow, server, listener);
    stage.note({
      en: 'Host A keeps to the letter of the RFC, where the MSL is two minutes. Linux takes 60 s for the whole wait.',
      zh: '主机 A 严格按 RFC，MSL 为两分钟；而 Linux 的整个等待时间固定为 60 秒。',
    });
    const lettered = timeWaitMs(stage, letter, server, listener);
    const mss = stage.packets({ flags: 'SYN' }).map((row) => /MSS (\d+)/.exec(row.options)?.[1] ?? '536');
    stage.note({
      en: 'And a lost segment: its timer is the RTO, computed from the round trip.',
      zh: '最后丢一个报文段：它的定时器是 RTO，由往返时间算出。',
    });
    narrowLink.rule({ from: narrow, payloadMin: 1, first: 1 }, 'drop');
    const [socket] = stage.open(narrow, server, listener);
    stage.pass(100);
    stage.write(socket, 'x');
    stage.until(() => socket.unacknowledgedLength === 0);
    const sends = stage.packets({ from: 'b' }).filter((row) => row.length === 1);
    const rtoMs = ((sends[1]?.timeUs ?? 0) - (sends[0]?.timeUs ?? 0)) / 1000;
    stage.check(
      { en: 'MSS 1460 and 536: both waited 60 s in TIME-WAIT', zh: 'MSS 为 1460 和 536，TIME-WAIT 都是 60 秒' },
      mss[0] === '1460' && mss[1] === '536' && isAbout(wide, 60_000) && isAbout(small, 60_000),
    );
    stage.check(
      { en: 'The same small MSS with another MSL: 240 s', zh: '同样的小 MSS，换一个 MSL，就是 240 秒' },
      mss[2] === '536' && isAbout(lettered, 240_000),
    );
    stage.check(
      {
        en: 'The lost segment was repeated after about a quarter of a second: RTO, not MSL',
        zh: '丢失的报文段大约四分之一秒后重传：这是 RTO，与 MSL 无关',
      },
      sends.length === 2 && rtoMs >= 200 && rtoMs < 400,
    );
    stage.verdict = {
      en: 'Wrong twice. MSL is an assumption of how long a segment can wander in the network; TIME-WAIT lasts 2 MSL. MSS is how much data fits a segment. A lost segment is repeated after the RTO.',
      zh: '两种说法都错。MSL 是对“报文段最多能在网络里存活多久”的约定，TIME-WAIT 持续 2 MSL；MSS 是一个报文段最多装多少数据；丢了的报文段由 RTO 超时重传。',
    };
  },
};

/** How long the end that closes first stays in TIME-WAIT. */
function timeWaitMs(stage: Stage, host: Host, server: Host, listener: ListenSocket): number {
  const [socket, accepted] = stage.open(host, server, listener);
  stage.pass(100);
  closeBoth(stage, socket, accepted);
  stage.until(() => host.stack.tcp.timeWaitCount === 1);
  const startMs = stage.nowMs;
  stage.until(() => host.stack.tcp.timeWaitCount === 0);
  return stage.nowMs - startMs;
}

function closeBoth(stage: Stage, socket: StreamSocket, accepted: StreamSocket): void {
  stage.close(socket);
  stage.until(() => accepted.stateName === 'CLOSE-WAIT');
  stage.close(accepted);
}

function isAbout(ms: number, wantedMs: number): boolean {
  return Math.abs(ms - wantedMs) < 100;
}
