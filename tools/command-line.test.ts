/** What a program says of a command line it does not understand: one line, and no stack trace. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { describe, expect, it } from 'vitest';
import { complaintOf, countOf, numberOf } from './command-line.ts';

const USAGE = `usage: npm run something -- [options]
  --runs N       how many (5)
  --only A,B...  only these; see --runs
  --no-save      nothing is kept`;

/** What `parseArgs` throws for these arguments, as it is told. */
function complaint(...args: string[]): string {
  try {
    parseArgs({ args, options: { runs: { type: 'string' }, 'no-save': { type: 'boolean' } } });
  } catch (error) {
    return complaintOf(error, USAGE);
  }
  return 'nothing';
}

describe('a command line that is wrong', () => {
  it.each(['--rnus', '-x'])('%s: names the option and those there are', (option) => {
    expect(complaint(option)).toBe(`${option} is not known; there are --runs, --only, --no-save, --help`);
  });

  it('without a value that is needed, or with one that is not: one line', () => {
    for (const args of [['--runs'], ['--no-save=3']]) {
      expect(complaint(...args)).toContain(args[0]?.split('=')[0]);
      expect(complaint(...args)).toMatch(/; --help tells more$/);
      expect(complaint(...args)).not.toContain('\n');
    }
  });

  it('names the option whose number is none', () => {
    expect(() => numberOf('minutes', 'many')).toThrow("--minutes takes a number of at least 0, got 'many'");
    expect(() => countOf('runs', '0.5')).toThrow("--runs takes a whole number of at least 1, got '0.5'");
    expect(numberOf('minutes', '0.5')).toBe(0.5);
    expect(countOf('runs', '3')).toBe(3);
  });
});

describe('the measurements', () => {
  const PROGRAMS = ['main', 'net', 'workers', 'tun/main', 'loss/main', 'flood/main', 'scan/main'];

  it.each(PROGRAMS)('bench/%s.ts: --help prints the usage, an unknown option one line', (program) => {
    const run = (option: string) =>
      spawnSync(process.execPath, ['scripts/ts.mjs', `bench/${program}.ts`, option], { encoding: 'utf8' });
    const help = run('--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(/^usage: npm run bench/);
    const wrong = run('--no-such-option');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/^--no-such-option is not known; there are .*--help\n$/);
  });
});
