/** Putting segments together: what comes out is what went in, cut elsewhere, and what is wrong is never made right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frame, pattern } from '../../test/support/frames.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { Segmenter } from '../wire/segmentation.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { Coalescer } from './coalescing.ts';

type Medium = 'ethernet' | 'ip';

/** The packets of a super-segment, each in memory of its own. */
function packets(slot: Slot, medium: Medium): Slot[] {
  const segmenter = new Segmenter(medium);
  expect(segmenter.begin(slot)).toBe(true);
  const parts: Slot[] = [];
  for (let part = segmenter.next(); part !== null; part = segmenter.next()) parts.push(copyOf(part, medium));
  return parts;
}

function copyOf(slot: Slot, medium: Medium): Slot {
  const copy = Slot.allocate(2000, medium === 'ethernet');
  copy.copyFrom(slot);
  return copy;
}

function make(medium: Medium): Coalescer {
  return new Coalescer(medium, new PlainPacketMemory(300_000));
}

/** All packets again, as a wire would have carried them. */
function cutAgain(coalescer: Coalescer, medium: Medium): Uint8Array[] {
  return coalescer.frames.flatMap((slot) =>
    slot.gsoSize === 0 ? [bytesOf(slot)] : packets(slot, medium).map((part) => bytesOf(part)),
  );
}

describe.each(['ethernet', 'ip'] as const)('Coalescer on %s', (medium) => {
  it.each([
    ['IPv4', '10.0.1.1'],
    ['IPv6', 'fd00::1'],
  ])('makes one frame of the segments of a super-segment over %s', (_name, source) => {
    const sent = frame({ medium, source, payload: pattern(20_000), gsoSize: 1448, flags: TcpFlag.ack | TcpFlag.psh });
    const coalescer = make(medium);
    const parts = packets(sent, medium);
    expect(coalescer.take(parts, parts.length)).toBe(1);
    const [made] = coalescer.frames;
    expect(made).toMatchObject({ gsoSize: 1448, gsoType: sent.gsoType, checksumVerified: 1 });
    const view = new FrameView();
    view.look(made ?? sent, medium);
    expect(view.payloadLength).toBe(20_000);
    expect(view.flags).toBe(TcpFlag.ack | TcpFlag.psh);
    expect(cutAgain(coalescer, medium)).toEqual(parts.map((part) => bytesOf(part)));
  });

  it('loses and changes nothing of any mixture of flows, gaps, short segments, flags and broken packets', () => {
    const step = fc.record({
      flow: fc.nat(2),
      length: fc.constantFrom(0, 1, 99, 500, 1000, 1000, 1000, 1000),
      gap: fc.constantFrom(0, 0, 0, 0, 1000),
      flags: fc.constantFrom(0, 0, 0, TcpFlag.psh, TcpFlag.fin, TcpFlag.cwr, TcpFlag.ece),
      broken: fc.constantFrom(-1, -1, -1, -1, -1, -1, 2, 8, 25, 33, 60),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const seqs = [100, 0x7fff_fe00, -500];
        const slots = steps.map(({ flow, length, gap, flags, broken }) => {
          seqs[flow] = ((seqs[flow] ?? 0) + gap) | 0;
          const source = flow === 2 ? 'fd00::1' : '10.0.1.1';
          const slot = frame({
            medium,
            source,
            sourcePort: 1000 + flow,
            payload: pattern(length),
            seq: seqs[flow] ?? 0,
            flags: TcpFlag.ack | flags,
          });
          seqs[flow] = ((seqs[flow] ?? 0) + length) | 0;
          const at = slot.offset + broken + (medium === 'ethernet' ? 14 : 0);
          if (broken >= 0 && broken < slot.length - 14) slot.memory.u8[at] = (slot.memory.u8[at] ?? 0) ^ 0x11;
          return slot;
        });
        const before = slots.map((slot) => bytesOf(slot));
        const coalescer = make(medium);
        coalescer.take(slots, slots.length);
        const after = cutAgain(coalescer, medium);
        expect(after.length).toBe(before.length);
        // Identification is the first's and rises; PSH may only be where it was. Both are left out by comparing text.
        expect(after.map((bytes) => textOf(bytes, medium))).toEqual(before.map((bytes) => textOf(bytes, medium)));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['another acknowledgment', { ack: 77 }],
    ['another flag', { flags: TcpFlag.ack | TcpFlag.ece }],
    ['another port', { sourcePort: 4 }],
    ['a gap', { seq: 2100 }],
    ['a longer segment', { payload: pattern(1001) }],
  ])('%s stays a frame of its own', (_what, change) => {
    const usual = { medium, seq: 1000, payload: pattern(1000), flags: TcpFlag.ack };
    const first = frame(usual);
    const second = frame({ ...usual, seq: 2000, ...change });
    const coalescer = make(medium);
    expect(coalescer.take([first, second], 2)).toBe(2);
    expect(coalescer.frames).toEqual([first, second]);
  });
});

/** What TCP would read: sequence number and everything behind, without checksums; of a broken packet every byte. */
function textOf(bytes: Uint8Array, medium: Medium): string {
  const slot = Slot.allocate(2000, medium === 'ethernet');
  slot.memory.u8.set(bytes, slot.offset);
  slot.length = bytes.length;
  const view = new FrameView();
  if (!view.look(slot, medium) || !view.hasTransport) return Buffer.from(bytes).toString('hex');
  const from = view.transportStart - slot.offset;
  const text = Buffer.from(bytes.subarray(from));
  text.fill(0, 16, 18);
  return text.toString('hex');
}
