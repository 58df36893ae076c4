/** Segments of nobody: who comes from himself, who names a group, and the RST that answers the rest (RFC 9293 §3.5.2, §3.10.7.1). */
import { describe, expect, it } from 'vitest';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { TcpFlag, TcpSegment } from '../../wire/tcp-segment.ts';
import { isFromItself, namesGroup, resetAnswering } from './strangers.ts';

const WORDS = ['0', '1', '2', '3'] as const;

/** From port 80 of an address to the same. */
function toItself(): TcpSegment {
  const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
  segment.sourcePort = 80;
  segment.destinationPort = 80;
  for (const word of WORDS) {
    segment.packet[`source${word}`] = 0x0a00_0001;
    segment.packet[`destination${word}`] = 0x0a00_0001;
  }
  return segment;
}

describe('a segment from itself', () => {
  it('has one address and one port twice', () => {
    expect(isFromItself(toItself())).toBe(true);
  });

  it.each(WORDS)('is none when word %s of the addresses differs', (word) => {
    const segment = toItself();
    segment.packet[`source${word}`]++;
    expect(isFromItself(segment)).toBe(false);
  });

  it('is none when the ports differ', () => {
    const segment = toItself();
    segment.sourcePort = 81;
    expect(isFromItself(segment)).toBe(false);
  });
});

describe('a group', () => {
  it.each([
    [4, 'source3', 0xe000_0001, true],
    [4, 'destination3', 0xefff_ffff, true],
    [4, 'destination3', 0xdfff_ffff, false],
    [4, 'destination3', 0xffff_ffff, true],
    [4, 'source3', 0, true],
    [6, 'source0', 0xff02_0000, true],
    [6, 'destination0', 0xff0e_0000, true],
    [6, 'destination0', 0xfe80_0000, false],
  ] as const)('IPv%i, %s %i: %s', (family, word, value, expected) => {
    const { packet } = toItself();
    packet.family = family;
    packet[word] = value | 0;
    expect(namesGroup(packet)).toBe(expected);
  });
});

describe('the RST', () => {
  it('has the number that was acknowledged, and acknowledges nothing', () => {
    const segment = toItself();
    segment.flags = TcpFlag.ack | TcpFlag.psh;
    segment.ack = 77;
    segment.seq = 5;
    segment.payloadLength = 9;
    expect(resetAnswering(segment)).toMatchObject({ seq: 77, ack: 0, flags: TcpFlag.rst, window: 0 });
  });

  it('has number 0 where nothing was acknowledged, and acknowledges all of it', () => {
    const segment = toItself();
    segment.flags = TcpFlag.syn;
    segment.seq = 0x7fff_fffe;
    segment.payloadLength = 9;
    const ack = (0x7fff_fffe + 10) | 0;
    expect(resetAnswering(segment)).toMatchObject({ seq: 0, ack, flags: TcpFlag.rst | TcpFlag.ack, window: 0 });
  });
});
