/** Packets in every form: IP fields, ports, flags, numbers, TCP options, UDP, ICMP. */
import { describe, expect, it } from 'vitest';
import type { DrillOption, IcmpPacket, PacketAction, TcpPacket, UdpPacket } from './ast.ts';
import { DrillSyntaxError } from './drill-syntax-error.ts';
import { ICMP_CODES, ICMP_TYPES, icmpCodeNumber, icmpTypeNumber } from './icmp-names.ts';
import { parseDrillScript } from './parse-script.ts';
import { optionLengthBytes } from './parse-tcp-options.ts';

const defines = new Map([
  ['COOKIE', '0011223344556677'],
  ['CODE', 'frag_needed'],
  ['SIZE', '1000'],
]);

function packet(text: string): PacketAction {
  const action = parseDrillScript(`0 ${text}\n1 close(3) = 0`, { defines }).events[0]?.action;
  if (action?.kind !== 'tcp' && action?.kind !== 'udp' && action?.kind !== 'icmp')
    throw new Error(`no packet: ${text}`);
  return action;
}

function tcp(text: string): TcpPacket {
  const found = packet(text);
  if (found.kind !== 'tcp') throw new Error(`no TCP: ${text}`);
  return found;
}

function udp(text: string): UdpPacket {
  const found = packet(text);
  if (found.kind !== 'udp') throw new Error(`no UDP: ${text}`);
  return found;
}

function icmp(text: string): IcmpPacket {
  const found = packet(text);
  if (found.kind !== 'icmp') throw new Error(`no ICMP: ${text}`);
  return found;
}

function options(list: string): unknown {
  const found = tcp(`> . 1:1(0) ack 1 <${list}>`).options;
  return found === 'any' ? found : found.map(({ place: _place, ...option }) => option);
}

function errorOf(text: string): DrillSyntaxError {
  try {
    packet(text);
  } catch (error) {
    if (error instanceof DrillSyntaxError) return error;
    throw error;
  }
  throw new Error(`parsed, but should not: ${text}`);
}

