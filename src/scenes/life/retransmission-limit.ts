/** The peer is gone for good: how often TCP tries, and when it gives up (RFC 9293 section 3.8.3, R1 and R2). */
import type { LadderRow } from '../ladder.ts';
import type { Scene } from '../scene.ts';
import { TIMER_ALONE } from '../timer-alone.ts';

export const retransmissionLimit: Scene = {
  id: 'retransmission-limit',
  group: 'life',
  title: { en: 'When TCP gives up', zh: '重传到什么时候才放弃' },
  summary: {
    en: 'The server loses power. The client repeats its segment for a quarter of an hour, ever more slowly, before it tells its program ETIMEDOUT; a program in a hurry sets a limit of its own.',
    zh: '服务器断电了。客户端越来越慢地重传，坚持大约一刻钟才向程序报告 ETIMEDOUT；等不及的程序可以自己设定时限。',
  },
  play(stage) {
    const { client, server } = stage.pair(TIMER_ALONE);
    const listener = stage.listen(server, 80);
    const [hasty] = stage.open(client, server, listener, { localPort: 40_001 });
    const [patient] = stage.open(client, server, listener, { localPort: 40_002 });
    hasty.userTimeoutMs = 10_000;
    stage.pass(100);
    stage.note({
      en: 'Two connections: the program of port 40001 has set TCP_USER_TIMEOUT to 10 seconds, the other takes the system’s default (retries2 = 15).',
      zh: '两条连接：端口 40001 的程序把 TCP_USER_TIMEOUT 设为 10 秒，另一条用系统默认值（retries2 = 15）。',
    });
    stage.crash(server);
    const startMs = stage.nowMs;
    stage.write(hasty, 'x');
    stage.write(patient, 'x');
    stage.until(() => hasty.error !== null, 60_000);
    const hastyMs = stage.nowMs - startMs;
    stage.act('client', {
      en: `tells the program of port 40001 ETIMEDOUT after ${Math.round(hastyMs / 1000)} s`,
      zh: `在 ${Math.round(hastyMs / 1000)} 秒后向端口 40001 的程序报告 ETIMEDOUT`,
    });
    stage.until(() => patient.error !== null, 2_000_000);
    const patientMs = stage.nowMs - startMs;
    stage.act('client', {
      en: `tells the other program ETIMEDOUT after ${Math.round(patientMs / 1000)} s`,
      zh: `在 ${Math.round(patientMs / 1000)} 秒后向另一个程序报告 ETIMEDOUT`,
    });
    const tries = stage.packets({ from: 'client' }).filter((row) => row.source.endsWith(':40002') && row.isRepeat);
    stage.check(
      {
        en: 'The user timeout ended the first connection after 10 s, with ETIMEDOUT',
        zh: '第一条连接因用户超时在 10 秒后结束，错误为 ETIMEDOUT',
      },
      hasty.error?.code === 'ETIMEDOUT' && Math.abs(hastyMs - 10_000) < 1000,
    );
    stage.check(
      { en: 'The second one repeated its segment 15 times', zh: '第二条连接重传了 15 次' },
      tries.length === 15 && patient.error?.code === 'ETIMEDOUT',
    );
    stage.check(
      {
        en: 'The waits doubled and then stayed at their maximum of 120 s',
        zh: '等待时间逐次加倍，到上限 120 秒后不再增长',
      },
      growsToMaximum(tries),
    );
    stage.check(
      {
        en: 'It took more than 100 s, as the RFC asks, here about 15 minutes',
        zh: '总时间超过 RFC 要求的 100 秒，这里约为 15 分钟',
      },
      patientMs > 900_000 && patientMs < 1_100_000,
    );
    stage.check(
      { en: 'Giving up sent nothing: to whom?', zh: '放弃时没有再发任何报文段：发给谁呢' },
      stage.packets({ from: 'client' }).every((row) => !row.flags.includes('RST') && !row.flags.includes('FIN')),
    );
  },
};

function growsToMaximum(tries: readonly LadderRow[]): boolean {
  const gaps = tries.slice(1).map((row, index) => row.timeUs - (tries[index]?.timeUs ?? 0));
  return (
    gaps.every((gap, index) => {
      const before = gaps[index - 1];
      return before === undefined || Math.abs(gap - Math.min(before * 2, 120_000_000)) < 1000;
    }) && gaps.at(-1) === 120_000_000
  );
}
