/** A cookie comes back, wrong, borrowed, right and stale: what the third ACK alone must prove (RFC 4987 section 3.6). */
import { HandMadePeer } from '../hand-made.ts';
import type { Scene } from '../scene.ts';

/** A cookie lives for one to two minutes. */
const STALE_MS = 180_000;
const ISN = 1000;

export const thirdAckOfACookie: Scene = {
  id: 'third-ack-of-a-cookie',
  group: 'attack',
  title: { en: 'The third ACK of a cookie', zh: '带回 Cookie 的第三次握手' },
  summary: {
    en: 'This server answers every SYN with a cookie and remembers nobody. The third ACK must make the whole connection, so it is checked like a ticket: a wrong number, another port or an old date are refused.',
    zh: '这台服务器对每个 SYN 都只回 Cookie，谁也不记。整条连接全凭第三次握手的 ACK 重建，所以要像验票一样查：号码不对、换了端口、过了时间，统统拒绝。',
  },
  play(stage) {
    const hand = new HandMadePeer();
    const peer = stage.handMade('peer', hand);
    const server = stage.host('server', { settings: { tcp: { syncookies: 2 } } });
    stage.link(peer, server);
    const { listener } = stage.listen(server, 80);
    const { tcp } = server.stack;
    const to = stage.addressOf(server);
    /** Sends a segment and waits; the number the answer bears, or null. */
    const send = (flags: string, fromPort: number, seq: number, ack = 0): { seq: number; isReset: boolean } | null => {
      const before = stage.packets({ from: 'server' }).length;
      hand.send({ flags, to, fromPort, toPort: 80, seq, ack });
      stage.pass(100);
      const answer = stage.packets({ from: 'server' })[before];
      return answer === undefined ? null : { seq: answer.seqAbsolute ?? 0, isReset: answer.flags === 'RST' };
    };
    const cookie = send('SYN', 40_001, ISN)?.seq ?? 0;
    stage.check(
      { en: 'A SYN+ACK went out, and the server remembers nobody', zh: 'SYN+ACK 已发出，服务器谁也没记' },
      tcp.extCounters.SyncookiesSent === 1 && listener.halfOpen === 0 && tcp.connections.size === 0,
    );
    stage.say({ en: 'A guess: one more than the right number.', zh: '瞎猜的确认号：比正确的大一。' });
    const wrong = send('ACK', 40_001, ISN + 1, cookie + 2);
    stage.say({
      en: 'The right number, but from another port: a borrowed cookie.',
      zh: '号码正确，却换了端口：借来的 Cookie。',
    });
    const borrowed = send('ACK', 40_002, ISN + 1, cookie + 1);
    stage.check(
      {
        en: 'Both are reset and counted (SyncookiesFailed 2)',
        zh: '两次都回 RST，并计入统计（SyncookiesFailed 为 2）',
      },
      wrong?.isReset === true && borrowed?.isReset === true && tcp.extCounters.SyncookiesFailed === 2,
    );
    stage.say({ en: 'Now as it should be: the cookie plus one.', zh: '这次正确：Cookie 加一。' });
    const right = send('ACK', 40_001, ISN + 1, cookie + 1);
    stage.check(
      {
        en: 'The connection is there, made from this one segment (SyncookiesRecv 1)',
        zh: '连接建立了，全凭这一个报文段（SyncookiesRecv 为 1）',
      },
      right === null && listener.acceptQueue.length === 1 && tcp.extCounters.SyncookiesRecv === 1,
    );
    stage.note({
      en: 'Another cookie is fetched, and kept for three minutes.',
      zh: '再取一个 Cookie，放上三分钟。',
    });
    const old = send('SYN', 40_003, ISN)?.seq ?? 0;
    stage.pass(STALE_MS);
    const stale = send('ACK', 40_003, ISN + 1, old + 1);
    stage.check(
      { en: 'A stale cookie is refused', zh: '过期的 Cookie 被拒绝' },
      stale?.isReset === true && listener.acceptQueue.length === 1,
    );
    stage.note({
      en: 'The price: if the third ACK is lost, nobody repeats the SYN+ACK; and without timestamps there is no room in a cookie for window scale or SACK.',
      zh: '代价是：第三次握手的 ACK 一旦丢失，没有人会重发 SYN+ACK；而且没有时间戳选项时，Cookie 里放不下窗口扩大因子和 SACK。',
    });
  },
};
