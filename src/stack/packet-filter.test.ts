/** The host's own filter: what a client meets at filtered ports, over both families. */
import { describe, expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { DatagramSocket, ListenSocket, StreamSocket } from '../socket/index.ts';
import type { FilterVerdict } from './packet-filter.ts';

function connectThrough(verdict: FilterVerdict, remoteAddress: string, seconds: number): [string, string | null] {
  const pair = new StackPair();
  new ListenSocket(pair.b, { port: 80 });
  pair.b.filter.add({ protocol: 'tcp', port: 80, verdict });
  const client = StreamSocket.connect(pair.a, { remoteAddress, remotePort: 80 });
  pair.run(pair.nowUs + seconds * 1e6);
  return [client.stateName, client.error?.code ?? null];
}

describe.each(['10.0.0.2', 'fd00::2'])('a filtered port at %s', (address) => {
  it.each([
    ['pass', 1, 'ESTABLISHED', null],
    ['drop', 1, 'SYN-SENT', null],
    ['drop', 200, 'CLOSED', 'ETIMEDOUT'],
    ['reset', 1, 'CLOSED', 'ECONNREFUSED'],
    ['port-unreachable', 1, 'CLOSED', 'ECONNREFUSED'],
    // As Linux tells it: the two families have words of their own for it.
    ['admin-prohibited', 1, 'CLOSED', address.includes(':') ? 'EACCES' : 'EHOSTUNREACH'],
  ] as const)('%s: after %d s the client is %s with %s', (verdict, seconds, state, code) => {
    expect(connectThrough(verdict, address, seconds)).toEqual([state, code]);
  });
});

describe('filter rules', () => {
  it('count their hits, look at ports and senders, and end', () => {
    const pair = new StackPair();
    const listener = new ListenSocket(pair.b, { port: 80 });
    const other = pair.b.filter.add({ protocol: 'tcp', port: [81, 90], verdict: 'drop' });
    const stranger = pair.b.filter.add({ from: '10.0.0.7', verdict: 'drop' });
    const rule = pair.b.filter.add({ from: '10.0.0.0/24', onlySyn: true, verdict: 'drop' });
    const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.flush();
    expect([client.stateName, rule.hits, other.hits, stranger.hits]).toEqual(['SYN-SENT', 1, 0, 0]);
    rule.remove();
    pair.run(pair.nowUs + 1_100_000);
    expect(client.stateName).toBe('ESTABLISHED');
    expect(listener.accept()?.stateName).toBe('ESTABLISHED');
    expect(pair.b.counters.drops.get('filtered')).toBe(1);
  });

  it('let an open connection go on when only SYNs are filtered', () => {
    const pair = new StackPair();
    const listener = new ListenSocket(pair.b, { port: 80 });
    const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.flush();
    const server = listener.accept();
    pair.b.filter.add({ protocol: 'tcp', port: 80, onlySyn: true, verdict: 'drop' });
    client.write(new Uint8Array(100));
    pair.flush();
    expect(server?.readableLength).toBe(100);
  });

  it('apply to UDP', () => {
    const pair = new StackPair();
    const server = new DatagramSocket(pair.b, { port: 53 });
    pair.b.filter.add({ protocol: 'udp', port: 53, verdict: 'drop' });
    new DatagramSocket(pair.a, {}).sendTo(new Uint8Array(3), '10.0.0.2', 53);
    pair.flush();
    expect(server.receiveFrom()).toBeNull();
  });

  it.each([
    [{ verdict: 'reset', protocol: 'udp' }, "'reset' answers TCP"],
    [{ verdict: 'drop', port: 70_000 }, 'port'],
    [{ verdict: 'drop', port: [9, 8] }, 'port'],
    [{ verdict: 'drop', from: '10.0.0.0/40' }, '0 to 32'],
  ] as const)('refuse %j', (options, message) => {
    expect(() => new StackPair().b.filter.add(options)).toThrow(message);
  });
});
