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
import type { Text } from '../text.ts';

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
    en: 'A blind attacker forges a trusted host’s address and guesses the server’s number. What if the number came from a clock alone? The guess is right. With the real rule the chance is about one in 4.3 billion.',
    zh: '攻击者看不到回应，只能冒用受信主机的地址，再去猜服务器的初始序列号。假如序列号只取自时钟，一猜就中；按真实规则，猜中的机会只有约四十三亿分之一。',
  },
  play(stage) {
    const hand = new HandMadePeer();
    const attacker = stage.handMade('attacker', hand);
    const trusted = stage.host('trusted');
    const server = stage.host('server');
    const clocked = stage.host('clock-isn');
    stage.whatIf(clocked);
    Object.assign(clocked.stack.tcp, { hash: new NoHash() });
    for (const target of [clocked, server]) {
      stage.link(trusted, target);
      stage.link(attacker, target);
    }
    const [clockedDoor, door] = [stage.listen(clocked, 514), stage.listen(server, 514)];
    stage.note({
      en: 'The attacker first silences the trusted host, or its RST would spoil everything.',
      zh: '攻击者先让受信主机失声，否则它的 RST 会坏事。',
    });
    stage.crash(trusted);
    const whatIf: Text = {
      en: 'WHAT IF the number were the clock alone? This server’s stack has its secret hash taken out.',
      zh: '【假如】序列号只取自时钟：这台服务器的协议栈被去掉了密钥散列。',
    };
    stage.note(whatIf);
    const fooled = attack(stage, hand, trusted, clocked, clockedDoor);
    stage.check(
      {
        en: 'What if clock only: the server takes the attacker for the trusted host',
        zh: '假如只用时钟：服务器把攻击者当成了受信主机',
      },
      fooled === ORDER,
    );
    stage.note({
      en: 'Now the same attack on a server with the real rule: clock plus a secret hash of the four-tuple.',
      zh: '同样的攻击，换成真实规则的服务器：时钟加上对四元组的密钥散列。',
    });
    const refused = attack(stage, hand, trusted, server, door);
    stage.check(
      {
        en: 'Real rule: the guess is wrong, the server resets, its program sees nothing',
        zh: '真实规则：猜错了，服务器发送 RST，程序毫不知情',
      },
      refused === null && stage.packets({ from: 'server' }).some((row) => row.flags.startsWith('RST')),
    );
  },
};

/** Samples the target's ISN, then opens a connection in the trusted host's name. @returns what the program was told, or null */
function attack(stage: Stage, hand: HandMadePeer, trusted: Host, target: Host, door: ListenSocket): string | null {
  const to = stage.addressOf(target, stage.network.hostNamed('attacker'));
  const from = stage.addressOf(trusted, target);
  const victim = stage.addressOf(target, trusted);
  stage.say({
    en: 'An honest SYN, only to see which number the server uses now.',
    zh: '先发一个正常的 SYN，只为看看服务器现在用什么序列号。',
  });
  const sampledMs = stage.nowMs;
  hand.send({ flags: 'SYN', to, fromPort: 2000, toPort: door.port, seq: 1 });
  stage.pass(100);
  const sample = hand.received.at(-1);
  hand.send({ flags: 'RST', to, fromPort: 2000, toPort: door.port, seq: 2 });
  stage.pass(900);
  const guess = (sample?.seq ?? 0) + ((stage.nowMs - sampledMs) * 1000) / ISN_TICK_US;
  // The forged segments go over the attacker's own line, to the address the trusted host would use.
  const forged = { to: victim, from, fromPort: 1023, toPort: door.port } as const;
  stage.say({
    en: 'A SYN with the trusted host’s address as its source. The answer will go there, not to the attacker.',
    zh: '源地址冒用受信主机的 SYN。回应会送往受信主机，攻击者看不到。',
  });
  hand.sendVia(to, { ...forged, flags: 'SYN', seq: FORGED_SEQ });
  stage.pass(100);
  stage.say({
    en: 'The third step, with a guessed acknowledgment number, and the order right behind it.',
    zh: '凭猜测的确认号完成第三次握手，并紧跟着下达命令。',
  });
  hand.sendVia(to, { ...forged, flags: 'ACK+PSH', seq: FORGED_SEQ + 1, ack: guess + 1, payload: ORDER });
  stage.pass(100);
  if (door.listener.acceptQueue.length === 0) return null;
  const accepted = stage.accept(door);
  return accepted.remoteAddress === from ? stage.read(accepted) : null;
}
