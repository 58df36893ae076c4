/** `woshou race` from arguments to tables and files. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import { type RaceResult, raceControls } from '../sim/index.ts';
import type { Language } from './language.ts';
import { runProgram } from './program.ts';
import { widthOf } from './text-layout.ts';

const folder = mkdtempSync(join(tmpdir(), 'woshou-race-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHORT = ['race', 'newreno', 'reno', '--duration', '2s', '--rate', '5mbit', '--start', '0,500ms'];

const ESCAPE = '\u001b';

async function run(args: readonly string[], language: Language = 'en', columns = 80, isTTY = false) {
  const fake = fakeScreen(language, columns, false, isTTY);
  const code = await runProgram(args, fake.screen, '9.9.9');
  return { code, out: fake.out(), err: fake.err() };
}

describe('woshou race', () => {
  it('prints one result on a pipe: a table, fairness, queueing delay', async () => {
    const { code, out, err } = await run(SHORT);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('2 flows, 5 Mbit/s, RTT 40 ms, queue 48 kB, loss 0%, 2 s, seed 1');
    expect(out.match(/│ [12] (?:new)?reno │/g)).toHaveLength(2);
    expect(out).toMatch(/Fairness \(Jain's index\): [01]\.\d{3} from 0\.5 to 2 s\./);
    expect(out).toMatch(/Queueing delay: mean [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms/);
    expect(out).not.toContain(ESCAPE);
    expect(await run(SHORT)).toEqual({ code, out, err });
  });

  it('speaks Chinese', async () => {
    const { out } = await run(SHORT, 'zh');
    expect(out).toContain('2 条流');
    expect(out).toContain('公平性（Jain 指数）');
    expect(out).not.toMatch(/goodput|flow|fairness|delay/i);
  });

  it.each([40, 60, 80, 110])('no line is wider than a screen of %i columns', async (columns) => {
    for (const language of ['en', 'zh'] as const) {
      const { out } = await run(SHORT, language, columns);
      // The first line is one sentence; the terminal breaks it.
      for (const line of out.trimEnd().split('\n').slice(1)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it('draws a table with a bar on a terminal, over and over in the same place', async () => {
    const { out } = await run(SHORT, 'en', 100, true);
    expect(out).toMatch(/█*░* +\d+% \d\.\d of 2 s, [\d.]+x real time/);
    expect(out).toContain('in flight');
    // What was drawn is erased before the result.
    expect(out).toContain(`${ESCAPE}[6A\r${ESCAPE}[J`);
    expect(out.lastIndexOf(`${ESCAPE}[J`)).toBeLessThan(out.indexOf('Fairness'));
  });

  it('shows what there is when a signal ends it early, exit code 130', async () => {
    const fake = fakeScreen('en');
    const running = runProgram(['race', 'reno', 'reno', '--duration', '1h'], fake.screen, '9.9.9');
    while (process.listenerCount('SIGHUP') === 0) await setImmediate();
    process.emit('SIGHUP');
    expect(await running).toBe(130);
    expect(fake.err()).toMatch(/^interrupted after [\d.]+ s of virtual time/);
    expect(fake.out()).toContain('Queueing delay');
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });

  it('writes charts and data', async () => {
    const [svg, csv, json] = ['a.svg', 'a.csv', 'a.json'].map((name) => join(folder, name));
    const { code, err } = await run([...SHORT, '--svg', svg ?? '', '--csv', csv ?? '', '--json', json ?? '']);
    expect(code).toBe(0);
    expect(err).toContain(svg);
    const chart = readFileSync(svg ?? '', 'utf8');
    expect(chart).toMatch(/^<svg .*<\/svg>$/s);
    for (const words of [
      'Congestion window (kB)',
      'Smoothed round-trip time (ms)',
      'Queueing delay',
      'Goodput (Mbit/s)',
      'time (s)',
      '2 ',
    ])
      expect(chart).toContain(words);
    expect(readFileSync(csv ?? '', 'utf8').split('\n')).toHaveLength(1 + 2 * 20 + 1);
    const result = JSON.parse(readFileSync(json ?? '', 'utf8')) as RaceResult;
    expect(result).toMatchObject({
      nowMs: 2000,
      plan: { seed: 1, rttMs: 40 },
      summary: { flows: [{ startMs: 0 }, { startMs: 500 }] },
    });
    expect(result.timesMs).toHaveLength(20);
  });

  it('charts have Chinese labels', async () => {
    const { out, err } = await run([...SHORT, '--svg', '-'], 'zh');
    expect(err).toBe('');
    expect(out).toMatch(/^<svg /);
    for (const words of ['拥塞窗口', '排队时延', '有效吞吐量', '时间（s）']) expect(out).toContain(words);
  });

  it('with - the data alone goes to the standard output, on a terminal too', async () => {
    const { out } = await run([...SHORT, '--json', '-'], 'en', 80, true);
    expect((JSON.parse(out) as RaceResult).summary.flows).toHaveLength(2);
    expect((await run([...SHORT, '--json', '-', '--csv', '-'])).err).toContain('only one of --csv, --json');
  });

  it('queue, loss, marking, amounts and extra round-trip times arrive at the race', async () => {
    const { out } = await run([
      ...SHORT,
      ...['--queue', '20p', '--loss', '1%', '--mark', 'step:5ms', '--extra-rtt', '0,30ms', '--bytes', '50kB,0'],
      ...['--seed', '9', '--profile', 'rfc', '--interval', '50ms', '--json', '-'],
    ]);
    expect((JSON.parse(out) as RaceResult).plan).toMatchObject({
      queuePackets: 20,
      queueBytes: 0,
      loss: 0.01,
      marking: { kind: 'step', thresholdUs: 5000, marks: 'ect' },
      seed: 9,
      profile: 'rfc',
      intervalMs: 50,
      flows: [
        { extraRttMs: 0, bytes: 50_000 },
        { extraRttMs: 30, bytes: null },
      ],
    });
  });

  it.each<[readonly string[], RegExp, RegExp]>([
    [['newren', 'reno'], /no congestion control 'newren'\n.*reno/, /没有名为“newren”的拥塞控制算法/],
    [['reno'], /2 to 8 flows, got 1/, /2 到 8 条流，给出了 1 条/],
    [Array.from({ length: 9 }, () => 'reno'), /2 to 8 flows, got 9/, /给出了 9 条/],
    [['reno', 'reno', '--rate', '20'], /--rate: '20' is not a rate\n.*20mbit/, /“20”不是速率/],
    [['reno', 'reno', '--rate', '1bit'], /from 10kbit to 10gbit/, /10kbit 到 10gbit/],
    [['reno', 'reno', '--rtt', '40'], /--rtt: '40' is not a time with its unit/, /不是带单位的时间/],
    [['reno', 'reno', '--queue', '5'], /--queue: '5' is not a queue length/, /不是队列长度/],
    [['reno', 'reno', '--loss', '200%'], /--loss: '200%'/, /不超过 100 的百分比/],
    [['reno', 'reno', '--mark', 'blue'], /--mark: 'blue'/, /不是标记方式/],
    [['reno', 'reno', '--start', '0,1s,2s'], /3 values for 2 flows/, /只有 2 条流/],
    [['reno', 'reno', '--start', '0,2m'], /flow 2 would start after/, /第 2 条流/],
    [['reno', 'reno', '--duration', '0'], /--duration: '0' is out of range/, /超出范围/],
    [['reno', 'reno', '--rate', '10gbit', '--rtt', '1s'], /48 MiB/, /48 MiB/],
  ])('refuses %j with exit code 2 and says what to do', async (args, english, chinese) => {
    const refused = await run(['race', ...args]);
    expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringMatching(english) });
    expect(await run(['race', ...args], 'zh')).toMatchObject({ code: 2, out: '', err: expect.stringMatching(chinese) });
  });

  it('lists the controls there are when one is unknown', async () => {
    const { err } = await run(['race', 'vegas', 'reno']);
    for (const name of raceControls()) expect(err).toContain(name);
  });

  it('says before the race that a file cannot be written, exit code 1', async () => {
    const missing = join(folder, 'missing', 'a.svg');
    const { code, out, err } = await run([...SHORT, '--svg', missing]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(missing);
    expect(await run([...SHORT, '--json', folder], 'zh')).toMatchObject({
      code: 1,
      err: expect.stringContaining('这是一个目录'),
    });
  });
});
