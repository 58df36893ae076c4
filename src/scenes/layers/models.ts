/**
 * The two models every textbook draws, as data: OSI's seven layers (ISO/IEC 7498-1) beside the four of TCP/IP (RFC 1122
 * section 1.1.3), where each protocol family belongs, and which layers carry no bytes of their own and why.
 */
import type { Text } from '../text.ts';

/** The layers of the TCP/IP model, from link to application (RFC 1122). */
export type TcpIpLayerId = 'application' | 'transport' | 'internet' | 'link';

/** One of the four layers of TCP/IP. */
export interface TcpIpLayer {
  readonly id: TcpIpLayerId;
  readonly name: Text;
  /** The OSI layers it stands beside, from above. */
  readonly osi: readonly number[];
}

/** One of the seven layers of OSI. */
export interface OsiLayer {
  /** 7 is on top. */
  readonly number: number;
  readonly name: Text;
  readonly tcpIp: TcpIpLayerId;
  readonly task: Text;
  /** What the layer calls a unit of data. */
  readonly unit: Text;
  /** Why frames of this stack hold no bytes of it; null when they do. */
  readonly emptyBecause: Text | null;
}

/** A protocol and where it belongs. */
export interface ProtocolPlace {
  readonly name: string;
  readonly tcpIp: TcpIpLayerId;
  readonly osi: number;
  /** What textbooks disagree about, or what is easily got wrong; null when nothing is. */
  readonly remark: Text | null;
}

/** From above. */
export const TCP_IP_LAYERS: readonly TcpIpLayer[] = [
  { id: 'application', name: { en: 'application layer', zh: '应用层' }, osi: [7, 6, 5] },
  { id: 'transport', name: { en: 'transport layer', zh: '传输层' }, osi: [4] },
  { id: 'internet', name: { en: 'internet layer', zh: '网际层' }, osi: [3] },
  { id: 'link', name: { en: 'link layer', zh: '网络接口层' }, osi: [2, 1] },
];

/** From above. */
export const OSI_LAYERS: readonly OsiLayer[] = [
  {
    number: 7,
    name: { en: 'application', zh: '应用层' },
    tcpIp: 'application',
    task: { en: 'what programs say to each other', zh: '程序之间说什么' },
    unit: { en: 'message', zh: '报文' },
    emptyBecause: null,
  },
  {
    number: 6,
    name: { en: 'presentation', zh: '表示层' },
    tcpIp: 'application',
    task: { en: 'how data is written: encoding, compression, encryption', zh: '数据用什么形式表示：编码、压缩、加密' },
    unit: { en: 'message', zh: '报文' },
    emptyBecause: {
      en: 'HTTP says it itself, in headers such as Content-Type and Content-Encoding',
      zh: '这件事由 HTTP 自己用 Content-Type、Content-Encoding 等首部说明，没有单独的一层',
    },
  },
  {
    number: 5,
    name: { en: 'session', zh: '会话层' },
    tcpIp: 'application',
    task: {
      en: 'who talks when, and how a conversation goes on after a break',
      zh: '谁在什么时候说话，中断后如何接着谈',
    },
    unit: { en: 'message', zh: '报文' },
    emptyBecause: {
      en: 'request and answer take turns by HTTP’s own rules; opening and closing is TCP’s work',
      zh: '请求与应答的轮流由 HTTP 自己规定，连接的建立和释放由 TCP 完成，没有单独的一层',
    },
  },
  {
    number: 4,
    name: { en: 'transport', zh: '传输层' },
    tcpIp: 'transport',
    task: {
      en: 'from program to program: ports, order, repetition, flow control',
      zh: '进程到进程：端口、顺序、重传、流量控制',
    },
    unit: { en: 'segment', zh: '报文段' },
    emptyBecause: null,
  },
  {
    number: 3,
    name: { en: 'network', zh: '网络层' },
    tcpIp: 'internet',
    task: {
      en: 'from host to host over many networks: addresses, routes',
      zh: '跨越多个网络，从主机到主机：地址、路由',
    },
    unit: { en: 'packet', zh: '分组（IP 数据报）' },
    emptyBecause: null,
  },
  {
    number: 2,
    name: { en: 'data link', zh: '数据链路层' },
    tcpIp: 'link',
    task: { en: 'from neighbour to neighbour on one link: frames', zh: '同一链路上相邻结点之间：成帧' },
    unit: { en: 'frame', zh: '帧' },
    emptyBecause: null,
  },
  {
    number: 1,
    name: { en: 'physical', zh: '物理层' },
    tcpIp: 'link',
    task: { en: 'bits as voltage, light or radio', zh: '用电压、光或无线电波表示比特' },
    unit: { en: 'bit', zh: '比特' },
    emptyBecause: {
      en: 'it has no header; preamble and frame check sequence are added and removed by the network card, no stack sees them',
      zh: '物理层没有首部；前导码和帧检验序列由网卡加上并去掉，协议栈看不到',
    },
  },
];

