/**
 * Why the ISN must not be guessed (RFC 9293 section 3.4.1, RFC 6528): an attacker who sees no answers opens a connection in
 * another host's name. Against a clock alone, as RFC 793 had it, one honest connection tells the next number.
 */
import type { KeyedHash } from '../../base/keyed-hash.ts';
import type { Host } from '../../sim/host.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import { HandMadePeer } from '../hand-made.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const ORDER = 'open the gate';
const FORGED_SEQ = 1000;
/** The clock of the ISN ticks every four microseconds. */
const ISN_TICK_US = 4;

/** WHAT IF the keyed hash were left out: the ISN is the clock and nothing else. */
class NoHash implements KeyedHash {
  low = 0;
  high = 0;

  hashWords(): number {
    return 0;
  }
}

export const whyIsnRandom: Scene = {
  id: 'why-isn-random',
  group: 'opening',
  whatIf: true,
  title: { en: 'Why the initial sequence number is random', zh: '初始序列号为什么要随机' },
  summary: {
    en: 'A blind attacker forges a trusted host’s address and guesses the number of two servers at once. On the left is the real rule, and the chance is about one in 4.3 billion. On the right, what if the number came from a clock alone? The guess is right.',
    zh: '攻击者看不到回应，只能冒用受信主机的地址，同时去猜两台服务器的初始序列号。左边按真实规则，猜中的机会只有约四十三亿分之一；右边，假如序列号只取自时钟，一猜就中。',
  },
  play(stage) {
    const server = stage.host('server');
    const hand = new HandMadePeer();
    const attacker = stage.handMade('attacker', hand);
    const trusted = stage.host('trusted');
    const clocked = stage.host('clock-isn');
    stage.whatIf(clocked);
    Object.assign(clocked.stack.tcp, { hash: new NoHash() });
    for (const target of [server, clocked]) {
      stage.link(trusted, target);
      stage.link(attacker, target);
    }
    const [door, clockedDoor] = [stage.listen(server, 514), stage.listen(clocked, 514)];
    stage.note({
      en: 'Left: the real rule, a clock plus a secret hash of the four-tuple. Right: WHAT IF the number were the clock alone? That server’s stack has its secret hash taken out.',
      zh: '左边是真实规则：时钟加上对四元组的密钥散列。右边【假如】序列号只取自时钟：那台服务器的协议栈被去掉了密钥散列。',
    });
    stage.note({
      en: 'The attacker first silences the trusted host, or its RST would spoil everything.',
      zh: '攻击者先让受信主机失声，否则它的 RST 会坏事。',
    });
    stage.crash(trusted);
    const [refused, fooled] = attack(stage, hand, trusted, [
      { host: server, door },
      { host: clocked, door: clockedDoor },
    ]);
    stage.check(
      {
        en: 'Real rule: the guess is wrong, the server resets, its program sees nothing',
        zh: '真实规则：猜错了，服务器发送 RST，程序毫不知情',
      },
      refused === null && stage.packets({ from: 'server' }).some((row) => row.flags.startsWith('RST')),
    );
    stage.check(
      {
        en: 'What if clock only: the server takes the attacker for the trusted host',
        zh: '假如只用时钟：服务器把攻击者当成了受信主机',
      },
      fooled === ORDER,
    );
  },
};

interface Target {
  readonly host: Host;
  readonly door: ListenSocket;
}

/** Samples the ISN of each target, then opens connections in the trusted host's name. @returns what each program was told, or null */
function attack(
  stage: Stage,
  hand: HandMadePeer,
  trusted: Host,
  targets: readonly Target[],
): readonly (string | null)[] {
  const attacker = stage.network.hostNamed('attacker');
  const aims = targets.map(({ host, door }) => ({
    to: stage.addressOf(host, attacker),
    // The forged segments go over the attacker's own line, to the address the trusted host would use.
    forged: {
      to: stage.addressOf(host, trusted),
      from: stage.addressOf(trusted, host),
      fromPort: 1023,
      toPort: door.port,
    },
    door,
  }));
  stage.note({
    en: 'An honest SYN to each, only to see which number the server uses now.',
    zh: '先向两边各发一个正常的 SYN，只为看看服务器现在用什么序列号。',
  });
  const sampledMs = stage.nowMs;
  for (const { to, door } of aims) hand.send({ flags: 'SYN', to, fromPort: 2000, toPort: door.port, seq: 1 });
  stage.pass(100);
  const samples = aims.map(({ to }) => hand.received.filter(({ from }) => from === to).at(-1)?.seq ?? 0);
  for (const { to, door } of aims) hand.send({ flags: 'RST', to, fromPort: 2000, toPort: door.port, seq: 2 });
  stage.pass(900);
  const ticks = ((stage.nowMs - sampledMs) * 1000) / ISN_TICK_US;
  stage.note({
    en: 'Now SYNs with the trusted host’s address as their source. The answers go there, not to the attacker.',
    zh: '接着发源地址冒用受信主机的 SYN。回应会送往受信主机，攻击者看不到。',
  });
  for (const { to, forged } of aims) hand.sendVia(to, { ...forged, flags: 'SYN', seq: FORGED_SEQ });
  stage.pass(100);
  stage.note({
    en: 'The third step, with the number seen plus a second’s ticks, and the order right behind it.',
    zh: '最后是第三次握手：用看到的号加上一秒的滴答数作确认号，并紧跟着下达命令。',
  });
  for (const [index, { to, forged }] of aims.entries()) {
    const ack = (samples[index] ?? 0) + ticks + 1;
    hand.sendVia(to, { ...forged, flags: 'ACK+PSH', seq: FORGED_SEQ + 1, ack, payload: ORDER });
  }
  stage.pass(100);
  return aims.map(({ forged, door }) => {
    if (door.listener.acceptQueue.length === 0) return null;
    const accepted = stage.accept(door);
    return accepted.remoteAddress === forged.from ? stage.read(accepted) : null;
  });
}
