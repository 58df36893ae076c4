/**
 * Why 2 MSL: an old order meets a server that waits and one that does not, both real stacks; then the shortest run in which an octet of an
 * old connection gets into a new one, found by the model's search and played again move by move.
 */

import type { KeyedHash } from '../../base/keyed-hash.ts';
import { retrace, SMALL_BOUNDS, STANDARD_RULES } from '../../model/index.ts';
import type { Host } from '../../sim/host.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import { tellMove } from '../model-words.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';
import { capital } from '../text.ts';

/** Two octets in each connection, and a wire that misbehaves once. */
export const OLD_OCTET_BOUNDS = { ...SMALL_BOUNDS, octets: 2, mischief: 1 };

/** What `explore` finds for these bounds without TIME-WAIT; a long test holds it to that. */
export const OLD_OCTET_RUN: readonly string[] = [
  'client open SYN 1/1',
  'client deliver SYN 1/1',
  'server deliver SYN-ACK 2/1',
  'client deliver ACK 2/1',
  'client send DATA 2/1',
  'client deliver DATA 2/1',
  'server deliver ACK 3/1',
  'client send DATA 3/1',
  'client repeat DATA 3/1',
  'server deliver ACK 3/1',
  'client close FIN 4/1',
  'client deliver FIN 4/1',
  'server close FIN 3/1',
  'server deliver FIN 3/1',
  'client deliver ACK 5/1',
  'client open SYN 2/2',
  'client deliver SYN 2/2',
  'server deliver SYN-ACK 4/2',
  'client deliver ACK 3/2',
  'client deliver DATA 3/1',
];

/** The last move before the client opens again. */
const CLOSED_AT = OLD_OCTET_RUN.indexOf('client open SYN 2/2');

export const why2Msl: Scene = {
  id: 'why-2msl',
  group: 'closing',
  whatIf: true,
  title: { en: 'Why TIME-WAIT: the shortest way to harm', zh: '为什么要有 TIME-WAIT：出错的最短路径' },
  summary: {
    en: 'An order arrives late, after its connection was closed and opened anew, with the same numbers. The server on the left waits for 2 MSL and does nothing with it. On the right, what if nobody waited? The order is carried out a second time. At last a search shows the shortest way to such harm.',
    zh: '连接关闭之后又用同样的号重新建立，这时一条旧命令才迟迟到达。左边的服务器要等 2 MSL，不会理它；右边，假如谁也不等，命令就被执行了第二遍。最后由搜索给出这类错误的最短过程。',
  },
  play(stage) {
    bothRules(stage);
    shortestHarm(stage);
  },
};

function shortestHarm(stage: Stage): void {
  stage.note({
    en: 'Is it bad luck only? The run below, without waiting, was found by a search through the model (woshou model --no-time-wait): no shorter one does harm. Numbers are small: the first connection uses 1 to 4, and the clock behind the initial sequence numbers has moved by one only.',
    zh: '这只是运气不好吗？下面是不等待时的过程，由模型搜索得出（woshou model --no-time-wait），没有更短的了。序号都很小：第一次连接用了 1 到 4，而产生初始序号的时钟只前进了 1。',
  });
  const { trace, fault } = retrace(OLD_OCTET_RUN, { ...STANDARD_RULES, timeWait: false }, OLD_OCTET_BOUNDS);
  for (const [index, step] of trace.entries()) {
    const { en, zh } = tellMove(step);
    stage.note({ en: `${index + 1}. ${capital(en)}`, zh: `${index + 1}. ${zh.trim()}` });
  }
  stage.check(
    {
      en: 'What if nobody waits: octet 3 of connection 1 is taken for octet 3 of connection 2',
      zh: '假如谁也不等：第 1 次连接的 3 号字节被当成第 2 次连接的 3 号字节',
    },
    fault === 'old-octet',
  );
  const waiting = retrace(OLD_OCTET_RUN.slice(0, CLOSED_AT), STANDARD_RULES, OLD_OCTET_BOUNDS).trace.at(-1)?.world;
  stage.check(
    {
      en: 'With TIME-WAIT the same run stops at move 15: the client still holds the pair of addresses while the copy is under way',
      zh: '有 TIME-WAIT 时，同样的过程停在第 15 步：副本还在路上，客户端仍占着这个四元组',
    },
    waiting?.hosts[0].phase === 'TIME-WAIT' && waiting.wires[0].length === 1,
  );
}

const ISN = 1_000_000;
const LATE_MS = 5000;
const ORDER = 'pay 10';

/** Old and new connection begin with one number, as if the clock behind it had gone round between them: every 4.8 hours it does. */
class SameNumber implements KeyedHash {
  readonly high = 0;
  private readonly clock: { readonly nowUs: number };

