/** Port and target expressions: what they mean, and where they are wrong. */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { needsWord } from './authorization.ts';
import { ExpressionError } from './expression-error.ts';
import { formatPorts, parsePorts, withoutPorts } from './port-expression.ts';
import { parseTarget, type TargetRange } from './target-expression.ts';
import { TargetCursor } from './target-host.ts';
import { defaultPorts, fastPorts, topPorts } from './top-ports.ts';

describe('port expressions', () => {
  it.each([
    ['22', '22', '22'],
    ['22,80,443', '22,80,443', '22,80,443'],
    ['80,22,80', '22,80', '22,80'],
    ['1-3', '1-3', '1-3'],
    ['-3', '1-3', '1-3'],
    ['65533-', '65533-65535', '65533-65535'],
    ['-', '1-65535', '1-65535'],
    ['0', '0', '0'],
    ['T:80,U:53', '80', '53'],
    ['U:53,111,T:21-23', '21-23', '53,111'],
    ['7,T:80', '7,80', '7'],
    [' 22 , 80 ', '22,80', '22,80'],
    ['ssh', '22', ''],
    ['domain', '53', '53'],
    ['imap?', '993', ''],
    ['T:[20-24]', '20-23', ''],
    ['[-10]', '1,7,9', '7,9'],
    ['T:U:80', '', '80'],
    ['U:65534-,T:-2', '1-2', '65534-65535'],
    ['T:ssh,http*,U:domain', '22,80,443,593,8008,8080', '53'],
    ['T: 22', '22', ''],
    ['0-2', '0-2', '0-2'],
  ])('%s', (text, tcp, udp) => {
    const ports = parsePorts(text);
    expect([formatPorts(ports.tcp), formatPorts(ports.udp)]).toEqual([tcp, udp]);
  });

  it.each([
    ['', 0, 1, 'empty'],
    ['22,', 3, 1, 'empty'],
    ['22,,80', 3, 1, 'empty'],
    ['22,80x', 5, 1, 'not-a-port'],
    ['1-2-3', 3, 1, 'not-a-port'],
    ['80,70000', 3, 5, 'port-too-large'],
    ['1-70000', 2, 5, 'port-too-large'],
    ['1,30-20', 2, 5, 'range-backwards'],
    ['22,nosuch', 3, 6, 'unknown-name'],
    ['22,X:80', 3, 1, 'unknown-prefix'],
    ['T:', 2, 1, 'empty'],
    ['22;80', 2, 1, 'not-a-port'],
    ['[1-10', 4, 1, 'not-a-port'],
    ['+22', 0, 1, 'not-a-port'],
    ['22 80', 2, 1, 'not-a-port'],
    ['0x10', 1, 1, 'not-a-port'],
    ['22,T:U:X:80', 7, 1, 'unknown-prefix'],
    ['U:,22', 2, 1, 'empty'],
    ['80,T:30-20,22', 5, 5, 'range-backwards'],
    ['80,T:1-2,U:1-99999', 13, 5, 'port-too-large'],
  ] as const)('%s is wrong at %d', (text, at, length, problem) => {
    expect(() => parsePorts(text)).toThrow(ExpressionError);
    try {
      parsePorts(text);
    } catch (error) {
      expect(error).toMatchObject({ at, length, problem, expression: text });
    }
  });

  it('has lists of its own for those who name no ports', () => {
    expect(defaultPorts().tcp.slice(0, 1024)).toEqual(Uint16Array.from({ length: 1024 }, (_, index) => index + 1));
    expect([...defaultPorts().tcp]).toContain(5432);
    expect([...fastPorts().tcp]).toEqual(expect.arrayContaining([22, 80, 443, 3306, 8080]));
    expect([...fastPorts().udp]).toEqual(expect.arrayContaining([53, 123, 161]));
    expect([fastPorts().tcp.length, fastPorts().udp.length]).toEqual([100, 100]);
    expect(formatPorts(withoutPorts(parsePorts('20-25'), parsePorts('22,T:24')).tcp)).toBe('20-21,23,25');
  });
});

describe('top ports', () => {
  it('are as many as were asked for, each once, and the fewer are among the more', () => {
    for (const protocol of ['tcp', 'udp'] as const) {
      let before = new Set<number>();
      for (const count of [1, 10, 100, 101, 300, 5_000, 65_535]) {
        const ports = topPorts(count)[protocol];
        expect([...ports]).toEqual([...new Set(ports)].sort((a, b) => a - b));
        expect(ports.length).toBe(count);
        const now = new Set(ports);
        expect([...before].every((port) => now.has(port))).toBe(true);
        before = now;
      }
      expect([...before].includes(0)).toBe(false);
    }
  });

  it('begin with what one meets first', () => {
    expect([...topPorts(4).tcp]).toEqual([22, 80, 443, 8080]);
    expect([...topPorts(3).udp]).toEqual([53, 123, 161]);
  });

  it('of a range are the first of it', () => {
    expect(formatPorts(topPorts(3, parsePorts('20-25,9000-9100')).tcp)).toBe('21-22,25');
    expect(formatPorts(topPorts(9, parsePorts('T:60000-60002')).tcp)).toBe('60000-60002');
    expect(topPorts(9, parsePorts('T:60000-60002')).udp.length).toBe(0);
  });
});

