/** Rules: which frames they mean, what happens to them, and that refusals are answers a host would take. */
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  Collector,
  type FrameOptions,
  frame,
  isFrameIntact,
  MAC_A,
  MAC_B,
  pattern,
} from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { cloneGraph } from '../base/snapshot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { readEcn } from './ecn-field.ts';
import { MemoryLink } from './memory-link.ts';
import type { FrameRewrite } from './rewrite.ts';
import type { FrameMatch, FramePredicate } from './rule-match.ts';
import { RuleLink, type RuleVerdict } from './rules.ts';

const { syn, ack, rst, fin } = TcpFlag;

function setUp(match: FrameMatch, verdict: RuleVerdict, medium: 'ethernet' | 'ip' = 'ethernet') {
  const link = new RuleLink(new MemoryLink({ capabilities: plainCapabilities(medium, 1500) }));
  const rule = link.addRule(match, verdict);
  const collector = new Collector();
  const pass = (options: FrameOptions, port = 0, nowUs = 0): number => {
    link.send(port, frame({ medium, ...options }), nowUs);
    link.poll(nowUs, collector, 100);
    return collector.take().length;
  };
  return { link, rule, collector, pass };
}

describe('what a rule means', () => {
  const table: [FrameMatch, FrameOptions, FrameOptions][] = [
    [{ flags: 'SYN+ACK' }, { flags: syn | ack }, { flags: syn }],
    [{ flags: 'SYN+!ACK' }, { flags: syn }, { flags: syn | ack }],
    [{ flags: 'fin' }, { flags: fin | ack }, { protocol: 'udp' }],
    [{ protocol: 'udp' }, { protocol: 'udp' }, {}],
    [{ protocol: 6 }, {}, { protocol: 'icmp' }],
    [
      { protocol: 'icmp', icmpType: 8 },
      { protocol: 'icmp' },
      { protocol: 'icmp', icmp: { type: 0, code: 0, id: 1, sequence: 1 } },
    ],
    [{ protocol: 'icmp' }, { protocol: 'icmp', source: 'fd00::1' }, { protocol: 'udp', source: 'fd00::1' }],
    [{ source: '10.0.0.0/8' }, { source: '10.9.9.9' }, { source: '11.0.0.1' }],
    [{ destination: 'fd00::/16' }, { source: 'fd01::1', destination: 'fd00::7' }, { destination: '10.0.0.1' }],
    [{ destinationPort: 80 }, {}, { destinationPort: 81 }],
    [{ sourcePort: 40000 }, {}, { sourcePort: 1 }],
    [{ payloadMin: 10 }, { payload: pattern(10) }, { payload: pattern(9) }],
    [{ payloadMax: 0 }, {}, { payload: pattern(1) }],
  ];

  it.each(table)('%o', (match, fits, doesNot) => {
    const { pass, rule } = setUp(match, 'drop');
    expect(pass(doesNot)).toBe(1);
    expect(pass(fits)).toBe(0);
    expect(rule.hits).toBe(1);
  });

  it('a direction, an occurrence, the first few', () => {
    const oneWay = setUp({ port: 1 }, 'drop');
    expect([oneWay.pass({}, 0), oneWay.pass({}, 1)]).toEqual([1, 0]);
    const third = setUp({ flags: 'SYN', nth: 3 }, 'drop');
    const passed = [syn, ack, syn, syn, syn].map((flags) => third.pass({ flags }));
    expect(passed).toEqual([1, 1, 1, 0, 1]);
    expect([third.rule.hits, third.rule.occurrences]).toEqual([1, 4]);
    const some = setUp({ nth: [1, 3] }, 'drop');
    expect([1, 2, 3, 4].map(() => some.pass({}))).toEqual([0, 1, 0, 1]);
    const first = setUp({ first: 2 }, 'drop');
    expect([1, 2, 3].map(() => first.pass({}))).toEqual([0, 0, 1]);
  });

  it('a predicate of the user, also in a snapshot', () => {
    class OddSequence implements FramePredicate {
      matches(view: FrameView): boolean {
        return (view.seq & 1) === 1;
      }
    }
    const { link } = setUp({ predicate: new OddSequence() }, 'drop');
    const copy = cloneGraph(link);
    const collector = new Collector();
    for (let seq = 0; seq < 4; seq++) copy.send(0, frame({ seq }), 0);
    expect(copy.poll(0, collector, 10)).toBe(2);
    expect([copy.rules[0]?.hits, link.rules[0]?.hits]).toEqual([2, 0]);
  });

  it('the first that fits decides; removing ends it', () => {
    const { link, rule, pass } = setUp({ destinationPort: 80 }, 'pass');
    const second = link.addRule({}, 'drop');
    expect([pass({}), pass({ destinationPort: 1 })]).toEqual([1, 0]);
    rule.remove();
    rule.remove();
    expect(pass({})).toBe(0);
    second.remove();
    expect(pass({})).toBe(1);
  });

  it('an occurrence is not used up by a frame that found no room', () => {
    const link = new RuleLink(new MemoryLink({ queueFrames: 1 }));
    const rule = link.addRule({ nth: 1 }, 'duplicate');
    link.addRule({ nth: 2 }, 'drop');
    const collector = new Collector();
    const blocker = link.addRule({}, 'pass');
    expect(link.send(0, frame(), 0)).toBe(true);
    expect(link.send(0, frame(), 0)).toBe(true);
    expect(link.send(0, frame(), 0)).toBe(false);
    expect([rule.hits, blocker.occurrences]).toEqual([1, 2]);
    link.poll(0, collector, 1);
    expect(link.send(0, frame(), 0)).toBe(true);
    expect(blocker.occurrences).toBe(3);
  });

  it.each([
    [{ flags: 'SIN' }, /flags: 'SIN' is no control bit/],
    [{ source: '10.0.0' }, /neither an IPv4/],
    [{ sourcePort: 70000 }, /sourcePort/],
    [{ protocol: 300 }, /protocol/],
  ] as [FrameMatch, RegExp][])('refuses %o', (match, message) => {
    expect(() => setUp(match, 'drop')).toThrow(message);
  });
});

