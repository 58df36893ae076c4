/** Data that does not wait for the handshake to be over: with the third ACK, and with the SYN itself. */
import type { Scene } from '../scene.ts';

const QUESTION = 'What is the time?';

export const dataWithThirdAck: Scene = {
  id: 'data-with-third-ack',
  group: 'opening',
  title: { en: 'Data with the third ACK', zh: '第三次握手捎带数据' },
  summary: {
    en: 'The third segment is an ordinary segment of an established connection, so it may carry data. The handshake then costs one round trip, not one and a half.',
    zh: '第三个报文段已经属于建立好的连接，因此可以携带数据。这样握手只花一个往返时间，而不是一个半。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const socket = stage.connect(client, server, 80);
    stage.note({
      en: 'The program writes at once. The data waits in the send buffer for the answer to the SYN.',
      zh: '程序立刻写入数据。数据先在发送缓冲区里等着 SYN 得到回应。',
    });
    stage.write(socket, QUESTION);
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const third = stage.packets()[2];
    stage.check(
      { en: 'The third segment carried the data', zh: '第三个报文段带上了数据' },
      third?.from === 'client' && third.length === QUESTION.length && third.ack === 1,
    );
    stage.check(
      { en: 'The same segment made the server ESTABLISHED', zh: '同一个报文段让服务器进入 ESTABLISHED' },
      third?.toState?.before === 'SYN-RECEIVED' && third.toState.after === 'ESTABLISHED',
    );
    stage.check(
      { en: 'The server’s program can read as soon as it accepts', zh: '服务器的程序一调用 accept() 就能读到数据' },
      stage.read(accepted) === QUESTION,
    );
  },
};

export const dataWithSyn: Scene = {
  id: 'data-with-syn',
  group: 'opening',
  title: { en: 'Data with the SYN', zh: '随 SYN 发送数据' },
  summary: {
    en: 'RFC 9293 lets a SYN carry data. The receiver must keep it back until the handshake is complete, because the SYN may be an old duplicate or a forgery.',
    zh: 'RFC 9293 允许 SYN 携带数据。但握手完成之前，接收方不得把数据交给程序，因为这个 SYN 可能是迟到的旧报文，也可能是伪造的。',
  },
  play(stage) {
    const { client, server } = stage.pair({ client: { profile: 'rfc' }, server: { profile: 'rfc' } });
    const listener = stage.listen(server, 80);
    const socket = stage.connect(client, server, 80, { fastOpenNoCookie: true });
    stage.write(socket, QUESTION);
    stage.until(() => listener.listener.halfOpen === 1);
    stage.check(
      { en: 'With the SYN alone, the server’s program sees nothing', zh: '只有 SYN 到达时，服务器的程序什么也看不到' },
      listener.listener.acceptQueue.length === 0,
    );
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const [syn, synAck, third] = stage.packets();
    stage.check(
      { en: 'The SYN carried the data', zh: 'SYN 带上了数据' },
      syn?.flags === 'SYN,PSH' && syn.length === QUESTION.length,
    );
    stage.check(
      { en: 'The SYN+ACK acknowledged SYN and data together', zh: 'SYN+ACK 同时确认了 SYN 和数据' },
      synAck?.ack === QUESTION.length + 1,
    );
    stage.check(
      { en: 'After the third ACK the program reads it', zh: '第三次握手之后，程序读到数据' },
      third?.flags === 'ACK' && stage.read(accepted) === QUESTION,
    );
  },
};
