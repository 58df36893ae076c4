/** A proof as a line of a table. */
import type { Proof } from '../prove.ts';

/** Requirement, broken file, text in it, what takes its place, test file, full name of the test. */
export type ProofRow = readonly [
  id: string,
  file: string,
  find: string,
  replace: string,
  testFile: string,
  testName: string,
];

export function proofOf([id, file, find, replace, testFile, testName]: ProofRow): Proof {
  return { id, file, find, replace, testFile, testName };
}
