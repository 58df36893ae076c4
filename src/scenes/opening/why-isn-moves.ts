/**
 * Why the ISN must move on (RFC 9293 section 3.4.1, RFC 6528): an answer of an earlier connection turns up in a later one between the same
 * addresses and ports. Against a real server its numbers lie outside of the window; where both ends always begin with one number they fit.
 */
import { Address } from '../../base/address.ts';
import type { KeyedHash } from '../../base/keyed-hash.ts';
import { explore, SMALL_BOUNDS, STANDARD_RULES } from '../../model/index.ts';
import type { Host } from '../../sim/host.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { LadderRow } from '../ladder-row.ts';
import { tellMove } from '../model-words.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';
import { capital } from '../text.ts';

const ISN = 1_000_000;
const CLIENT_PORT = 40_000;
const LATE_MS = 5000;
/** By so much the new answer comes later than the old one. */
const BEHIND_MS = 10;
const QUESTION = 'price?';
const OLD_ANSWER = 'price 10';
const NEW_ANSWER = 'price 95';

/** WHAT IF the ISN stood still: it takes back what the clock adds. With `real` given, for connections to one address only. */
class OneNumber implements KeyedHash {
  low = 0;
  high = 0;
  private readonly clock: { readonly nowUs: number };
  private readonly real: KeyedHash | null;
  private readonly remoteWord: number;

  constructor(clock: { readonly nowUs: number }, real: KeyedHash | null = null, remoteWord = 0) {
    this.clock = clock;
    this.real = real;
    this.remoteWord = remoteWord;
  }

  hashWords(words: Int32Array, count: number): number {
    if (this.real === null || words[7] === this.remoteWord) {
      this.low = (ISN - Math.floor(this.clock.nowUs / 4)) | 0;
      this.high = 0;
    } else {
      this.real.hashWords(words, count);
      this.low = this.real.low;
      this.high = this.real.high;
    }
    return this.low;
  }
}

interface Side {
  readonly host: Host;
  readonly listener: ListenSocket;
}

export const whyIsnMoves: Scene = {
  id: 'why-isn-moves',
  group: 'opening',
  whatIf: true,
  title: { en: 'Why the initial sequence number moves on', zh: '初始序列号为什么不能固定不变' },
  summary: {
    en: 'A connection is broken off and opened anew from the same port, and an answer of the first one turns up late. On the left is the real rule: the numbers have moved on, and the old answer is refused. On the right, what if every connection began with the same number? The old answer is taken for the new one. At last a search shows the shortest way to such harm.',
    zh: '连接中断之后，客户端用同一个端口重新连上，这时上一次连接的回答才姗姗来迟。左边按真实规则，序列号早已往前走了，旧回答被拒之门外；右边，假如每次都从同一个号开始，旧回答就被当成了新回答。最后由搜索给出这类错误的最短过程。',
  },
  play(stage) {
    const server = stage.host('server');
    const client = stage.host('client', { settings: { tcp: { timestamps: false } } });
    const fixed = stage.host('one-isn');
    stage.whatIf(fixed);
    const sides = [server, fixed].map((host): Side => {
      const link = stage.link(host, client);
      link.rule({ from: host, payloadMin: 1, first: 1 }, { delayMs: LATE_MS });
      return { host, listener: stage.listen(host, 80) };
    });
    keepNumbers(stage, client, fixed);
    stage.note({
      en: 'Left: the real rule. Right: WHAT IF the number stood still? There both ends begin every connection with one million. No timestamps are used: they would tell old from new.',
      zh: '左边是真实规则。右边【假如】初始序列号固定不变：两端每次都从一百万开始。这里不用时间戳，否则新旧一看便知。',
    });
    const sentMs = firstConnections(stage, client, sides);
    const again = secondConnections(stage, client, sides);
    stage.pass(sentMs + LATE_MS + BEHIND_MS - stage.nowMs);
    stage.note({
      en: 'Now both servers answer the new question. The old answer is a hair ahead of the new one.',
      zh: '这时两台服务器回答新的提问，而旧回答会抢先一步到达。',
    });
    for (const { accepted } of again) stage.write(accepted, NEW_ANSWER);
    stage.pass(1);
    stage.say({
      en: 'The old answer lies far before the window. The client drops it and says once more which byte it expects.',
      zh: '旧回答的序列号远在接收窗口之前，客户端丢弃它，再说一遍自己在等哪个字节。',
    });
    stage.pass(200);
    judge(stage, again);
    search(stage);
  },
};

/** The model on the smallest wire: what a search says about numbers that move on and numbers that stand still. */
function search(stage: Stage): void {
  const bounds = { ...SMALL_BOUNDS, wire: 1 };
  const moving = explore(STANDARD_RULES, bounds);
  const still = explore(STANDARD_RULES, { ...bounds, isnStep: 0 }, 'old-octet');
  stage.note({
    en: `Is this bad luck only? A search through a model (woshou model --isn-step 0 --seek old-octet) tries everything. Where the number moves on it sees ${moving.worlds} situations and finds no fault. Where it stands still, with every other rule in force and TIME-WAIT too, the shortest way to harm has ${still.trace.length} moves.`,
    zh: `这只是运气不好吗？对模型做搜索（woshou model --isn-step 0 --seek old-octet），各种情况全都试过。序列号往前走，共有 ${moving.worlds} 种局面，没有一种出错；固定不变时，其余规则照旧，TIME-WAIT 也在，走 ${still.trace.length} 步就出错。`,
  });
  for (const [index, step] of still.trace.entries()) {
    const { en, zh } = tellMove(step);
    stage.note({ en: `${index + 1}. ${capital(en)}`, zh: `${index + 1}. ${zh.trim()}` });
  }
  stage.check(
    {
      en: 'The search finds no fault where the number moves on; where it stands still, the server takes an octet of connection 2 for one of connection 1',
      zh: '搜索结果：序列号往前走没有错误；固定不变时，服务器把第 2 次连接的字节收进了第 1 次连接',
    },
    moving.result === 'safe' && still.fault === 'old-octet',
  );
}