describe('TCP segments', () => {
  it('inbound, with everything written', () => {
    expect(tcp('< [ect0, ttl 64] 1234 > 80 P. 1:1001(1000) ack 7 win 0x100 urg 3 <nop,nop,sack 8:9>')).toMatchObject({
      direction: 'inbound',
      ip: { ecn: 'ect0', tos: undefined, ttl: 64, flowLabel: undefined },
      ports: { source: 1234, destination: 80 },
      flags: { text: 'P.', psh: true, ack: true, syn: false },
      sequence: { start: 1, end: 1001, length: 1000 },
      ack: 7,
      window: 256,
      urgent: 3,
      place: { line: 1, column: 3 },
    });
  });

  it('outbound, with nothing that may be left away', () => {
    const { ports, ack, window, urgent, options: list, ip } = tcp('> R 5:5(0)');
    expect([ports, ack, window, urgent, list]).toEqual([undefined, undefined, undefined, undefined, []]);
    expect(ip).toEqual({ ecn: undefined, tos: undefined, ttl: undefined, flowLabel: undefined });
  });

  it('with defined numbers, over two lines, with a comment', () => {
    expect(tcp('> . 0:SIZE(SIZE) // data\n ack SIZE')).toMatchObject({ sequence: { end: 1000 }, ack: 1000 });
  });

  it('whose sequence range goes past 2^32', () => {
    expect(tcp('> . 4294967295:9(10)').sequence).toMatchObject({ start: 0xffff_ffff, end: 9, length: 10 });
  });

  it.each<[string, Partial<TcpPacket['ip']>]>([
    ['[ect0]', { ecn: 'ect0' }],
    ['(ect1)', { ecn: 'ect1' }],
    ['[ect01]', { ecn: 'ect01' }],
    ['[ce]', { ecn: 'ce' }],
    ['[noecn]', { ecn: 'noecn' }],
    ['[tos 0x10]', { tos: 16 }],
    ['(ttl 1) [flowlabel 0xfffff]', { ttl: 1, flowLabel: 0xfffff }],
    ['(ce, ttl 255)', { ecn: 'ce', ttl: 255 }],
  ])('IP fields %s', (text, fields) => {
    expect(tcp(`> ${text} . 1:1(0) ack 1`).ip).toMatchObject(fields);
  });

  it.each<[string, readonly string[], number | undefined]>([
    ['S', ['syn'], undefined],
    ['S.', ['syn', 'ack'], undefined],
    ['FPU.', ['fin', 'psh', 'ack', 'urg'], undefined],
    ['R', ['rst'], undefined],
    ['SEW', ['syn', 'ece', 'cwr'], undefined],
    ['SEWA', ['syn', 'ece', 'cwr', 'ae'], undefined],
    ['SECN', ['syn', 'ece', 'cwr', 'ae'], undefined],
    ['-', [], undefined],
    ['.', ['ack'], undefined],
    ['.0', ['ack'], 0],
    ['P.5', ['psh', 'ack', 'ece', 'ae'], 5],
    ['S.2', ['syn', 'ack', 'cwr'], 2],
    ['.7', ['ack', 'ece', 'cwr', 'ae'], 7],
  ])('flags %s', (text, names, ace) => {
    const { text: written, place, ace: field, ...bits } = tcp(`> ${text} 1:1(0)`).flags;
    const set = Object.entries(bits).flatMap(([name, isSet]) => (isSet ? [name] : []));
    expect([written, new Set(set), field, place.column]).toEqual([text, new Set(names), ace, 5]);
  });

  it.each([
    ['> X 1:1(0)', 5, 'flags: '],
    ['> PxA 1:1(0)', 6, 'flags: '],
    ['> .8 1:1(0)', 6, 'flags: '],
    ['> 1:1(0)', 6, 'a sequence range'],
    ['> .', 3, 'the end of the sequence range'],
    ['> . 1:2(0)', 7, '1:1(0)'],
    ['> . 1:1', 1, "'(' and the length"],
    ['> . 4294967296:1(0)', 7, 'a number from 0 to 4294967295'],
    ['< . 1:1(0) ack 1', 1, 'win and the raw 16-bit window'],
    ['< . 1:1(0) ack 1 win 65536', 24, 'a number from 0 to 65535'],
    ['> . 1:1(0) ack x', 18, 'ack, a whole number'],
    ['> . 1:1(0) win 1 ack 1', 20, 'the next event'],
    ['> . 1:1(0) ack 1 ack 1', 20, 'the next event'],
    ['> 80 > x . 1:1(0)', 10, 'the destination port'],
    ['> [ttl 256] . 1:1(0)', 10, 'a number from 0 to 255'],
    ['> [ect0 . 1:1(0)', 11, "',' or ']'"],
    ['> [] . 1:1(0)', 6, 'ect0, ect1'],
  ])('%s is refused at column %i', (text, column, expected) => {
    expect(errorOf(text)).toMatchObject({ column, expected: expect.stringContaining(expected) });
  });

  it.each([
    ['> .. 1:1(0)', 'says a second time'],
    ['> .12 1:1(0)', 'says a second time'],
    ['> E.1 1:1(0)', 'a digit and E, W or A'],
    ['> [tos 1, ce] . 1:1(0)', 'tos and an ECN mark together'],
    ['< . 1:1(0) ack 1 win 1 <...>', '<...> on an inbound packet'],
  ])('%s contradicts itself', (text, problem) => {
    expect(errorOf(text).problem).toContain(problem);
  });
});

