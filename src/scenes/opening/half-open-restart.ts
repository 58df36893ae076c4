/** A half-open connection is found out by a new SYN (RFC 9293 section 3.5.1, figure 9). */
import type { Scene } from '../scene.ts';

export const halfOpenRestart: Scene = {
  id: 'half-open-restart',
  group: 'opening',
  title: { en: 'Crash, restart, and a SYN for an old connection', zh: '崩溃重启后，SYN 撞上旧连接' },
  summary: {
    en: 'The client crashes and forgets; the server still holds the connection. When the client opens it anew, one ACK and one RST clear up the past.',
    zh: '客户端崩溃后什么都忘了，服务器却还保留着旧连接（半打开）。客户端重新发起连接时，一个 ACK 加一个 RST 就把旧账清掉。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [, old] = stage.open(client, server, listener, { localPort: 40_000 });
    stage.pass(1000);
    stage.crash(client);
    stage.pass(5000);
    stage.restart(client);
    const before = stage.packets().length;
    const stateThen = old.stateName;
    stage.say({
      en: 'The same four-tuple as before, but a new initial sequence number.',
      zh: '四元组和以前一样，但初始序列号是新的。',
    });
    const socket = stage.connect(client, server, 80, { localPort: 40_000 });
    stage.until(() => old.stateName === 'CLOSED');
    stage.note({
      en: 'The old connection is gone. The client’s timer repeats the SYN, and this time the way is clear.',
      zh: '旧连接已经清除。客户端的 SYN 由定时器重发，这一次畅通无阻。',
    });
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const rows = stage.packets().slice(before);
    stage.check(
      { en: 'Until the SYN came, the server noticed nothing', zh: 'SYN 到来之前，服务器毫无察觉' },
      stateThen === 'ESTABLISHED',
    );
    stage.check(
      {
        en: 'The server did not believe the SYN: it answered with an ACK of its old numbers',
        zh: '服务器没有轻信这个 SYN，而是用旧连接的序列号回了一个 ACK',
      },
      rows[1]?.from === 'server' && rows[1].flags === 'ACK',
    );
    stage.check(
      {
        en: 'The client answered that ACK with RST, which ended the old connection',
        zh: '客户端用 RST 回应这个 ACK，旧连接随之结束',
      },
      rows[2]?.flags.startsWith('RST') === true &&
        rows[2].toState?.after !== 'ESTABLISHED' &&
        old.error?.code === 'ECONNRESET',
    );
    stage.check(
      { en: 'The new connection was established', zh: '新连接建立成功' },
      socket.stateName === 'ESTABLISHED' && accepted.stateName === 'ESTABLISHED',
    );
  },
};