/** The families of a textbook's picture, from above. */
export const PROTOCOL_PLACES: readonly ProtocolPlace[] = [
  ...places('application', 7, ['HTTP', 'DNS', 'SMTP', 'FTP', 'TELNET', 'SSH', 'SNMP']),
  {
    name: 'DHCP',
    tcpIp: 'application',
    osi: 7,
    remark: {
      en: 'sets up the internet layer, but runs over UDP',
      zh: '虽然用来配置网际层，却是 UDP 之上的应用层协议',
    },
  },
  {
    name: 'RIP',
    tcpIp: 'application',
    osi: 7,
    remark: { en: 'a routing protocol over UDP', zh: '路由选择协议，但运行在 UDP 之上' },
  },
  {
    name: 'BGP',
    tcpIp: 'application',
    osi: 7,
    remark: { en: 'a routing protocol over TCP', zh: '路由选择协议，但运行在 TCP 之上' },
  },
  {
    name: 'TLS',
    tcpIp: 'application',
    osi: 6,
    remark: {
      en: 'between HTTP and TCP; the nearest thing to presentation and session',
      zh: '位于 HTTP 与 TCP 之间，最接近表示层和会话层',
    },
  },
  ...places('transport', 4, ['TCP', 'UDP']),
  ...places('internet', 3, ['IPv4', 'IPv6']),
  {
    name: 'ICMP',
    tcpIp: 'internet',
    osi: 3,
    remark: { en: 'carried in IP, yet a part of the internet layer', zh: '封装在 IP 中，但属于网际层' },
  },
  {
    name: 'IGMP',
    tcpIp: 'internet',
    osi: 3,
    remark: { en: 'carried in IP, yet a part of the internet layer', zh: '封装在 IP 中，但属于网际层' },
  },
  {
    name: 'OSPF',
    tcpIp: 'internet',
    osi: 3,
    remark: { en: 'a routing protocol straight over IP', zh: '路由选择协议，直接封装在 IP 中' },
  },
  {
    name: 'ARP',
    tcpIp: 'link',
    osi: 2,
    remark: {
      en: 'carried in frames, not in IP; serves the internet layer, so textbooks draw it in either',
      zh: '直接封装在帧中而不在 IP 中；它为网际层服务，所以有的教材画在网际层',
    },
  },
  {
    name: 'RARP',
    tcpIp: 'link',
    osi: 2,
    remark: { en: 'ARP the other way round; DHCP has replaced it', zh: '与 ARP 相反，已被 DHCP 取代' },
  },
  ...places('link', 2, ['Ethernet', 'IEEE 802.11', 'PPP', 'SLIP']),
  {
    name: '1000BASE-T',
    tcpIp: 'link',
    osi: 1,
    remark: { en: 'how Ethernet’s bits go over copper', zh: '以太网的比特如何在双绞线上传送' },
  },
];

function places(tcpIp: TcpIpLayerId, osi: number, names: readonly string[]): ProtocolPlace[] {
  return names.map((name) => ({ name, tcpIp, osi, remark: null }));
}
