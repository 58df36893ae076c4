/** RFC 7413 sections 4.1.3.1 and 7: servers and paths on which Fast Open fails are left alone for a while. */
import { describe, expect, it } from 'vitest';
import { MSS_1460, OURS, type Profile, text } from '../requirements/bench.ts';
import { buildIcmpError } from '../requirements/wire.ts';
import { COOKIE, cookieOf, FastClient } from '../support/fast-open.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

// RFC 7413 §4.1.3.1 R7413-9: no answer to data in a SYN, or one that takes the SYN alone, is remembered by port for a while.
describe('rfc: a server that failed', () => {
  const failing = (client: FastClient): void => {
    const { peer } = client.early(text(10));
    client.bench.run(1_100);
    client.bench.take();
    peer.send('SA', { ack: (peer.ack - 10) >>> 0, options: MSS_1460 });
    peer.send('R');
    client.bench.take();
  };

  it('is opened plainly for a minute, then for two', () => {
    const client = new FastClient('rfc');
    client.learn();
    failing(client);
    client.open({ data: text(10) });
    const plain = client.syn();
    expect([cookieOf(plain.syn), plain.syn.payload.length]).toEqual([null, 0]);
    plain.peer.send('RA', { seq: 0 });
    expect(cookieOf(client.early(text(1), { remotePort: 81 }).syn)).toEqual(COOKIE);
    client.bench.run(60_000);
    client.bench.take();
    failing(client);
    client.bench.run(100_000);
    client.bench.take();
    client.open();
    expect(cookieOf(client.syn().syn)).toBeNull();
  });

  it('is tried again at once when Linux’s way is wanted', () => {
    const client = new FastClient('rfc', { fastopen_refused_sec: 0 });
    client.learn();
    failing(client);
    expect(cookieOf(client.early(text(1)).syn)).toEqual(COOKIE);
  });

  it('is remembered after an ICMP error too', () => {
    const client = new FastClient('rfc');
    client.learn();
    const { packet, socket } = client.early(text(10));
    client.bench.give(buildIcmpError('10.0.0.77', OURS, 3, 13, packet.bytes));
    socket.abort();
    client.open();
    expect(cookieOf(client.syn().syn)).toBeNull();
  });
});

// RFC 7413 §7 R7413-20: and Linux: black holes that open after the handshake pause Fast Open for the whole host.
describe.each(PROFILES)('%s: a black hole', (profile) => {
  const settings = { fastopen_blackhole_timeout_sec: 100, fastopen_refused_sec: 0 };
  const isTried = (client: FastClient): boolean => {
    const socket = client.open({ remoteAddress: '10.0.0.99', data: text(1) });
    const isFast = socket.tcb?.fastOpen !== null;
    socket.abort();
    client.bench.take();
    return isFast;
  };

  it('is suspected after the third time-out in a row, and the pause doubles', () => {
    const client = new FastClient(profile, settings);
    client.learn();
    for (const pauseMs of [100_000, 200_000]) {
      const { peer, socket } = client.early(text(10));
      peer.send('SA', { options: MSS_1460 });
      socket.write(text(100));
      const before = client.counters.TCPFastOpenBlackhole;
      for (let rounds = 0; client.counters.TCPFastOpenBlackhole === before; rounds++) {
        if (rounds > 200) throw new Error('no black hole was seen');
        client.bench.run(100);
      }
      expect(socket.tcb?.timeouts).toBe(3);
      socket.abort();
      expect(isTried(client)).toBe(false);
      client.bench.run(pauseMs - 1_000);
      expect(isTried(client)).toBe(false);
      client.bench.run(1_100);
      expect(isTried(client)).toBe(true);
    }
  });

  it('is suspected of a RST or FIN with a hole before it and no data ever', () => {
    const reset = new FastClient(profile, settings);
    reset.learn();
    const first = reset.early(text(10));
    first.peer.send('SA', { options: MSS_1460 });
    first.peer.send('R', { seq: (first.peer.seq + 100) >>> 0 });
    expect([reset.counters.TCPFastOpenBlackhole, isTried(reset)]).toEqual([1, false]);
    const ended = new FastClient(profile, settings);
    ended.learn();
    const second = ended.early(text(10));
    second.peer.send('SA', { options: MSS_1460 });
    second.peer.send('FA', { seq: (second.peer.seq + 100) >>> 0 });
    second.socket.abort();
    expect([ended.counters.TCPFastOpenBlackhole, isTried(ended)]).toEqual([1, false]);
  });

  it('is not suspected of a RST with a hole before it once data has come, nor of a connection opened plainly', () => {
    const client = new FastClient(profile, settings);
    client.learn();
    const { peer } = client.early(text(10));
    peer.send('SA', { options: MSS_1460 });
    peer.send('PA', { payload: text(10) });
    peer.send('R', { seq: (peer.seq + 100) >>> 0 });
    const closing = client.early(text(10));
    closing.peer.send('SA', { options: MSS_1460 });
    closing.socket.shutdownWrite();
    closing.peer.send('R', { seq: (closing.peer.seq + 100) >>> 0 });
    expect([client.counters.TCPFastOpenBlackhole, isTried(client)]).toEqual([0, true]);
  });

  it('is forgotten when Fast Open works again', () => {
    const client = new FastClient(profile, settings);
    client.learn();
    const first = client.early(text(10));
    first.peer.send('SA', { options: MSS_1460 });
    first.peer.send('R', { seq: (first.peer.seq + 100) >>> 0 });
    client.bench.run(100_100);
    const second = client.early(text(10));
    expect(client.bench.stack.tcp.fastOpen.blackHole.isSuspected).toBe(true);
    second.peer.send('SA', { options: MSS_1460 });
    second.peer.send('PA', { payload: text(10) });
    second.socket.abort();
    expect(client.bench.stack.tcp.fastOpen.blackHole.isSuspected).toBe(false);
  });

  it('pauses nothing where the setting is 0', () => {
    const client = new FastClient(profile, { ...settings, fastopen_blackhole_timeout_sec: 0 });
    client.learn();
    const { peer } = client.early(text(10));
    peer.send('SA', { options: MSS_1460 });
    peer.send('R', { seq: (peer.seq + 100) >>> 0 });
    expect([client.counters.TCPFastOpenBlackhole, isTried(client)]).toEqual([0, true]);
  });
});
