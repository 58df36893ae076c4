/** An old duplicate SYN overtakes the new one (RFC 9293 section 3.5, figure 8). */
import type { Scene } from '../scene.ts';

export const oldDuplicateSyn: Scene = {
  id: 'old-duplicate-syn',
  group: 'opening',
  title: { en: 'Recovery from an old duplicate SYN', zh: '旧 SYN 抢先到达后的恢复' },
  summary: {
    en: 'The client opens the same connection a second time; the SYN of its first attempt turns up before the new one. The acknowledgment number gives it away, and the opening goes on.',
    zh: '客户端第二次发起同一条连接，第一次尝试留下的旧 SYN 却抢在新 SYN 之前到达。确认号暴露了它，连接照样得以建立。',
  },
  play(stage) {
    const { client, server, link } = stage.pair();
    const listener = stage.listen(server, 80);
    link.rule({ from: client, flags: 'SYN', nth: 1 }, { delayMs: 800 });
    link.rule({ from: client, flags: 'SYN', nth: 2 }, { delayMs: 300 });
    const first = stage.connect(client, server, 80, { localPort: 40_000 });
    stage.pass(500);
    stage.close(first);
    stage.pass(100);
    stage.say({
      en: 'The second attempt, from the same port, with a new number. It too is held up, and so the old one comes first.',
      zh: '第二次尝试，端口相同，初始序列号是新的。它也在路上耽搁了，于是旧的先到。',
    });
    const socket = stage.connect(client, server, 80, { localPort: 40_000 });
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const rows = stage.packets();
    const [oldSyn, newSyn, wrongAnswer, reset] = rows;
    stage.check(
      { en: 'The server answered the old SYN', zh: '服务器先回应了旧的 SYN' },
      wrongAnswer?.flags === 'SYN,ACK' && wrongAnswer.ackAbsolute === (((oldSyn?.seqAbsolute ?? 0) + 1) | 0) >>> 0,
    );
    stage.check(
      {
        en: 'The client saw an ACK of a number it had not sent this time, and refused with RST',
        zh: '客户端发现确认号对不上这一次的 SYN，用 RST 拒绝',
      },
      reset?.flags === 'RST' && reset.seqAbsolute === wrongAnswer?.ackAbsolute && socket.error === null,
    );
    stage.check(
      { en: 'The server forgot the old SYN and took the new one', zh: '服务器丢开旧的 SYN，接受了新的 SYN' },
      reset?.toState?.before === 'SYN-RECEIVED' &&
        rows.some((row) => row.seqAbsolute === newSyn?.seqAbsolute && row.toState?.after === 'SYN-RECEIVED'),
    );
    stage.check(
      { en: 'One connection, with the new number', zh: '只有一条连接，用的是新的初始序列号' },
      socket.stateName === 'ESTABLISHED' && accepted.stateName === 'ESTABLISHED' && listener.listener.halfOpen === 0,
    );
  },
};
