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
    en: 'A SYN the client gave up long ago arrives late. With three steps nothing comes of it. Beside it, marked as what-if, runs a two-step rule: a ghost connection is left standing.',
    zh: '客户端早已放弃的 SYN 姗姗来迟。三次握手下，它不会造成任何后果；旁边用“假如”演示两次握手：凭空多出一条幽灵连接。',
  },
  play(stage) {
    realRule(stage);
    twoWayRule(stage);
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

function realRule(stage: Stage): void {
  const { client, server, link } = stage.pair();
  const listener = stage.listen(server, 80);
  link.rule({ from: client, flags: 'SYN', first: 1 }, { delayMs: OLD_SYN_MS });
  link.rule({ from: client, flags: 'RST', first: 1 }, 'drop');
  const socket = stage.connect(client, server, 80, { localPort: 40_000 });
  stage.pass(500);
  stage.close(socket);
  stage.note({
    en: 'The client gave up; it knows nothing of this SYN any more. The SYN itself is still on its way.',
    zh: '客户端已经放弃，不再记得这个 SYN；但 SYN 还在路上。',
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
    en: 'To be fair to both rules, the first RST is lost in each world. Here the server is still waiting for the third step, so it asks again, and a second RST comes.',
    zh: '为了公平，两个世界里第一个 RST 都会丢失。这里的服务器还在等第三次握手，于是再问一次，又得到一个 RST。',
  });
  stage.settle();
  stage.check(
    { en: 'Three steps: nothing is left of the old SYN', zh: '三次握手：旧 SYN 不留任何痕迹' },
    server.stack.tcp.connections.size === 0 &&
      listener.listener.acceptQueue.length === 0 &&
      listener.listener.halfOpen === 0,
  );
}

function twoWayRule(stage: Stage): void {
  stage.note({
    en: 'WHAT IF two steps were enough? The next server follows an imagined rule, not TCP: a SYN alone makes a connection.',
    zh: '【假如】两次就够了呢？下面这台服务器遵循的是假想规则，不是 TCP：只要收到 SYN 就认为连接建立。',
  });
  const client = stage.network.hostNamed('client');
  const rule = new TwoWayServer();
  const server = stage.handMade('two-way', rule);
  stage.whatIf(server);
  const link = stage.link(client, server);
  link.rule({ from: client, flags: 'SYN', first: 1 }, { delayMs: OLD_SYN_MS });
  link.rule({ from: client, flags: 'RST', first: 1 }, 'drop');
  const socket = stage.connect(client, server, 80, { localPort: 40_001 });
  stage.pass(500);
  stage.close(socket);
  stage.pass(OLD_SYN_MS + 500);
  stage.settle();
  stage.note({
    en: 'The RST was lost and the server waits for nothing. Its program holds a connection to nobody, for ever.',
    zh: 'RST 丢失了，而服务器什么也不等：它的程序握着一条没有对端的连接，永远空等。',
  });
  stage.check(
    { en: 'What if two steps: a ghost connection remains', zh: '假如两次握手：一条幽灵连接一直存在' },
    rule.connections.size === 1 && client.stack.tcp.connections.size === 0,
  );
}
