/**
 * Sockets printed the way `ss` of iproute2 prints them, so that what people know can be read here: names of states, meaning
 * of the queues, timers, details. The texts are `ss`'s in every language.
 */
import type { SocketDescription, TcpDescription, TimerDescription } from '../stack/describe.ts';
import { TcpInfoOption } from '../tcp/tcp-info.ts';
import { padEnd, padStart } from './text-layout.ts';

/** `ss` shows a threshold below this only. */
const SSTHRESH_SHOWN = 0xffff;

/** Which sockets, and how much of them. */
export interface SsOptions {
  /** Listeners too, and what is being set up or waits for its end. */
  readonly all?: boolean;
  /** Listeners only. */
  readonly listening?: boolean;
  readonly tcp?: boolean;
  readonly udp?: boolean;
  /** Timers. */
  readonly timers?: boolean;
  /** Details of connections. */
  readonly info?: boolean;
}

/** The sockets `ss` would list with these options, listeners first, then by port. */
export function selectSockets(sockets: readonly SocketDescription[], options: SsOptions): SocketDescription[] {
  const both = options.tcp !== true && options.udp !== true;
  return sockets
    .filter((socket) => both || (socket.protocol === 'tcp' ? options.tcp === true : options.udp === true))
    .filter((socket) => isShown(socket, options))
    .sort(inOrder);
}

/** The table, header line first. */
export function formatSockets(sockets: readonly SocketDescription[], options: SsOptions): string[] {
  // One kind asked for needs no column that says which kind it is.
  const showsProtocol = (options.tcp ?? false) === (options.udp ?? false);
  const rows = sockets.map((socket) => cellsOf(socket));
  const head = ['Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address:Port', 'Peer Address:Port'];
  const table = [head, ...rows].map((cells) => (showsProtocol ? cells : cells.slice(1)));
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const addressColumn = showsProtocol ? 4 : 3;
  const lines: string[] = [];
  for (const [index, cells] of table.entries()) {
    const padded = cells.map((cell, column) =>
      column === addressColumn ? padStart(cell, widths[column] ?? 0) : padEnd(cell, widths[column] ?? 0),
    );
    const socket = index === 0 ? undefined : sockets[index - 1];
    const timer = options.timers && socket?.timer ? ` timer:(${timerText(socket.timer)})` : '';
    lines.push(`${padded.join(' ')}${timer}`.trimEnd());
    if (options.info && socket !== undefined) lines.push(...infoLines(socket));
  }
  return lines;
}

/** `ESTAB`, `SYN-RECV`, `UNCONN` …: the names `ss` has for the states of RFC 9293. */
export function ssStateName(socket: SocketDescription): string {
  switch (socket.state) {
    case 'ESTABLISHED':
      return 'ESTAB';
    case 'SYN-RECEIVED':
      return 'SYN-RECV';
    case 'CLOSED':
      return 'UNCONN';
    default:
      return socket.state;
  }
}

/** `on,1.200ms,3`: name, what is left, how often it ran out. */
export function timerText(timer: TimerDescription): string {
  return `${timer.name},${durationText(timer.expiresMs)},${timer.retries}`;
}

/** As `ss` writes times: `200ms`, `1.500ms` (a second and a half), `59sec`, `1min30sec`, `119min`. */
export function durationText(ms: number): string {
  const whole = Math.floor(ms);
  const minutes = Math.floor(whole / 60_000);
  const seconds = Math.floor(whole / 1000) % 60;
  const rest = whole % 1000;
  if (minutes > 9) return `${minutes}min`;
  if (minutes > 0) return seconds > 0 ? `${minutes}min${seconds}sec` : `${minutes}min`;
  if (seconds > 9) return `${seconds}sec`;
  if (seconds > 0) return rest > 0 ? `${seconds}.${String(rest).padStart(3, '0')}ms` : `${seconds}sec`;
  return `${rest}ms`;
}

