/** One direction closed, the other still in use (RFC 9293 section 3.6, RFC 1122 section 4.2.2.13). */
import type { Scene } from '../scene.ts';

const QUESTION = 'sort: pear apple fig';
const ANSWER = 'apple fig pear';

export const halfClose: Scene = {
  id: 'half-close',
  group: 'closing',
  title: { en: 'Half-close', zh: '半关闭' },
  summary: {
    en: 'The client sends its whole question and closes only its own direction: “that was all”. The answer still comes, over the other half.',
    zh: '客户端把问题全部发完，只关闭自己这一方向，意思是“我说完了”。回答仍然从另一半送来。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    stage.write(socket, QUESTION);
    stage.say({
      en: 'Data and FIN fit into one segment. The FIN has a sequence number of its own, behind the last byte.',
      zh: '数据和 FIN 可以放进同一个报文段。FIN 自己也占一个序列号，排在最后一个字节之后。',
    });
    stage.shutdown(socket);
    stage.until(() => accepted.readableLength === QUESTION.length && accepted.stateName === 'CLOSE-WAIT');
    const heard = stage.read(accepted);
    stage.check(
      { en: 'The server read the question and then the end of the stream', zh: '服务器读完问题，随后读到流的结尾' },
      heard === QUESTION && accepted.isReadEnded,
    );
    stage.pass(500);
    stage.check(
      { en: 'Half-closed: FIN-WAIT-2 here, CLOSE-WAIT there', zh: '半关闭：这边 FIN-WAIT-2，那边 CLOSE-WAIT' },
      socket.stateName === 'FIN-WAIT-2' && accepted.stateName === 'CLOSE-WAIT',
    );
    stage.say({
      en: 'Data in CLOSE-WAIT: this direction is as open as ever.',
      zh: '在 CLOSE-WAIT 状态下发送数据：这个方向和先前一样畅通。',
    });
    stage.write(accepted, ANSWER);
    stage.until(() => socket.readableLength === ANSWER.length);
    stage.check(
      { en: 'The answer came after the client’s FIN', zh: '回答在客户端的 FIN 之后到达' },
      stage.read(socket) === ANSWER,
    );
    stage.pass(100);
    stage.close(accepted);
    stage.pass(200);
    stage.check(
      { en: 'When the server closes too, the connection is over', zh: '服务器也关闭之后，连接结束' },
      accepted.stateName === 'CLOSED' && client.stack.tcp.timeWaitCount === 1,
    );
  },
};
