/** TCP options: every kind known, unknown and broken (RFC 9293 sections 3.1, 3.2); the writers, read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, memoryWith, toHex } from '../../test/support/hex-frames.ts';
import { IpPacket } from './ip-packet.ts';
import { parseSegmentOptions, parseTcp } from './tcp.ts';
import {
  padTcpOptions,
  sackOptionSize,
  TcpOptionSize,
  writeFastOpen,
  writeMd5,
  writeMss,
  writeNoOperation,
  writeSack,
  writeSackPermitted,
  writeSackPermittedAndTimestamps,
  writeTimestamps,
  writeUserTimeout,
  writeWindowScale,
} from './tcp-option-writers.ts';
import { parseTcpOptions } from './tcp-options.ts';
import { TcpFlag, TcpOptionBit, TcpSegment } from './tcp-segment.ts';

const AT = 33;

/** Names of the bits that are set. */
function present(segment: TcpSegment): string {
  return Object.entries(TcpOptionBit)
    .filter(([, bit]) => (segment.optionsPresent & bit) !== 0)
    .map(([name]) => name)
    .join(' ');
}

/** Reads an option list at an odd offset, with octets around it that look like options. */
function read(list: Uint8Array): TcpSegment {
  const segment = new TcpSegment(new IpPacket(memoryWith(list, AT, 2)));
  parseTcpOptions(segment, AT, AT + list.length);
  return segment;
}

/** A whole segment with these flags and options, checksum trusted. */
function segmentWith(flags: number, hex: string): TcpSegment {
  const list = fromHex(hex);
  const bytes = new Uint8Array(20 + list.length);
  bytes.set(list, 20);
  bytes[12] = ((20 + list.length) / 4) << 4;
  bytes[13] = flags;
  const packet = new IpPacket(memoryWith(bytes));
  packet.payloadOffset = 32;
  packet.payloadLength = bytes.length;
  packet.checksumVerified = 1;
  const segment = new TcpSegment(packet);
  expect(parseTcp(segment)).toBe(0);
  return segment;
}

describe('TCP options that are known', () => {
  // RFC 9293 §3.1 MUST-4: end of list, no-operation, MSS.
  // RFC 9293 §3.2 MUST-64: wherever they start.
  const rows: [what: string, hex: string, bits: string, fields: object][] = [
    ['nothing', '', '', {}],
    ['end of list', '00', '', {}],
    ['no-operations', '01010101', '', {}],
    ['MSS', '020405b4', 'mss', { mss: 1460 }],
    ['MSS 65535', '0204ffff', 'mss', { mss: 65535 }],
    ['MSS 0', '02040000', 'mss', { mss: 0 }],
    ['MSS, unaligned', '01 020405b4 01 01 01', 'mss', { mss: 1460 }],
    ['MSS behind an odd option', '030307 020405b4', 'mss windowScale', { mss: 1460, windowScale: 7 }],
    ['end of list hides what follows', '00 020405b4', '', { mss: 0 }],
    ['window scale 14', '03030e', 'windowScale', { windowScale: 14 }],
    ['window scale 255, as it is', '0303ff', 'windowScale', { windowScale: 255 }],
    ['SACK permitted', '0402', 'sackPermitted', {}],
    ['timestamps', '080a80000000 7fffffff', 'timestamps', { timestampValue: -(2 ** 31), timestampEcho: 2 ** 31 - 1 }],
    ['one SACK block', '050a 00000001 fffffffe', 'sack', { sackCount: 1 }],
    ['Fast Open request', '2202', 'fastOpen', { fastOpenLength: 0, fastOpenExperimental: false }],
    ['Fast Open cookie', '220a 0102030405060708', 'fastOpen', { fastOpenOffset: AT + 2, fastOpenLength: 8 }],
    [
      'experimental Fast Open',
      'fe08 f989 01020304',
      'fastOpen',
      { fastOpenOffset: AT + 4, fastOpenExperimental: true },
    ],
    ['experimental request', 'fe04 f989', 'fastOpen', { fastOpenLength: 0, fastOpenExperimental: true }],
    ['user timeout in seconds', '1c04 0078', 'userTimeout', { userTimeoutSeconds: 120 }],
    ['user timeout in minutes', '1c04 8002', 'userTimeout', { userTimeoutSeconds: 120 }],
    ['MD5', `1312${'ab'.repeat(16)}`, 'md5', { authOffset: AT + 2, authLength: 16 }],
    ['AO', `1d10 0102${'cd'.repeat(12)}`, 'authentication', { authOffset: AT + 2, authLength: 14 }],
    ['AccECN', 'ac0b 000001 000002 000003', 'accEcn', { accEcnKind: 172, accEcnOffset: AT + 2, accEcnLength: 9 }],
    ['AccECN, other order, empty', 'ae02', 'accEcn', { accEcnKind: 174, accEcnLength: 0 }],
    ['the later of two', '02040001 02040002', 'mss', { mss: 2 }],
  ];
  it.each(rows)('%s', (_, hex, bits, fields) => {
    const segment = read(fromHex(hex));
    expect(present(segment)).toBe(bits);
    expect(segment).toMatchObject(fields);
  });

  it('reads four SACK blocks, edges as int32', () => {
    const segment = read(fromHex('0522 00000001 00000002 80000000 80000001 fffffffe 00000003 7fffffff 80000000'));
    expect(segment.sackCount).toBe(4);
    expect([...segment.sackBlocks]).toEqual([1, 2, -(2 ** 31), 1 - 2 ** 31, -2, 3, 2 ** 31 - 1, -(2 ** 31)]);
  });

  // RFC 9293 §3.1 MUST-5: in any segment, not in SYNs alone.
  it.each([TcpFlag.syn, TcpFlag.ack, TcpFlag.fin | TcpFlag.ack, TcpFlag.rst, 0])('with flags %i', (flags) => {
    const segment = segmentWith(flags, '020405b4 01 030302 0402 01 01');
    expect(present(segment)).toBe('mss windowScale sackPermitted');
  });

  it('takes the short way for NOP NOP timestamps and forgets older options', () => {
    const segment = segmentWith(TcpFlag.ack, '0101080a 00000005 00000006');
    expect(present(segment)).toBe('timestamps');
    expect([segment.timestampValue, segment.timestampEcho]).toEqual([5, 6]);
    segment.mss = 1;
    segment.sackCount = 3;
    segment.fastOpenExperimental = true;
    parseSegmentOptions(segment);
    expect(segment).toMatchObject({ mss: 0, sackCount: 0, fastOpenExperimental: false, timestampValue: 5 });
    const bare = segmentWith(TcpFlag.ack, '');
    bare.optionsPresent = -1;
    parseSegmentOptions(bare);
    expect(bare.optionsPresent).toBe(0);
  });
});