describe('verdicts', () => {
  it('delay and duplicate', () => {
    const { link, collector } = setUp({ nth: 1 }, { delayMs: 5 });
    link.send(0, frame({ seq: 1 }), 0);
    link.send(0, frame({ seq: 2 }), 0);
    expect(link.poll(0, collector, 10)).toBe(1);
    expect(link.nextTimeoutUs()).toBe(5000);
    expect(link.poll(5000, collector, 10)).toBe(1);
    const twice = setUp({}, 'duplicate');
    expect(twice.pass({})).toBe(2);
  });

  function refuse(
    options: FrameOptions,
    verdict: Exclude<RuleVerdict, string>,
    medium: 'ethernet' | 'ip' = 'ethernet',
  ) {
    const { link, collector } = setUp({}, verdict, medium);
    const sent = frame({ medium, ...options });
    link.send(0, sent, 0);
    link.poll(0, collector, 10);
    expect(collector.arrived.length).toBeLessThanOrEqual(1);
    const [answer] = collector.arrived;
    if (answer === undefined) return null;
    expect(answer.port).toBe(0);
    expect(isFrameIntact(answer.slot, medium)).toBe(true);
    const view = new FrameView();
    view.look(answer.slot, medium);
    return { view, bytes: answer.bytes, sent: bytesOf(sent), memory: answer.slot.memory };
  }

  // RFC 9293 §3.5.2 group 1: without ACK the reset is numbered 0 and acknowledges the segment, SYN and data counted.
  it.each(['ethernet', 'ip'] as const)('a reset for a SYN on %s', (medium) => {
    for (const source of ['10.0.1.1', 'fd00::1']) {
      const answer = refuse({ source, flags: syn, seq: -1, payload: pattern(3) }, { reject: 'rst' }, medium);
      const { view } = answer!;
      expect([view.flags, view.seq, view.ack]).toEqual([rst | ack, 0, 3]);
      expect([view.sourcePort, view.destinationPort]).toEqual([80, 40000]);
      expect(view.destinationAddress().toString()).toBe(source);
      if (medium === 'ethernet') {
        expect(Buffer.from(answer!.bytes.subarray(0, 12)).toString('hex')).toBe((MAC_A + MAC_B).replaceAll(':', ''));
      }
    }
  });

  it('a reset for a segment with ACK takes its number from there', () => {
    const { view } = refuse({ flags: ack | fin, ack: 777, seq: 5, payload: pattern(9) }, { reject: 'rst' })!;
    expect([view.flags, view.seq, view.ack]).toEqual([rst, 777, 0]);
  });

  it.each([
    ['net-unreachable', 3, 0, 1, 0],
    ['host-unreachable', 3, 1, 1, 3],
    ['port-unreachable', 3, 3, 1, 4],
    ['admin-prohibited', 3, 13, 1, 1],
    ['frag-needed', 3, 4, 2, 0],
  ] as const)('%s', (reject, type4, code4, type6, code6) => {
    for (const [source, type, code] of [
      ['10.0.1.1', type4, code4],
      ['fd00::1', type6, code6],
    ] as const) {
      const answer = refuse({ source, payload: pattern(1400) }, { reject, mtu: 1300 })!;
      const { view, memory, sent } = answer;
      expect([view.icmpType, view.icmpCode]).toEqual([type, code]);
      expect(memory.view.getUint32(view.transportStart + 4)).toBe(reject === 'frag-needed' ? 1300 : 0);
      expect(view.ipEnd - view.ipStart).toBe(source.includes(':') ? 1280 : 576);
      const quoted = memory.u8.slice(view.payloadStart, view.ipEnd);
      expect(quoted).toEqual(sent.slice(14, 14 + quoted.length));
    }
  });

  it('an ICMP error may come from a router, and quotes a finished checksum', () => {
    const options = { unfinished: true, payload: pattern(20) };
    const { view, memory } = refuse(options, { reject: 'host-unreachable', router: '10.0.1.254' })!;
    expect(view.sourceAddress().toString()).toBe('10.0.1.254');
    const whole = bytesOf(frame({ payload: pattern(20) }));
    expect(memory.u8.slice(view.payloadStart, view.ipEnd)).toEqual(whole.slice(14));
  });

  // RFC 1122 §3.2.2: no error about an error, to a group; RFC 9293 §3.5.2: no reset for a reset.
  it('some packets get no answer', () => {
    expect(refuse({ flags: rst }, { reject: 'rst' })).toBeNull();
    expect(refuse({ protocol: 'udp' }, { reject: 'rst' })).toBeNull();
    const error = { type: 3, code: 3, id: 0, sequence: 0 };
    expect(refuse({ protocol: 'icmp', icmp: error }, { reject: 'host-unreachable' })).toBeNull();
    expect(refuse({ protocol: 'udp', destination: '224.0.0.1' }, { reject: 'port-unreachable' })).toBeNull();
    expect(refuse({ protocol: 'udp', destination: '255.255.255.255' }, { reject: 'port-unreachable' })).toBeNull();
  });

  it('waits with delayed frames for a carrier that is full, without naming an hour that has passed', () => {
    const link = new RuleLink(new MemoryLink({ delayUs: 5000, queueFrames: 4 }));
    link.addRule({}, { delayMs: 1 });
    const collector = new Collector();
    for (let n = 0; n < 10; n++) link.send(0, frame({ seq: n }), 0);
    let nowUs = 0;
    let polls = 0;
    let arrived = 0;
    for (let due = link.nextTimeoutUs(); due < Infinity && polls < 100; due = link.nextTimeoutUs(), polls++) {
      nowUs = Math.max(nowUs, due);
      arrived += link.poll(nowUs, collector, 1);
    }
    expect(arrived).toBe(10);
    expect(polls).toBeLessThan(30);
  });
});