describe('target expressions', () => {
  const listed = (text: string): string[] => {
    const range = parseTarget(text) as TargetRange;
    return Array.from({ length: range.count }, (_, index) => range.at(index).toString());
  };

  it.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/30', ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3']],
    ['10.0.0.7/31', ['10.0.0.6', '10.0.0.7']],
    ['10.0.0-1.1,5', ['10.0.0.1', '10.0.0.5', '10.0.1.1', '10.0.1.5']],
    ['10.0.0.253-', ['10.0.0.253', '10.0.0.254', '10.0.0.255']],
    ['10.0.0.-1', ['10.0.0.0', '10.0.0.1']],
    ['fd00::1', ['fd00::1']],
    ['fd00::8/126', ['fd00::8', 'fd00::9', 'fd00::a', 'fd00::b']],
  ])('%s', (text, addresses) => {
    expect(listed(text)).toEqual(addresses);
  });

  it('counts large ranges without making them', () => {
    expect((parseTarget('10.0.0.0/8') as TargetRange).count).toBe(2 ** 24);
    expect((parseTarget('10.*.0-255.-') as TargetRange).count).toBe(2 ** 24);
    expect((parseTarget('10.0.0.0/8') as TargetRange).at(2 ** 24 - 1).toString()).toBe('10.255.255.255');
    expect((parseTarget('0.0.0.0/0') as TargetRange).count).toBe(2 ** 32);
  });

  it('leaves names to the caller', () => {
    expect(parseTarget('host.example')).toEqual({ name: 'host.example', prefixLength: -1 });
    expect(parseTarget('host.example/24')).toEqual({ name: 'host.example', prefixLength: 24 });
  });

  it.each([
    ['', 0, 'empty'],
    ['10.0.0', 0, 'not-an-address'],
    ['10.0.0.256', 7, 'octet-too-large'],
    ['10.0.9-3.1', 5, 'range-backwards'],
    ['10.0.0.1,', 9, 'empty'],
    ['10.0.0.0/33', 9, 'bad-length'],
    ['10.0.0.0/x', 9, 'bad-length'],
    ['fd00:::1', 0, 'not-an-address'],
    ['fd00::/64', 0, 'too-many'],
    ['fd00::1/129', 8, 'bad-length'],
    ['host name', 4, 'not-an-address'],
    ['-host', 0, 'not-an-address'],
    ['http://x', 0, 'not-an-address'],
  ] as const)('%s is wrong at %d', (text, at, problem) => {
    try {
      parseTarget(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ at, problem });
    }
  });

  it('walks each address once, without those left out', () => {
    const ranges = ['10.0.0.0/30', '10.0.0.2-5'].map((text) => parseTarget(text) as TargetRange);
    const cursor = new TargetCursor(ranges, [parseTarget('10.0.0.1') as TargetRange]);
    const seen: string[] = [];
    for (let address = cursor.next(); address !== null; address = cursor.next()) seen.push(address.toString());
    expect(seen).toEqual(['10.0.0.0', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
  });

  it.each([
    ['127.0.0.1', null],
    ['10.1.0.0/16', null],
    ['172.16.0.0-255', null],
    ['172.32.0.1', '172.32.0.1'],
    ['192.168.0.0/24', null],
    ['169.254.1.1', null],
    ['fd12::1', null],
    ['fe80::1', null],
    ['::1', null],
    ['2001:db8::1', '2001:db8::1'],
    ['198.51.100.7', '198.51.100.7'],
    ['9-10.0.0.1', '9.0.0.1'],
    ['10.0.0.0/15', 'size'],
    ['100.64.0.1', '100.64.0.1'],
  ])('%s needs the word for %s', (text, need) => {
    const found = needsWord(parseTarget(text) as TargetRange);
    expect(found === null || found === 'size' ? found : found.address.toString()).toBe(need);
  });

  it('knows what is in a range', () => {
    const range = parseTarget('10.0.0-3.1,5') as TargetRange;
    expect(range.contains(Address.parse('10.0.2.5'))).toBe(true);
    expect(range.contains(Address.parse('10.0.2.4'))).toBe(false);
    expect((parseTarget('fd00::/120') as TargetRange).contains(Address.parse('fd00::fe'))).toBe(true);
  });
});
