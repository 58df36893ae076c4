/** Prints "passed failed skipped" of a Vitest JSON report. A test file that could not even be loaded is one failure. */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const broken = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(`${report.numPassedTests} ${report.numFailedTests + broken} ${skipped}`);
