/** The lists of rules that the report judges, and how hard each of them judges. */

export type ListName = 'rfc9293' | 'tcp-rfcs';

export interface RuleList {
  readonly name: ListName;
  readonly title: string;
  readonly requirementsFile: string;
  readonly standingsFile: string;
  /**
   * A strict list wants code and a passing test for every rule that is kept, and lets no MUST deviate under `rfc`. The other
   * kind wants them for MUST and MUST NOT only, and takes any standing that has a reason: its RFCs overrule each other.
   */
  readonly isStrict: boolean;
  /** While false, `later` is a standing, and what is kept without code or test is open rather than a hole. */
  readonly isComplete: boolean;
}

export const LISTS: readonly RuleList[] = [
  {
    name: 'rfc9293',
    title: 'RFC 9293: the labelled requirements',
    requirementsFile: 'docs/requirements/rfc9293.tsv',
    standingsFile: 'docs/requirements/rfc9293-standing.tsv',
    isStrict: true,
    isComplete: true,
  },
  {
    name: 'tcp-rfcs',
    title: 'The companion RFCs',
    requirementsFile: 'docs/requirements/tcp-rfcs.tsv',
    standingsFile: 'docs/requirements/tcp-rfcs-standing.tsv',
    isStrict: false,
    isComplete: true,
  },
];
