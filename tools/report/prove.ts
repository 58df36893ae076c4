/**
 * Proof that a cited test watches its rule: break the rule in a copy of the tree, run only that test, see it go red.
 * The checkout is never written to. A proof counts when the test is green without the break and red with it.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alignColumns } from './print.ts';
import type { Problem, Requirement } from './requirements.ts';
import { runTests, type TestResult, type TestRun } from './results.ts';

/** A change of one source file, relative to the project: text that stands exactly once in it, and what takes its place. */
export interface Break {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** One way to break one rule. */
export interface Proof extends Break {
  /** The requirement that is broken. */
  readonly id: string;
  /** Further breaks, where a rule is guarded in more than one place. */
  readonly also?: readonly Break[];
  readonly testFile: string;
  /** Titles of the groups around the test and its own, joined by a space. */
  readonly testName: string;
}

/** `proven`: green, then red. Everything else is a failure of the proof. */
export type ProofOutcome = 'proven' | 'not-found' | 'not-green' | 'still-green' | 'did-not-end' | 'did-not-run';

export interface ProofVerdict {
  readonly proof: Proof;
  readonly outcome: ProofOutcome;
  /** First line of the failing assertion, or what went wrong. */
  readonly detail: string;
}

const PARTS = [
  'src',
  'test',
  'tools',
  'docs',
  'package.json',
  'vitest.config.ts',
  'tsconfig.base.json',
  'tsconfig.test.json',
];
const BASE_LIMIT_MS = 300_000;
const PROOF_LIMIT_MS = 60_000;

/** Checks the list itself: known ids, and the same break not listed twice. */
export function checkProofs(proofs: readonly Proof[], requirements: ReadonlyMap<string, Requirement>): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const proof of proofs) {
    const key = `${proof.id} ${proof.file} ${proof.find}`;
    if (!requirements.has(proof.id))
      problems.push({ place: proof.file, message: `no list has the requirement ${proof.id}` });
    if (seen.has(key)) problems.push({ place: proof.file, message: `${proof.id}: the same break stands twice` });
    if (proof.find === proof.replace)
      problems.push({ place: proof.file, message: `${proof.id}: the break changes nothing` });
    seen.add(key);
  }
  return problems;
}

/** Proofs whose text to break or whose test file is no longer there; cheap, runs nothing. */
export function findMisfits(root: string, proofs: readonly Proof[]): Problem[] {
  return proofs.flatMap((proof) => {
    const problems: Problem[] = [];
    if (!existsSync(join(root, proof.testFile))) problems.push({ place: proof.testFile, message: 'does not exist' });
    for (const { file, find } of [proof, ...(proof.also ?? [])]) {
      const times = (readIfThere(join(root, file)) ?? '').split(find).length - 1;
      if (times === 1) continue;
      const what = find.trim().split('\n')[0];
      problems.push({
        place: file,
        message: `the proof of ${proof.id} breaks "${what}", which stands there ${times} times`,
      });
    }
    return problems;
  });
}

/** Proves one after the other in a temporary copy of the tree; `told` hears each verdict as it falls. */
export function prove(root: string, proofs: readonly Proof[], told: (verdict: ProofVerdict) => void): ProofVerdict[] {
  const copy = mkdtempSync(join(tmpdir(), 'woshou-proof-'));
  try {
    for (const part of PARTS) {
      if (existsSync(join(root, part))) cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
    const files = [...new Set(proofs.map((proof) => proof.testFile))].filter((file) => existsSync(join(copy, file)));
    const base = files.length === 0 ? null : runTests({ root: copy, files, timeLimitMs: BASE_LIMIT_MS });
    return proofs.map((proof) => {
      const verdict = proveOne(copy, proof, base);
      told(verdict);
      return verdict;
    });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A table of verdicts for the terminal. */
export function toProofText(verdicts: readonly ProofVerdict[]): string {
  const rows = verdicts.map(({ proof, outcome, detail }) => [proof.id, outcome, proof.file, proof.testName, detail]);
  const proven = verdicts.filter((verdict) => verdict.outcome === 'proven');
  const ids = new Set(proven.map((verdict) => verdict.proof.id));
  const musts = [...ids].filter((id) => id.startsWith('MUST-')).length;
  return [
    alignColumns([['id', 'outcome', 'broken file', 'test', 'what the test says'], ...rows]),
    '',
    `${proven.length} of ${verdicts.length} proven: ${ids.size} requirements, ${musts} of them MUST or MUST NOT`,
  ].join('\n');
}

function proveOne(copy: string, proof: Proof, base: TestRun | null): ProofVerdict {
  const breaks = [proof, ...(proof.also ?? [])];
  const texts = breaks.map(({ file }) => readIfThere(join(copy, file)));
  for (const [index, { file, find }] of breaks.entries()) {
    const text = texts[index];
    if (text === undefined || text === null) return { proof, outcome: 'not-found', detail: `${file} does not exist` };
    const times = text.split(find).length - 1;
    if (times !== 1) {
      return { proof, outcome: 'not-found', detail: `${file}: the text to break stands ${times} times, not once` };
    }
  }
  const before = base === null ? undefined : findTest(base, proof);
  if (before?.outcome !== 'passed') {
    return { proof, outcome: 'not-green', detail: before?.failure || before?.outcome || 'no such test' };
  }
  try {
    for (const { file, find, replace } of breaks) {
      const path = join(copy, file);
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(find, () => replace),
      );
    }
    const run = runTests({
      root: copy,
      files: [proof.testFile],
      testName: proof.testName,
      timeLimitMs: PROOF_LIMIT_MS,
    });
    return judgeBroken(proof, run);
  } finally {
    for (const [index, { file }] of breaks.entries()) writeFileSync(join(copy, file), texts[index] ?? '');
  }
}

function readIfThere(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function judgeBroken(proof: Proof, run: TestRun | null): ProofVerdict {
  if (run === null) return { proof, outcome: 'did-not-end', detail: `no end within ${PROOF_LIMIT_MS / 1000} s` };
  const after = findTest(run, proof);
  if (after === undefined) {
    return { proof, outcome: 'did-not-run', detail: run.brokenFiles[0]?.failure ?? 'the test is not in the report' };
  }
  if (after.outcome === 'failed') return { proof, outcome: 'proven', detail: after.failure };
  if (after.outcome === 'passed')
    return { proof, outcome: 'still-green', detail: 'the test does not notice the break' };
  return { proof, outcome: 'did-not-run', detail: 'the test was skipped' };
}

function findTest(run: TestRun, proof: Proof): TestResult | undefined {
  return run.results.find((result) => result.file === proof.testFile && result.titles.join(' ') === proof.testName);
}