describe('rewriting', () => {
  const { ece, cwr, ae } = TcpFlag;
  const timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];

  function rewritten(rewrite: FrameRewrite, options: FrameOptions, medium: 'ethernet' | 'ip' = 'ethernet') {
    const { link, collector, rule } = setUp({}, { rewrite }, medium);
    const sent = frame({ medium, ...options });
    const before = bytesOf(sent);
    expect(link.send(0, sent, 0)).toBe(true);
    expect(bytesOf(sent)).toEqual(before);
    link.poll(0, collector, 10);
    expect([rule.hits, collector.arrived.length]).toEqual([1, 1]);
    const [arrived] = collector.arrived;
    const view = new FrameView();
    if (arrived !== undefined) view.look(arrived.slot, medium);
    expect(arrived !== undefined && isFrameIntact(arrived.slot, medium)).toBe(true);
    return { view, ecn: readEcn(view), bytes: arrived?.bytes ?? new Uint8Array(0), before };
  }

  it.each(['ethernet', 'ip'] as const)('changes the ECN field and control bits of both IP versions on %s', (medium) => {
    for (const source of ['10.0.1.1', 'fd00::1']) {
      const changed = rewritten({ ecn: 'ce', flags: 'AE+!ECE' }, { source, ecn: 2, flags: ack | ece | cwr }, medium);
      expect([changed.ecn, changed.view.flags]).toEqual([3, ack | cwr | ae]);
      expect(rewritten({ ecn: 'not-ect' }, { source, ecn: 1, protocol: 'udp' }, medium).ecn).toBe(0);
    }
  });

  it('leaves bits of what is not TCP alone', () => {
    const { bytes, before } = rewritten({ flags: 'ECE', blankOption: 8 }, { protocol: 'udp', payload: pattern(40) });
    expect(bytes).toEqual(before);
  });

  it('overwrites an option with NOPs, and stops at a broken list', () => {
    const { view } = rewritten({ blankOption: 8 }, { options: timestamps, payload: pattern(5) });
    const at = view.transportStart + 20;
    expect([...view.memory.u8.subarray(at, at + 12)]).toEqual(Array.from({ length: 12 }, () => 1));
    for (const broken of [
      [5, 0, 8, 10],
      [5, 9, 8, 10],
      [0, 8, 2, 0],
      [1, 1, 1, 8],
    ]) {
      const { bytes, before } = rewritten({ blankOption: 8 }, { options: broken });
      expect(bytes).toEqual(before);
    }
  });

  it('lets the carrier finish a checksum that was left to it', () => {
    for (const gsoSize of [0, 700]) {
      const { view } = rewritten({ flags: 'CWR' }, { unfinished: true, gsoSize, payload: pattern(600) });
      expect(view.flags & cwr).toBe(cwr);
    }
  });

  it.each([
    [{ ecn: 'ect' }, /rewrite.ecn: is not-ect, ect0/],
    [{ flags: 'XYZ' }, /no control bit/],
    [{ blankOption: 1 }, /rewrite.blankOption/],
  ])('refuses %o', (rewrite, message) => {
    expect(() => setUp({}, { rewrite: rewrite as FrameRewrite })).toThrow(message);
  });
});
