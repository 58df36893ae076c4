/**
 * TCP-AO against the vectors of RFC 9235, sections 4 to 7: IPv4 and IPv6, both algorithms, options covered and not, four
 * packets each. The table stands in docs/requirements/notes/ao-vectors.tsv, where each packet's MAC is the one expected.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { NodeTcpAuth } from '../../node/tcp-auth.ts';
import { DropReason } from '../../wire/drop-reason.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { parseIpv4 } from '../../wire/ipv4.ts';
import { parseIpv6 } from '../../wire/ipv6.ts';
import { parseTcp } from '../../wire/tcp.ts';
import { TcpFlag, TcpSegment } from '../../wire/tcp-segment.ts';
import { ConnectionKey } from '../connection-key.ts';
import { TcpExtCounters } from '../counters.ts';
import { deriveTrafficKey, messageAuthenticationCode, type TcpAoAlgorithm } from './algorithms.ts';
import { AoConnection } from './ao-connection.ts';
import { ArrivedPlace } from './connection-auth.ts';
import { MasterKey } from './keys.ts';
import { aoOctets, writeAddress, writeUint32 } from './signed-octets.ts';

const auth = new NodeTcpAuth();
const MASTER = Uint8Array.from(Buffer.from('testvector'));
/** RFC 9235 §3.1: SendID of the client and of the server. */
const CLIENT_ID = 61;
const SERVER_ID = 84;

interface Vector {
  readonly section: string;
  readonly name: string;
  readonly algorithm: TcpAoAlgorithm;
  readonly coversOptions: boolean;
  readonly clientIsn: number;
  readonly serverIsn: number;
  readonly trafficKey: string;
  readonly packet: Uint8Array;
}

const VECTORS: Vector[] = readFileSync(
  new URL('../../../docs/requirements/notes/ao-vectors.tsv', import.meta.url),
  'utf8',
)
  .trim()
  .split(/\r?\n/)
  .slice(1)
  .map((line) => {
    const [
      section = '',
      name = '',
      algorithm = '',
      options,
      clientIsn = '',
      serverIsn = '',
      trafficKey = '',
      packet = '',
    ] = line.split('\t');
    return {
      section,
      name,
      algorithm: algorithm.toLowerCase() as TcpAoAlgorithm,
      coversOptions: options === 'covered',
      clientIsn: Number.parseInt(clientIsn, 16) | 0,
      serverIsn: Number.parseInt(serverIsn, 16) | 0,
      trafficKey,
      packet: Uint8Array.from(Buffer.from(packet, 'hex')),
    };
  });

function parse({ packet }: Vector): TcpSegment {
  const memory = new PlainPacketMemory(256);
  memory.u8.set(packet);
  const view = new IpPacket(memory);
  const isV4 = (packet[0] ?? 0) >> 4 === 4;
  const reason = isV4 ? parseIpv4(memory, 0, packet.length, view) : parseIpv6(memory, 0, packet.length, view);
  expect(reason).toBe(DropReason.none);
  // The checksums of some of these packets are not right, says an erratum; what is signed does not depend on them.
  view.checksumVerified = 1;
  const segment = new TcpSegment(view);
  expect(parseTcp(segment)).toBe(DropReason.none);
  return segment;
}

const isClient = (vector: Vector): boolean => vector.name.startsWith('client');

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The receiver of this packet, as far along as it was then. */
function receiverOf(vector: Vector, segment: TcpSegment): AoConnection {
  const { packet } = segment;
  const tuple = new ConnectionKey(
    packet.destinationAddress(),
    segment.destinationPort,
    packet.sourceAddress(),
    segment.sourcePort,
    0,
  );
  const [sendId, receiveId] = isClient(vector) ? [SERVER_ID, CLIENT_ID] : [CLIENT_ID, SERVER_ID];
  const { algorithm, coversOptions } = vector;
  const connection = new AoConnection(tuple, [
    new MasterKey({ key: MASTER, sendId, receiveId, algorithm, coversOptions }),
  ]);
  signSyn(connection, tuple, isClient(vector) ? vector.serverIsn : vector.clientIsn);
  return connection;
}

