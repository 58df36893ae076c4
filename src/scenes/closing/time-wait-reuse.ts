/** A new SYN for a four-tuple in TIME-WAIT (RFC 6191, RFC 9293 section 3.6.1). */
import type { Scene } from '../scene.ts';

export const timeWaitReuse: Scene = {
  id: 'time-wait-reuse',
  group: 'closing',
  title: { en: 'A new connection out of TIME-WAIT', zh: '从 TIME-WAIT 中开始新连接' },
  summary: {
    en: 'The same client comes back from the same port while the server still waits. Its SYN carries a newer timestamp, so it cannot be an old duplicate, and the wait may end early.',
    zh: '服务器还在等待，同一个客户端又从同一个端口连了过来。它的 SYN 带着更新的时间戳，不可能是旧报文，于是等待可以提前结束。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener, { localPort: 40_000 });
    stage.pass(100);
    stage.close(accepted);
    stage.until(() => socket.stateName === 'CLOSE-WAIT');
    stage.close(socket);
    stage.until(() => server.stack.tcp.timeWaitCount === 1);
    stage.pass(2000);
    const before = stage.packets();
    const oldEnd = Math.max(...before.filter((row) => row.from === 'server').map((row) => row.seqAbsolute ?? 0));
    stage.say({
      en: 'The four-tuple is the old one; the timestamp is two seconds newer than anything the old connection sent.',
      zh: '四元组还是旧的那个；时间戳却比旧连接发过的任何报文都新了两秒。',
    });
    const again = stage.connect(client, server, 80, { localPort: 40_000 });
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const second = stage.accept(listener);
    const [syn, synAck] = stage.packets().slice(before.length);
    stage.check(
      {
        en: 'The SYN took the server from TIME-WAIT to SYN-RECEIVED',
        zh: 'SYN 让服务器由 TIME-WAIT 进入 SYN-RECEIVED',
      },
      syn?.flags === 'SYN' && syn.toState?.before === 'TIME-WAIT' && syn.toState.after === 'SYN-RECEIVED',
    );
    const distance = ((synAck?.seqAbsolute ?? 0) - oldEnd) | 0;
    stage.check(
      {
        en: 'The new number lies beyond everything the old connection sent',
        zh: '新的初始序列号越过了旧连接用过的全部序列号',
      },
      synAck?.flags === 'SYN,ACK' && distance > 0,
    );
    stage.check(
      { en: 'The new connection is established, TIME-WAIT is gone', zh: '新连接建立，TIME-WAIT 消失' },
      again.stateName === 'ESTABLISHED' && second.stateName === 'ESTABLISHED' && server.stack.tcp.timeWaitCount === 0,
    );
  },
};
