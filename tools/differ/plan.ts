/**
 * What goes into a script that nobody has played yet: settings, and what happens from outside at which time. Plain data, so that it can be sent to
 * another process, kept, and made smaller.
 */

/** One thing done to the stack under test. */
export interface Input {
  /** Since the first event; whole milliseconds in microseconds. */
  readonly atUs: number;
  readonly kind: 'call' | 'packet' | 'probe' | 'shell';
  /**
   * As in a script, without what comes of it: `write(4, ..., 100)`. Calls that make a descriptor say which: `accept(3, ..., ...) = 4`. `@` stands where
   * the call tells something. `ecr` of a packet is the stack's timestamp nearest to that one. A probe names the
   * figures it asks for, all when it is empty.
   */
  readonly text: string;
}

/** A script without the stack's part. */
export interface Plan {
  /** For reports: where it was drawn. */
  readonly name: string;
  /** `--ip_version=ipv6`; one a line. */
  readonly options: readonly string[];
  /** The first command, without backquotes; empty for none. */
  readonly command: string;
  readonly inputs: readonly Input[];
  /** When it is over, microseconds: what the stack does until then belongs to it. */
  readonly endUs: number;
}

/** One line of a script that was played. */
export interface Entry {
  readonly atUs: number;
  /** Of a call that slept: when it returned. */
  readonly untilUs?: number;
  readonly kind: 'call' | 'in' | 'out' | 'code' | 'shell';
  readonly text: string;
}
