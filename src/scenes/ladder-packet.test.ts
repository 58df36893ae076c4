/** Numbers of a ladder count from the SYN of their own direction: sequence numbers, acknowledgments, SACK blocks. */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { padTcpOptions, sackOptionSize, writeSack } from '../wire/tcp-option-writers.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { findScene, playScene } from './index.ts';
import { PacketReader } from './ladder-packet.ts';

const CLIENT = { address: Address.parse('10.0.0.1'), port: 5000 };
const SERVER = { address: Address.parse('10.0.0.2'), port: 80 };
type End = typeof CLIENT;

/** A segment without payload; `blocks` are left and right edges of a SACK option. */
function segment(from: End, to: End, flags: number, seq: number, ack: number, blocks: readonly number[] = []) {
  const optionsLength = blocks.length === 0 ? 0 : Math.ceil(sackOptionSize(blocks.length / 2) / 4) * 4;
  const headerLength = TCP_HEADER_LENGTH + optionsLength;
  const memory = new PlainPacketMemory(128);
  const packet = new IpPacket(memory);
  packet.setAddresses(from.address, to.address);
  packet.hopLimit = 64;
  packet.protocol = IpProtocol.tcp;
  const at = emitIpv4Header(memory, 0, packet, 20 + headerLength);
  const start = emitTcpHeader(memory, at, from.port, to.port, seq | 0, ack | 0, flags, 1000, 0, headerLength);
  if (blocks.length > 0) {
    const edges = Int32Array.from(blocks, (edge) => edge | 0);
    padTcpOptions(memory, start, writeSack(memory, start, start, edges, blocks.length / 2));
  }
  const sum = pseudoHeaderSumOf(from.address, to.address, IpProtocol.tcp, headerLength);
  writeTcpChecksum(memory, at, headerLength, sum);
  return memory.u8.slice(0, 20 + headerLength);
}

/** A reader that has seen a handshake with these initial sequence numbers. */
function afterHandshake(clientIsn: number, serverIsn: number): PacketReader {
  const reader = new PacketReader();
  reader.read(segment(CLIENT, SERVER, TcpFlag.syn, clientIsn, 0), 'ip');
  reader.read(segment(SERVER, CLIENT, TcpFlag.syn | TcpFlag.ack, serverIsn, clientIsn + 1), 'ip');
  return reader;
}

describe('sequence numbers', () => {
  it('go on counting when the number space has been used up', () => {
    const reader = afterHandshake(4_000_000_000, 5);
    for (let step = 0; step < 20; step++) {
      const distance = 1 + step * 2 ** 29;
      const { shown } = reader.read(
        segment(CLIENT, SERVER, TcpFlag.fin | TcpFlag.ack, 4_000_000_000 + distance, 6),
        'ip',
      );
      expect(shown.seq).toBe(distance);
      const back = reader.read(segment(SERVER, CLIENT, TcpFlag.ack, 6, 4_000_000_000 + distance + 1), 'ip');
      expect(back.shown.ack).toBe(distance + 1);
    }
  });
});

describe('a SYN with the number of the last one', () => {
  /** Which of two SYNs and their answers are repetitions, behind a segment with these control bits. */
  const readings = (reader: PacketReader, flags: number, seq: number) => [
    reader.read(segment(CLIENT, SERVER, flags, seq, 2001), 'ip').shown.isRepeat,
    ...[1, 2].flatMap(() => [
      reader.read(segment(CLIENT, SERVER, TcpFlag.syn, 1000, 0), 'ip').shown.isRepeat,
      reader.read(segment(SERVER, CLIENT, TcpFlag.syn | TcpFlag.ack, 2000, 1001), 'ip').shown.isRepeat,
    ]),
  ];

  it('behind FIN begins another connection, once', () => {
    const flags = TcpFlag.fin | TcpFlag.ack;
    expect(readings(afterHandshake(1000, 2000), flags, 1001)).toEqual([false, false, false, true, true]);
  });

  it('is a repetition while its connection lasts, and behind a RST that refuses an answer', () => {
    for (const flags of [TcpFlag.ack, TcpFlag.rst]) {
      expect(readings(afterHandshake(1000, 2000), flags, 1001)).toEqual([false, true, true, true, true]);
    }
  });

  it('of the story of numbers that stand still is told as a new one, after RST too', () => {
    const scene = findScene('why-isn-moves');
    const rows = scene === null ? [] : playScene(scene).rows;
    const syns = rows.filter(({ flags }) => flags.startsWith('SYN'));
    expect(syns.map(({ isRepeat }) => isRepeat)).toEqual(Array.from({ length: 8 }, () => false));
  });
});

describe('SACK blocks', () => {
  // Of the client's data: its initial sequence number counts, not the server's; and the numbers come round.
  it.each([0, 1_000_000, 0xffff_fa00, 0x7fff_fff0])('count from the SYN of the direction they report on: %i', (isn) => {
    const reader = afterHandshake(isn, 77_777);
    const blocks = [isn + 2001, isn + 3001, isn + 4001, isn + 5001];
    const { shown } = reader.read(segment(SERVER, CLIENT, TcpFlag.ack, 77_778, isn + 1001, blocks), 'ip');
    expect([shown.seq, shown.ack, shown.options]).toEqual([1, 1001, 'SACK 2001-3001 4001-5001']);
  });

  it('report repetitions below the acknowledgment alike (RFC 2883)', () => {
    const reader = afterHandshake(4_000_000_000, 5);
    const blocks = [4_000_000_001, 4_000_000_101];
    const { shown } = reader.read(segment(SERVER, CLIENT, TcpFlag.ack, 6, 4_000_000_501, blocks), 'ip');
    expect([shown.ack, shown.options]).toEqual([501, 'SACK 1-101']);
  });

  it('stay as they were sent where the SYN is unknown, or a number belongs to no part of the connection', () => {
    const read = (reader: PacketReader, blocks: readonly number[]) =>
      reader.read(segment(SERVER, CLIENT, TcpFlag.ack, 6, 4_000_000_501, blocks), 'ip').shown.options;
    expect(read(new PacketReader(), [4_000_000_601, 4_000_000_701])).toBe('SACK 4000000601-4000000701');
    const odd = [4_000_000_601, 4_000_000_701, 2_500_000_000, 2_500_000_100];
    expect(read(afterHandshake(4_000_000_000, 5), odd)).toBe('SACK 601-701 2500000000-2500000100');
  });

  it('of the story of a loss name segments that stand in the same ladder', () => {
    const scene = findScene('fast-retransmit');
    if (scene === null) throw new Error('no such scene');
    const { rows } = playScene(scene);
    const starts = new Set(rows.filter((row) => (row.length ?? 0) > 0).map((row) => row.seq));
    const ends = new Set(rows.filter((row) => (row.length ?? 0) > 0).map((row) => (row.seq ?? 0) + (row.length ?? 0)));
    const blocks = rows.flatMap((row) => [...row.options.matchAll(/(\d+)-(\d+)/g)]);
    expect(blocks.length).toBeGreaterThan(2);
    for (const [, left, right] of blocks)
      expect([starts.has(Number(left)), ends.has(Number(right))]).toEqual([true, true]);
  });
});
