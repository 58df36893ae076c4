/** Sockets as `ss` prints them. */
import { describe, expect, it } from 'vitest';
import type { SocketDescription, TcpDescription } from '../stack/describe.ts';
import { TcpInfo, TcpInfoOption } from '../tcp/tcp-info.ts';
import { durationText, formatSockets, selectSockets, ssStateName, tcpInfoText, timerText } from './ss-format.ts';

const TCP: TcpDescription = {
  ...new TcpInfo(),
  state: 'ESTABLISHED',
  congestionControl: 'newreno',
  options: TcpInfoOption.timestamps | TcpInfoOption.sack | TcpInfoOption.windowScale,
  sndWscale: 7,
  rcvWscale: 10,
  rtoUs: 204_000,
  rttUs: 100,
  rttvarUs: 50,
  minRttUs: 80,
  sndMss: 1448,
  advmss: 1460,
  rcvMss: 536,
  pmtu: 1500,
  sndCwnd: 10,
  sndSsthresh: 0x7fffffff,
  reordering: 3,
  bytesSent: 700,
  bytesAcked: 600,
  segsOut: 4,
  segsIn: 3,
  sndWnd: 65_536,
  rcvSpace: 131_072,
  lastDataSentMs: 12,
};

function socket(fields: Partial<SocketDescription>): SocketDescription {
  return {
    protocol: 'tcp',
    family: 4,
    state: 'ESTABLISHED',
    receiveQueue: 0,
    sendQueue: 0,
    localAddress: '10.9.0.2',
    localPort: 80,
    remoteAddress: '10.9.0.1',
    remotePort: 50_000,
    timer: null,
    tcp: null,
    listen: null,
    ...fields,
  };
}

const listener = socket({
  state: 'LISTEN',
  family: 0,
  localAddress: '::',
  remoteAddress: '',
  remotePort: 0,
  receiveQueue: 2,
  sendQueue: 128,
  listen: { halfOpen: 1, synBacklog: 128, overflows: 3 },
});
const waiting = socket({
  state: 'TIME-WAIT',
  remotePort: 50_001,
  timer: { name: 'timewait', expiresMs: 59_250, retries: 0 },
});
const opening = socket({ state: 'SYN-RECEIVED', remotePort: 50_002 });
const open = socket({ receiveQueue: 5, sendQueue: 700, tcp: TCP, timer: { name: 'on', expiresMs: 203.9, retries: 1 } });
const bound = socket({
  protocol: 'udp',
  state: 'CLOSED',
  family: 4,
  localAddress: '0.0.0.0',
  localPort: 53,
  remoteAddress: '',
  remotePort: 0,
});