describe('TCP options that are unknown or broken', () => {
  // RFC 9293 §3.1 MUST-6, MUST-68: they are passed over by their length, which they all have.
  const skipped: [what: string, hex: string][] = [
    ['kind 6, echo', '0606 00000000'],
    ['kind 30, Multipath TCP', '1e0c 0081 0102030405060708'],
    ['kind 254 of somebody else', 'fe04 1234'],
    ['kind 254 without an id', 'fe02'],
    ['kind 253', 'fd06 f989 0000'],
    ['kind 255, only kind and length', 'ff02'],
  ];
  it.each(skipped)('%s', (_, hex) => {
    const segment = read(fromHex(`${hex} 020405b4`));
    expect(present(segment)).toBe('mss unknown');
    expect(segment.mss).toBe(1460);
  });

  // RFC 9293 §3.1 MUST-7: no length does harm; what came before is kept, what comes after is not believed.
  const broken: [what: string, hex: string][] = [
    ['length 0', 'ff00 03030a'],
    ['length 1', 'ff01 03030a'],
    ['length 0 of a known kind', '0800 03030a'],
    ['one past the end', 'ff06 03030a'],
    ['length 255', '02ff 03030a'],
    ['no length octet', '01 01 ff'],
    ['timestamps cut off', '080a 00000000'],
  ];
  it.each(broken)('%s', (_, hex) => {
    const segment = read(fromHex(`020405b4 ${hex}`));
    expect(present(segment)).toBe('mss malformed');
    expect(segment).toMatchObject({ mss: 1460, windowScale: 0 });
  });

  const wrongSize: [what: string, hex: string][] = [
    ['MSS of 3', '020305'],
    ['MSS of 5', '0205 05b400'],
    ['MSS of 2', '0202'],
    ['window scale of 2', '0302'],
    ['window scale of 4', '0304 0700'],
    ['SACK permitted of 3', '0403 00'],
    ['SACK without blocks', '0502'],
    ['SACK of 9', '0509 00000001000002'],
    ['SACK of five blocks', `052a ${'00'.repeat(40)}`],
    ['timestamps of 9', '0809 00000001000002'],
    ['Fast Open of 3 octets', '2205 010203'],
    ['Fast Open of 2 octets', '2204 0102'],
    ['Fast Open of 18 octets', `2214 ${'00'.repeat(18)}`],
    ['experimental Fast Open of 5', 'fe09 f989 0102030405'],
    ['user timeout of 3', '1c03 01'],
    ['user timeout of zero', '1c04 8000'],
    ['MD5 of 17', `1311 ${'00'.repeat(15)}`],
    ['AO of 3', '1d03 01'],
  ];
  it.each(wrongSize)('%s is ignored, what follows is read', (_, hex) => {
    const segment = read(fromHex(`${hex} 020405b4`));
    expect(present(segment)).toBe('mss malformed');
    expect(segment).toMatchObject({ mss: 1460, windowScale: 0, sackCount: 0, timestampValue: 0, fastOpenLength: 0 });
    expect(segment).toMatchObject({ userTimeoutSeconds: 0, authLength: 0 });
  });

  // RFC 9293 §3.1 MUST-7: random lists, with octets behind them that would read as options.
  it('never looks past the list, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (list) => {
        const results = [0x00, 0x02, 0x05, 0xff].map((poison) => {
          const segment = new TcpSegment(new IpPacket(memoryWith(list, AT, poison)));
          parseTcpOptions(segment, AT, AT + list.length);
          const { packet: _, ...fields } = segment;
          return JSON.stringify(fields);
        });
        expect(new Set(results).size).toBe(1);
      }),
    );
  });
});

