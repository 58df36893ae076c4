/** ARP: who has this address? Asked once, remembered; and what happens when nobody answers (RFC 826, RFC 1122 section 2.3.2). */

import { decodeFrame, fieldOf } from '../../capture/decode.ts';
import type { Host } from '../../sim/host.ts';
import { StreamSocket } from '../../socket/stream-socket.ts';
import type { LadderRow } from '../ladder.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

const NOBODY = '10.0.1.99';

export const arpFirst: Scene = {
  id: 'arp-first',
  group: 'layers',
  title: { en: 'ARP goes first', zh: '先有 ARP，后有 SYN' },
  summary: {
    en: 'Three hosts on a switch. Before the first SYN the client asks everybody for the server’s hardware address; the answer is remembered. An address nobody has is asked for three times, then the connection fails.',
    zh: '三台主机接在一台交换机上。发第一个 SYN 之前，客户端要向所有主机询问服务器的硬件地址，得到回答后就记住。如果没有人拥有那个地址，询问三次后连接失败。',
  },
  play(stage) {
    const client = stage.host('client');
    const server = stage.host('server');
    const bystander = stage.host('bystander');
    const options = { delayMs: 1, families: [4] } as const;
    const line = stage.network.switch([client, server, bystander], options);
    stage.linkMade(line, options);
    const listener = stage.listen(server, 80);
    asksFirst(stage, client, server);
    remembersTheAnswer(stage, client, server);
    asksInVain(stage, client);
    stage.check(
      { en: 'The bystander sent nothing at all', zh: '旁观主机自始至终什么也没有发' },
      stage.packets({ from: 'bystander' }).length === 0 && listener.listener.acceptQueue.length === 2,
    );
  },
};

/** Act 1: everybody is asked, one answers, and only then the SYN leaves. */
function asksFirst(stage: Stage, client: Host, server: Host): void {
  stage.say({
    en: 'A broadcast: the bystander hears it too, sees that it is not the one asked for, and keeps silent.',
    zh: '这是广播帧：旁观主机也会收到，发现问的不是自己，就不作声。',
  });
  const first = stage.connect(client, server, 80);
  stage.until(() => first.stateName === 'ESTABLISHED');
  stage.pass(100);
  const [request, reply, syn] = stage.packets();
  stage.check(
    {
      en: 'The first packet is an ARP request to everybody, the second the answer to the client alone',
      zh: '第一个分组是发给所有主机的 ARP 请求，第二个是只发给客户端的应答',
    },
    request?.protocol === 'arp' &&
      hardwareDestination(request) === 'ff:ff:ff:ff:ff:ff' &&
      reply?.protocol === 'arp' &&
      reply.from === 'server' &&
      reply.to === 'client',
  );
  stage.check(
    { en: 'The SYN had to wait for the answer', zh: 'SYN 必须等到应答之后才能发出' },
    syn?.flags === 'SYN' && syn.timeUs === reply?.arrivedUs,
  );
}

/** Act 2: the answer is in the cache. */
function remembersTheAnswer(stage: Stage, client: Host, server: Host): void {
  stage.note({
    en: 'A second connection to the same server. The answer is in the ARP cache now.',
    zh: '再建立一条到同一台服务器的连接。答案已经在 ARP 缓存里了。',
  });
  const before = stage.packets().length;
  const second = stage.connect(client, server, 80);
  stage.until(() => second.stateName === 'ESTABLISHED');
  stage.pass(100);
  const again = stage.packets().slice(before);
  stage.check(
    { en: 'This time nobody was asked', zh: '这一次没有再询问' },
    again.length === 3 && again.every((row) => row.protocol === 'tcp'),
  );
}

/** Act 3: an address nobody has. */
function asksInVain(stage: Stage, client: Host): void {
  stage.act('client', {
    en: `calls connect() to ${NOBODY}, an address nobody has`,
    zh: `调用 connect()，连接没有人使用的地址 ${NOBODY}`,
  });
  const before = stage.packets().length;
  const lost = StreamSocket.connect(client.stack, { remoteAddress: NOBODY, remotePort: 80 });
  const startMs = stage.nowMs;
  stage.until(() => lost.error !== null);
  stage.act('client', {
    en: `tells its program ${lost.error?.code ?? 'nothing'}: no SYN has ever left`,
    zh: `向程序报告 ${lost.error?.code ?? '（无）'}：SYN 根本没有发出去过`,
  });
  const asked = stage.packets().slice(before);
  stage.check(
    {
      en: 'Nobody answered: three questions a second apart, then “no route to host”',
      zh: '无人应答：每隔一秒问一次，共三次，然后报告“没有到主机的路由”',
    },
    asked.length === 3 &&
      asked.every((row) => row.protocol === 'arp') &&
      lost.error?.code === 'EHOSTUNREACH' &&
      stage.nowMs - startMs < 4000,
  );
}

function hardwareDestination(row: LadderRow): string {
  if (row.frame === null || row.medium === null) return '';
  return String(fieldOf(decodeFrame(row.frame, row.medium), 'ethernet', 'destination')?.value ?? '');
}
