/** A server that sends its ACK and its SYN apart, as the first designs of the handshake had it. Played by hand. */
import { HandMadePeer, hasFlags, type SeenSegment } from '../hand-made.ts';
import type { Scene } from '../scene.ts';

const ISN = 900_000;

/** Answers a SYN with a bare ACK and then with a bare SYN; acknowledges what the other end makes of it. */
class ApartPeer extends HandMadePeer {
  isEstablished = false;

  protected override segmentArrived(segment: SeenSegment): void {
    const way = { to: segment.from, fromPort: segment.toPort, toPort: segment.fromPort };
    if (hasFlags(segment, 'SYN') && !hasFlags(segment, 'ACK')) {
      this.send({ ...way, flags: 'ACK', seq: ISN, ack: segment.seq + 1 });
      this.send({ ...way, flags: 'SYN', seq: ISN, mss: 1460 });
    } else if (hasFlags(segment, 'SYN+ACK') && segment.ack === ISN + 1) {
      this.send({ ...way, flags: 'ACK', seq: ISN + 1, ack: segment.seq + 1 });
      this.isEstablished = true;
    }
  }
}

export const fourSegmentOpen: Scene = {
  id: 'four-segment-open',
  group: 'opening',
  title: { en: 'ACK and SYN sent separately', zh: 'ACK 和 SYN 分开发送' },
  summary: {
    en: 'Why is it three segments and not four? Because ACK and SYN fit into one. Here a peer made by hand sends them separately, and the real stack copes.',
    zh: '为什么是三次而不是四次？因为 ACK 和 SYN 可以合在一个报文段里。这里由手工对端故意分开发送，真实的协议栈照样应付得了。',
  },
  play(stage) {
    const client = stage.host('client');
    const hand = new ApartPeer();
    const peer = stage.handMade('peer', hand);
    stage.link(client, peer);
    const socket = stage.connect(client, peer, 80);
    stage.until(() => stage.packets({ from: 'peer' }).length >= 2);
    stage.note({
      en: 'A bare ACK tells the client nothing it may rely on: without a SYN the other end’s number is unknown. It stays in SYN-SENT.',
      zh: '只有 ACK，客户端还不知道对方的序列号，不能就此认定连接建立，所以留在 SYN-SENT。',
    });
    stage.until(() => socket.stateName === 'ESTABLISHED', 5000);
    stage.note({
      en: 'The bare SYN is treated as in a simultaneous open, so the client answers with SYN+ACK and wants it acknowledged.',
      zh: '单独到来的 SYN 被当作同时打开处理：客户端回应 SYN+ACK，并等待对方确认。',
    });
    const rows = stage.packets();
    const bare = rows.find((row) => row.from === 'peer' && row.flags === 'ACK');
    stage.check(
      { en: 'The bare ACK left the client in SYN-SENT', zh: '单独的 ACK 到达后，客户端仍是 SYN-SENT' },
      bare?.toState?.before === 'SYN-SENT' && bare.toState.after === 'SYN-SENT',
    );
    stage.check(
      { en: 'The connection is ESTABLISHED at both ends', zh: '两端都建立了连接' },
      socket.stateName === 'ESTABLISHED' && hand.isEstablished,
    );
    stage.check(
      { en: 'It took more than the three segments of an ordinary handshake', zh: '用掉的报文段比通常的三个要多' },
      rows.length > 3,
    );
  },
};