/** The line of details `ss -i` adds. */
export function tcpInfoText(tcp: TcpDescription): string {
  const words = [...headWords(tcp), ...trafficWords(tcp), ...rateWords(tcp), ...lossWords(tcp), ...windowWords(tcp)];
  return words.filter((word) => word !== '').join(' ');
}

function headWords(tcp: TcpDescription): string[] {
  const has = (bit: number): boolean => (tcp.options & bit) !== 0;
  return [
    has(TcpInfoOption.timestamps) ? 'ts' : '',
    has(TcpInfoOption.sack) ? 'sack' : '',
    has(TcpInfoOption.ecn) ? 'ecn' : '',
    has(TcpInfoOption.ecnSeen) ? 'ecnseen' : '',
    has(TcpInfoOption.synData) ? 'fastopen' : '',
    tcp.congestionControl,
    has(TcpInfoOption.windowScale) ? `wscale:${tcp.sndWscale},${tcp.rcvWscale}` : '',
    `rto:${decimal(tcp.rtoUs / 1000)}`,
    count('backoff', tcp.backoff),
    tcp.rttUs > 0 ? `rtt:${decimal(tcp.rttUs / 1000)}/${decimal(tcp.rttvarUs / 1000)}` : '',
    tcp.atoUs > 0 ? `ato:${decimal(tcp.atoUs / 1000)}` : '',
    `mss:${tcp.sndMss}`,
    `pmtu:${tcp.pmtu}`,
    count('rcvmss', tcp.rcvMss),
    count('advmss', tcp.advmss),
    count('cwnd', tcp.sndCwnd),
    tcp.sndSsthresh < SSTHRESH_SHOWN ? `ssthresh:${tcp.sndSsthresh}` : '',
  ];
}

function trafficWords(tcp: TcpDescription): string[] {
  return [
    count('bytes_sent', tcp.bytesSent),
    count('bytes_retrans', tcp.bytesRetrans),
    count('bytes_acked', tcp.bytesAcked),
    count('bytes_received', tcp.bytesReceived),
    count('segs_out', tcp.segsOut),
    count('segs_in', tcp.segsIn),
    count('data_segs_out', tcp.dataSegsOut),
    count('data_segs_in', tcp.dataSegsIn),
  ];
}

function rateWords(tcp: TcpDescription): string[] {
  const sendBps = tcp.rttUs > 0 ? (tcp.sndMss * 8 * tcp.sndCwnd * 1e6) / tcp.rttUs : 0;
  const most = tcp.maxPacingRate > 0 ? `/${bandwidthText(tcp.maxPacingRate * 8)}` : '';
  return [
    sendBps > 0 ? `send ${bandwidthText(sendBps)}` : '',
    count('lastsnd', tcp.lastDataSentMs),
    count('lastrcv', tcp.lastDataRecvMs),
    count('lastack', tcp.lastAckRecvMs),
    tcp.pacingRate > 0 ? `pacing_rate ${bandwidthText(tcp.pacingRate * 8)}${most}` : '',
    tcp.deliveryRate > 0 ? `delivery_rate ${bandwidthText(tcp.deliveryRate * 8)}` : '',
    count('delivered', tcp.delivered),
    count('delivered_ce', tcp.deliveredCe),
    tcp.deliveryRateAppLimited ? 'app_limited' : '',
    tcp.busyTimeUs >= 1000 ? `busy:${Math.floor(tcp.busyTimeUs / 1000)}ms` : '',
    share('rwnd_limited', tcp.rwndLimitedUs, tcp.busyTimeUs),
    share('sndbuf_limited', tcp.sndbufLimitedUs, tcp.busyTimeUs),
  ];
}

function lossWords(tcp: TcpDescription): string[] {
  return [
    count('unacked', tcp.unacked),
    tcp.retrans > 0 || tcp.totalRetrans > 0 ? `retrans:${tcp.retrans}/${tcp.totalRetrans}` : '',
    count('lost', tcp.lost),
    count('sacked', tcp.sacked),
    count('dsack_dups', tcp.dsackDups),
    tcp.reordering === 3 ? '' : `reordering:${tcp.reordering}`,
    count('reord_seen', tcp.reordSeen),
  ];
}

