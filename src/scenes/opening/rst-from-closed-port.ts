/** A SYN for a port where nobody listens (RFC 9293 section 3.10.7.1). */
import type { Scene } from '../scene.ts';

export const rstFromClosedPort: Scene = {
  id: 'rst-from-closed-port',
  group: 'opening',
  title: { en: 'RST from a closed port', zh: '端口没人监听：RST' },
  summary: {
    en: 'Nobody listens on port 81. The server’s stack says so at once with a RST, and connect() fails with “connection refused”.',
    zh: '81 端口没有程序监听。服务器的协议栈立刻用 RST 拒绝，connect() 以“连接被拒绝”失败。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    stage.listen(server, 80);
    const socket = stage.connect(client, server, 81);
    // The SYN is on its way: the next packet is the answer.
    stage.pass(1);
    stage.say({
      en: 'A RST may only answer with numbers the client can check: it acknowledges exactly the SYN.',
      zh: 'RST 必须让客户端能够核对：它的确认号正好确认了那个 SYN。',
    });
    stage.until(() => socket.stateName === 'CLOSED');
    const [, reset] = stage.packets();
    stage.check(
      { en: 'The answer was RST with seq 0, acknowledging the SYN', zh: '回应是 RST，序列号为 0，并确认了那个 SYN' },
      reset?.flags === 'RST,ACK' && reset.seqAbsolute === 0 && reset.ack === 1,
    );
    stage.check(
      { en: 'The client’s program gets ECONNREFUSED', zh: '客户端的程序得到 ECONNREFUSED' },
      socket.error?.code === 'ECONNREFUSED',
    );
    stage.settle();
    stage.check(
      { en: 'Nothing is left on either side, and nothing is retried', zh: '双方都不留任何状态，也不会重试' },
      stage.packets().length === 2 &&
        client.stack.tcp.connections.size === 0 &&
        server.stack.tcp.connections.size === 0,
    );
  },
};
