/**
 * `npm run report`: where each requirement of RFC 9293 and of its companions stands, from citations and from tests that ran now.
 * `npm run report -- --prove [id ...]`: breaks rules one by one in a copy and shows the cited test going red.
 * Exits 1 on any hole or failed proof, 2 on wrong use.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { optionsOf } from '../command-line.ts';
import { collect } from './collect.ts';
import { isWhole, judge } from './judge.ts';
import { toJson, toMarkdown, toText } from './print.ts';
import { PROOFS } from './proofs/index.ts';
import { checkProofs, prove, toProofText } from './prove.ts';
import { parseResults, runTests } from './results.ts';

const USAGE = `usage: npm run report -- [options]
  --results FILE   take the outcome of tests from a Vitest JSON report instead of running the cited tests
  --markdown FILE  where to write the report (reports/requirements.md)
  --json FILE      the same as data (reports/requirements.json)
  --quiet          print totals, holes and errors only
  --prove [ID ...] break rules in a copy of the tree and show their tests going red; all listed ones without ids`;

const TIME_LIMIT_MS = 600_000;

process.exitCode = main(
  resolve(import.meta.dirname, '..', '..'),
  optionsOf(USAGE, () => readOptions(process.argv.slice(2))),
);

function main(root: string, options: ReturnType<typeof readOptions>): number {
  return options.prove ? runProofs(root, options.ids) : runReport(root, options);
}

function readOptions(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      results: { type: 'string' },
      markdown: { type: 'string', default: 'reports/requirements.md' },
      json: { type: 'string', default: 'reports/requirements.json' },
      quiet: { type: 'boolean', default: false },
      prove: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, ids: positionals };
}

function runReport(root: string, options: ReturnType<typeof readOptions>): number {
  const collected = collect(root);
  const files = [...new Set(collected.tests.map((test) => test.citation.file))];
  const run =
    options.results !== undefined
      ? parseResults(readFileSync(resolve(options.results), 'utf8'), root)
      : files.length === 0
        ? { results: [], brokenFiles: [] }
        : runTests({ root, files, timeLimitMs: TIME_LIMIT_MS });
  if (run === null) {
    console.error(`the tests did not end within ${TIME_LIMIT_MS / 1000} s`);
    return 1;
  }
  const report = judge(collected, run);
  write(resolve(root, options.markdown), toMarkdown(report));
  write(resolve(root, options.json), toJson(report));
  const text = toText(report).split('\n');
  console.log(
    (options.quiet
      ? text.filter((line) => /HOLE: |^error: |^\d+ (?:holes|requirements)|^rfc: |^linux: /.test(line))
      : text
    ).join('\n'),
  );
  return isWhole(report) ? 0 : 1;
}

function runProofs(root: string, ids: readonly string[]): number {
  const problems = [...checkProofs(PROOFS, collect(root).requirements)];
  for (const id of ids) {
    if (!PROOFS.some((proof) => proof.id === id))
      problems.push({ place: 'tools/report', message: `no proof for ${id}` });
  }
  if (problems.length > 0) {
    for (const { place, message } of problems) console.error(`error: ${place}: ${message}`);
    return 1;
  }
  const chosen = ids.length === 0 ? PROOFS : PROOFS.filter((proof) => ids.includes(proof.id));
  const verdicts = prove(root, chosen, (verdict) => process.stderr.write(`${verdict.proof.id} ${verdict.outcome}\n`));
  console.log(toProofText(verdicts));
  return verdicts.length > 0 && verdicts.every((verdict) => verdict.outcome === 'proven') ? 0 : 1;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
