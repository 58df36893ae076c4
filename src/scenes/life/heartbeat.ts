/** A translator (NAT) forgets idle connections: keep-alive of two hours comes too late, a heartbeat of the program does not. */
import type { NatLink } from '../../link/nat.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const IDLE_MS = 300_000;
const BEAT_MS = 120_000;

export const heartbeat: Scene = {
  id: 'heartbeat',
  group: 'life',
  title: { en: 'A NAT that forgets: keep-alive against heartbeat', zh: 'NAT 会遗忘：保活与应用层心跳' },
  summary: {
    en: 'A NAT on the way forgets a connection that is silent for five minutes, and tells nobody. TCP’s default keep-alive asks after two hours. A heartbeat of the program keeps the entry fresh, and proves that the other program is alive.',
    zh: '途中的 NAT 五分钟没看到报文段就会忘掉这条连接，而且不通知任何人。TCP 默认两小时才保活一次，来不及；应用层心跳能让 NAT 表项保持新鲜，还能证明对方的程序真的活着。',
  },
  play(stage) {
    const client = stage.host('client');
    const server = stage.host('server');
    const box = stage.network.nat(client, server, { tcpIdleMs: IDLE_MS, delayUs: 20_000 });
    const line = stage.network.links.at(-1);
    if (line !== undefined) stage.linkMade(line, { delayMs: 20 });
    const listener = stage.listen(server, 80);
    const [quiet, quietEnd] = stage.open(client, server, listener, { localPort: 40_001 });
    const [beating, beatingEnd] = stage.open(client, server, listener, { localPort: 40_002 });
    stage.pass(100);
    quiet.setKeepAlive({});
    stage.act('client', {
      en: 'turns keep-alive on for port 40001, with the default of two hours; port 40002 gets a heartbeat every two minutes',
      zh: '给端口 40001 打开保活（默认两小时），端口 40002 则每两分钟发一次心跳',
    });
    const mappedBoth = box.mappingCount(stage.network.nowUs) === 2;
    beats(stage, beating, beatingEnd);
    const left = box.mappingCount(stage.network.nowUs);
    stage.note({
      en: `Six minutes later the NAT knows only ${left} of the two connections. Both ends still believe in both.`,
      zh: `六分钟后，两条连接中 NAT 只记得 ${left} 条；而两端都以为两条连接还好好的。`,
    });
    stage.check({ en: 'The NAT knew both connections at first', zh: '起初 NAT 记得两条连接' }, mappedBoth);
    stage.check(
      {
        en: 'The silent one is forgotten, the one with the heartbeat is not',
        zh: '沉默的那条被遗忘，有心跳的那条还在',
      },
      left === 1,
    );
    stage.check(
      { en: 'All four ends are ESTABLISHED: nobody was told', zh: '四个端点都还是 ESTABLISHED：没有人得到通知' },
      [quiet, quietEnd, beating, beatingEnd].every((socket) => socket.stateName === 'ESTABLISHED'),
    );
    stage.write(beatingEnd, 'news');
    stage.pass(100);
    stage.say({ en: 'The NAT has no entry for it and drops it in silence.', zh: 'NAT 查不到对应的表项，悄悄丢弃。' });
    stage.write(quietEnd, 'news');
    stage.pass(10_000);
    stage.check(
      { en: 'News from the server gets through where there is a heartbeat', zh: '服务器的消息能送达有心跳的连接' },
      stage.read(beating) === 'news',
    );
    stage.check(
      { en: 'On the other one it is repeated in vain', zh: '在另一条连接上，重传多少次都没有用' },
      quiet.readableLength === 0 && quietEnd.unacknowledgedLength === 4 && box.counters.unmapped >= 3,
    );
    stage.abort(quietEnd);
    stage.pass(1000);
    asksOftenEnough(stage, beating, box);
  },
};

/** Three heartbeats and their answers. */
function beats(stage: Stage, beating: StreamSocket, beatingEnd: StreamSocket): void {
  for (let beat = 0; beat < 3; beat++) {
    stage.pass(BEAT_MS);
    stage.write(beating, 'ping');
    stage.until(() => beatingEnd.readableLength === 4, 1000);
    stage.read(beatingEnd);
    stage.write(beatingEnd, 'pong');
    stage.until(() => beating.readableLength === 4, 1000);
    stage.read(beating);
    stage.pass(100);
  }
}

/** Last act: no heartbeat any more, but a keep-alive shorter than the NAT’s memory. */
function asksOftenEnough(stage: Stage, beating: StreamSocket, box: NatLink): void {
  beating.setKeepAlive({ idleMs: 120_000 });
  stage.note({
    en: 'A keep-alive shorter than the NAT’s memory would have kept the entry too (every 120 s, say), but it says nothing about the program at the other end.',
    zh: '如果保活间隔比 NAT 的记忆短（例如 120 秒），表项同样能保住；但保活说明不了对端的程序是否正常。',
  });
  const beforeProbes = stage.packets().length;
  stage.pass(400_000);
  const probes = stage
    .packets()
    .slice(beforeProbes)
    .filter((row) => row.reason === 'keep-alive');
  stage.check(
    { en: 'Keep-alive every 120 s keeps the entry as well', zh: '每 120 秒保活一次，表项也保住了' },
    probes.length >= 3 && box.mappingCount(stage.network.nowUs) === 1 && beating.stateName === 'ESTABLISHED',
  );
}