function windowWords(tcp: TcpDescription): string[] {
  return [
    tcp.rcvRttUs > 0 ? `rcv_rtt:${decimal(tcp.rcvRttUs / 1000)}` : '',
    count('rcv_space', tcp.rcvSpace),
    count('rcv_ssthresh', tcp.rcvSsthresh),
    count('notsent', tcp.notsentBytes),
    tcp.minRttUs > 0 ? `minrtt:${decimal(tcp.minRttUs / 1000)}` : '',
    count('rcv_ooopack', tcp.rcvOoopack),
    count('snd_wnd', tcp.sndWnd),
    count('rcv_wnd', tcp.rcvWnd),
    count('rehash', tcp.rehash),
  ];
}

/** `943Gbps`, `55.5Mbps`: three figures, as `ss` writes rates. @param bps bits per second */
export function bandwidthText(bps: number): string {
  const [unit, size] = bps >= 1e9 ? ['G', 1e9] : bps >= 1e6 ? ['M', 1e6] : bps >= 1e3 ? ['k', 1e3] : ['', 1];
  return `${Number((bps / Number(size)).toPrecision(3))}${unit}bps`;
}

function share(name: string, partUs: number, wholeUs: number): string {
  if (partUs < 1000 || wholeUs <= 0) return '';
  return `${name}:${Math.floor(partUs / 1000)}ms(${((100 * partUs) / wholeUs).toFixed(1)}%)`;
}

function isShown(socket: SocketDescription, options: SsOptions): boolean {
  if (options.all) return true;
  const isWaiting = socket.protocol === 'tcp' ? socket.state === 'LISTEN' : socket.state === 'CLOSED';
  if (options.listening) return isWaiting;
  // What has no user end yet or any more is left out, as `ss` does; -a shows it.
  return !isWaiting && socket.state !== 'TIME-WAIT' && socket.state !== 'SYN-RECEIVED';
}

function inOrder(a: SocketDescription, b: SocketDescription): number {
  const rank = (socket: SocketDescription): number =>
    (socket.protocol === 'udp' ? 0 : 2) + (socket.state === 'LISTEN' || socket.state === 'CLOSED' ? 0 : 1);
  return rank(a) - rank(b) || a.localPort - b.localPort || a.remotePort - b.remotePort;
}

function cellsOf(socket: SocketDescription): string[] {
  return [
    socket.protocol,
    ssStateName(socket),
    String(socket.receiveQueue),
    String(socket.sendQueue),
    endpointText(socket, socket.localAddress, socket.localPort),
    endpointText(socket, socket.remoteAddress, socket.remotePort),
  ];
}

/** `10.9.0.2:80`, `[fd00::2]:80`; `*` for both families, and for any port. */
function endpointText(socket: SocketDescription, address: string, port: number): string {
  const portText = port === 0 ? '*' : String(port);
  if (address === '') return `${socket.family === 4 ? '0.0.0.0' : socket.family === 6 ? '[::]' : '*'}:${portText}`;
  if (socket.family === 0 && address === '::') return `*:${portText}`;
  return address.includes(':') ? `[${address}]:${portText}` : `${address}:${portText}`;
}

function infoLines(socket: SocketDescription): string[] {
  if (socket.tcp !== null) return [`\t ${tcpInfoText(socket.tcp)}`];
  const { listen } = socket;
  if (listen === null) return [];
  const dropped = listen.overflows > 0 ? ` overflows:${listen.overflows}` : '';
  return [`\t syn_recv:${listen.halfOpen}/${listen.synBacklog}${dropped}`];
}

function decimal(value: number): string {
  return String(Number(value.toFixed(3)));
}

function count(name: string, value: number): string {
  return value > 0 ? `${name}:${value}` : '';
}
