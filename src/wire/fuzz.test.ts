/** Whatever octets come from a wire: no parser throws, and none reads outside the frame it was given. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_NAMES, frameBytes, memoryEndingWith, memoryWith, slowChecksum } from '../../test/support/hex-frames.ts';
import { WireReader } from '../../test/support/wire-reader.ts';
import { dropReasonName } from './drop-reason.ts';

type Read = (reader: WireReader, offset: number, end: number) => void;

const asFrame: Read = (reader, offset, end) => reader.readFrame(reader.packet.memory, offset, end);
const asPacket: Read = (reader, offset, end) => reader.readIp(reader.packet.memory, offset, end);

/** What is found in `bytes` with these surroundings. */
function found(bytes: Uint8Array, read: Read, trusting: boolean, offset: number, poison: number): string {
  const memory = memoryWith(bytes, offset, poison, 2048);
  const reader = new WireReader(memory);
  reader.trusting = trusting;
  read(reader, offset, offset + bytes.length);
  return reader.describe();
}

/** The same octets amid zeros, ones and what looks like options or lengths: what is found must not differ. */
function expectHarmless(bytes: Uint8Array, read: Read): void {
  for (const trusting of [false, true]) {
    const offset = 34;
    const reference = found(bytes, read, trusting, offset, 0x00);
    for (const poison of [0xff, 0x02, 0x45]) expect(found(bytes, read, trusting, offset, poison)).toBe(reference);
    // At the very end of a memory a read too far is a RangeError, or undefined in a sum.
    const { memory, offset: last } = memoryEndingWith(bytes);
    const reader = new WireReader(memory);
    reader.trusting = trusting;
    read(reader, last, last + bytes.length);
    expect(reader.layers.every((layer) => !dropReasonName(layer.reason).startsWith('unknown-'))).toBe(true);
  }
}

/** Makes the IPv4 and IGMP checksums of a spoilt frame right again, so that what lies behind is reached. */
function mended(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  if (copy[12] !== 8 || copy[13] !== 0 || copy.length < 34) return copy;
  const put = (at: number, from: number, to: number): void => {
    if (at + 2 > to || to > copy.length) return;
    copy[at] = 0;
    copy[at + 1] = 0;
    const sum = slowChecksum(copy.subarray(from, to));
    copy[at] = sum >> 8;
    copy[at + 1] = sum & 255;
  };
  const header = ((copy[14] ?? 0) & 15) * 4;
  const end = 14 + (copy[16] ?? 0) * 256 + (copy[17] ?? 0);
  if (copy[23] === 2) put(14 + header + 2, 14 + header, end);
  put(24, 14, 14 + header);
  return copy;
}

const someFrame = fc.constantFrom(...FRAME_NAMES).map(frameBytes);
const octet = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff));

describe('parsers given nonsense', () => {
  it('take random octets as frames', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => expectHarmless(bytes, asFrame)));
  });

  it('take random octets as packets of either family', () => {
    const packet = fc
      .tuple(fc.constantFrom(0x45, 0x46, 0x4f, 0x60), fc.uint8Array({ maxLength: 120 }))
      .map(([first, rest]) => Uint8Array.from([first, ...rest]));
    fc.assert(fc.property(packet, (bytes) => expectHarmless(bytes, asPacket)));
  });

  it('take random extension headers', () => {
    const header = fc.tuple(fc.constantFrom(0, 6, 17, 43, 44, 51, 58, 60), fc.nat(2), fc.uint8Array({ maxLength: 30 }));
    const chain = fc.array(header, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(chain, (headers) => {
        const rest = headers.flatMap(([next, length, body]) => [next, length, ...body]);
        const bytes = frameBytes('udp6').slice(14);
        const packet = Uint8Array.from([...bytes.subarray(0, 40), ...rest]);
        packet[4] = rest.length >> 8;
        packet[5] = rest.length & 255;
        packet[6] = headers[0]?.[0] ?? 0;
        expectHarmless(packet, asPacket);
      }),
    );
  });

  it('take good frames with octets overwritten', () => {
    const changes = fc.array(fc.tuple(fc.nat(200), octet), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(someFrame, changes, (frame, list) => {
        const spoilt = frame.slice();
        for (const [at, value] of list) spoilt[at % spoilt.length] = value;
        expectHarmless(spoilt, asFrame);
        expectHarmless(mended(spoilt), asFrame);
      }),
      { numRuns: 300 },
    );
  });

  it('take good frames cut short at every length, and with a tail', () => {
    for (const name of FRAME_NAMES) {
      const frame = frameBytes(name);
      for (let length = 0; length <= frame.length; length++) expectHarmless(frame.subarray(0, length), asFrame);
      expectHarmless(Uint8Array.from([...frame, 1, 2, 3, 0xff, 0, 0xff]), asFrame);
    }
  });
});

describe('good frames', () => {
  it.each(FRAME_NAMES)('%s is read with every layer sound', (name) => {
    const bytes = frameBytes(name);
    const memory = memoryWith(bytes, 33);
    const reader = new WireReader(memory);
    reader.readFrame(memory, 33, 33 + bytes.length);
    expect(reader.layers.map((layer) => dropReasonName(layer.reason))).toEqual(reader.layers.map(() => 'none'));
    expect(reader.layers.length).toBeGreaterThan(name === 'stp' ? 0 : 1);
  });

  it('are found the same at every alignment', () => {
    for (const name of FRAME_NAMES) {
      const bytes = frameBytes(name);
      const reasons = [32, 33, 34, 35, 37].map((offset) => {
        const memory = memoryWith(bytes, offset);
        const reader = new WireReader(memory);
        reader.readFrame(memory, offset, offset + bytes.length);
        return reader.layers.map((layer) => `${layer.name} ${layer.reason}`).join();
      });
      expect(new Set(reasons).size, name).toBe(1);
    }
  });
});