describe('TCP option writers', () => {
  type Writer = (memory: ReturnType<typeof memoryWith>, at: number) => number;
  const cookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const rows: [what: string, size: number, write: Writer, hex: string][] = [
    ['MSS', TcpOptionSize.mss, (m, at) => writeMss(m, at, 1460), '020405b4'],
    ['window scale', TcpOptionSize.windowScale, (m, at) => writeWindowScale(m, at, at, 7), '01030307'],
    ['SACK permitted', TcpOptionSize.sackPermitted, (m, at) => writeSackPermitted(m, at, at), '01010402'],
    ['timestamps', TcpOptionSize.timestamps, (m, at) => writeTimestamps(m, at, -1, 2), '0101080affffffff00000002'],
    [
      'SACK permitted and timestamps',
      TcpOptionSize.sackPermittedAndTimestamps,
      (m, at) => writeSackPermittedAndTimestamps(m, at, 1, 0),
      '0402080a0000000100000000',
    ],
    [
      'one block',
      sackOptionSize(1),
      (m, at) => writeSack(m, at, at, Int32Array.of(1, -2), 1),
      '0101050a00000001fffffffe',
    ],
    ['no block', sackOptionSize(0), (m, at) => writeSack(m, at, at, new Int32Array(8), 0), ''],
    ['user timeout', TcpOptionSize.userTimeout, (m, at) => writeUserTimeout(m, at, 32767), '1c047fff'],
    ['long user timeout', 4, (m, at) => writeUserTimeout(m, at, 32768), '1c048223'],
    ['MD5', TcpOptionSize.md5, (m, at) => writeMd5(m, at), `01011312${'00'.repeat(16)}`],
    ['Fast Open request', 2, (m, at) => writeFastOpen(m, at, cookie, 0, false), '2202'],
    ['Fast Open cookie', 10, (m, at) => writeFastOpen(m, at, cookie, 8, false), '220a0102030405060708'],
    ['experimental cookie', 8, (m, at) => writeFastOpen(m, at, cookie, 4, true), 'fe08f98901020304'],
    ['no-operation', 1, (m, at) => writeNoOperation(m, at), '01'],
  ];
  it.each(rows)('%s', (_, size, write, hex) => {
    const memory = memoryWith(new Uint8Array(40));
    expect(write(memory, 32)).toBe(32 + size);
    expect(toHex(memory.u8.subarray(32, 32 + size))).toBe(hex);
    expect(memory.u8[32 + size]).toBe(0);
    expect(memory.u8[31]).toBe(0xee);
  });

  // RFC 9293 §3.1 MUST-69: zeros fill the header behind the end of the list.
  it('pad with zeros to a whole word', () => {
    for (let used = 0; used <= 8; used++) {
      const memory = memoryWith(new Uint8Array(0));
      expect(padTcpOptions(memory, 33, 33 + used)).toBe(33 + ((used + 3) & ~3));
      const padding = [...memory.u8.subarray(33 + used, 33 + ((used + 3) & ~3))];
      expect(padding.every((octet) => octet === 0)).toBe(true);
      expect(memory.u8[33 + ((used + 3) & ~3)]).toBe(0xee);
    }
  });

  it('are read back as what was written', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const edges = fc.array(word, { minLength: 2, maxLength: 6 }).map((list) => list.slice(0, list.length & ~1));
    fc.assert(
      fc.property(fc.nat(65535), fc.nat(14), word, word, edges, (mss, shift, value, echo, sack) => {
        const memory = memoryWith(new Uint8Array(80));
        let at = writeMss(memory, AT, mss);
        at = writeWindowScale(memory, at, at, shift);
        at = writeSackPermittedAndTimestamps(memory, at, value, echo);
        at = writeSack(memory, at, at, Int32Array.from(sack), sack.length / 2);
        const segment = new TcpSegment(new IpPacket(memory));
        parseTcpOptions(segment, AT, padTcpOptions(memory, AT, at));
        expect(present(segment)).toBe('mss windowScale sackPermitted sack timestamps');
        expect(segment).toMatchObject({ mss, windowScale: shift, timestampValue: value, timestampEcho: echo });
        expect([...segment.sackBlocks.subarray(0, segment.sackCount * 2)]).toEqual(sack);
      }),
    );
  });

  it('tell user timeouts to the minute above nine hours', () => {
    for (const seconds of [1, 59, 32767, 32768, 40000, 1_966_020]) {
      const memory = memoryWith(new Uint8Array(4));
      writeUserTimeout(memory, 32, seconds);
      const segment = new TcpSegment(new IpPacket(memory));
      parseTcpOptions(segment, 32, 36);
      const expected = seconds > 32767 ? Math.ceil(seconds / 60) * 60 : seconds;
      expect(segment.userTimeoutSeconds).toBe(expected);
    }
  });
});
