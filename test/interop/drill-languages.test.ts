/** The small languages of scripts against the great ones: random expressions in Python 3, random lines in bash, what each prints. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { WoshouError } from '../../src/base/errors.ts';
import { runCode } from '../../src/drill/code/run-code.ts';
import { parseDrillScript } from '../../src/drill/parse-script.ts';
import { saidByShell } from '../support/said-by-shell.ts';
import { PYTHON_NAMES, PythonText } from './languages/python-text.ts';
import { SHELL_NAMES, ShellText } from './languages/shell-text.ts';

const COUNT = 1500;
const LINES = 150;
const ROOM_MS = 120_000;
const SEEDS = [1, 2, 3];

function runs(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** Prints each expression of a list in JSON, or `error`. */
const PYTHON = `
import contextlib, io, json, sys
out = []
for expression in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(${JSON.stringify(PYTHON_NAMES)} + "\\nprint(" + expression + ")", {})
        out.append(said.getvalue().rstrip("\\n"))
    except Exception:
        out.append("error")
print(json.dumps(out))
`;

function ownCode(expression: string): string {
  const lines: string[] = [];
  try {
    for (const { action } of parseDrillScript(`0 %{${PYTHON_NAMES}\nprint(${expression})}%`).events) {
      if (action.kind === 'code')
        runCode(action.statements, new Map(), { variables: new Map() }, (line) => lines.push(line));
    }
  } catch (error) {
    if (!(error instanceof WoshouError)) throw error;
    return 'error';
  }
  return lines.join('\n');
}

const noPython = runs('python3') ? '' : ' (skipped: there is no python3)';
const noBash = runs('bash') ? '' : ' (skipped: there is no bash)';

// Skipped with the reason printed where the program is not installed.
describe.skipIf(noPython !== '')(`code of scripts and Python${noPython}`, () => {
  it.each(SEEDS)(
    'print the same, seed %i',
    (seed) => {
      const source = new PythonText(seed);
      const expressions = Array.from({ length: COUNT }, () => source.expression());
      const { stdout } = spawnSync('python3', ['-W', 'ignore', '-c', PYTHON], { input: JSON.stringify(expressions) });
      const theirs = JSON.parse(stdout.toString()) as string[];
      // What Python calls wrong may be right here.
      const compared = expressions.map((expression, index) => ({
        expression,
        theirs: theirs[index] ?? '',
        ours: ownCode(expression),
      }));
      const relevant = compared.filter(({ theirs: text }) => text !== 'error');
      expect(relevant.length).toBeGreaterThan(COUNT / 2);
      expect(relevant.filter(({ theirs: text, ours }) => ours !== text)).toEqual([]);
    },
    ROOM_MS,
  );
});

// Skipped with the reason printed, likewise.
describe.skipIf(noBash !== '')(`shell lines and bash${noBash}`, () => {
  it.each(SEEDS)(
    'print the same, seed %i',
    (seed) => {
      const source = new ShellText(seed);
      let compared = 0;
      for (let index = 0; index < LINES; index++) {
        const line = source.line();
        const { stdout, stderr } = spawnSync('bash', ['-c', `${SHELL_NAMES}\n${line}`], { encoding: 'utf8' });
        // A complaint of bash, or a shift by less than nothing, which it has a meaning for.
        if (stderr !== '' || /(?:<<|>>) *[-~(!$]/.test(line)) continue;
        compared++;
        const theirs = stdout.split('\n').filter((text) => text !== '');
        expect({
          line,
          said: saidByShell(`${SHELL_NAMES}\n${line}`)
            .split('\n')
            .filter((text) => text !== ''),
        }).toEqual({ line, said: theirs });
      }
      expect(compared).toBeGreaterThan(LINES / 2);
    },
    ROOM_MS,
  );
});