describe('TCP options', () => {
  const hex = (digits: string) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

  it.each<[string, unknown]>([
    ['', []],
    ['...', 'any'],
    ['nop,nop,nop,eol', [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'eol' }]],
    ['mss 1460', [{ kind: 'mss', mss: 1460 }]],
    ['wscale 8,nop', [{ kind: 'wscale', shift: 8 }, { kind: 'nop' }]],
    ['nop,nop,sackOK', [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'sack-permitted' }]],
    [
      'nop,nop,sack 1:2 3001:4001',
      [
        { kind: 'nop' },
        { kind: 'nop' },
        {
          kind: 'sack',
          blocks: [
            { left: 1, right: 2 },
            { left: 3001, right: 4001 },
          ],
        },
      ],
    ],
    ['sackOK,TS val 100 ecr 0', [{ kind: 'sack-permitted' }, { kind: 'timestamps', value: 100, echo: 0 }]],
    ['FO,nop,nop', [{ kind: 'fast-open', cookie: hex('') }, { kind: 'nop' }, { kind: 'nop' }]],
    [
      'FO 1122334455aa,mss 9',
      [
        { kind: 'fast-open', cookie: hex('1122334455aa') },
        { kind: 'mss', mss: 9 },
      ],
    ],
    ['FO COOKIE,nop,nop', [{ kind: 'fast-open', cookie: hex('0011223344556677') }, { kind: 'nop' }, { kind: 'nop' }]],
    ['FOEXP', [{ kind: 'experimental', identifier: 0xf989, data: hex('') }]],
    ['FOEXP COOKIE', [{ kind: 'experimental', identifier: 0xf989, data: hex('0011223344556677') }]],
    ['exp-FO 00112233', [{ kind: 'experimental', identifier: 0xf989, data: hex('00112233') }]],
    ['exp-0xE2D4', [{ kind: 'experimental', identifier: 0xe2d4, data: hex('') }]],
    ['exp-e2d4 0a0b0c0d', [{ kind: 'experimental', identifier: 0xe2d4, data: hex('0a0b0c0d') }]],
    ['md5,nop,nop', [{ kind: 'md5', digest: undefined }, { kind: 'nop' }, { kind: 'nop' }]],
    [
      `nop,nop,md5 ${'0f'.repeat(16)}`,
      [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'md5', digest: hex('0f'.repeat(16)) }],
    ],
    [
      'ECN e0b 1 ceb 0 e1b 16777215,nop',
      [{ kind: 'accecn', optionKind: 172, counters: [1, 0, 0xff_ffff] }, { kind: 'nop' }],
    ],
    ['ECN e0b 1 ceb 2', [{ kind: 'accecn', optionKind: 172, counters: [1, 2] }]],
    ['ACCECN e1b 1 ceb 2 e0b 3,eol', [{ kind: 'accecn', optionKind: 174, counters: [1, 2, 3] }, { kind: 'eol' }]],
    [
      'nop,nop,nop,ECN e1b 5',
      [{ kind: 'nop' }, { kind: 'nop' }, { kind: 'nop' }, { kind: 'accecn', optionKind: 174, counters: [5] }],
    ],
  ])('<%s>', (list, expected) => {
    expect(options(list)).toEqual(expected);
  });

  it.each<[string, number]>([
    ['nop', 1],
    ['mss 1', 4],
    ['wscale 1', 3],
    ['sackOK', 2],
    ['sack 1:2 3:4 5:6', 26],
    ['TS val 1 ecr 2', 10],
    ['FO COOKIE', 10],
    ['FOEXP COOKIE', 12],
    ['md5', 18],
    ['ECN e0b 1 ceb 2 e1b 3', 11],
  ])('%s takes %i bytes', (option, lengthBytes) => {
    const padding = ',nop'.repeat(-lengthBytes & 3);
    const list = tcp(`> . 1:1(0) <${option}${padding}>`).options;
    const first: DrillOption | undefined = list === 'any' ? undefined : list[0];
    expect(first && optionLengthBytes(first)).toBe(lengthBytes);
  });

  it.each([
    ['nop', 'the options take 1 bytes, which is no multiple of 4'],
    ['mss 1460,sackOK', 'the options take 6 bytes'],
    [Array(11).fill('mss 1').join(), 'the options take 44 bytes'],
    ['FO abc,nop', "the cookie is 'abc'"],
    ['FO UNDEFINED', 'not bytes in hexadecimal'],
    ['md5 0011', 'the digest has 2 bytes'],
    ['exp-zz', "'exp-zz' names no experiment"],
    ['sack', "unexpected '>'"],
    ['sack 1', "unexpected '>'"],
    ['TS 1', "unexpected '1'"],
    ['TS val 1', "unexpected '>'"],
    ['TS val 4294967296 ecr 0', 'val is 4294967296'],
    ['mss', "unexpected '>'"],
    ['mss 65536', 'mss is 65536'],
    ['ECN ceb 1', "unexpected 'ceb'"],
    ['ECN e0b 1 e1b 2', "unexpected 'e1b'"],
    ['ECN e0b 16777216', 'e0b is 16777216'],
    ['mss 1,', "unexpected '>'"],
    ['mss 1 nop', "unexpected 'nop'"],
    ['..., nop', "unexpected ','"],
  ])('<%s> is refused', (list, problem) => {
    expect(errorOf(`> . 1:1(0) <${list}>`).problem).toContain(problem);
  });
});

describe('UDP datagrams', () => {
  it('have a length, and ports if written', () => {
    expect(udp('< udp (1000)')).toMatchObject({ direction: 'inbound', ports: undefined, lengthBytes: 1000 });
    expect(udp('> [ect0] 53 > 9 udp(0)')).toMatchObject({ ports: { source: 53, destination: 9 }, lengthBytes: 0 });
  });

  it('without a length are refused', () => {
    expect(errorOf('> udp').expected).toContain("'(' and the length");
    expect(errorOf('> udp (65528)').expected).toBe('a number from 0 to 65527');
  });
});

