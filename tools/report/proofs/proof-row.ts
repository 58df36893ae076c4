/** A proof as a line of a table. */
import type { Break, Proof } from '../prove.ts';

/** Requirement, broken file, text in it, what takes its place, test file, full name of the test; further breaks. */
export type ProofRow = readonly [
  id: string,
  file: string,
  find: string,
  replace: string,
  testFile: string,
  testName: string,
  also?: readonly Break[],
];

export function proofOf([id, file, find, replace, testFile, testName, also]: ProofRow): Proof {
  return { id, file, find, replace, testFile, testName, ...(also === undefined ? {} : { also }) };
}
