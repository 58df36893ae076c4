/** Whatever looks into frames on their way: views, rules, address translation, switches. Nothing throws, what is sent stays the sender's. */
import { plainCapabilities } from '../../../src/base/link-capabilities.ts';
import { Slot } from '../../../src/base/slot.ts';
import type { Link } from '../../../src/link/link.ts';
import { MemoryLink } from '../../../src/link/memory-link.ts';
import { NatLink } from '../../../src/link/nat.ts';
import { RuleLink, type RuleVerdict } from '../../../src/link/rules.ts';
import { FrameView } from '../../../src/wire/frame-view.ts';
import { bytesOf, Collector } from '../../../test/support/frames.ts';
import { FRAME_NAMES, frameBytes } from '../../../test/support/hex-frames.ts';
import { mendPacket } from '../mend.ts';
import { InputReader, must, type Target } from '../target.ts';

const VERDICTS: readonly [RuleVerdict, ...RuleVerdict[]] = [
  'duplicate',
  { reject: 'rst' },
  { reject: 'net-unreachable' },
  { reject: 'port-unreachable' },
  { reject: 'frag-needed', mtu: 600 },
  { rewrite: { blankOption: 8 } },
  { rewrite: { ecn: 'ce', flags: 'ECE+!CWR' } },
  { delayMs: 5 },
];
const FRAMES_MAX = 12;

export const LINK_TARGET: Target = {
  name: 'link',
  covers: ['src/wire/frame-view', 'src/link/rule', 'src/link/rewrite', 'src/link/nat'],
  maxLength: 500,
  isText: false,
  seeds: () =>
    FRAME_NAMES.map(frameBytes)
      .filter(({ length }) => length > 34)
      .map((frame, at) => {
        const packet = frame.slice(14);
        return Uint8Array.of(at, 0, packet.length, ...packet, 1, packet.length, ...packet);
      }),
  run: (bytes) => play(new InputReader(bytes)),
};

function play(input: InputReader): void {
  const verdict = input.pick(VERDICTS);
  const ruled = new RuleLink(new MemoryLink({ capabilities: plainCapabilities('ip', 1500) }));
  ruled.addRule({}, verdict);
  const links: Link[] = [ruled, new NatLink({ publicAddress: '203.0.113.9', forgotten: 'rst' })];
  const collector = new Collector();
  for (let count = 0; count < FRAMES_MAX && !input.isEmpty; count++) {
    const port = input.u8();
    const packet = input.take(input.u8());
    if ((port & 2) === 0) mendPacket(packet);
    // At the very end of its memory, where a read too far is an error.
    const memory = Slot.allocate(Math.max(64, packet.length + 64), false).memory;
    const slot = new Slot(memory, memory.u8.length - packet.length, packet.length, 0);
    slot.memory.u8.set(packet, slot.offset);
    slot.length = packet.length;
    checkView(slot);
    for (const link of links) {
      link.send(port & 1, slot, count * 10_000);
      link.poll(count * 10_000 + 6_000, collector, 100);
    }
    must(bytesOf(slot).join() === packet.join(), 'a link changed what belongs to the sender');
    for (const { bytes } of collector.take()) must(bytes.length <= 1_500, `a frame of ${bytes.length} octets`);
  }
}

function checkView(slot: Slot): void {
  const end = slot.offset + slot.length;
  for (const medium of ['ip', 'ethernet'] as const) {
    const view = new FrameView();
    view.look(slot, medium);
    if (!view.hasTransport) continue;
    for (const at of [view.ipStart, view.ipEnd, view.transportStart, view.payloadStart]) {
      must(at >= slot.offset && at <= end, 'a layer lies outside its frame');
    }
    must(view.payloadLength >= 0 && view.payloadStart + view.payloadLength <= end, 'a payload lies outside its frame');
  }
}
