/** A SYN flood, small enough to be read: first against a SYN queue alone, then against SYN cookies (RFC 4987). */
import type { Host } from '../../sim/host.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import { HandMadePeer } from '../hand-made.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

/** max_syn_backlog; one more fits, as on Linux. */
const BACKLOG = 4;
const FITTING = BACKLOG + 1;
const FORGED_SYNS = 8;
/** Addresses nobody has; the answers to them go back over the attacker's line and are lost there. */
const NOBODY = '203.0.113.';

interface Flooded {
  readonly client: Host;
  readonly server: Host;
  readonly listener: ListenSocket;
}

/** A server, an honest client and an attacker on lines of their own, and a flood that has just passed. */
function flood(stage: Stage, syncookies: number): Flooded {
  const client = stage.host('client', { settings: { tcp: { syn_retries: 1, syn_linear_timeouts: 0 } } });
  const server = stage.host('server', {
    settings: { tcp: { max_syn_backlog: BACKLOG, synack_retries: 1, syncookies } },
  });
  const hand = new HandMadePeer();
  const attacker = stage.handMade('attacker', hand);
  stage.link(attacker, server);
  stage.link(client, server);
  server.addRoute(0, `${NOBODY}0/24`, null);
  const listener = stage.listen(server, 80);
  const to = stage.addressOf(server, attacker);
  stage.note({
    en: `The attacker sends ${FORGED_SYNS} SYNs, each with another sender’s address, all invented. Whoever answers them answers nobody.`,
    zh: `攻击者发出 ${FORGED_SYNS} 个 SYN，源地址个个不同，全是编造的。无论谁来回应，都不会有人应答。`,
  });
  for (let count = 1; count <= FORGED_SYNS; count++) {
    hand.send({
      flags: 'SYN',
      to,
      from: `${NOBODY}${count}`,
      fromPort: 1024 + count,
      toPort: 80,
      seq: count * 1000,
      mss: 1460,
    });
    stage.pass(1);
  }
  stage.pass(40);
  return { client, server, listener };
}

export const synFlood: Scene = {
  id: 'syn-flood',
  group: 'attack',
  title: { en: 'SYN flood: forged SYNs lock an honest client out', zh: 'SYN 洪泛：伪造的 SYN 把正常客户端挡在门外' },
  summary: {
    en: 'Every SYN takes a place in the SYN queue until its handshake is over, and a SYN costs its sender nothing. Eight of them with invented senders fill a queue of five; then an honest client comes.',
    zh: '每个 SYN 都要在半连接队列里占一个位置，直到握手结束；而发送方发一个 SYN 几乎没有成本。八个伪造源地址的 SYN 就塞满了只有五个位置的队列，这时来了一个正常的客户端。',
  },
  play(stage) {
    const { client, server, listener } = flood(stage, 0);
    const { listener: queue } = listener;
    const { tcp } = server.stack;
    stage.check(
      {
        en: `${FITTING} forged SYNs fill the queue, the others are dropped and counted (TCPReqQFullDrop)`,
        zh: `${FITTING} 个伪造的 SYN 占满队列，其余的被丢弃并计数（TCPReqQFullDrop）`,
      },
      queue.halfOpen === FITTING && tcp.extCounters.TCPReqQFullDrop === FORGED_SYNS - FITTING,
    );
    stage.say({
      en: 'An honest SYN. It looks like the forged ones, and there is no place left.',
      zh: '这是一个正常的 SYN。它看上去和伪造的没有区别，而队列里已经没有位置了。',
    });
    const socket = stage.connect(client, server, 80);
    stage.until(() => socket.error !== null, 10_000);
    stage.check(
      {
        en: 'The honest client never gets an answer: ETIMEDOUT',
        zh: '正常的客户端始终等不到回应，以 ETIMEDOUT 失败',
      },
      socket.error?.code === 'ETIMEDOUT' && tcp.counters.PassiveOpens === 0,
    );
    stage.note({
      en: 'Here the server repeats each SYN+ACK once and forgets after 3 s. Linux does so five times, about a minute in all, and fewer times when the queue is crowded; either way a steady trickle of SYNs keeps the door shut.',
      zh: '这里的服务器只重发一次 SYN+ACK，3 秒后就清除表项。Linux 默认重发五次，前后约一分钟，队列拥挤时会少发几次；但不管怎样，只要持续补上少量 SYN，正常用户就一直进不来。',
    });
    stage.settle();
    stage.check(
      {
        en: 'When the flood is over the queue empties by itself; the program noticed nothing',
        zh: '洪泛停止后，队列自行清空；程序自始至终毫不知情',
      },
      queue.halfOpen === 0 && queue.acceptQueue.length === 0 && tcp.connections.size === 0,
    );
  },
};

