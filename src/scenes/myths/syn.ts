/** Claims about the opening: where half-open connections come from, and what a SYN+ACK carries. */
import { HandMadePeer } from '../hand-made.ts';
import type { Scene } from '../scene.ts';

const SYNS = 4;

export const twoWayFlood: Scene = {
  id: 'myth-two-way-flood',
  group: 'myths',
  title: { en: 'Claim: it is the two-way handshake that makes a SYN flood', zh: '误传：两次握手才会造成 SYN 洪泛' },
  summary: {
    en: 'A SYN flood lives on half-open connections. Four SYNs whose sender never answers are sent to a real server with the three-way handshake, and its SYN queue is looked at.',
    zh: 'SYN 洪泛靠的是半连接。这里向一台采用三次握手的真实服务器发送四个 SYN，发送者从不回应，再看它的半连接队列。',
  },
  play(stage) {
    const hand = new HandMadePeer();
    const peer = stage.handMade('peer', hand);
    const server = stage.host('server', {
      settings: { tcp: { max_syn_backlog: 2, synack_retries: 1, syncookies: 0 } },
    });
    stage.link(peer, server);
    const listener = stage.listen(server, 80);
    const { listener: queue } = listener;
    const to = stage.addressOf(server);
    for (let count = 1; count <= SYNS; count++) {
      hand.send({ flags: 'SYN', to, fromPort: 40_000 + count, toPort: 80, seq: count * 1000, mss: 1460 });
      stage.pass(1);
    }
    stage.pass(40);
    const halfOpen = queue.halfOpen;
    const answers = stage.packets({ from: 'server', flags: 'SYN,ACK' }).length;
    stage.note({
      en: `${halfOpen} entries in SYN-RECEIVED: each has answered a SYN and waits for a third step that will not come. max_syn_backlog was set to 2, the rest is dropped.`,
      zh: `SYN-RECEIVED 状态的表项有 ${halfOpen} 个：每个都已回应了 SYN，正等着永远不会来的第三次握手。max_syn_backlog 设为 2，多出来的被丢弃。`,
    });
    stage.check(
      {
        en: 'With three steps there are half-open connections, and nothing but their limit stops them',
        zh: '正因为要三次握手才有半连接，只有队列上限能挡住它们',
      },
      halfOpen === 3 && answers === 3 && server.stack.tcp.extCounters.TCPReqQFullDrop === SYNS - 3,
    );
    stage.check(
      { en: 'No connection was made of them: the program saw none', zh: '它们没有变成连接：程序一条也没有看到' },
      queue.acceptQueue.length === 0 && server.stack.tcp.counters.PassiveOpens === 0,
    );
    stage.settle();
    stage.check(
      {
        en: 'When nobody answered the repeated SYN+ACK, the entries were forgotten',
        zh: '重发 SYN+ACK 仍无人回应，表项就被清除了',
      },
      queue.halfOpen === 0 && server.stack.tcp.connections.size === 0,
    );
    stage.verdict = {
      en: 'The wrong way round. A half-open entry exists because the server waits for the third step; the flood fills exactly that queue. With two steps each SYN would be a whole connection at once, which is cheaper still for an attacker, but that is not why there are three: old duplicate SYNs are.',
      zh: '说反了。服务器要等第三次握手，才会有半连接，洪泛塞满的正是半连接队列。如果只有两次握手，每个 SYN 会直接变成一条完整的连接，攻击者更省事；但三次握手的理由并不在此，而是为了防止失效的旧 SYN 造成错误连接。',
    };
  },
};

export const synAckData: Scene = {
  id: 'myth-syn-ack-data',
  group: 'myths',
  title: { en: 'Claim: a SYN+ACK carries data as a rule', zh: '误传：SYN+ACK 通常携带数据' },
  summary: {
    en: 'Some say the second step carries data, some say the first cannot. Here an ordinary opening is looked at, and one whose SYN does carry data, between stacks that keep to the letter of the RFC.',
    zh: '有人说第二次握手可以顺便带数据，也有人说第一次绝对不能带。这里先看一次普通的建立过程，再看一次 SYN 真的带数据的过程（双方严格按 RFC）。',
  },
  play(stage) {
    const { client, server } = stage.pair({ client: { profile: 'rfc' }, server: { profile: 'rfc' } });
    const listener = stage.listen(server, 80);
    stage.open(client, server, listener);
    stage.pass(100);
    stage.note({
      en: 'Now the client puts its first bytes into the SYN, which RFC 9293 allows.',
      zh: '现在客户端把最初的几个字节放进 SYN，RFC 9293 允许这样做。',
    });
    const early = stage.connect(client, server, 80, { fastOpenNoCookie: true });
    stage.write(early, 'early');
    stage.until(() => stage.packets({ flags: 'SYN,ACK' }).length === 2);
    const isHeld = listener.listener.acceptQueue.length === 0;
    stage.until(() => listener.listener.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    const text = stage.read(accepted);
    stage.write(accepted, 'answer');
    stage.until(() => early.readableLength === 6);
    stage.pass(300);
    const answers = stage.packets({ flags: 'SYN,ACK' });
    const withData = stage
      .packets({ from: 'client' })
      .filter((row) => row.flags.includes('SYN') && (row.length ?? 0) > 0);
    stage.check(
      { en: 'Neither SYN+ACK carries a byte', zh: '两个 SYN+ACK 都不带任何数据' },
      answers.length === 2 && answers.every((row) => row.length === 0),
    );
    stage.check(
      {
        en: 'The SYN with data is allowed, and its data is acknowledged or sent again',
        zh: 'SYN 带数据是允许的，数据会被确认，否则再发一次',
      },
      withData.length === 1 && withData[0]?.length === 5 && text === 'early',
    );
    stage.check(
      { en: 'The program got the data only after the third step', zh: '第三次握手之后，程序才拿到这些数据' },
      isHeld,
    );
    stage.verdict = {
      en: 'Not as a rule. When the SYN+ACK goes out the server’s program does not know of the connection yet, so there is nothing to send. Data in a SYN is legal, rare, and held back until the handshake is complete; TCP Fast Open is the exception made for it.',
      zh: '通常不带。发出 SYN+ACK 时，服务器上的程序还不知道有这条连接，自然没有数据可发。SYN 带数据是合法的，但很少见，而且要等握手完成才能交给程序；TCP Fast Open 是专门为此设的例外。',
    };
  },
};
