/**
 * Segments that must not be believed: a forged RST against the MD5 signature option (RFC 2385), forged text against TCP-AO
 * (RFC 5925). The attacker sees the line and knows every number; what it lacks is the key.
 */
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { TcpAuthOptions } from '../../tcp/auth/keys.ts';
import { asciiBytes, type CraftedSegment, HandMadePeer } from '../hand-made.ts';
import { type Mechanism, type MechanismStage, MSS, opened, receivedWithin } from './mechanism.ts';

const OCTETS = { en: 'bytes', zh: '字节' };
const SECRET = asciiBytes('known to two');
const MD5: TcpAuthOptions = { md5: [{ key: SECRET }] };
const AO: TcpAuthOptions = { ao: [{ key: SECRET, sendId: 1, receiveId: 1 }] };

/** An attacker with a line of its own to the server. */
function attackerOf({ stage, server }: MechanismStage): HandMadePeer {
  const hand = new HandMadePeer();
  stage.link(stage.handMade('attacker', hand), server);
  return hand;
}

/** Sends a segment in the client's name that fits the connection to the octet, over the attacker's line. */
function forge(
  { stage, client, server }: MechanismStage,
  hand: HandMadePeer,
  socket: StreamSocket,
  segment: Pick<CraftedSegment, 'flags' | 'payload'>,
): void {
  const attacker = stage.network.hostNamed('attacker');
  hand.sendVia(stage.addressOf(server, attacker), {
    ...segment,
    to: stage.addressOf(server, client),
    from: stage.addressOf(client, server),
    fromPort: socket.localPort,
    toPort: socket.remotePort,
    seq: socket.tcb?.sndNxt ?? 0,
    ack: socket.tcb?.rcvNxt ?? 0,
  });
}

const md5: Mechanism = {
  id: 'md5-signature',
  title: { en: 'MD5 signatures against a forged RST', zh: 'MD5 签名：挡住伪造的 RST' },
  summary: {
    en: 'Two routers keep a BGP session. An attacker who sees every number sends a RST in the name of one of them. It has no signature, so the other drops it without a word and the session goes on (RFC 2385).',
    zh: '两台路由器维持着一条 BGP 会话。攻击者看得到所有序列号，冒用其中一方的地址发来 RST。它没有签名，另一方一声不响地丢弃，会话照常进行（RFC 2385）。',
  },
  summaryOff: {
    en: 'Two routers keep a BGP session. An attacker who sees every number sends a RST in the name of one of them. Address, ports and sequence number are right, and TCP asks for nothing else: the session is dead.',
    zh: '两台路由器维持着一条 BGP 会话。攻击者看得到所有序列号，冒用其中一方的地址发来 RST。地址、端口、序列号样样都对，TCP 只看这些，会话就此断开。',
  },
  with: {},
  without: {},
  keys: MD5,
  measure: {
    name: { en: 'Received after the forged RST', zh: '伪造的 RST 之后还能收到' },
    unit: OCTETS,
    better: 'larger',
    with: 10 * MSS,
    without: 0,
  },
  act(acting) {
    const { stage } = acting;
    const hand = attackerOf(acting);
    const [socket, accepted] = opened(acting);
    stage.say({
      en: 'A RST with the client’s address and exactly the sequence number that the server expects next.',
      zh: '源地址冒用客户端的 RST，序列号正是服务器期待的下一个。',
    });
    forge(acting, hand, socket, { flags: 'RST+ACK' });
    stage.pass(100);
    if (accepted.stateName === 'ESTABLISHED') {
      stage.note({
        en: 'The RST carried no signature: the server’s connection stands.',
        zh: '这个 RST 没有签名，服务器的连接安然无恙。',
      });
    }
    const octets = 10 * MSS;
    stage.write(socket, new Uint8Array(octets));
    return receivedWithin(stage, accepted, octets, 5000);
  },
};

const ORDER = 'open the gate\n';

const ao: Mechanism = {
  id: 'tcp-ao',
  title: { en: 'TCP-AO against forged text', zh: 'TCP-AO：挡住伪造的数据' },
  summary: {
    en: 'An attacker who sees every number slips a segment with a line of its own into a connection. Every segment has to carry a code that only the holders of the key can compute (RFC 5925); this one has none, and the program never sees it.',
    zh: '攻击者看得到所有序列号，往连接里塞进一个自己写的报文段。每个报文段都必须带一个认证码，只有持有密钥的人才算得出（RFC 5925）；伪造的没有，程序根本看不到它。',
  },
  summaryOff: {
    en: 'An attacker who sees every number slips a segment with a line of its own into a connection. All the numbers are right, so the server takes it for the client’s words and hands it to the program.',
    zh: '攻击者看得到所有序列号，往连接里塞进一个自己写的报文段。序列号样样都对，服务器就当成客户端的话，交给了程序。',
  },
  with: {},
  without: {},
  keys: AO,
  measure: {
    name: { en: 'Forged text that the program was given', zh: '交给程序的伪造数据' },
    unit: OCTETS,
    better: 'smaller',
    with: 0,
    without: ORDER.length,
  },
  act(acting) {
    const { stage } = acting;
    const hand = attackerOf(acting);
    const [socket, accepted] = opened(acting);
    stage.say({
      en: 'Text in the client’s name, at exactly the place where the server expects the next octet.',
      zh: '冒用客户端之名的数据，序列号正是服务器期待的下一个。',
    });
    forge(acting, hand, socket, { flags: 'PSH+ACK', payload: ORDER });
    stage.pass(100);
    return stage.read(accepted).length;
  },
};

export const SIGNATURES: readonly Mechanism[] = [md5, ao];
