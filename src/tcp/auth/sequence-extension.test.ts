/** RFC 5925 §6.2: sequence numbers are told apart after they have come round, whatever order they come in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address } from '../../base/address.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { NodeTcpAuth } from '../../node/tcp-auth.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { emitTcpHeader, parseTcp } from '../../wire/tcp.ts';
import { TcpFlag, TcpSegment } from '../../wire/tcp-segment.ts';
import { ConnectionKey } from '../connection-key.ts';
import { TcpExtCounters } from '../counters.ts';
import { AoConnection } from './ao-connection.ts';
import { MasterKey } from './keys.ts';
import { SequenceExtension } from './sequence-extension.ts';

const HALF = 2 ** 31;

describe('the sequence number extension', () => {
  // RFC 5925 §6.2 R5925-12: whatever order the numbers come in.
  it('is the round of a number that counts on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.array(fc.integer({ min: -HALF + 1, max: HALF - 1 }), { maxLength: 60 }),
        (isn, steps) => {
          const extension = new SequenceExtension(isn | 0);
          // The number in full; what wraps stays countable in a double.
          let highest = isn;
          for (const step of steps) {
            const full = highest + step;
            if (full < isn) continue;
            expect(extension.of(full | 0)).toBe(Math.floor(full / 2 ** 32));
            extension.advance(full | 0);
            highest = Math.max(highest, full);
          }
        },
      ),
    );
  });
});

const auth = new NodeTcpAuth();
const [HERE, THERE] = [Address.parse('192.0.2.1'), Address.parse('192.0.2.2')];
const KEY = new MasterKey({ key: Uint8Array.of(1, 2, 3), sendId: 5, receiveId: 5 });
const ISN = -1000;

describe('a replayed segment', () => {
  it('is refused once the numbers have come round', () => {
    const sender = new AoConnection(new ConnectionKey(HERE, 1, THERE, 2, 0), [KEY]);
    const receiver = new AoConnection(new ConnectionKey(THERE, 2, HERE, 1, 0), [KEY]);
    const counters = new TcpExtCounters();
    const take = (segment: TcpSegment): boolean => receiver.verify(auth, counters, segment, false);
    const signed = (seq: number, flags: number): TcpSegment => {
      const memory = new PlainPacketMemory(64);
      sender.reserve(memory, emitTcpHeader(memory, 0, 1, 2, seq, 0, flags, 100, 0, 36));
      sender.sign(auth, new ConnectionKey(HERE, 1, THERE, 2, 0), { memory, offset: 0, headerLength: 36, length: 36 });
      const packet = new IpPacket(memory);
      packet.setAddresses(HERE, THERE);
      packet.payloadLength = 36;
      packet.checksumVerified = 1;
      const segment = new TcpSegment(packet);
      parseTcp(segment);
      return segment;
    };
    expect(take(signed(ISN, TcpFlag.syn))).toBe(true);
    const old = signed(ISN + 500, TcpFlag.ack);
    expect(take(old)).toBe(true);
    // The same again is no replay TCP would not notice itself.
    expect(take(old)).toBe(true);
    for (let step = 1; step <= 4; step++) expect(take(signed((ISN + step * 2 ** 30) | 0, TcpFlag.ack))).toBe(true);
    // 4 GiB later the number is in the window once more; only the extension differs.
    expect(take(old)).toBe(false);
    expect(counters).toMatchObject({ TCPAOGood: 7, TCPAOBad: 1 });
    const fresh = signed(ISN + 500, TcpFlag.ack);
    expect(fresh.seq).toBe(old.seq);
    expect(take(fresh)).toBe(true);
  });
});
