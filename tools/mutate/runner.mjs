/**
 * A test runner for Stryker that loads all tests once and then calls only those which a mutant needs, in one process. Stryker's own
 * runner for Vitest starts Vitest anew and loads every file again for each mutant, which takes seconds and is most of what it does;
 * our tests are pure, and a mutant is a number that the sources ask for while they run. What a mutant leaves behind does not count:
 * the test that has failed must pass again without it, or all modules are loaded afresh and the mutant is tried once more.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commonTokens, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { bundleTests } from './bundle.mjs';

// `expect` asks Vitest's worker for its settings. It has to be there before Vitest is imported.
globalThis.__vitest_worker__ ??= { config: {}, environment: { name: 'node' }, filepath: '' };
const { collectTests, getFn } = await import('@vitest/runner');

const KNOWN = 'known.json';
const HITS_FACTOR = 100;
const HITS_MORE = 10_000;

class LoadedRunner {
  static inject = [commonTokens.options, 'globalNamespace'];

  constructor(options, globalNamespace) {
    this.files = options.woshou.tests;
    this.state = globalThis[globalNamespace] ??= {};
    this.generation = 0;
    this.tests = new Map();
    /** What each test took and how often it came by each mutant, while none was active. */
    this.known = { timesMs: {}, hits: {} };
    /** How lately a test has found something: who found the last mutants is asked first. */
    this.finders = new Map();
    this.found = 0;
    /** A mutant has run since the modules were loaded, or left them in a state in which a test fails without it. */
    this.isUsed = false;
    this.isSpoilt = false;
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init() {
    if (existsSync(KNOWN)) this.known = JSON.parse(readFileSync(KNOWN, 'utf8'));
    await this.load();
  }

  async load() {
    this.state.activeMutant = undefined;
    this.generation++;
    const modules = await bundleTests(process.cwd(), this.files, this.generation);
    const suites = await collectTests(this.files, {
      config: {
        root: process.cwd(),
        setupFiles: [],
        sequence: { shuffle: false, hooks: 'stack', setupFiles: 'list' },
        testTimeout: 60_000,
        hookTimeout: 60_000,
        allowOnly: false,
        passWithNoTests: true,
        tags: [],
        tagsFilter: [],
        retry: 0,
      },
      importFile: (file) => import(pathToFileURL(modules.get(file)).href),
      trace: (_name, attributes, work) => (work ?? attributes)(),
    });
    this.tests.clear();
    for (const file of suites) {
      if (file.result?.state === 'fail') throw new Error(`${file.filepath}: ${file.result.errors?.[0]?.message}`);
      this.take(file, file.tasks, relative(process.cwd(), file.filepath));
    }
    this.isUsed = false;
    this.isSpoilt = false;
  }

  take(file, tasks, path) {
    for (const task of tasks) {
      if (task.mode === 'skip' || task.mode === 'todo') continue;
      if (task.type === 'suite') this.take(file, task.tasks, `${path} > ${task.name}`);
      else {
        let id = `${path} > ${task.name}`;
        for (let n = 2; this.tests.has(id); n++) id = `${path} > ${task.name} (${n})`;
        this.tests.set(id, { call: getFn(task), fileName: file.filepath });
      }
    }
  }

  async dryRun() {
    const tests = [];
    for (const id of this.tests.keys()) {
      this.state.currentTestId = id;
      tests.push(await this.run(id));
    }
    this.state.currentTestId = undefined;
    const { mutantCoverage } = this.state;
    this.known = {
      timesMs: Object.fromEntries(tests.map(({ id, timeSpentMs }) => [id, timeSpentMs])),
      hits: mutantCoverage.perTest,
    };
    // For the process that comes after this one, should a mutant never end.
    writeFileSync(KNOWN, JSON.stringify(this.known));
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    if (this.isSpoilt) await this.load();
    const ids = testFilter ?? [...this.tests.keys()];
    const isFirst = !this.isUsed;
    const result = await this.judge(activeMutant.id, ids, hitLimit);
    if (!this.isSpoilt || isFirst) return result;
    // Perhaps it failed by what an earlier mutant has left behind.
    await this.load();
    return this.judge(activeMutant.id, ids, hitLimit);
  }

  /** Runs tests until one fails; the mutant is off again afterwards. */
  async judge(mutant, ids, hitLimit) {
    const { state } = this;
    const tests = [];
    let failed = null;
    let timeout;
    this.isUsed = true;
    for (const id of this.inOrder(ids)) {
      const usual = this.known.hits[id]?.[mutant];
      Object.assign(state, { activeMutant: mutant, hitCount: 0 });
      // A loop without an end is one that comes by so much more often than usual in this very test.
      state.hitLimit = usual === undefined ? hitLimit : HITS_FACTOR * usual + HITS_MORE;
      const test = await this.run(id);
      tests.push(test);
      timeout = determineHitLimitReached(state.hitCount, state.hitLimit);
      Object.assign(state, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
      if (test.status === TestStatus.Failed) failed = id;
      if (failed !== null) break;
    }
    if (failed !== null) {
      this.finders.set(failed, ++this.found);
      this.isSpoilt = (await this.run(failed)).status === TestStatus.Failed;
    }
    return toMutantRunResult(timeout ?? { status: DryRunStatus.Complete, tests });
  }

  inOrder(ids) {
    const last = (id) => this.finders.get(id) ?? 0;
    const timeMs = (id) => this.known.timesMs[id] ?? 0;
    return [...ids].sort((a, b) => last(b) - last(a) || timeMs(a) - timeMs(b));
  }

  async run(id) {
    const { call, fileName } = this.tests.get(id);
    const begun = performance.now();
    let failure = null;
    try {
      await call();
    } catch (error) {
      failure = String(error?.message ?? error);
    }
    const timeSpentMs = performance.now() - begun;
    const test = { id, name: id, timeSpentMs, fileName };
    return failure === null
      ? { ...test, status: TestStatus.Success }
      : { ...test, status: TestStatus.Failed, failureMessage: failure };
  }
}

function loadedRunner(injector) {
  return injector.provideValue('globalNamespace', '__stryker__').injectClass(LoadedRunner);
}
loadedRunner.inject = [commonTokens.injector];

export const strykerPlugins = [{ kind: PluginKind.TestRunner, name: 'loaded', factory: loadedRunner }];
export const strykerValidationSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { woshou: { type: 'object' } },
};
