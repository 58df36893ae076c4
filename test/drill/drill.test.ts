/** Every script beside and below this file passes on our stack; and the runner says what is wrong when something is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDrillScript } from '../../src/drill/parse-script.ts';
import { type DrillResult, failureLines } from '../../src/drill/report.ts';
import type { DrillRunOptions } from '../../src/drill/run-options.ts';
import { runScript } from '../../src/drill/runner.ts';
import { NodeTcpAuth } from '../../src/node/tcp-auth.ts';

const FOLDER = import.meta.dirname;
const SCRIPTS = readdirSync(FOLDER, { encoding: 'utf8', recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.pkt'));

/** Scripts that are over while a window of data is still on its way. */
const END_IN_FLIGHT: ReadonlySet<string> = new Set([
  ...[
    'cubic-beta.pkt',
    'frto-spurious.pkt',
    'rack-lost-retransmission.pkt',
    'recovery-partial-ack.pkt',
    'reno-window.pkt',
  ],
]);

function run(text: string, options: DrillRunOptions = {}): DrillResult {
  return runScript(parseDrillScript(text, { file: 'script.pkt' }), options);
}

/** A connection accepted as descriptor 4; the peer's MSS is 1000. */
const OPEN = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <...>
+.1 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
`;

/** First line in which something else happens than in OPEN. */
const FIRST_LINE = 8;

function failureOf(text: string, options: DrillRunOptions = {}): NonNullable<DrillResult['failure']> {
  const { failure } = run(OPEN + text, options);
  if (failure === null) throw new Error('the script has passed');
  return failure;
}

describe('scripts', () => {
  test('there are enough of them', () => {
    expect(SCRIPTS.length).toBeGreaterThanOrEqual(20);
  });

  /** The forms of the language, as other systems and other editors write them. */
  const FORMS = SCRIPTS.filter((name) => name.startsWith('language/'));
  const CHANGES: readonly (readonly [what: string, change: (text: string) => string])[] = [
    ['carriage returns', (text) => text.replaceAll('\n', '\r\n')],
    ['tabs', (text) => text.replace(/^([+*\d.]\S*) +/gm, '$1\t\t')],
    ['a byte order mark and no last line end', (text) => `\ufeff${text.trimEnd()}`],
    [
      'a remark behind every packet and a line between',
      (text) => text.replace(/^(\S+ +[<>] .*)$/gm, '$1 // so\n# and\n/* on\n */'),
    ],
  ];

  test.each(FORMS.flatMap((name) => CHANGES.map(([what]) => [name, what] as const)))('%s with %s', (name, what) => {
    const change = CHANGES.find(([each]) => each === what)?.[1] ?? ((text: string) => text);
    const text = change(readFileSync(join(FOLDER, name), 'utf8'));
    expect(failureLines(run(text), text)).toEqual([]);
  });

  test.each(SCRIPTS)('%s', (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const result = runScript(parseDrillScript(text, { file: name }), { auth: new NodeTcpAuth() });
    expect(failureLines(result, text)).toEqual([]);
    if (!END_IN_FLIGHT.has(name)) expect(result.leftover).toEqual([]);
  });

  test('the same seed gives the same run', () => {
    const text = readFileSync(join(FOLDER, 'active-open.pkt'), 'utf8');
    const once = runScript(parseDrillScript(text, { file: 'a' }), { seed: 5 });
    expect(runScript(parseDrillScript(text, { file: 'a' }), { seed: 5 })).toEqual(once);
  });
});

describe('wrong expectations', () => {
  test('another acknowledgment than expected is told by field, with both sides', () => {
    const failure = failureOf('+0 < P. 1:101(100) ack 1 win 1000\n+0 > . 1:1(0) ack 100');
    expect(failure).toMatchObject({
      kind: 'packet',
      message: 'another packet than expected: ack',
      expected: '> . 1:1(0) ack 100',
      differences: [{ field: 'ack', expected: '100', actual: '101' }],
    });
    expect(failure.actual).toMatch(/^0\.100000 > \. 1:1\(0\) ack 101 win \d+$/);
    expect(failure.place.line).toBe(FIRST_LINE + 1);
  });

  test.each([
    ['flags', '> F. 1:1001(1000) ack 1', 'P.'],
    ['seq', '> P. 2:1002(1000) ack 1', '1'],
    ['win', '> P. 1:1001(1000) ack 1 win 5', '63'],
    ['options', '> P. 1:1001(1000) ack 1 <nop,nop,sack 1:2>', 'none'],
    ['ECN', '> [ect0] P. 1:1001(1000) ack 1', 'noecn'],
    ['TTL', '> [ttl 9] P. 1:1001(1000) ack 1', '64'],
  ])('%s', (field, line, actual) => {
    const { differences } = failureOf(`+0 write(4, ..., 1000) = 1000\n+0 ${line}`);
    expect(differences).toMatchObject([{ field, actual }]);
  });

  test('a packet that never comes', () => {
    const failure = failureOf('+.5 > . 1:1(0) ack 1');
    expect(failure.message).toBe('no packet came, expected at 0.600000');
    expect(failure.actual).toMatch(/^nothing until 2\.66/);
  });

  test('a packet that comes at another time', () => {
    const failure = failureOf('+0 write(4, ..., 10) = 10\n+.1 > P. 1:11(10) ack 1');
    expect(failure).toMatchObject({ kind: 'time', expected: 'at 0.200000', actual: 'at 0.100000' });
    expect(failure.message).toBe('the packet came 100000 µs too early, the tolerance is 12500 µs');
  });

  test('the tolerance can be set', () => {
    const line = '+0 write(4, ..., 10) = 10\n+.003 > P. 1:11(10) ack 1';
    expect(run(OPEN + line).hasPassed).toBe(true);
    const options = new Map([
      ['tolerance_usecs', '0'],
      ['tolerance_percent', '0'],
    ]);
    expect(failureOf(line, { options }).message).toContain('3000 µs too early');
  });

  test('a call that returns something else', () => {
    expect(failureOf('+0 write(4, ..., 10) = 11')).toMatchObject({
      kind: 'call',
      message: 'write returned 10 instead of 11',
    });
    expect(failureOf('+0 accept4(3, ..., ..., 1) = 5').message).toBe('accept4 returned -1 EINVAL');
    expect(failureOf('+0 read(9, ..., 10) = -1 EAGAIN (what)').message).toBe(
      'read failed with EBADF instead of EAGAIN',
    );
  });

  test('a call that sleeps without leave, too long, too short', () => {
    expect(failureOf('+0 read(4, ..., 10) = 10').message).toContain('read sleeps');
    expect(failureOf('+0...0.1 read(4, ..., 10) = 10').message).toBe('read has not returned');
    const early = failureOf('+0...0.5 read(4, ..., 10) = 10\n+.1 < P. 1:11(10) ack 1 win 1000');
    expect(early).toMatchObject({ kind: 'time', expected: 'at 0.600000', actual: 'at 0.200000' });
  });

  test('an assertion that does not hold', () => {
    const failure = failureOf('+0 %{ assert tcpi_snd_cwnd == 11, "window" }%');
    expect(failure).toMatchObject({ kind: 'assertion', place: { line: FIRST_LINE } });
    expect(failure.message).toContain('10 == 11');
    expect(failure.message).toContain('window');
  });

  test('an echo of a timestamp that was never sent', () => {
    const failure = failureOf('+0 < . 1:1(0) ack 1 win 5 <nop,nop,TS val 5 ecr 77>');
    expect(failure).toMatchObject({ kind: 'script' });
    expect(failure.message).toContain('ecr 77');
  });

  test('lengths that cannot be, and names nobody knows', () => {
    expect(failureOf('+0 read(4, ..., -5) = 1').message).toContain('not -5');
    expect(failureOf('+0 write(4, ..., 99999999999) = 1').message).toContain('not 99999999999');
    expect(failureOf('+0 setsockopt(4, SOL_TCP, TCP_TELEPATHY, [1], 4) = 0').message).toBe(
      'TCP_TELEPATHY is not supported here',
    );
    expect(failureOf('+0 < . 1:70001(70000) ack 1 win 5').kind).toBe('script');
  });

  test('a shell line that nobody understands is named', () => {
    expect(failureOf('+0 `shutdown now`').message).toContain("'shutdown now' is not understood");
    expect(failureOf('+0 `sysctl -q net.ipv4.tcp_nonsense=1`').message).toContain('tcp_nonsense');
    expect(failureOf('+0 `sysctl -q net.ipv4.tcp_ecn=99`').message).toContain('must be from 0 to 5');
    expect(failureOf('+0 `tc qdisc add dev tun0 root netem loss 1%`').message).toContain('netem');
  });

  test('what is left over is told, and fails in strict mode', () => {
    const text = `${OPEN}+0 write(4, ..., 10) = 10\n`;
    expect(run(text)).toMatchObject({ hasPassed: true, leftover: [expect.stringContaining('P. 1:11(10) ack 1')] });
    expect(run(text, { mode: 'strict' }).failure).toMatchObject({ kind: 'leftover' });
  });

  test('the ladder has script and stack side by side, the wrong row marked', () => {
    const text = `${OPEN}+0 write(4, ..., 10) = 10\n+0 > P. 1:12(11) ack 1\n`;
    const lines = failureLines(run(text), text);
    expect(lines[0]).toBe(`script.pkt:${FIRST_LINE + 1}:1: another packet than expected: length`);
    expect(lines).toContain('    length: expected 11, got 10');
    expect(lines.at(-1)).toMatch(/^ {4}0\.100000 +9 ✗> P\. 1:12\(11\) ack 1 +P\. 1:11\(10\) ack 1 win \d+$/);
  });
});

describe('segments', () => {
  const BURST = `${OPEN}+0 write(4, ..., 20000) = 20000\n`;

  test('one large segment of the script is made of several of the stack', () => {
    expect(run(`${BURST}+0 > . 1:10001(10000) ack 1`).hasPassed).toBe(true);
  });

  test('but not with --strict_segments', () => {
    const { failure } = run(`--strict_segments\n${BURST}+0 > . 1:10001(10000) ack 1`);
    expect(failure?.differences).toMatchObject([{ field: 'length', expected: '10000', actual: '1000' }]);
  });

  test('PSH in the middle of a write is let pass on joined segments, and counted', () => {
    const text = `${BURST}+0 > . 1:10001(10000) ack 1`;
    expect(run(text)).toMatchObject({ hasPassed: true, pushDifferences: 1 });
    expect(run(text, { mode: 'strict' }).failure?.differences).toMatchObject([{ field: 'flags' }]);
  });

  test('PSH of one segment is compared, unless lenient', () => {
    const text = `${OPEN}+0 write(4, ..., 10) = 10\n+0 > . 1:11(10) ack 1`;
    expect(run(text).failure?.differences).toMatchObject([{ field: 'flags', expected: '.', actual: 'P.' }]);
    expect(run(text, { mode: 'lenient' })).toMatchObject({ hasPassed: true, pushDifferences: 1 });
  });

  test('--mss cuts what is injected', () => {
    const text = `--mss=1000\n${OPEN}+0 < P. 1:3501(3500) ack 1 win 1000\n+0 > . 1:1(0) ack 3501\n+0 %{ assert tcpi_data_segs_in == 4, tcpi_data_segs_in }%`;
    const result = run(text);
    expect(failureLines(result, text)).toEqual([]);
  });

  test('octets that were written are compared with what is sent', () => {
    expect(run(`${OPEN}+0 write(4, "hello", 5) = 5\n+0 > P. 1:6(5) ack 1`).hasPassed).toBe(true);
  });
});

describe('surroundings', () => {
  test('the profile rfc waits with acknowledgments from the start', () => {
    const text = `${OPEN}+0 < P. 1:101(100) ack 1 win 1000\n+.2 > . 1:1(0) ack 101`;
    expect(run(text).hasPassed).toBe(false);
    const result = run(text, { profile: 'rfc' });
    expect(failureLines(result, text)).toEqual([]);
  });

  test('the first command sets the MTU of the device', () => {
    const text = `\`ip link set dev tun0 mtu 1280\`\n${OPEN.replace('mss 1000', 'mss 1460')}+0 %{ assert tcpi_snd_mss == 1240, tcpi_snd_mss }%`;
    const result = run(text);
    expect(failureLines(result, text)).toEqual([]);
  });

  test('variables of code live on, prints are kept', () => {
    const result = run(`${OPEN}+0 %{ before = tcpi_snd_cwnd }%\n+0 %{ print "was %d" % before }%`);
    expect(result.printed).toEqual(['was 10']);
  });

  test('with --non_fatal what fails is told, and the script goes on', () => {
    const text = `--non_fatal=packet,syscall\n${OPEN}+0 write(4, ..., 10) = 11\n+0 > P. 1:12(11) ack 1\n+0 %{ assert tcpi_unacked == 1 }%`;
    const result = run(text);
    expect(result.hasPassed).toBe(true);
    expect(result.printed).toEqual([
      'not fatal: line 9: write returned 10 instead of 11',
      'not fatal: line 10: another packet than expected: length',
    ]);
    expect(failureOf('', { options: new Map([['non_fatal', 'weather']]) }).message).toContain(
      'must be packet or syscall',
    );
  });

  test('addresses and ports can be chosen', () => {
    const options = new Map([
      ['local_ip', '10.1.0.1'],
      ['remote_ip', '10.2.0.1'],
      ['bind_port', '99'],
    ]);
    const result = run(OPEN, { options });
    expect(failureLines(result, OPEN)).toEqual([]);
    expect(run(OPEN, { options: new Map([['local_ip', 'nonsense']]) }).failure?.message).toContain(
      '--local_ip=nonsense',
    );
  });
});
