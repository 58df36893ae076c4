/** Sockets as `ss` prints them. */
import { describe, expect, it } from 'vitest';
import type { SocketDescription, TcpDescription } from '../stack/describe.ts';
import { durationText, formatSockets, selectSockets, ssStateName, tcpInfoText, timerText } from './ss-format.ts';

const TCP: TcpDescription = {
  congestionControl: 'newreno',
  hasTimestamps: true,
  hasSack: true,
  windowScale: [7, 10],
  rtoUs: 204_000,
  backoff: 0,
  rttUs: 100,
  rttVarianceUs: 50,
  minRttUs: 80,
  mss: 1448,
  peerMss: 1460,
  advertisedMss: 1460,
  receiveMss: 536,
  pathMtu: 1500,
  cwnd: 14_480,
  ssthresh: null,
  bytesSent: 700,
  bytesAcked: 600,
  bytesReceived: 0,
  segmentsOut: 4,
  segmentsIn: 3,
  retransmitted: 0,
  timeouts: 0,
  inFlight: 0,
  notSent: 0,
  sendWindow: 65_536,
  receiveWindow: 131_072,
  lastSentMs: 12.3,
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
        ' bytes_sent:700 bytes_acked:600 segs_out:4 segs_in:3 lastsnd:12 rcv_space:131072 minrtt:0.08 snd_wnd:65536',
    );
    expect(formatSockets([listener], { info: true })[2]).toBe('\t syn_recv:1/128 overflows:3');
  });

  it('shows losses', () => {
    expect(
      tcpInfoText({ ...TCP, ssthresh: 7240, retransmitted: 4, timeouts: 2, backoff: 2, inFlight: 1449, notSent: 9 }),
    ).toMatch(/backoff:2 .*cwnd:10 ssthresh:5 .*notsent:9 unacked:2 retrans:2\/4/);
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