describe('ss', () => {
  it('prints states, queues, addresses and timers', () => {
    const all = selectSockets([open, waiting, opening, listener, bound], { all: true });
    expect(formatSockets(all, { timers: true })).toEqual([
      'Netid State     Recv-Q Send-Q Local Address:Port Peer Address:Port',
      'udp   UNCONN    0      0              0.0.0.0:53 0.0.0.0:*',
      'tcp   LISTEN    2      128                  *:80 *:*',
      'tcp   ESTAB     5      700           10.9.0.2:80 10.9.0.1:50000    timer:(on,203ms,1)',
      'tcp   TIME-WAIT 0      0             10.9.0.2:80 10.9.0.1:50001    timer:(timewait,59sec,0)',
      'tcp   SYN-RECV  0      0             10.9.0.2:80 10.9.0.1:50002',
    ]);
  });

  it('leaves out the kind when one was asked for, and adds details', () => {
    const [head, line, info] = formatSockets([open], { tcp: true, info: true });
    expect(head).toBe('State Recv-Q Send-Q Local Address:Port Peer Address:Port');
    expect(line).toBe('ESTAB 5      700           10.9.0.2:80 10.9.0.1:50000');
    expect(info).toBe(
      '\t ts sack newreno wscale:7,10 rto:204 rtt:0.1/0.05 mss:1448 pmtu:1500 rcvmss:536 advmss:1460 cwnd:10' +
        ' bytes_sent:700 bytes_acked:600 segs_out:4 segs_in:3 send 1.16Gbps lastsnd:12 rcv_space:131072 minrtt:0.08' +
        ' snd_wnd:65536',
    );
    expect(formatSockets([listener], { info: true })[2]).toBe('\t syn_recv:1/128 overflows:3');
  });

  it('shows losses, rates and limits in the order of ss', () => {
    const busy = {
      ...TCP,
      options: TCP.options | TcpInfoOption.ecn | TcpInfoOption.ecnSeen | TcpInfoOption.synData,
      sndSsthresh: 5,
      backoff: 2,
      bytesRetrans: 2896,
      pacingRate: 1_250_000,
      maxPacingRate: 125_000_000,
      deliveryRate: 1_112_500,
      delivered: 12,
      deliveredCe: 1,
      deliveryRateAppLimited: true,
      busyTimeUs: 200_000,
      rwndLimitedUs: 50_000,
      sndbufLimitedUs: 999,
      unacked: 2,
      retrans: 1,
      totalRetrans: 4,
      lost: 1,
      sacked: 1,
      dsackDups: 1,
      reordering: 5,
      reordSeen: 2,
      notsentBytes: 9,
      rcvRttUs: 1500,
      rcvOoopack: 3,
    };
    expect(tcpInfoText(busy)).toBe(
      'ts sack ecn ecnseen fastopen newreno wscale:7,10 rto:204 backoff:2 rtt:0.1/0.05 mss:1448 pmtu:1500 rcvmss:536' +
        ' advmss:1460 cwnd:10 ssthresh:5 bytes_sent:700 bytes_retrans:2896 bytes_acked:600 segs_out:4 segs_in:3' +
        ' send 1.16Gbps lastsnd:12 pacing_rate 10Mbps/1Gbps delivery_rate 8.9Mbps delivered:12 delivered_ce:1 app_limited' +
        ' busy:200ms rwnd_limited:50ms(25.0%) unacked:2 retrans:1/4 lost:1 sacked:1 dsack_dups:1 reordering:5 reord_seen:2' +
        ' rcv_rtt:1.5 rcv_space:131072 notsent:9 minrtt:0.08 rcv_ooopack:3 snd_wnd:65536',
    );
  });

  it.each([
    [{}, ['ESTABLISHED']],
    [{ all: true }, ['CLOSED', 'LISTEN', 'ESTABLISHED', 'TIME-WAIT', 'SYN-RECEIVED']],
    [{ listening: true }, ['CLOSED', 'LISTEN']],
    [{ listening: true, tcp: true }, ['LISTEN']],
    [{ all: true, udp: true }, ['CLOSED']],
  ] as const)('%j selects %j', (options, states) => {
    const found = selectSockets([open, waiting, opening, listener, bound], options);
    expect(found.map(({ state }) => state)).toEqual(states);
  });

  it.each([
    [0, '0ms'],
    [200, '200ms'],
    [1000, '1sec'],
    [1500, '1.500ms'],
    [9050, '9.050ms'],
    [59_999, '59sec'],
    [60_000, '1min'],
    [119_000, '1min59sec'],
    [7_200_000, '120min'],
  ])('%i milliseconds are written %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('writes timers and IPv6 addresses', () => {
    expect(timerText({ name: 'persist', expiresMs: 400, retries: 2 })).toBe('persist,400ms,2');
    const six = socket({ family: 6, localAddress: 'fd00::2', remoteAddress: 'fd00::1' });
    expect(formatSockets([six], { tcp: true })[1]).toContain('[fd00::2]:80 [fd00::1]:50000');
    expect(ssStateName(socket({ state: 'FIN-WAIT-2' }))).toBe('FIN-WAIT-2');
  });
});
