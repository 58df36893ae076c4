/** Damaged frames through everything that looks into frames: nothing throws, nothing reads past the frame. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, Collector, frame, pattern } from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { ImpairedLink } from './impairment.ts';
import type { Link } from './link.ts';
import { MemoryLink } from './memory-link.ts';
import { NatLink } from './nat.ts';
import type { RejectKind } from './rule-answers.ts';
import { RuleLink } from './rules.ts';

const BASES = [
  bytesOf(frame({ medium: 'ip', flags: 2, payload: pattern(40) })),
  bytesOf(frame({ medium: 'ip', source: 'fd00::1', protocol: 'udp', payload: pattern(40) })),
  bytesOf(frame({ medium: 'ip', protocol: 'icmp', payload: bytesOf(frame({ medium: 'ip', protocol: 'udp' })) })),
  bytesOf(frame({ medium: 'ip', source: 'fd00::1', protocol: 'icmp', payload: pattern(60) })),
];
const REJECTS: readonly RejectKind[] = ['rst', 'net-unreachable', 'port-unreachable', 'frag-needed'];

/** A frame with three bytes changed and cut to a length, at the very end of its memory. */
const damagedFrame = fc
  .record({
    base: fc.nat(BASES.length - 1),
    changes: fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 3 }),
    length: fc.nat(120),
  })
  .map(({ base, changes, length }) => {
    const bytes = BASES[base]!.slice(0, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    const slot = Slot.allocate(256, false);
    const atEnd = new Slot(slot.memory, slot.memory.u8.length - bytes.length, bytes.length, 0);
    atEnd.memory.u8.set(bytes, atEnd.offset);
    atEnd.length = bytes.length;
    return atEnd;
  });

function refusing(reject: RejectKind): Link {
  const link = new RuleLink(new MemoryLink({ capabilities: plainCapabilities('ip', 1500) }));
  link.addRule({}, { reject });
  return link;
}

describe('damaged frames', () => {
  it('are looked at within their bounds', () => {
    const view = new FrameView();
    fc.assert(
      fc.property(damagedFrame, (slot) => {
        view.look(slot, 'ip');
        const end = slot.offset + slot.length;
        for (const at of [view.ipStart, view.ipEnd, view.transportStart, view.payloadStart]) {
          expect(at).toBeGreaterThanOrEqual(slot.offset);
          expect(at).toBeLessThanOrEqual(end);
        }
        expect(view.payloadLength).toBeGreaterThanOrEqual(0);
        expect(view.payloadStart + view.payloadLength).toBeLessThanOrEqual(end);
      }),
      { numRuns: 2000 },
    );
  });

  it('pass rules, translators and impairments without an exception', () => {
    const links: Link[] = [
      ...REJECTS.map(refusing),
      new NatLink({ publicAddress: '10.0.1.2', forgotten: 'rst' }),
      new ImpairedLink(new MemoryLink({ capabilities: plainCapabilities('ip', 1500) }), {
        seed: 1,
        settings: { corrupt: 0.5, corruptUndetected: 0.5, duplicate: 0.5 },
      }),
    ];
    const collector = new Collector();
    fc.assert(
      fc.property(damagedFrame, fc.nat(1), (slot, port) => {
        const before = bytesOf(slot);
        for (const link of links) {
          link.send(port, slot, 0);
          link.poll(0, collector, 100);
        }
        // What is sent is the sender's: nobody may change it.
        expect(Buffer.compare(bytesOf(slot), before)).toBe(0);
        collector.take();
      }),
      { numRuns: 1500 },
    );
  });
});
