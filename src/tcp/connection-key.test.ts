/** A connection is named by all four of its parts: a segment in which one word of one differs is another's. */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { TcpSegment } from '../wire/tcp-segment.ts';
import { ConnectionKey } from './connection-key.ts';

const LOCAL = Address.v6(1, 2, 3, 4);
const REMOTE = Address.v6(5, 6, 7, 8);
const KEY = new ConnectionKey(LOCAL, 80, REMOTE, 5_000, 42);

/** A segment of the peer, addressed to us. */
function arriving(): TcpSegment {
  const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
  segment.packet.setAddresses(REMOTE, LOCAL);
  segment.sourcePort = 5_000;
  segment.destinationPort = 80;
  return segment;
}

const WORDS = [
  'source0',
  'source1',
  'source2',
  'source3',
  'destination0',
  'destination1',
  'destination2',
  'destination3',
] as const;

describe('a connection', () => {
  it('knows its segments', () => {
    expect(KEY.matches(arriving())).toBe(true);
  });

  it.each(['sourcePort', 'destinationPort'] as const)('is not that of a segment with another %s', (port) => {
    const segment = arriving();
    segment[port]++;
    expect(KEY.matches(segment)).toBe(false);
  });

  it.each(WORDS)('is not that of a segment with another %s', (word) => {
    const segment = arriving();
    segment.packet[word]++;
    expect(KEY.matches(segment)).toBe(false);
  });

  it('equals the same four, and no others', () => {
    const other = Address.v6(1, 2, 3, 5);
    expect(KEY.equals(LOCAL, 80, REMOTE, 5_000)).toBe(true);
    expect(KEY.equals(other, 80, REMOTE, 5_000)).toBe(false);
    expect(KEY.equals(LOCAL, 81, REMOTE, 5_000)).toBe(false);
    expect(KEY.equals(LOCAL, 80, other, 5_000)).toBe(false);
    expect(KEY.equals(LOCAL, 80, REMOTE, 5_001)).toBe(false);
  });
});
