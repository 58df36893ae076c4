/** Scripts as a whole: option lines, commands without a time, times, comments, definitions, and where errors point. */
import { describe, expect, it } from 'vitest';
import type { EventTime } from './ast.ts';
import { DrillSyntaxError } from './drill-syntax-error.ts';
import { parseDrillScript } from './parse-script.ts';

const SCRIPT = `// A passive open, one write, and what the sender thinks of it.
--tolerance_usecs=14000
--ip_version=ipv4 --mss=1000
-D WORDS="GET /"
\`sysctl -q net.ipv4.tcp_ecn=0\`

0.000 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0 # a number by reference
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0 /* one
                          at a time */
 +.05 < S 0:0(0) win 9000 <mss 1200,nop,nop,sackOK>
   +0 > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>
 +.05 < . 1:1(0) ack 1 win 9000
   +0 accept(3, ..., ...) = 4
   +0 write(4, WORDS, 5) = 5
   *  > P. 1:6(5) ack 1
   +0 %{ assert tcpi_unacked == 1, tcpi_unacked
         print("in flight: %d" % tcpi_unacked) }%
+0...0.3 read(4, ..., 100) = 0
\`sysctl -q net.ipv4.tcp_ecn=2\`
`;

function timeOf(line: string): EventTime | undefined {
  return parseDrillScript(line).events[0]?.time;
}

function errorOf(text: string, defines?: ReadonlyMap<string, string>): DrillSyntaxError {
  try {
    parseDrillScript(text, { file: 'a.pkt', ...(defines && { defines }) });
  } catch (error) {
    if (error instanceof DrillSyntaxError) return error;
    throw error;
  }
  throw new Error(`parsed, but should not: ${text}`);
}

describe('a whole script', () => {
  const script = parseDrillScript(SCRIPT, { file: 'passive.pkt' });

  it('keeps its options in order, a definition among them', () => {
    expect(script.options.map(({ name, value }) => [name, value])).toEqual([
      ['tolerance_usecs', '14000'],
      ['ip_version', 'ipv4'],
      ['mss', '1000'],
      ['define', 'WORDS="GET /"'],
    ]);
    expect(script.options[2]?.place).toEqual({ line: 3, column: 19 });
  });

  it('knows its first and its last command', () => {
    expect(script.initCommand?.command).toBe('sysctl -q net.ipv4.tcp_ecn=0');
    expect(script.cleanupCommand?.command).toBe('sysctl -q net.ipv4.tcp_ecn=2');
  });

  it('has its events in order, each with its place', () => {
    const kinds = 'call call call call tcp tcp tcp call call tcp code call';
    expect(script.events.map(({ action }) => action.kind).join(' ')).toBe(kinds);
    expect(script.events[4]?.place).toEqual({ line: 12, column: 2 });
    expect(script.events[4]?.action.place).toEqual({ line: 12, column: 7 });
  });

  it('puts the value in the place of a defined word', () => {
    const write = script.events[8]?.action;
    expect(write?.kind === 'call' && write.arguments[1]).toMatchObject({ kind: 'string', bytes: 'GET /' });
  });

  it('may be empty, or nothing but a comment without an end of line', () => {
    expect(parseDrillScript('').events).toEqual([]);
    expect(parseDrillScript('# nothing').events).toEqual([]);
  });

  it('may have nothing but a first command', () => {
    const only = parseDrillScript('`true`');
    expect([only.initCommand?.command, only.cleanupCommand]).toEqual(['true', undefined]);
  });
});

