/** RST from somebody who sees nothing of the connection, and the three cases of RFC 5961 section 3.2. */
import { HandMadePeer } from '../hand-made.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

/** Inside any window, and not its left edge. */
const BESIDE = 1000;
/** Far outside the window. */
const FAR = 0x4000_0000;
/** Two challenges to one connection are this far apart at least (invalid_ratelimit), and some more. */
const QUIET_MS = 1000;

export const blindReset: Scene = {
  id: 'blind-reset',
  group: 'attack',
  title: { en: 'Blind reset: near is not enough', zh: '盲重置攻击：猜得接近还不够' },
  summary: {
    en: 'An attacker who cannot see a connection forges RSTs in the client’s name. Once any number inside the window ended the connection; since RFC 5961 only the exact next number does, and everything else in the window is asked back about.',
    zh: '攻击者看不到连接的内容，只能冒用客户端的地址伪造 RST。过去，序列号只要落在窗口里，连接就断了；按 RFC 5961，必须恰好等于下一个期待的序列号才行，落在窗口里的其他序列号只会引来一次质询。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const hand = new HandMadePeer();
    const attacker = stage.handMade('attacker', hand);
    stage.link(attacker, server);
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    const next = accepted.tcb?.rcvNxt ?? 0;
    const { extCounters } = server.stack.tcp;
    const forge = (seq: number): string => forgeReset(stage, hand, seq, accepted.remotePort);
    stage.note({
      en: 'The attacker knows both addresses and both ports, but not the sequence numbers.',
      zh: '攻击者知道双方的地址和端口，但不知道序列号。',
    });
    stage.say({
      en: 'A forged RST whose number is far outside the window.',
      zh: '伪造的 RST，序列号远在窗口之外。',
    });
    const outside = forge(next + FAR);
    stage.check(
      { en: 'Outside the window: dropped in silence', zh: '在窗口之外：悄悄丢弃' },
      outside === '' && accepted.stateName === 'ESTABLISHED' && extCounters.TCPChallengeACK === 0,
    );
    stage.say({
      en: `A luckier guess: ${BESIDE} past the next number the server expects, well inside the window.`,
      zh: `这次猜得更准：比服务器期待的下一个序列号大 ${BESIDE}，落在窗口之内。`,
    });
    const inside = forge(next + BESIDE);
    stage.check(
      {
        en: 'Inside, but not exact: a challenge ACK goes to the true client, which has no reason to answer it',
        zh: '在窗口内但不精确：服务器向真正的客户端发出质询 ACK，客户端无须理会',
      },
      inside === 'ACK' && accepted.stateName === 'ESTABLISHED' && extCounters.TCPChallengeACK === 1,
    );
    stage.write(socket, 'still here');
    stage.until(() => accepted.readableLength > 0);
    const text = stage.read(accepted);
    stage.pass(500);
    stage.check(
      { en: 'The connection works as if nothing had happened', zh: '连接照常工作，仿佛什么也没发生' },
      text === 'still here',
    );
    stage.note({
      en: 'With a window of 65535 an old stack fell to one of about 65,000 RSTs: seconds of work. Now it takes the one number in 4.3 billion, before the connection moves on. The scene looks it up for the attacker.',
      zh: '窗口为 65535 字节时，对付旧协议栈大约发六万五千个 RST 就能命中一个，几秒钟的事。现在必须在约四十三亿个序列号里恰好猜中一个，而且连接一有数据，答案就变了。下面由场景替攻击者查出这个序列号。',
    });
    stage.say({
      en: 'A forged RST with exactly the next number the server expects.',
      zh: '伪造的 RST，序列号恰好是服务器期待的下一个。',
    });
    forge(accepted.tcb?.rcvNxt ?? 0);
    stage.check(
      {
        en: 'Exact: a RST must be obeyed, and the server’s program gets ECONNRESET',
        zh: '完全吻合：RST 必须服从，服务器的程序得到 ECONNRESET',
      },
      accepted.stateName === 'CLOSED' && accepted.error?.code === 'ECONNRESET',
    );
    stage.check({ en: 'The client knows nothing of it', zh: '而客户端还蒙在鼓里' }, socket.stateName === 'ESTABLISHED');
    stage.note({
      en: 'Against an attacker who can see the traffic none of this helps; signatures do (TCP-AO).',
      zh: '如果攻击者看得到流量，这些都不管用，要靠签名（TCP-AO）。',
    });
  },
};

/** A RST to the server's port 80 in the client's name, over the attacker's own line. @returns the flags of what the server said then */
function forgeReset(stage: Stage, hand: HandMadePeer, seq: number, fromPort: number): string {
  const { network } = stage;
  const [client, server] = [network.hostNamed('client'), network.hostNamed('server')];
  const before = stage.packets({ from: 'server' }).length;
  const from = stage.addressOf(client, server);
  const to = stage.addressOf(server, client);
  hand.sendVia(stage.addressOf(server, network.hostNamed('attacker')), {
    flags: 'RST',
    from,
    to,
    fromPort,
    toPort: 80,
    seq,
  });
  stage.pass(QUIET_MS);
  return stage
    .packets({ from: 'server' })
    .slice(before)
    .map((row) => row.flags)
    .join(' ');
}