  constructor(clock: { readonly nowUs: number }) {
    this.clock = clock;
  }

  get low(): number {
    return (ISN - Math.floor(this.clock.nowUs / 4)) | 0;
  }

  hashWords(): number {
    return this.low;
  }
}

/** The client between two servers that differ in one setting: how long they wait. */
function bothRules(stage: Stage): void {
  // RFC 1337: a RST of the confused client must not end the wait.
  const server = stage.host('server', { settings: { tcp: { rfc1337: true } } });
  const client = stage.host('client', { settings: { tcp: { timestamps: false } } });
  const hasty = stage.host('no-wait', { settings: { tcp: { rfc1337: true, time_wait_ms: 0 } } });
  stage.whatIf(hasty);
  for (const { stack } of [server, client, hasty]) Object.assign(stack.tcp, { hash: new SameNumber(stack.clock) });
  const sides = [server, hasty].map((host) => {
    const link = stage.link(host, client);
    link.rule({ from: client, payloadMin: 1, first: 1 }, { delayMs: LATE_MS });
    return { host, listener: stage.listen(host, 80) };
  });
  stage.note({
    en: 'Left: TCP as it is. Right: WHAT IF nobody waited? That server is the same in everything else. There are no timestamps, which would tell old from new.',
    zh: '左边是真实的 TCP。右边【假如】谁也不等：那台服务器除此之外完全一样。这里不用时间戳，否则新旧一看便知。',
  });
  const first = sides.map(({ host, listener }) => stage.open(client, host, listener, { localPort: 40_000 }));
  for (const [socket] of first) stage.write(socket, ORDER);
  stage.until(() => first.every(([, accepted]) => accepted.readableLength > 0));
  const orders = first.map(([, accepted]) => stage.read(accepted));
  stage.note({
    en: 'The order came with its retransmission. The original of it is still on its way somewhere, to both.',
    zh: '命令由重传送到了。原来的那个报文段还在路上耽搁着，两边都是。',
  });
  for (const [, accepted] of first) stage.close(accepted);
  stage.pass(100);
  for (const [socket] of first) stage.close(socket);
  stage.pass(100);
  const sinceMs = stage.nowMs;
  stage.note({
    en: 'The servers closed first: the left one is in TIME-WAIT, the right one has forgotten. The client connects again from the same port, and by bad luck all initial numbers are those of the first time.',
    zh: '两台服务器都先关闭：左边处于 TIME-WAIT，右边已经忘了。客户端从同一个端口再连，碰巧各方的初始序列号都和上次一样。',
  });
  const again = sides.map(({ host }) => stage.connect(client, host, 80, { localPort: 40_000 }));
  stage.pass(LATE_MS + 200);
  judge(stage, sides, orders);
  const [left, right] = again;
  if (right !== undefined) stage.abort(right);
  if (left !== undefined) stage.close(left);
  stage.settle();
  stage.check(
    {
      en: 'The real server waits for 60 s: what Linux takes for 2 MSL',
      zh: '真实的服务器等了 60 秒：Linux 以此作为 2 MSL',
    },
    Math.abs(stage.nowMs - sinceMs - 60_000) < 200 && server.stack.tcp.timeWaitCount === 0,
  );
}

/** The late order has arrived at both. */
function judge(
  stage: Stage,
  sides: readonly { readonly host: Host; readonly listener: ListenSocket }[],
  orders: readonly string[],
): void {
  const [left, right] = sides;
  if (left === undefined || right === undefined) return;
  stage.check(
    {
      en: 'Real rule: the late order is answered from TIME-WAIT, and no program sees it',
      zh: '真实规则：迟到的命令由 TIME-WAIT 回应，没有程序看到它',
    },
    orders[0] === ORDER && left.listener.listener.acceptQueue.length === 0 && left.host.stack.tcp.timeWaitCount === 1,
  );
  const accepted = right.listener.listener.acceptQueue.length > 0 ? stage.accept(right.listener) : null;
  const ghost = accepted === null ? '' : stage.read(accepted);
  stage.note({
    en: 'On the right the new connection has handed the old order to the program. On the left the new connection could not even begin: its SYN was no newer than the old ones.',
    zh: '右边的新连接把旧命令交给了程序。左边的新连接根本没能开始：它的 SYN 并不比旧的新。',
  });
  stage.check(
    {
      en: 'What if nobody waits: the program of the new connection reads the order of the old one',
      zh: '假如谁也不等：新连接的程序读到了旧连接的命令',
    },
    orders[1] === ORDER && ghost === ORDER,
  );
}