describe('times', () => {
  it.each<[string, EventTime]>([
    ['0 `x`', { kind: 'absolute', timeUs: 0 }],
    ['1.000001 `x`', { kind: 'absolute', timeUs: 1_000_001 }],
    ['.5 `x`', { kind: 'absolute', timeUs: 500_000 }],
    ['+.05 `x`', { kind: 'relative', timeUs: 50_000 }],
    ['1. `x`', { kind: 'absolute', timeUs: 1_000_000 }],
    ['+1.\t`x`', { kind: 'relative', timeUs: 1_000_000 }],
    ['+1e-3 `x`', { kind: 'relative', timeUs: 1000 }],
    ['+0....5 read(4, ..., 1) = 1', { kind: 'relative-blocking', startUs: 0, endUs: 500_000 }],
    ['+0 ... 0.5 read(4, ..., 1) = 1', { kind: 'relative-blocking', startUs: 0, endUs: 500_000 }],
    ['+.1 ~ +.2 > . 1:1(0) ack 1', { kind: 'relative-range', fromUs: 100_000, toUs: 200_000 }],
    ['+ 2 `x`', { kind: 'relative', timeUs: 2_000_000 }],
    ['* > . 1:1(0) ack 1', { kind: 'any' }],
    ['1.0~1.5 > . 1:1(0) ack 1', { kind: 'absolute-range', fromUs: 1_000_000, toUs: 1_500_000 }],
    ['+.2~+.3 > . 1:1(0) ack 1', { kind: 'relative-range', fromUs: 200_000, toUs: 300_000 }],
    ['+.2~.3 > . 1:1(0) ack 1', { kind: 'relative-range', fromUs: 200_000, toUs: 300_000 }],
    ['0...0.1 read(4, ..., 1) = 1', { kind: 'absolute-blocking', startUs: 0, endUs: 100_000 }],
    ['+0...0.300 read(4, ..., 1) = 1', { kind: 'relative-blocking', startUs: 0, endUs: 300_000 }],
    ['+0....5 read(4, ..., 1) = 1', { kind: 'relative-blocking', startUs: 0, endUs: 500_000 }],
  ])('%s', (line, time) => {
    expect(timeOf(line)).toEqual(time);
  });

  it.each([
    ['* < . 1:1(0) ack 1 win 1', 'only for packets that are expected'],
    ['* close(3) = 0', 'only for packets that are expected'],
    ['1~2 close(3) = 0', 'a range of times'],
    ['0...1 > . 1:1(0) ack 1', 'calls that block'],
    ['2~1 > . 1:1(0) ack 1', 'the second time is before the first'],
    ['1~+2 > . 1:1(0) ack 1', 'the first time is absolute, the second relative'],
    ['1...close(3) = 0', "unexpected 'close'"],
    ['9000000000000000 close(3) = 0', 'too far away'],
    ['+9e99 close(3) = 0', 'too far away'],
    ['9x close(3) = 0', 'not a number'],
    ['99999999999999999999 close(3) = 0', 'too large'],
    ['-1 close(3) = 0', "unexpected '-'"],
  ])('%s is refused', (line, problem) => {
    expect(errorOf(line).problem).toContain(problem);
  });
});

describe('definitions', () => {
  const line = '0 write(4, DATA, SIZE) = SIZE\n+0 CLEAN';

  it('stand for strings, numbers, words and commands', () => {
    const defines = new Map([
      ['DATA', '"\\x01b"'],
      ['SIZE', '0x10'],
      ['CLEAN', '`true`'],
    ]);
    const [write, clean] = parseDrillScript(line, { defines }).events.map(({ action }) => action);
    expect(write).toMatchObject({
      arguments: [{ value: 4 }, { bytes: '\x01b' }, { value: 16 }],
      result: { value: 16 },
    });
    expect(clean).toMatchObject({ kind: 'shell', command: 'true' });
  });

  it('stand for times, flags, addresses within options and codes of ICMP', () => {
    const script = parseDrillScript(
      `-DWAIT=.25
-D FLAGS=SEW
--define=WHAT=port_unreachable
+WAIT < FLAGS 0:0(0) win 1
+WAIT \`x\`
+0 < icmp unreachable WHAT`,
    );
    expect(script.events.map(({ time }) => time)).toEqual([
      { kind: 'relative', timeUs: 250_000 },
      { kind: 'relative', timeUs: 250_000 },
      { kind: 'relative', timeUs: 0 },
    ]);
    expect(script.events[0]?.action).toMatchObject({ flags: { syn: true, ece: true, cwr: true } });
    expect(script.events[2]?.action).toMatchObject({ code: 'port_unreachable' });
  });

  it('stand without being written, by the version of IP, and can be written otherwise', () => {
    const words = (text: string): (string | undefined)[] => {
      const { defines } = parseDrillScript(text);
      return ['TFO_COOKIE', 'CODE', 'CMSG_LEVEL_IP'].map((word) => defines.get(word));
    };
    expect(words('')).toEqual(['3021b9d889017eeb', 'host_unreachable', 'SOL_IP']);
    expect(words('--ip_version=ipv6\n')).toEqual(['c1d1e9742a47a9bc', 'address_unreachable', 'SOL_IPV6']);
    expect(words('-D CODE=port_unreachable\n')[1]).toBe('port_unreachable');
  });

  it('of the caller outweigh those of the script', () => {
    const script = parseDrillScript('--define=N=1\n-DM=2\n0 close(N) = M', { defines: new Map([['N', '7']]) });
    expect(script.events[0]?.action).toMatchObject({ arguments: [{ value: 7 }], result: { value: 2 } });
    expect([...script.defines].slice(0, 2)).toEqual([
      ['N', '7'],
      ['M', '2'],
    ]);
  });

  it.each(['a b', '', '"never ends', '12ab', '1 '])('a value of %j is an error where the word stands', (value) => {
    const error = errorOf('0 close(N) = 0', new Map([['N', value]]));
    expect([error.line, error.column]).toEqual([1, 9]);
  });

  it('may have quotes around all of it', () => {
    const { events } = parseDrillScript('--define="N=7"\r\n0 write(N, "a\\\r\nb", 2) = 2');
    expect(events[0]?.action).toMatchObject({ arguments: [{ value: 7 }, { bytes: 'ab' }, { value: 2 }] });
  });

  it('without a name or a value are an error', () => {
    expect(errorOf('-D 1=2').problem).toContain("'1=2' defines nothing");
    expect(errorOf('--define').problem).toContain('defines nothing');
  });
});

