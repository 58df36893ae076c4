/** The options of a run: profile, settings, how strict it is, what is tested. */
import type { ProfileName, SettingsChanges } from '../stack/profile.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import type { Subject, Surroundings } from './subject.ts';

/** How a script is run. */
export interface DrillRunOptions {
  /** Default `linux`. */
  readonly profile?: ProfileName;
  /** Settings that differ from the profile's before the script's own sysctls. */
  readonly settings?: SettingsChanges;
  /** `strict`: PSH as written, nothing may be left over at the end. `lenient`: PSH is not looked at. Default `normal`. */
  readonly mode?: 'strict' | 'normal' | 'lenient';
  /** Options as on the script's first lines, `tolerance_usecs`; they win over the script's. */
  readonly options?: ReadonlyMap<string, string>;
  /** Default 1. */
  readonly seed?: number;
  /** What signatures of our stack are computed with, for TCP_MD5SIG; without it there is no such option. */
  readonly auth?: TcpAuthAlgorithms;
  /** For `woshou drill --kernel`: what to test instead of a stack of ours. */
  readonly subject?: (surroundings: Surroundings, options: DrillRunOptions) => Subject;
}