export const synFloodCookies: Scene = {
  id: 'syn-flood-cookies',
  group: 'attack',
  title: { en: 'SYN flood against SYN cookies', zh: '用 SYN Cookie 抵御 SYN 洪泛' },
  summary: {
    en: 'The same flood, the same queue. But when it is full the server puts what it must remember into its initial sequence number, sends that, and forgets. Only a client that really gets the SYN+ACK can bring it back.',
    zh: '同样的洪泛，同样大小的队列。但队列满后，服务器把该记住的内容编进自己的初始序列号，发出去就不再保留。只有真正收到 SYN+ACK 的客户端，才能把它带回来。',
  },
  play(stage) {
    const { client, server, listener } = flood(stage, 1);
    const { listener: queue } = listener;
    const { extCounters } = server.stack.tcp;
    const forForged = FORGED_SYNS - FITTING;
    stage.check(
      {
        en: `The queue is full, and the other ${forForged} forged SYNs got a cookie each (SyncookiesSent ${forForged})`,
        zh: `队列已满，其余 ${forForged} 个伪造的 SYN 各得到一个 Cookie（SyncookiesSent 为 ${forForged}）`,
      },
      queue.halfOpen === FITTING && extCounters.SyncookiesSent === forForged && extCounters.TCPReqQFullDrop === 0,
    );
    const socket = stage.connect(client, server, 80);
    stage.pass(1);
    stage.say({
      en: 'A SYN+ACK like any other, but this sequence number is a cookie: a keyed hash of addresses, ports, the client’s number and the minute. The server keeps nothing.',
      zh: '看上去和普通的 SYN+ACK 一样，但这个序列号就是 Cookie：由双方地址、端口、客户端序列号和当前分钟算出的带密钥散列。服务器什么也没有保存。',
    });
    stage.until(() => socket.stateName === 'ESTABLISHED');
    const keptNothing = queue.halfOpen === FITTING && queue.acceptQueue.length === 0;
    stage.until(() => queue.acceptQueue.length > 0);
    const accepted = stage.accept(listener);
    stage.pass(10);
    stage.write(socket, 'hello');
    stage.until(() => accepted.readableLength === 5);
    const text = stage.read(accepted);
    stage.pass(100);
    stage.check(
      {
        en: 'Before the third step the server held nothing of this client',
        zh: '第三次握手之前，服务器没有保存这个客户端的任何信息',
      },
      keptNothing,
    );
    stage.check(
      {
        en: 'The honest client is served at once: one more cookie sent, one came back (SyncookiesRecv 1)',
        zh: '正常的客户端立刻得到服务：又发出一个 Cookie，收回一个（SyncookiesRecv 为 1）',
      },
      text === 'hello' && extCounters.SyncookiesSent === forForged + 1 && extCounters.SyncookiesRecv === 1,
    );
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.close(accepted);
    stage.settle();
    stage.check(
      {
        en: 'Not one of the forged SYNs became a connection',
        zh: '伪造的 SYN 没有一个变成连接',
      },
      server.stack.tcp.counters.PassiveOpens === 1 && queue.halfOpen === 0,
    );
  },
};