describe('ICMP messages', () => {
  it.each<[string, Partial<IcmpPacket>]>([
    ['< icmp unreachable', { type: 'unreachable', code: undefined, quoted: undefined }],
    ['< icmp unreachable host', { code: 'host' }],
    ['< icmp unreachable host_unreachable [1:1461(1460)]', { code: 'host_unreachable' }],
    ['< icmp unreachable 13', { code: 13 }],
    ['< icmp unreachable CODE mtu 1200', { code: 'frag_needed', mtu: 1200 }],
    ['< [ttl 3] icmpv6 packet_too_big mtu 1280', { type: 'packet_too_big', code: undefined, mtu: 1280 }],
    ['> icmp echo_reply id 7', { direction: 'outbound', type: 'echo_reply', id: 7 }],
    ['< icmp time_exceeded 0 mtu 1 id 2', { code: 0, mtu: 1, id: 2 }],
  ])('%s', (text, expected) => {
    expect(icmp(text)).toMatchObject(expected);
  });

  it('quote a sequence range', () => {
    expect(icmp('< icmp unreachable [1461:2921(1460)]').quoted).toMatchObject({ start: 1461, end: 2921, length: 1460 });
  });

  it.each(['icmp', 'icmp 3', 'icmp unreachable 256', 'icmp unreachable mtu', 'icmp unreachable [1:1]'])(
    '%s is refused',
    (text) => {
      expect(errorOf(`< ${text}`).expected).toBeDefined();
    },
  );

  it.each<[string, number | undefined, number | undefined]>([
    ['unreachable net_unreachable', 0, 0],
    ['unreachable admin_prohibited', 13, 1],
    ['unreachable policy_fail', undefined, 5],
    ['unreachable not_neighbour', undefined, 2],
    ['unreachable precedence_violation', 14, undefined],
    ['time_exceeded ttl', 0, 0],
    ['time_exceeded hop_limit_exceeded', 0, 0],
    ['time_exceeded fragment_reassembly', 1, 1],
    ['parameter_problem pointer', 0, undefined],
    ['parameter_problem next_header', undefined, 1],
    ['parameter_problem unknown_option', undefined, 2],
    ['redirect host', 1, undefined],
    ['redirect tos_net', 2, undefined],
  ])('%s is code %s of IPv4, %s of IPv6', (text, v4, v6) => {
    const { type, code } = icmp(`< icmp ${text}`);
    expect([icmpCodeNumber(type, code, 4), icmpCodeNumber(type, code, 6)]).toEqual([v4, v6]);
  });

  it.each([
    ['< icmp time_exceeded port', "'port' is not supported"],
    ['< icmp packet_too_big far', "'far' is not supported"],
    ['< icmp echo_reply one', 'codes by number only'],
  ])('%s: a code belongs to its type', (text, message) => {
    expect(() => packet(text)).toThrow(message);
  });

  it('quote a segment, or a datagram', () => {
    expect(icmp('< icmp unreachable port [udp (10)]')).toMatchObject({ quoted: undefined, quotedUdpBytes: 10 });
    expect(icmp('< icmp unreachable port\n [1:11(10)]')).toMatchObject({
      quoted: { start: 1 },
      quotedUdpBytes: undefined,
    });
  });

  it('have numbers by version of IP', () => {
    expect([icmpTypeNumber('unreachable', 4), icmpTypeNumber('unreachable', 6)]).toEqual([3, 1]);
    expect([icmpTypeNumber('packet_too_big', 4), icmpTypeNumber('packet_too_big', 6)]).toEqual([undefined, 2]);
    expect([icmpCodeNumber('unreachable', 'host', 4), icmpCodeNumber('unreachable', 'host_unreachable', 4)]).toEqual([
      1, 1,
    ]);
    expect([icmpCodeNumber('unreachable', 'port', 4), icmpCodeNumber('unreachable', 'port', 6)]).toEqual([3, 4]);
    expect([
      icmpCodeNumber('unreachable', 9, 6),
      icmpCodeNumber('redirect', undefined, 4),
      icmpCodeNumber('unreachable', 'nowhere', 4),
    ]).toEqual([9, 0, undefined]);
  });

  it('have no name without a number', () => {
    for (const { v4, v6 } of [
      ...ICMP_TYPES.values(),
      ...[...ICMP_CODES.values()].flatMap((codes) => [...codes.values()]),
    ])
      expect(v4 ?? v6).toBeDefined();
  });
});
