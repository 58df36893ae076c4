/** Data for a host that crashed and came back (RFC 9293 section 3.5.1, figure 10). */
import type { Scene } from '../scene.ts';

export const rstHalfOpenPeer: Scene = {
  id: 'rst-half-open-peer',
  group: 'closing',
  title: { en: 'RST from a peer that forgot', zh: '对端失忆：半打开与 RST' },
  summary: {
    en: 'The server crashes and boots again. The client cannot know: silence looks like nothing to say. Its next data finds out.',
    zh: '服务器崩溃后重新启动。客户端无从知晓：没有消息，看起来就像对方没话要说。直到下一次发送数据，才真相大白。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket] = stage.open(client, server, listener);
    stage.pass(100);
    stage.crash(server);
    stage.pass(10_000);
    stage.check(
      { en: 'Ten seconds after the crash the client is still ESTABLISHED', zh: '崩溃十秒之后，客户端仍是 ESTABLISHED' },
      socket.stateName === 'ESTABLISHED',
    );
    stage.say({
      en: 'Data for a machine that is down: no answer at all, so it will be sent again.',
      zh: '数据发给了已经宕机的主机：毫无回音，只好重传。',
    });
    stage.write(socket, 'are you there?');
    stage.pass(600);
    stage.restart(server);
    stage.until(() => socket.stateName === 'CLOSED');
    const reset = stage.packets().at(-1);
    stage.check(
      { en: 'The first retransmission after the restart was answered with RST', zh: '重启后第一次重传就得到了 RST' },
      reset?.from === 'server' && reset.flags.startsWith('RST') && reset.fromState?.after === 'CLOSED',
    );
    stage.check(
      { en: 'The client’s program gets ECONNRESET', zh: '客户端的程序得到 ECONNRESET' },
      socket.error?.code === 'ECONNRESET',
    );
  },
};
