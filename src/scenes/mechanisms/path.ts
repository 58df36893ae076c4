/** What a path demands: patience (user timeout option, RFC 5482) and smaller packets (path MTU discovery, RFC 1191). */
import { type Mechanism, MSS, opened, receivedWithin } from './mechanism.ts';

const OCTETS = { en: 'bytes', zh: '字节' };
const PIECE = 20 * MSS;

const userTimeout: Mechanism = {
  id: 'user-timeout-option',
  title: { en: 'The user timeout option: both ends wait an hour', zh: '用户超时选项：约好等一个小时' },
  summary: {
    en: 'The line is down for twenty minutes. Both ends have told each other by option that they will wait for an hour (RFC 5482): neither gives up, and the data arrives when the line is back.',
    zh: '线路中断二十分钟。双方事先用选项（RFC 5482）告诉对方自己愿意等一个小时，谁也没有放弃，线路恢复后数据照常送达。',
  },
  summaryOff: {
    en: 'The line is down for twenty minutes. After 15 retransmissions, some 15 minutes, the sender gives the connection up; when the line is back, nobody is left.',
    zh: '线路中断二十分钟。重传 15 次、过了大约一刻钟，发送方放弃了连接；等线路恢复，连接早已不在。',
  },
  with: { user_timeout_option: 3600 },
  without: { user_timeout_option: 0 },
  measure: {
    name: { en: 'Received after the line is back', zh: '线路恢复后收到' },
    unit: OCTETS,
    better: 'larger',
    with: PIECE,
    without: 0,
  },
  act(acting) {
    const { stage, link } = acting;
    const [socket, accepted] = opened(acting);
    link.partition();
    stage.act('network', { en: 'is cut: nothing passes any more', zh: '断了，什么都过不去' });
    stage.write(socket, new Uint8Array(PIECE));
    stage.pass(20 * 60_000);
    link.heal();
    stage.act('network', { en: 'is whole again, twenty minutes later', zh: '在二十分钟后恢复' });
    return receivedWithin(stage, accepted, PIECE, 10 * 60_000);
  },
};

const pathMtuDiscovery: Mechanism = {
  id: 'path-mtu-discovery',
  title: { en: 'Path MTU discovery: the router says how much fits', zh: '路径 MTU 发现：路由器告知最大尺寸' },
  summary: {
    en: 'A router on the way takes 1,280 bytes at most. It drops what is larger and says so by ICMP, with the size that fits (RFC 1191): the sender cuts its segments to it and everything arrives.',
    zh: '途中的路由器最多转发 1280 字节的分组。更大的它会丢弃，同时用 ICMP 报告能通过的尺寸（RFC 1191）；发送方照此缩小报文段，数据全部送达。',
  },
  summaryOff: {
    en: 'A router on the way takes 1,280 bytes at most, and a firewall swallows the ICMP message that would tell. The sender repeats the same large segments; nothing arrives.',
    zh: '途中的路由器最多转发 1280 字节的分组，而报告此事的 ICMP 报文被防火墙拦掉了。发送方只能一再重发同样大的报文段，一个也送不到。',
  },
  with: {},
  without: {},
  measure: {
    name: { en: 'Received in 30 seconds', zh: '30 秒内收到' },
    unit: OCTETS,
    better: 'larger',
    with: PIECE,
    without: 0,
  },
  act(acting) {
    const { stage, link, client, isOn } = acting;
    const [socket, accepted] = opened(acting);
    const tooLarge = { from: client, protocol: 'tcp', payloadMin: 1280 - 52 + 1 } as const;
    link.rule(tooLarge, isOn ? { reject: 'frag-needed', mtu: 1280, router: '10.0.9.1' } : 'drop');
    stage.write(socket, new Uint8Array(PIECE));
    return receivedWithin(stage, accepted, PIECE, 30_000);
  },
};

export const PATH: readonly Mechanism[] = [userTimeout, pathMtuDiscovery];
