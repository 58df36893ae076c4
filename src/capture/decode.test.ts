/** Decoding: every byte has its layer, damage is named and shown, nothing throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, type FrameOptions, frame, pattern } from '../../test/support/frames.ts';
import { type DecodedFrame, decodeFrame, fieldOf, layerAt } from './decode.ts';

function expectCovered(decoded: DecodedFrame): void {
  let at = 0;
  for (const layer of decoded.layers) {
    expect(layer.offset).toBe(at);
    expect(layer.length).toBeGreaterThan(0);
    for (const field of layer.fields) {
      expect(field.offset).toBeGreaterThanOrEqual(layer.offset);
      expect(field.offset + field.length).toBeLessThanOrEqual(layer.offset + layer.length);
    }
    at += layer.length;
  }
  expect(at).toBe(decoded.length);
}

const decode = (options: FrameOptions): DecodedFrame =>
  decodeFrame(bytesOf(frame(options)), options.medium ?? 'ethernet');

describe('decodeFrame', () => {
  it('shows a TCP segment', () => {
    const decoded = decode({ flags: 0x12, seq: 5, ack: -1, payload: pattern(4) });
    expect(decoded.layers.map(({ name, offset, length, problem }) => [name, offset, length, problem])).toEqual([
      ['ethernet', 0, 14, null],
      ['ipv4', 14, 20, null],
      ['tcp', 34, 20, null],
      ['payload', 54, 4, null],
    ]);
    expect(decoded.summary).toBe('TCP 40000 > 80 SYN+ACK seq=5 ack=4294967295 win=65535 len=4');
    expect([decoded.sourceAddress, decoded.destinationAddress]).toEqual(['10.0.1.1', '10.0.1.2']);
    expect(fieldOf(decoded, 'tcp', 'flags')).toEqual({
      name: 'flags',
      offset: 46,
      length: 2,
      value: 0x12,
      text: 'SYN+ACK',
    });
    expect([layerAt(decoded, 33)?.name, layerAt(decoded, 34)?.name, layerAt(decoded, 58)]).toEqual([
      'ipv4',
      'tcp',
      null,
    ]);
  });

  it.each([
    [{ protocol: 'udp', payload: pattern(3) }, 'UDP 40000 > 80 len=3'],
    [{ protocol: 'icmp', payload: pattern(3) }, 'ICMP echo request seq=1'],
    [
      { protocol: 'icmp', source: 'fd00::1', icmp: { type: 128, code: 0, id: 1, sequence: 9 } },
      'ICMPv6 echo request seq=9',
    ],
    [{ medium: 'ip', source: 'fd00::1' }, 'TCP 40000 > 80 ACK seq=1000 ack=2000 win=65535 len=0'],
    [
      { protocol: 'icmp', icmp: { type: 3, code: 4, id: 0, sequence: 1400 } },
      'ICMP destination unreachable code 4 mtu=1400',
    ],
  ] as [FrameOptions, string][])('%o', (options, summary) => {
    const decoded = decode(options);
    expect(decoded.summary).toBe(summary);
    expect(decoded.layers.every(({ problem }) => problem === null)).toBe(true);
    expectCovered(decoded);
  });

  it('shows TCP options with their places', () => {
    const slot = frame({
      medium: 'ip',
      flags: 2,
      payload: Uint8Array.of(2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2),
    });
    slot.memory.u8[slot.offset + 32] = 0xa0;
    const decoded = decodeFrame(bytesOf(slot), 'ip');
    expect(
      decoded.layers
        .find(({ name }) => name === 'tcp')
        ?.fields.slice(9)
        .map(({ name, offset, value }) => [name, offset, value]),
    ).toEqual([
      ['maximum segment size', 40, 1460],
      ['no operation', 44, 1],
      ['window scale', 45, 7],
      ['SACK permitted', 48, 1],
      ['timestamps', 50, 1],
    ]);
  });

  it('names what a receiver would drop, and shows it all the same', () => {
    const bytes = bytesOf(frame({ payload: pattern(10) }));
    bytes[60]! ^= 1;
    const broken = decodeFrame(bytes, 'ethernet');
    expect(broken.layers.find(({ name }) => name === 'tcp')?.problem).toBe('tcpBadChecksum');
    expect(broken.summary).toMatch(/^TCP 40000/);
    bytes[60]! ^= 1;
    bytes[30]! ^= 1;
    const header = decodeFrame(bytes, 'ethernet');
    expect(header.layers[1]).toMatchObject({ name: 'ipv4', problem: 'ipBadChecksum' });
    expectCovered(header);
  });

  it('shows ARP and padding', () => {
    const bytes = new Uint8Array(60);
    bytes.set([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1], 0);
    bytes.set([2, 0, 0, 0, 0, 1, 10, 0, 1, 1, 0, 0, 0, 0, 0, 0, 10, 0, 1, 2], 22);
    const decoded = decodeFrame(bytes, 'ethernet');
    expect(decoded.summary).toBe('ARP who has 10.0.1.2? tell 10.0.1.1');
    expect(decoded.layers.map(({ name, length }) => [name, length])).toEqual([
      ['ethernet', 14],
      ['arp', 28],
      ['padding', 18],
    ]);
  });

  it('covers every byte and never throws, whatever the bytes', () => {
    const bases = [
      bytesOf(frame({ payload: pattern(30) })),
      bytesOf(frame({ protocol: 'udp', source: 'fd00::1', payload: pattern(30) })),
      bytesOf(frame({ protocol: 'icmp', payload: pattern(30) })),
    ];
    fc.assert(
      fc.property(fc.nat(2), fc.nat(99), fc.nat(255), fc.nat(99), fc.boolean(), (base, at, value, length, isIp) => {
        const bytes = bases[base]!.slice(0, length);
        if (at < bytes.length) bytes[at] = value;
        expectCovered(isIp ? decodeFrame(bytes.subarray(14), 'ip') : decodeFrame(bytes, 'ethernet'));
      }),
      { numRuns: 1500 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 90 }), (bytes) => expectCovered(decodeFrame(bytes, 'ip'))));
  });
});
