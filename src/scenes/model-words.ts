/** A run of the model in words, for the scenes and for `woshou model`. */
import type { Fault, Move, TraceStep } from '../model/index.ts';
import type { Text } from './text.ts';

const SIDES: readonly [Text, Text] = [
  { en: 'the client', zh: '客户端' },
  { en: 'the server', zh: '服务器' },
];

/** What happens in one move, as a sentence that follows a number. */
export function tellMove({ move, world }: TraceStep): Text {
  const [actor, other] = move.side === 0 ? SIDES : [SIDES[1], SIDES[0]];
  const what = tellSegment(move);
  const state = world.hosts[move.side === 0 ? 1 : 0].phase;
  const own = world.hosts[move.side].phase;
  switch (move.kind) {
    case 'open':
      return { en: `${actor.en} opens and sends ${what.en}.`, zh: `${actor.zh}打开连接，发出${what.zh}。` };
    case 'close':
      return move.segment === null
        ? { en: `${actor.en} gives up: ${own}.`, zh: `${actor.zh}放弃连接，回到 ${own}。` }
        : {
            en: `${actor.en} closes and sends ${what.en}: ${own}.`,
            zh: `${actor.zh}关闭，发出${what.zh}，进入 ${own}。`,
          };
    case 'send':
      return { en: `${actor.en} sends ${what.en}.`, zh: `${actor.zh}发出${what.zh}。` };
    case 'again':
      return { en: `${actor.en} sends ${what.en} once more.`, zh: `${actor.zh}重发${what.zh}。` };
    case 'lose':
      return { en: `The wire loses ${what.en} of ${actor.en}.`, zh: `线路丢失了${actor.zh}的${what.zh}。` };
    case 'deliver':
      return {
        en: `${what.en} reaches ${other.en}: ${state}.`,
        zh: `${what.zh.trim()} 到达${other.zh}，其状态为 ${state}。`,
      };
    case 'repeat':
      return {
        en: `${what.en} reaches ${other.en}: ${state}; a copy stays under way.`,
        zh: `${what.zh.trim()} 到达${other.zh}，其状态为 ${state}；还有一份副本留在路上。`,
      };
    default:
      return { en: `For ${actor.en} 2 MSL are over: ${own}.`, zh: `${actor.zh}等满 2 MSL，回到 ${own}。` };
  }
}

/** `DATA 3 of connection 1`. In Chinese with spaces where another script follows. */
function tellSegment(move: Move): Text {
  const { segment } = move;
  if (segment === null) return { en: '', zh: '' };
  const { kind, seq, life } = segment;
  return { en: `${kind} ${seq} of connection ${life}`, zh: ` ${kind} ${seq}（第 ${life} 次连接）` };
}

/** What is wrong with a world. */
export const FAULTS: Readonly<Record<Fault, Text>> = {
  ghost: { en: 'a ghost: an end stands whose peer never agreed', zh: '幽灵连接：一端已建立，另一端从未同意' },
  'old-octet': {
    en: 'an octet of an old connection was taken for one of the new',
    zh: '旧连接的字节被当成新连接的数据',
  },
  'old-end': {
    en: 'the end of an old connection was taken for that of the new',
    zh: '旧连接的 FIN 被当成新连接的结束',
  },
  'two-owners': {
    en: 'two owners: each end stands in a connection of its own',
    zh: '两个主人：两端各自处在不同的连接里',
  },
};
