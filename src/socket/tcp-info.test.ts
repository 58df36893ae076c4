/** tcp_info of live connections: what each field says after a history whose figures are known. */
import { describe, expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { BulkReceiver, BulkSender } from '../sim/applications.ts';
import { Network } from '../sim/network.ts';
import type { NetworkLinkOptions } from '../sim/network-options.ts';
import { ListenSocket, StreamSocket, TcpInfo, TcpInfoOption } from './index.ts';

function opened(receiveBufferSize?: number, sendBufferSize?: number) {
  const pair = new StackPair();
  const listener = new ListenSocket(pair.b, { port: 80, ...(receiveBufferSize && { receiveBufferSize }) });
  const client = StreamSocket.connect(pair.a, {
    remoteAddress: '10.0.0.2',
    remotePort: 80,
    ...(sendBufferSize && { sendBufferSize }),
  });
  pair.flush();
  const server = listener.accept();
  if (server === null) throw new Error('nothing to accept');
  return { pair, client, server };
}

function transfer(bytes: number, link: NetworkLinkOptions, receiver = new BulkReceiver(80)) {
  const network = new Network({ seed: 3 });
  const [a, b] = [network.host('a'), network.host('b')];
  const line = network.link(a, b, link);
  b.start(receiver);
  const sender = a.start(new BulkSender({ remoteAddress: network.addressOf('b'), remotePort: 80 }, bytes, false));
  return { network, line, sender, receiver, info: () => sender.socket?.tcpInfo() ?? new TcpInfo() };
}

describe('tcpInfo', () => {
  it('counts octets and segments each way', () => {
    const { pair, client, server } = opened();
    client.write(new Uint8Array(3000));
    pair.run(pair.nowUs + 100_000);
    const ours = client.tcpInfo();
    expect(ours).toMatchObject({
      state: 'ESTABLISHED',
      caState: 'Open',
      options: TcpInfoOption.timestamps | TcpInfoOption.sack | TcpInfoOption.windowScale,
      sndMss: 1448,
      // Less the timestamps, as Linux tells it.
      advmss: 1448,
      pmtu: 1500,
      sndCwnd: 10,
      sndSsthresh: 0x7fffffff,
      bytesSent: 3000,
      bytesAcked: 3000,
      dataSegsOut: 3,
      unacked: 0,
      notsentBytes: 0,
      // The SYN counts.
      delivered: 4,
      lastDataSentMs: 100,
      lastAckRecvMs: 100,
      totalRto: 0,
    });
    expect(server.tcpInfo()).toMatchObject({
      bytesReceived: 3000,
      dataSegsIn: 3,
      rcvMss: 1448,
      lastDataRecvMs: 100,
      rcvWnd: server.tcb?.rcvWnd,
      delivered: 1,
    });
    // SYN, ACK, three with data.
    expect([ours.segsOut, server.tcpInfo().segsIn]).toEqual([5, 5]);
  });

  it('fills the record it is given and makes none', () => {
    const { client } = opened();
    const mine = new TcpInfo();
    expect(client.tcpInfo(mine)).toBe(mine);
    expect(mine.state).toBe('ESTABLISHED');
  });

  it('of a connection that could not be started is empty', () => {
    const pair = new StackPair();
    const failed = StreamSocket.connect(pair.a, { remoteAddress: '203.0.113.1', remotePort: 80 });
    expect(failed.tcpInfo()).toEqual(new TcpInfo());
  });

  it('tells losses, repairs and round trips while they are going on', () => {
    const { network, line, info } = transfer(1_200_000, { delayMs: 20, rateBps: 20e6, queuePackets: 200 });
    network.run({ untilMs: 200 });
    line.set({ cut: true });
    network.run({ untilMs: 210 });
    line.set({ cut: false });
    network.run({ untilMs: 600, until: () => info().lost > 0 });
    const during = info();
    expect(during.caState).toBe('Recovery');
    expect(during.lost).toBeGreaterThan(0);
    expect(during.sacked).toBeGreaterThan(0);
    expect(during.unacked).toBeGreaterThanOrEqual(during.lost + during.sacked);
    network.run({ untilMs: 5000, until: () => info().bytesAcked === 1_200_000 });
    const after = info();
    expect(after).toMatchObject({ unacked: 0, lost: 0, sacked: 0, retrans: 0, bytesAcked: 1_200_000 });
    expect(after.totalRetrans).toBeGreaterThan(0);
    expect(after.bytesSent - after.bytesRetrans).toBe(1_200_000);
    expect(after.rttUs).toBeGreaterThan(40_000);
    expect(after.minRttUs).toBeGreaterThanOrEqual(40_000);
    expect(after.minRttUs).toBeLessThan(42_000);
    expect(after.sndSsthresh).toBeLessThan(1000);
    // Never faster than the line.
    expect(after.deliveryRate).toBeGreaterThan(500_000);
    expect(after.deliveryRate).toBeLessThan(2_600_000);
    expect(after.pacingRate).toBeGreaterThan(0);
  });

  it('counts timeouts, runs of them, and how long they took', () => {
    const { network, line, info } = transfer(3_000_000, { delayMs: 10, rateBps: 10e6 });
    network.run({ untilMs: 500 });
    expect(info()).toMatchObject({ totalRto: 0, totalRtoRecoveries: 0, totalRtoTimeMs: 0 });
    line.set({ cut: true });
    network.run({ untilMs: 2500 });
    const dark = info();
    expect(dark.totalRto).toBeGreaterThanOrEqual(2);
    expect(dark).toMatchObject({ totalRtoRecoveries: 1, caState: 'Loss', retransmits: dark.totalRto });
    expect(dark.backoff).toBe(dark.totalRto);
    expect(dark.totalRtoTimeMs).toBeGreaterThan(1000);
    line.set({ cut: false });
    network.run({ untilMs: 8000, until: () => info().bytesAcked === 3_000_000 });
    const after = info();
    expect(after).toMatchObject({ bytesAcked: 3_000_000, totalRtoRecoveries: 1, retransmits: 0, caState: 'Open' });
    const tookMs = after.totalRtoTimeMs;
    network.run({ forMs: 1000 });
    expect(info().totalRtoTimeMs).toBe(tookMs);
  });
});

describe('chronographs', () => {
  it('busy from the first octet written to the last acknowledged', () => {
    const { pair, client } = opened();
    expect(client.tcpInfo().busyTimeUs).toBe(0);
    pair.run(pair.nowUs + 5000);
    pair.filter = { passes: () => false };
    client.write(new Uint8Array(100));
    pair.run(pair.nowUs + 70_000);
    expect(client.tcpInfo()).toMatchObject({ busyTimeUs: 70_000, rwndLimitedUs: 0, sndbufLimitedUs: 0 });
    pair.filter = null;
    pair.run(pair.nowUs + 1_000_000);
    const { busyTimeUs } = client.tcpInfo();
    expect(busyTimeUs).toBeGreaterThan(70_000);
    expect(busyTimeUs).toBeLessThan(1_000_000);
    pair.run(pair.nowUs + 1_000_000);
    expect(client.tcpInfo().busyTimeUs).toBe(busyTimeUs);
  });

  it('limited by the receive window while the reader sleeps, then no longer', () => {
    const { pair, client, server } = opened(16_384);
    client.write(new Uint8Array(40_000));
    pair.run(pair.nowUs + 3_000_000);
    const stuck = client.tcpInfo();
    expect(stuck.rwndLimitedUs).toBeGreaterThan(2_900_000);
    expect(stuck.busyTimeUs).toBe(3_000_000);
    while (server.read(new Uint8Array(65_536)) > 0) pair.run(pair.nowUs + 1000);
    const { rwndLimitedUs } = client.tcpInfo();
    pair.run(pair.nowUs + 500_000);
    expect(client.tcpInfo()).toMatchObject({ rwndLimitedUs, unacked: 0, notsentBytes: 0 });
  });

  it('limited by the send buffer when it is all in flight and the window is not full', () => {
    const network = new Network({ seed: 1 });
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b, { delayMs: 50 });
    b.start(new BulkReceiver(80));
    const to = { remoteAddress: network.addressOf('b'), remotePort: 80, sendBufferSize: 5000 };
    const sender = a.start(new BulkSender(to, 200_000, false));
    network.run({ untilMs: 2000 });
    const info = sender.socket?.tcpInfo() ?? new TcpInfo();
    expect(info.sndbufLimitedUs).toBeGreaterThan(0.8 * info.busyTimeUs);
    expect(info.rwndLimitedUs).toBe(0);
  });
});