describe('errors', () => {
  it('show file, line, column, the line, a caret, what was expected and what to do', () => {
    const error = errorOf('0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n\t+0 < S 0:1(0) win 1000\n');
    expect(error).toMatchObject({ code: 'ERR_DRILL_SYNTAX', file: 'a.pkt', line: 2, column: 9 });
    expect(error.message.split('\n')).toEqual([
      'a.pkt:2:9: 0:1(0): the end is not start + length',
      '  \t+0 < S 0:1(0) win 1000',
      '  \t       ^',
      'expected 0:0(0)',
    ]);
  });

  it('show only the neighbourhood on a long line', () => {
    const error = errorOf(`${' '.repeat(5000)}nonsense ${'x'.repeat(5000)}`);
    expect([error.column, error.lineText.length]).toEqual([5001, 160]);
    expect(error.message.split('\n')[2]).toBe(`  ${' '.repeat(80)}^`);
  });

  it.each([
    ['--fly', '--fly'],
    ['0 splice(1, 2) = 0', 'splice'],
    ['0 sendto(3, ..., 5, MSG_FASTOPEN|MSG_ZEROCOPY, ..., ...) = 5', 'MSG_ZEROCOPY'],
    ['0 setsockopt(3, SOL_SOCKET, SO_TIMESTAMPING, [1], 4) = 0', 'SO_TIMESTAMPING'],
    ['0 read(3, NULL, 5) = -1 EFAULT (Bad address)', 'NULL'],
    ['0 bind(3, {sin_port=htonz(1)}, ...) = 0', 'htonz'],
    ['0 > gre: . 1:1(0)', 'gre'],
    ['0 > [dscp 1] . 1:1(0)', 'dscp'],
    ['0 > . 1:1(0) <mptcp>', 'mptcp'],
    ['0 < icmp router_renumbering', 'router_renumbering'],
    ['0 < icmp unreachable far_away', 'far_away'],
    ['0 %{ with x: y }%', 'with'],
    ['0 %{ async def x(): pass }%', 'async'],
  ])('%s names the unsupported word', (text, word) => {
    const error = errorOf(text);
    expect([error.code, error.unsupportedWord]).toEqual(['ERR_DRILL_UNSUPPORTED', word]);
    expect(error.message).toContain(word);
    expect(text.slice(error.column - 1).startsWith(word)).toBe(true);
    expect(error.advice?.length).toBeGreaterThan(10);
  });

  it.each([
    ['0 close(3) = 0\n`x`\n+0 close(4) = 0', 2, 1, 'without a time stands between events'],
    ['0 close(3) = 0\n--mss=1', 2, 1, "unexpected '-'"],
    ['0 close(3) = 0\nclose(3) = 0', 2, 1, "unexpected 'close'"],
    ['0 `x', 1, 3, 'a command never ends'],
    ['0 /* x', 1, 3, 'a comment never ends'],
    ['0 %{ x', 1, 3, 'the code never ends'],
    ['0 ?', 1, 3, "unexpected '?'"],
    ['0', 1, 2, 'ends too early'],
  ])('%j points at %i:%i', (text, line, column, problem) => {
    const error = errorOf(text);
    expect([error.line, error.column]).toEqual([line, column]);
    expect(error.problem).toContain(problem);
  });

  it('know where lines end in a text from another system', () => {
    const error = errorOf('0 close(3) = 0\r\n0 nonsense\r\n');
    expect([error.line, error.column, error.lineText]).toEqual([2, 3, '0 nonsense']);
  });
});
