/** Lines and columns of a script. */

/** Where a node begins. Both count from 1; a column counts UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}
