/**
 * Why 2 MSL: the shortest run in which an octet of an old connection gets into a new one, found by the model's search and played again
 * here move by move; then a real stack that waits.
 */
import { retrace, SMALL_BOUNDS, STANDARD_RULES } from '../../model/index.ts';
import { tellMove } from '../model-words.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

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
    en: 'A search through everything that can happen to two hosts, without TIME-WAIT, found the shortest run in which an octet of the old connection is taken for one of the new. It is told move by move; then a real stack closes, and waits.',
    zh: '在没有 TIME-WAIT 的模型里，把两台主机可能发生的一切搜索一遍，得到旧连接的字节混进新连接的最短过程。先一步一步讲这个过程，再看真实协议栈关闭连接并等待。',
  },
  play(stage) {
    withoutWaiting(stage);
    withWaiting(stage);
  },
};

function withoutWaiting(stage: Stage): void {
  stage.note({
    en: 'WHAT IF nobody waited? The run below was found by a search through the model (woshou model --no-time-wait). Numbers are small: the first connection uses 1 to 4, and the clock behind the initial sequence numbers has moved by one only.',
    zh: '【假如】谁也不等呢？下面的过程由模型搜索得出（woshou model --no-time-wait）。序号都很小：第一次连接用了 1 到 4，而产生初始序号的时钟只前进了 1。',
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

function withWaiting(stage: Stage): void {
  const { client, server } = stage.pair();
  const listener = stage.listen(server, 80);
  stage.note({
    en: 'Now real stacks. The client closes first, so it is the client that waits.',
    zh: '现在换真实协议栈。客户端先关闭，所以由它等待。',
  });
  const [socket, accepted] = stage.open(client, server, listener);
  stage.pass(50);
  stage.close(socket);
  stage.until(() => accepted.stateName === 'CLOSE-WAIT');
  stage.pass(50);
  stage.close(accepted);
  stage.until(() => client.stack.tcp.timeWaitCount === 1);
  const sinceMs = stage.nowMs;
  stage.settle();
  stage.check(
    {
      en: 'The real client waits for 60 s: what Linux takes for 2 MSL',
      zh: '真实的客户端等了 60 秒：Linux 以此作为 2 MSL',
    },
    Math.abs(stage.nowMs - sinceMs - 60_000) < 5 && client.stack.tcp.timeWaitCount === 0,
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
