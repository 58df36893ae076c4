/**
 * Why three and not two: an old duplicate SYN arrives. The real server waits for a third segment that never comes; a server
 * by an imagined two-step rule believes at once. In both worlds the first RST is lost, or the comparison would be unfair.
 */
import { explore, SMALL_BOUNDS, STANDARD_RULES } from '../../model/index.ts';
import { HandMadePeer, hasFlags, type SeenSegment } from '../hand-made.ts';
import { tellMove } from '../model-words.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const ISN = 500_000;
const OLD_SYN_MS = 3000;

/** WHAT IF: a SYN alone makes a connection. Not a rule of TCP; a RST that arrives is obeyed. */
class TwoWayServer extends HandMadePeer {
  /** Connections it would have given to its program. */
  readonly connections = new Set<string>();

  protected override segmentArrived(segment: SeenSegment): void {
    const name = `${segment.from}:${segment.fromPort}`;
    if (hasFlags(segment, 'RST')) {
      if (this.connections.delete(name)) this.claim(segment, 'ESTABLISHED', 'CLOSED');
    } else if (hasFlags(segment, 'SYN')) {
      this.connections.add(name);
      this.claim(segment, 'LISTEN', 'ESTABLISHED');
      this.send({
        flags: 'SYN+ACK',
        to: segment.from,
        fromPort: segment.toPort,
        toPort: segment.fromPort,
        seq: ISN,
        ack: segment.seq + 1,
      });
    }
  }
}

export const whyThree: Scene = {
  id: 'why-three',
  group: 'opening',
  whatIf: true,
  title: { en: 'Why three steps and not two', zh: '为什么是三次握手，而不是两次' },
  summary: {
    en: 'A SYN the client gave up long ago arrives late, at two servers at once. On the left is TCP, and nothing comes of it. On the right, marked as what-if, two steps are enough: a ghost connection is left standing.',
    zh: '客户端早已放弃的 SYN 姗姗来迟，同时到达两台服务器。左边是真实的 TCP，不会有任何后果；右边标着“假如”，两次握手就算数：凭空多出一条幽灵连接。',
  },
  play(stage) {
    bothRules(stage);
    search(stage);
  },
};

/** The model on the smallest wire: what a search says about both rules. */
function search(stage: Stage): void {
  const bounds = { ...SMALL_BOUNDS, wire: 1 };
  const three = explore(STANDARD_RULES, bounds);
  const two = explore({ ...STANDARD_RULES, handshake: 'two' }, bounds);
  stage.note({
    en: `Is this the only way it can go wrong? A search through a model of both rules (woshou model) tries everything: loss, copies, any order. With three steps it sees ${three.worlds} situations and finds no fault. With two the shortest way to a ghost has ${two.trace.length} moves.`,
    zh: `出错的过程只有这一种吗？对两种规则的模型做搜索（woshou model），丢失、重复、乱序全都试过。三次握手共有 ${three.worlds} 种局面，没有一种出错；两次握手走 ${two.trace.length} 步就出现幽灵连接。`,
  });
  for (const [index, step] of two.trace.entries()) {
    const { en, zh } = tellMove(step);
    stage.note({ en: `${index + 1}. ${en.charAt(0).toUpperCase()}${en.slice(1)}`, zh: `${index + 1}. ${zh.trim()}` });
  }
  stage.check(
    {
      en: 'The search finds no fault with three steps, and a ghost with two',
      zh: '搜索结果：三次握手没有错误，两次握手出现幽灵连接',
    },
    three.result === 'safe' && two.fault === 'ghost',
  );
}

/** The client between two servers, in the same trouble with both. */
function bothRules(stage: Stage): void {
  const server = stage.host('server');
  const client = stage.host('client');
  const rule = new TwoWayServer();
  const twoWay = stage.handMade('two-way', rule);
  stage.whatIf(twoWay);
  const listener = stage.listen(server, 80);
  stage.note({
    en: 'Left: TCP as it is. Right: WHAT IF a SYN alone made a connection? That server follows an imagined rule, not TCP.',
    zh: '左边是真实的 TCP。右边【假如】只要收到 SYN 就算建立连接：那台服务器遵循的是假想规则，不是 TCP。',
  });
  const sockets = [server, twoWay].map((target) => {
    const link = stage.link(target, client);
    link.rule({ from: client, flags: 'SYN', first: 1 }, { delayMs: OLD_SYN_MS });
    link.rule({ from: client, flags: 'RST', first: 1 }, 'drop');
    return stage.connect(client, target, 80, { localPort: 40_000 });
  });
  stage.pass(500);
  for (const socket of sockets) stage.close(socket);
  stage.note({
    en: 'The client gave both up; it knows nothing of these SYNs any more. The SYNs themselves are still on their way.',
    zh: '两边客户端都放弃了，不再记得这两个 SYN；但 SYN 还在路上。',
  });
  stage.pass(OLD_SYN_MS + 500);
  stage.check(
    {
      en: 'Three steps: the old SYN gives the server’s program no connection',
      zh: '三次握手：旧 SYN 没有给服务器的程序带来任何连接',
    },
    listener.listener.acceptQueue.length === 0 && server.stack.counters.tcp.PassiveOpens === 0,
  );
  stage.note({
    en: 'To be fair to both rules, the first RST is lost on either side. On the left the server still waits for the third step, so it asks again, and a second RST comes. On the right nobody waits for anything.',
    zh: '为了公平，两边的第一个 RST 都会丢失。左边的服务器还在等第三次握手，于是再问一次，又得到一个 RST；右边谁也不等。',
  });
  stage.settle();
  stage.check(
    { en: 'Three steps: nothing is left of the old SYN', zh: '三次握手：旧 SYN 不留任何痕迹' },
    server.stack.tcp.connections.size === 0 &&
      listener.listener.acceptQueue.length === 0 &&
      listener.listener.halfOpen === 0,
  );
  stage.note({
    en: 'On the right the program holds a connection to nobody, for ever.',
    zh: '右边的程序握着一条没有对端的连接，永远空等。',
  });
  stage.check(
    { en: 'What if two steps: a ghost connection remains', zh: '假如两次握手：一条幽灵连接一直存在' },
    rule.connections.size === 1 && client.stack.tcp.connections.size === 0,
  );
}