/** The client's real hash stays for the real server: only towards the other one does its number stand still too. */
function keepNumbers(stage: Stage, client: Host, fixed: Host): void {
  const { w3 } = Address.parse(stage.addressOf(fixed, client));
  Object.assign(fixed.stack.tcp, { hash: new OneNumber(fixed.stack.clock) });
  Object.assign(client.stack.tcp, { hash: new OneNumber(client.stack.clock, client.stack.tcp.hash, w3) });
}

interface Connected {
  readonly socket: StreamSocket;
  readonly accepted: StreamSocket;
}

/** Asks on each side from the same port. */
function ask(stage: Stage, client: Host, sides: readonly Side[]): Connected[] {
  const sockets = sides.map(({ host }) => stage.connect(client, host, 80, { localPort: CLIENT_PORT }));
  stage.until(() => sides.every(({ listener }) => listener.listener.acceptQueue.length > 0));
  const connected = sockets.map((socket, at) => ({ socket, accepted: stage.accept((sides[at] as Side).listener) }));
  for (const { socket } of connected) stage.write(socket, QUESTION);
  stage.pass(100);
  for (const { accepted } of connected) stage.read(accepted);
  return connected;
}

/** The answer comes with its retransmission, and the client breaks the connections off. @returns when the answers were sent first */
function firstConnections(stage: Stage, client: Host, sides: readonly Side[]): number {
  const connected = ask(stage, client, sides);
  const sentMs = stage.nowMs;
  for (const { accepted } of connected) stage.write(accepted, OLD_ANSWER);
  stage.until(() => connected.every(({ socket }) => socket.readableLength > 0));
  for (const { socket } of connected) stage.read(socket);
  stage.note({
    en: 'The answers came with their retransmissions. The originals are still on their way somewhere.',
    zh: '两边的回答都是靠重传送到的，原来的报文段还在路上耽搁着。',
  });
  stage.pass(1000);
  for (const { socket } of connected) stage.abort(socket);
  stage.pass(100);
  return sentMs;
}

function secondConnections(stage: Stage, client: Host, sides: readonly Side[]): Connected[] {
  stage.note({
    en: 'RST left nothing of either connection, no TIME-WAIT either. The client asks again, from the same port.',
    zh: 'RST 之后，两边都不剩任何痕迹，也没有 TIME-WAIT。客户端用同一个端口再问一次。',
  });
  return ask(stage, client, sides);
}

/** Old and new answers have arrived at both. */
function judge(stage: Stage, [left, right]: readonly Connected[]): void {
  if (left === undefined || right === undefined) return;
  const [told, fooled] = [stage.read(left.socket), stage.read(right.socket)];
  stage.check(
    {
      en: 'Real rule: the old answer lies before the window and is refused; the program reads the new one',
      zh: '真实规则：旧回答落在接收窗口之前，不被接受；程序读到的是新回答',
    },
    told === NEW_ANSWER,
  );
  const [first = 0, second = 0] = stage.packets({ from: 'server', flags: 'SYN,ACK' }).map(isnOf);
  const [oldMs = 0, newMs = 0] = stage.packets({ from: 'server', flags: 'SYN,ACK' }).map(({ timeUs }) => timeUs / 1000);
  stage.check(
    {
      en: 'Real rule: from one connection to the next the number moves on by one every 4 microseconds',
      zh: '真实规则：两次连接之间，初始序列号每 4 微秒加一',
    },
    Math.abs(((second - first) | 0) - (newMs - oldMs) * 250) < 10,
  );
  const numbers = new Set(stage.packets({ from: 'one-isn', flags: 'SYN,ACK' }).map(isnOf));
  stage.check(
    {
      en: 'What if the number stood still: the program reads the old answer as the new one',
      zh: '假如固定不变：程序把旧回答当成新回答读走了',
    },
    numbers.size === 1 && fooled === OLD_ANSWER,
  );
  stage.note({
    en: 'On the right the new answer had the very numbers of the old one: it was taken for a repetition and thrown away, and the server believes that it arrived.',
    zh: '右边的新回答与旧回答序列号完全相同，被当成重复数据丢掉了，而服务器还以为它已经送到。',
  });
  stage.check(
    {
      en: 'What if the number stood still: the new answer is acknowledged and never read',
      zh: '假如固定不变：新回答得到了确认，却永远没有人读到',
    },
    right.accepted.unacknowledgedLength === 0 && right.socket.readableLength === 0,
  );
}

function isnOf({ seqAbsolute }: LadderRow): number {
  return seqAbsolute ?? 0;
}
