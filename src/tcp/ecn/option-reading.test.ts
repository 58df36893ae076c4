/** The peer's AccECN option, field by field (RFC 9768 section 3.2.3): both orders, short ones, counters that go back, and lies. */
import { describe, expect, it } from 'vitest';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { TcpOptionBit, TcpOptionKind, TcpSegment } from '../../wire/tcp-segment.ts';
import { AccEcnFail, AccEcnOptionSeen, EcnMode, EcnState } from './ecn-state.ts';
import { noteHandshakeOption, OptionGrowth, readOption, rejectOption } from './option-reading.ts';

/** A segment whose option has these counters, and so many octets more. */
function optionOf(fields: readonly number[], kind: number = TcpOptionKind.accEcn0, more = 0): TcpSegment {
  const packet = new IpPacket(new PlainPacketMemory(64));
  for (const [index, field] of fields.entries()) {
    packet.memory.u8.set([(field >> 16) & 0xff, (field >> 8) & 0xff, field & 0xff], 8 + 3 * index);
  }
  const segment = new TcpSegment(packet);
  segment.optionsPresent = TcpOptionBit.accEcn;
  Object.assign(segment, { accEcnKind: kind, accEcnOffset: 8, accEcnLength: 3 * fields.length + more });
  return segment;
}

function known(changes: Partial<EcnState> = {}): EcnState {
  const ecn = new EcnState(EcnMode.accurate);
  const counters = { deliveredE0Bytes: 100, deliveredCeBytes: 200, deliveredE1Bytes: 300 };
  return Object.assign(ecn, { optionSeen: AccEcnOptionSeen.counters, ...counters, ...changes });
}

function read(segment: TcpSegment, ecn = known()): [hasCe: boolean, e0: number, ce: number, e1: number] {
  const growth = new OptionGrowth();
  // What was there before does not count.
  Object.assign(growth, { e0: 9, ce: 9, e1: 9, hasCe: true });
  const hasCe = readOption(ecn, segment, growth);
  expect(growth.hasCe).toBe(hasCe);
  return [hasCe, growth.e0, growth.ce, growth.e1];
}

// RFC 9768 §3.2.3 R9768-54, R9768-55, R9768-56: the counters of ECT begin at 1.
describe('an option', () => {
  it.each<[name: string, segment: TcpSegment, growth: [boolean, number, number, number]]>([
    ['with all three, in the one order', optionOf([111, 220, 331]), [true, 10, 20, 30]],
    ['in the other', optionOf([331, 220, 111], TcpOptionKind.accEcn1), [true, 10, 20, 30]],
    ['with two', optionOf([111, 220]), [true, 10, 20, 0]],
    ['with one', optionOf([111]), [false, 10, 0, 0]],
    ['with one, in the other order', optionOf([331], TcpOptionKind.accEcn1), [false, 0, 0, 30]],
    ['with none', optionOf([]), [false, 0, 0, 0]],
    ['with two octets of another', optionOf([111], TcpOptionKind.accEcn0, 2), [false, 10, 0, 0]],
    ['longer than three', optionOf([111, 220, 331, 999]), [true, 10, 20, 30]],
    ['that says nothing new', optionOf([101, 200, 301]), [true, 0, 0, 0]],
    ['of which one went back', optionOf([90, 220, 331]), [true, 0, 20, 30]],
    ['of which CE went back', optionOf([111, 199, 331]), [false, 10, 0, 30]],
    ['of which the last went back', optionOf([111, 220, 300]), [true, 10, 20, 0]],
  ])('%s', (_, segment, growth) => {
    const ecn = known();
    expect(read(segment, ecn)).toEqual(growth);
    const [, e0, ce, e1] = growth;
    expect([ecn.deliveredE0Bytes, ecn.deliveredCeBytes, ecn.deliveredE1Bytes]).toEqual([100 + e0, 200 + ce, 300 + e1]);
  });

  it('wraps at 24 bits', () => {
    expect(read(optionOf([5, 5, 5]), known({ deliveredE0Bytes: 0xff_ffff, deliveredCeBytes: 0xff_ffff }))).toEqual([
      true,
      5,
      6,
      0,
    ]);
  });

  it('is not there, or not believed any more', () => {
    const none = optionOf([111, 220, 331]);
    none.optionsPresent = 0;
    expect(read(none)).toEqual([false, 0, 0, 0]);
    const liar = known();
    rejectOption(liar);
    expect([liar.optionSeen, liar.failMode]).toEqual([AccEcnOptionSeen.invalid, AccEcnFail.optionReceive]);
    expect(read(optionOf([111, 220, 331]), liar)).toEqual([false, 0, 0, 0]);
    expect(liar.deliveredE0Bytes).toBe(100);
  });
});

// RFC 9768 §3.2.3.2.4 R9768-63: a zero in the first option was written by somebody else.
describe('the first option', () => {
  it.each<[name: string, segment: TcpSegment, seen: number, failMode: number]>([
    ['with counters', optionOf([1, 0, 1]), AccEcnOptionSeen.counters, 0],
    ['without', optionOf([]), AccEcnOptionSeen.empty, 0],
    ['with a zero where it begins', optionOf([0, 0, 1]), AccEcnOptionSeen.invalid, AccEcnFail.optionReceive],
    ['with a zero where it ends', optionOf([1, 0, 0]), AccEcnOptionSeen.invalid, AccEcnFail.optionReceive],
  ])('%s', (_, segment, seen, failMode) => {
    const ecn = known({ optionSeen: AccEcnOptionSeen.none });
    noteHandshakeOption(ecn, segment);
    expect([ecn.optionSeen, ecn.failMode]).toEqual([seen, failMode]);
  });

  it('may come after an empty one, and none after it is the first', () => {
    const ecn = known({ optionSeen: AccEcnOptionSeen.empty });
    noteHandshakeOption(ecn, optionOf([0]));
    expect(ecn.failMode).toBe(AccEcnFail.optionReceive);
    const later = known();
    noteHandshakeOption(later, optionOf([0]));
    expect([later.failMode, later.optionSeen]).toEqual([0, AccEcnOptionSeen.counters]);
    const none = optionOf([0]);
    none.optionsPresent = 0;
    const fresh = known({ optionSeen: AccEcnOptionSeen.none });
    noteHandshakeOption(fresh, none);
    expect(fresh.optionSeen).toBe(AccEcnOptionSeen.none);
  });
});
