/** Keep-alive: who answers a probe, who does not, and what it proves (RFC 9293 section 3.8.4). */
import type { Scene } from '../scene.ts';

export const keepAlive: Scene = {
  id: 'keep-alive',
  group: 'life',
  title: { en: 'Keep-alive: is anybody there?', zh: '保活：你还在吗' },
  summary: {
    en: 'An idle connection sends nothing, and a dead peer cannot say that it is dead. Keep-alive asks. The stack answers, though, not the program: a hung program looks alive.',
    zh: '空闲的连接什么也不发送，而死掉的对端不会说自己死了，保活就是去问一声。但回答的是协议栈，不是程序：程序卡死了，看上去仍然“活着”。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    const wasOff = socket.keepAlive === null && client.stack.tcp.settings.keepalive_time === 7200;
    stage.pass(100);
    const opened = stage.packets().length;
    stage.note({
      en: 'For three hours nobody writes, and keep-alive is off, as it is by default. Not a single segment is sent.',
      zh: '三个小时里没有人写数据；保活默认是关闭的，所以一个报文段也没有发送。',
    });
    stage.pass(3 * 3_600_000);
    const isSilent = stage.packets().length === opened;
    socket.setKeepAlive({ idleMs: 60_000, intervalMs: 10_000, probes: 3 });
    stage.act('client', {
      en: 'turns keep-alive on: 60 s of silence, then a probe every 10 s, three at most',
      zh: '打开保活：空闲 60 秒后开始探测，每 10 秒一次，最多三次',
    });
    stage.note({
      en: 'The server’s program hangs: it reads nothing and answers nothing. Its stack is fine.',
      zh: '服务器上的程序卡死了，不读也不答；但它的协议栈一切正常。',
    });
    stage.say({
      en: 'No data, and a sequence number that was acknowledged long ago: that makes any TCP answer.',
      zh: '不带数据，序列号是早已确认过的：任何 TCP 收到都必须回答一个确认。',
    });
    stage.pass(65_000);
    const answered = stage.packets({ from: 'server' }).length > 0 && socket.stateName === 'ESTABLISHED';
    stage.crash(server);
    stage.until(() => socket.error !== null, 300_000);
    const probes = stage.packets({ from: 'client' }).filter((row) => row.reason === 'keep-alive');
    const last = stage.packets().at(-1);
    stage.check(
      { en: 'Keep-alive was off until asked for, and two hours by default', zh: '保活默认关闭，默认空闲时间是两小时' },
      wasOff,
    );
    stage.check(
      { en: 'An idle connection without it sent nothing in three hours', zh: '不打开保活，空闲连接三小时什么也没发' },
      isSilent,
    );
    stage.check(
      {
        en: 'The stack answered the first probe, although the program had hung',
        zh: '程序虽然卡死，协议栈仍回答了第一次探测',
      },
      answered && accepted.readableLength === 0 && probes[0]?.length === 0,
    );
    stage.check(
      { en: 'After the crash three probes, 10 s apart, stayed unanswered', zh: '崩溃后三次探测都没有回答，间隔 10 秒' },
      probes.length === 4 &&
        probes.slice(2).every((row, index) => Math.abs(row.timeUs - (probes[index + 1]?.timeUs ?? 0) - 1e7) < 1000),
    );
    stage.check(
      {
        en: 'Then the client reset the connection and told its program ETIMEDOUT',
        zh: '随后客户端发送 RST，并向程序报告 ETIMEDOUT',
      },
      socket.error?.code === 'ETIMEDOUT' && last?.from === 'client' && last.flags.startsWith('RST'),
    );
  },
};