/** Sends a SYN with this ISN. */
function signSyn(connection: AoConnection, tuple: ConnectionKey, isn: number): void {
  const memory = new PlainPacketMemory(64);
  memory.view.setInt32(4, isn);
  memory.u8[13] = TcpFlag.syn;
  connection.sign(auth, tuple, { memory, offset: 0, headerLength: 36, length: 36 });
}

describe('RFC 9235', () => {
  it('is here as a whole', () => {
    expect(VECTORS.map(({ section }) => section)).toEqual(
      ['4.1', '4.2', '5.1', '5.2', '6.1', '6.2', '7.1', '7.2'].flatMap((part) =>
        [1, 2, 3, 4].map((n) => `${part}.${n}`),
      ),
    );
  });

  describe.each(VECTORS)('$section $name, $algorithm, options covered: $coversOptions', (vector) => {
    // RFC 5926 §3.1.1 R5926-2, R5926-3, R5926-4: ten octets of master key, condensed for AES.
    // RFC 5926 §3.1 R5926-7: of a length no algorithm asks for.
    // RFC 5925 §5.2 R5925-8, R5925-9: by direction, SYN apart.
    it('derives the traffic key', () => {
      const { packet, flags, sourcePort, destinationPort } = parse(vector);
      const isSyn = (flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
      const context = new Uint8Array(packet.family === 4 ? 20 : 44);
      const from = writeAddress(context, 0, packet.sourceAddress());
      const ports = writeAddress(context, from, packet.destinationAddress());
      const isns = writeUint32(context, ports, (sourcePort << 16) | destinationPort);
      const [ours, theirs] = isClient(vector)
        ? [vector.clientIsn, vector.serverIsn]
        : [vector.serverIsn, vector.clientIsn];
      writeUint32(context, writeUint32(context, isns, ours), isSyn ? 0 : theirs);
      expect(hex(deriveTrafficKey(auth, vector.algorithm, MASTER, context))).toBe(vector.trafficKey);
    });

    // RFC 9235 §4 R9235-1: IPv4 with HMAC-SHA-1-96.
    // RFC 9235 §5 R9235-2: IPv4 with AES-128-CMAC-96.
    // RFC 9235 §6 R9235-3: IPv6 with HMAC-SHA-1-96.
    // RFC 9235 §7 R9235-4: IPv6 with AES-128-CMAC-96.
    // RFC 5926 §3.2 R5926-5, R5926-6: 96 bits of each.
    // RFC 5925 §5.1 R5925-7: what is covered.
    it('computes the MAC', () => {
      const segment = parse(vector);
      const { packet } = segment;
      const octets = aoOctets(
        0,
        packet.sourceAddress(),
        packet.destinationAddress(),
        new ArrivedPlace(segment),
        segment.authOffset - 2,
        16,
        vector.coversOptions,
      );
      const key = Uint8Array.from(Buffer.from(vector.trafficKey, 'hex'));
      const code = messageAuthenticationCode(auth, vector.algorithm, key, octets);
      const expected = packet.memory.u8.subarray(segment.authOffset + 2, segment.authOffset + 14);
      expect(hex(code.subarray(0, 12))).toBe(hex(expected));
    });

    it('is taken by its receiver, and not with one bit turned', () => {
      const segment = parse(vector);
      const isSyn = (segment.flags & TcpFlag.syn) !== 0;
      const counters = new TcpExtCounters();
      const receiver = receiverOf(vector, segment);
      const isOpening = isSyn && !isClient(vector);
      // Data comes behind the SYN.
      if (!isSyn) {
        const syn = VECTORS.find(
          ({ section, name }) =>
            section.startsWith(vector.section.slice(0, 3)) &&
            name === `${vector.name.split(' ')[0] ?? ''} SYN${isClient(vector) ? '' : '-ACK'}`,
        );
        if (syn === undefined) throw new Error('no SYN to this vector');
        expect(receiver.verify(auth, counters, parse(syn), !isClient(vector))).toBe(true);
      }
      expect(receiver.verify(auth, counters, segment, isOpening)).toBe(true);
      expect(counters.TCPAOBad).toBe(0);
      const last = segment.packet.payloadOffset + segment.packet.payloadLength - 1;
      segment.packet.memory.u8[last] = (segment.packet.memory.u8[last] ?? 0) ^ 1;
      expect(receiver.verify(auth, counters, segment, isOpening)).toBe(false);
      expect(counters.TCPAOBad).toBe(1);
    });
  });
});
