/** SLIP: every packet through any cutting of the stream, damage costs one packet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, Collector, frame, pattern } from '../../test/support/frames.ts';
import { SLIP_END, SLIP_ESC, SlipDecoder, SlipLink, slipEncode, slipEncodedMax } from './slip.ts';

function encode(bytes: Uint8Array): Uint8Array {
  const into = new Uint8Array(slipEncodedMax(bytes.length));
  return into.slice(0, slipEncode(bytes, 0, bytes.length, into, 0));
}

function decode(decoder: SlipDecoder, bytes: Iterable<number>): Uint8Array[] {
  const packets = [];
  for (const byte of bytes) if (decoder.push(byte)) packets.push(bytesOf(decoder.slot));
  return packets;
}

describe('SLIP', () => {
  it('RFC 1055: END and ESC are escaped', () => {
    expect([...encode(Uint8Array.of(1, 0xc0, 2, 0xdb, 3))]).toEqual([0xc0, 1, 0xdb, 0xdc, 2, 0xdb, 0xdd, 3, 0xc0]);
  });

  it('decodes what was encoded, packet after packet', () => {
    const byte = fc.oneof(fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd), fc.nat(255));
    const packet = fc.array(byte, { minLength: 1, maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(fc.array(packet), (packets) => {
        const stream = packets.flatMap((one) => [...encode(one)]);
        expect(decode(new SlipDecoder(), stream)).toEqual(packets);
      }),
    );
  });

  it('takes rubbish: at most the packet it hits is lost', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (rubbish) => {
        const decoder = new SlipDecoder(100);
        for (const found of decode(decoder, rubbish)) expect(found.length).toBeLessThanOrEqual(100);
        const good = pattern(50);
        const after = decode(decoder, encode(good));
        expect(after.at(-1)).toEqual(good);
      }),
    );
  });

  it('counts wrong escapes and packets that are too long, once each', () => {
    const decoder = new SlipDecoder(10);
    const stream = [1, SLIP_ESC, 7, 2, SLIP_END, ...pattern(11, 1), SLIP_END, 5, SLIP_ESC, SLIP_END, 9, SLIP_END];
    expect(decode(decoder, stream)).toEqual([Uint8Array.of(9)]);
    expect(decoder.damagedPackets).toBe(3);
  });

  it('is a link with a stream on its other side', () => {
    const [a, b] = [new SlipLink({ mtu: 576, outputBytes: 4000 }), new SlipLink({ mtu: 576, inputPackets: 2 })];
    const collector = new Collector();
    const slot = frame({ medium: 'ip', payload: pattern(500), unfinished: true });
    let sent = 0;
    while (a.send(0, slot, 0)) sent++;
    expect(sent).toBeGreaterThanOrEqual(3);
    while (a.pendingBytes > 0) b.pushBytes(a.takeBytes(7), 5);
    expect(b.nextTimeoutUs()).toBe(5);
    expect(b.poll(5, collector, 10)).toBe(2);
    expect(collector.arrived[0]?.bytes).toEqual(bytesOf(frame({ medium: 'ip', payload: pattern(500) })));
    expect(b.statistics.droppedFrames).toBe(sent - 2);
    expect(a.send(0, frame({ medium: 'ip', payload: pattern(577) }), 0)).toBe(true);
    expect([a.pendingBytes, a.statistics.droppedFrames]).toEqual([0, 1]);
  });
});
