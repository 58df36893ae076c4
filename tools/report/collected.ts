/** What is read of a tree for the report. */
import type { Citation } from './citations.ts';
import type { RuleList } from './lists.ts';
import type { Problem, Requirement, Standing } from './requirements.ts';
import type { TestPlace } from './test-places.ts';

/** A test that cites a requirement. */
export interface CitedTest {
  readonly citation: Citation;
  readonly place: TestPlace;
}

export interface Collected {
  readonly lists: readonly RuleList[];
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly code: readonly Citation[];
  readonly tests: readonly CitedTest[];
  readonly problems: readonly Problem[];
}
