/** Cutting super-segments: every part is a packet that a receiver would take. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frame, isFrameIntact, pattern } from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { GSO_ACCECN, type Slot } from '../base/slot.ts';
import { FrameView } from './frame-view.ts';
import { carriesWhole, completeChecksum, Segmenter, segmentedLength, wireSegments } from './segmentation.ts';
import { TcpFlag } from './tcp-segment.ts';

function cut(slot: Slot, medium: 'ethernet' | 'ip'): { view: FrameView; bytes: Uint8Array; id: number }[] {
  const segmenter = new Segmenter(medium);
  expect(segmenter.begin(slot)).toBe(true);
  const parts = [];
  for (let part = segmenter.next(); part !== null; part = segmenter.next()) {
    expect(isFrameIntact(part, medium)).toBe(true);
    const view = new FrameView();
    view.look(part, medium);
    const id = part.memory.view.getUint16(view.ipStart + 4);
    parts.push({ view, bytes: part.memory.u8.slice(view.payloadStart, view.payloadStart + view.payloadLength), id });
  }
  return parts;
}

describe('Segmenter', () => {
  it.each(['ethernet', 'ip'] as const)('cuts TCP over IPv4 and IPv6 on %s', (medium) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6000 }),
        fc.integer({ min: 1, max: 1460 }),
        fc.boolean(),
        (length, gsoSize, v6) => {
          const payload = pattern(length);
          const flags = TcpFlag.ack | TcpFlag.psh | TcpFlag.fin | TcpFlag.cwr;
          const source = v6 ? 'fd00::1' : '10.0.1.1';
          const parts = cut(frame({ medium, source, payload, gsoSize, flags, seq: 0x7ffffff0 }), medium);
          expect(parts.length).toBe(Math.ceil(length / gsoSize));
          expect(Buffer.concat(parts.map(({ bytes }) => bytes)).equals(payload)).toBe(true);
          for (const [index, { view, id }] of parts.entries()) {
            const isLast = index === parts.length - 1;
            expect(view.seq).toBe((0x7ffffff0 + index * gsoSize) | 0);
            expect((view.flags & TcpFlag.cwr) !== 0).toBe(index === 0);
            expect((view.flags & (TcpFlag.fin | TcpFlag.psh)) !== 0).toBe(isLast);
            expect(view.flags & TcpFlag.ack).toBe(TcpFlag.ack);
            if (!v6) expect(id).toBe(7 + index);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('CWR that counts stays on every part', () => {
    const slot = frame({ medium: 'ip', payload: pattern(2500), gsoSize: 1000, flags: TcpFlag.ack | TcpFlag.cwr });
    slot.gsoType |= GSO_ACCECN;
    const flags = cut(slot, 'ip').map(({ view }) => view.flags);
    expect(flags).toEqual(new Array<number>(3).fill(TcpFlag.ack | TcpFlag.cwr));
    const capabilities = { ...plainCapabilities('ip', 1500), tso4: true };
    expect(carriesWhole(capabilities, slot)).toBe(false);
    expect(carriesWhole({ ...capabilities, tsoAccEcn: true }, slot)).toBe(true);
  });

  it('cuts UDP into datagrams', () => {
    const parts = cut(frame({ protocol: 'udp', payload: pattern(2500), gsoSize: 1000 }), 'ethernet');
    expect(parts.map(({ bytes }) => bytes.length)).toEqual([1000, 1000, 500]);
  });

  it('refuses what makes no sense', () => {
    const segmenter = new Segmenter('ethernet');
    expect(segmenter.begin(frame({ payload: pattern(10) }))).toBe(false);
    expect(segmenter.next()).toBeNull();
    const icmp = frame({ protocol: 'icmp', payload: pattern(3000) });
    icmp.gsoSize = 1000;
    expect(segmenter.begin(icmp)).toBe(false);
    expect(segmenter.next()).toBeNull();
  });

  it('estimates what it will make', () => {
    const slot = frame({ payload: pattern(5000), gsoSize: 700 });
    const parts = cut(slot, 'ethernet');
    expect(wireSegments(slot)).toBeGreaterThanOrEqual(parts.length);
    const total = parts.reduce((sum, { bytes }) => sum + bytes.length + 54, 0);
    expect(segmentedLength(slot)).toBeGreaterThanOrEqual(total);
  });
});

describe('completeChecksum', () => {
  it.each(['tcp', 'udp'] as const)('finishes %s as the sender would have', (protocol) => {
    for (const source of ['10.0.1.1', 'fd00::1']) {
      const whole = frame({ protocol, source, payload: pattern(33) });
      const unfinished = frame({ protocol, source, payload: pattern(33), unfinished: true });
      expect(bytesOf(unfinished)).not.toEqual(bytesOf(whole));
      completeChecksum(unfinished);
      expect(bytesOf(unfinished)).toEqual(bytesOf(whole));
      expect(unfinished.checksumOffset).toBe(0);
    }
  });

  it('leaves the frame alone when the description points outside', () => {
    const slot = frame({ payload: pattern(10) });
    const before = bytesOf(slot);
    slot.checksumStart = 60;
    slot.checksumOffset = 16;
    completeChecksum(slot);
    expect(bytesOf(slot)).toEqual(before);
  });
});
