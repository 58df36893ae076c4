/**
 * The model of src/model against the same model in Promela, checked by spin (Debian's package): the same worlds, counted one by one, the
 * same verdicts, and ways to a fault of the same length. Neither knows the other.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Bounds, explore, type Rules, SMALL_BOUNDS, STANDARD_RULES } from '../../src/model/index.ts';

const PROMELA = new URL('../model/connection.pml', import.meta.url).pathname;
/** What is not installed. */
const missing = ['spin', 'gcc'].filter((name) => spawnSync(name, [name === 'spin' ? '-V' : '--version']).error);
const why = missing.length > 0 ? ` (skipped: ${missing.join(' and ')} not found)` : '';

const folder = mkdtempSync(join(tmpdir(), 'woshou-spin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** spin stores one state more: the one before the hosts are put in place. */
const BEFORE = 1;

interface SpinVerdict {
  readonly isFaulty: boolean;
  readonly states: number;
  /** Of the shortest way to the fault. */
  readonly moves: number;
}

function spin(defines: readonly string[]): SpinVerdict {
  run('spin', ['-a', ...defines.map((define) => `-D${define}`), PROMELA]);
  run('gcc', ['-O1', '-w', '-DSAFETY', '-DNOREDUCE', '-DBFS', '-DVECTORSZ=256', '-o', 'pan', 'pan.c']);
  const out = run('./pan', []);
  const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1] ?? Number.NaN);
  return {
    isFaulty: number(/errors: (\d+)/) > 0,
    states: number(/(\d+) states, stored/),
    moves: number(/at depth (\d+)/),
  };
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

type Row = readonly [name: string, defines: readonly string[], rules: Partial<Rules>, bounds: Partial<Bounds>];

const SAFE: readonly Row[] = [
  ['the smallest wire', ['WIRE=1'], {}, { wire: 1 }],
  ['two segments each way', [], {}, {}],
  ['two octets', ['OCTETS=2'], {}, { octets: 2 }],
  ['three openings', ['WIRE=1', 'OPENS=3', 'ACCEPTS=4'], {}, { wire: 1, opens: 3, accepts: 4 }],
  ['a faster clock, a wider window', ['ISNSTEP=3', 'WINDOW=3'], {}, { isnStep: 3, window: 3 }],
];

const FAULTY: readonly Row[] = [
  ['a handshake of two', ['TWO', 'WIRE=1'], { handshake: 'two' }, { wire: 1 }],
  ['no TIME-WAIT', ['NOTW'], { timeWait: false }, {}],
  ['a RST that ends TIME-WAIT', ['RSTENDS'], { resetEndsTimeWait: true }, {}],
  ['initial numbers that stand still', ['ISNSTEP=0'], {}, { isnStep: 0 }],
];

// Skipped, with the reason in the title, where spin or the C compiler it needs is missing.
describe.skipIf(missing.length > 0)(`the model and spin${why}`, () => {
  it.each(SAFE)('see the same worlds and no fault: %s', (_, defines, rules, bounds) => {
    const ours = explore({ ...STANDARD_RULES, ...rules }, { ...SMALL_BOUNDS, ...bounds });
    const theirs = spin(defines);
    console.log(`${ours.worlds} worlds, ${ours.moves} moves; spin stored ${theirs.states}`);
    expect(ours.result).toBe('safe');
    expect(theirs).toMatchObject({ isFaulty: false, states: ours.worlds + BEFORE });
  });

  it.each(FAULTY)('find a fault after as many moves: %s', (_, defines, rules, bounds) => {
    const ours = explore({ ...STANDARD_RULES, ...rules }, { ...SMALL_BOUNDS, ...bounds });
    const theirs = spin(defines);
    console.log(`${ours.fault} after ${ours.trace.length} moves; spin after ${theirs.moves}`);
    expect(ours.result).toBe('fault');
    expect(theirs).toMatchObject({ isFaulty: true, moves: ours.trace.length });
  });
});
