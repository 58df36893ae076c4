/** Claim: an open port always ignores a FIN (RFC 9293 sections 3.10.7.1, 3.10.7.2 and 3.10.7.4). */
import { HandMadePeer } from '../hand-made.ts';
import type { Scene } from '../scene.ts';

export const openPortFin: Scene = {
  id: 'myth-open-port-fin',
  group: 'myths',
  title: { en: 'Claim: an open port always ignores a FIN', zh: '误传：开放的端口一定不理会 FIN' },
  summary: {
    en: 'The FIN scan relies on it: a closed port answers with RST, an open one keeps silent. Five FINs are sent to a real stack: bare ones, one with ACK, and two into a connection.',
    zh: 'FIN 扫描的依据就是这句话：关闭的端口回 RST，开放的端口不作声。这里向真实协议栈发五个 FIN：不带 ACK 的、带 ACK 的，以及落在已有连接里的。',
  },
  play(stage) {
    const hand = new HandMadePeer();
    const peer = stage.handMade('peer', hand);
    const server = stage.host('server');
    stage.link(peer, server);
    const listener = stage.listen(server, 80);
    const to = stage.addressOf(server);
    const answerTo = (flags: string, fromPort: number, toPort: number, seq: number, ack = 0): string => {
      const before = stage.packets({ from: 'server' }).length;
      hand.send({ flags, to, fromPort, toPort, seq, ack });
      stage.pass(100);
      return stage
        .packets({ from: 'server' })
        .slice(before)
        .map((row) => row.flags)
        .join(' ');
    };
    stage.say({
      en: 'A bare FIN to port 81, where nobody listens.',
      zh: '向没有程序监听的端口 81 发送不带 ACK 的 FIN。',
    });
    const closed = answerTo('FIN', 40_001, 81, 1000);
    stage.say({ en: 'The same to port 80, where a program listens.', zh: '同样的 FIN，发给有程序监听的端口 80。' });
    const open = answerTo('FIN', 40_002, 80, 1000);
    stage.say({ en: 'FIN with ACK to the open port.', zh: '向开放的端口发送 FIN+ACK。' });
    const openWithAck = answerTo('FIN+ACK', 40_003, 80, 1000, 5000);
    stage.note({
      en: 'Now a connection is opened to the open port, and FINs are sent into it.',
      zh: '现在与开放的端口建立一条连接，再往里发 FIN。',
    });
    answerTo('SYN', 40_004, 80, 1000);
    const synAck = hand.received.at(-1);
    const ack = ((synAck?.seq ?? 0) + 1) >>> 0;
    answerTo('ACK', 40_004, 80, 1001, ack);
    const accepted = stage.accept(listener);
    stage.say({ en: 'Far outside the window.', zh: '序列号远在窗口之外。' });
    const outside = answerTo('FIN+ACK', 40_004, 80, 900_001_001, ack);
    const stateAfterOutside = accepted.stateName;
    stage.say({ en: 'With the right number.', zh: '序列号正确。' });
    const inside = answerTo('FIN+ACK', 40_004, 80, 1001, ack);
    stage.check(
      { en: 'Closed port, bare FIN: RST', zh: '关闭的端口收到不带 ACK 的 FIN：回 RST' },
      closed === 'RST,ACK',
    );
    stage.check({ en: 'Open port, bare FIN: silence', zh: '开放的端口收到不带 ACK 的 FIN：不作声' }, open === '');
    stage.check({ en: 'Open port, FIN with ACK: RST', zh: '开放的端口收到 FIN+ACK：回 RST' }, openWithAck === 'RST');
    stage.check(
      {
        en: 'In a connection, outside the window: an ACK, and nothing is closed',
        zh: '已有连接、序列号在窗口之外：回 ACK，连接不关闭',
      },
      outside === 'ACK' && stateAfterOutside === 'ESTABLISHED',
    );
    stage.check(
      {
        en: 'In a connection, with the right number: an ACK, and the peer has closed',
        zh: '已有连接、序列号正确：回 ACK，对端方向关闭',
      },
      inside === 'ACK' && accepted.stateName === 'CLOSE-WAIT',
    );
    stage.verdict = {
      en: 'Only half true. LISTEN drops a FIN that comes without SYN, ACK and RST; that is the RFC’s rule and all a FIN scan has. A FIN with ACK gets a RST from an open port too, and a FIN in a connection is answered. Some systems reset bare FINs on open ports as well, so silence proves little.',
      zh: '只对了一半。处于 LISTEN 的端口会丢弃既无 SYN、又无 ACK 和 RST 的报文段，FIN 扫描靠的就是 RFC 的这条规则。但带 ACK 的 FIN，开放端口也会回 RST；落在连接里的 FIN 更会得到确认。还有些系统对开放端口上的 FIN 也回 RST，所以凭“不作声”说明不了多少问题。',
    };
  },
};
