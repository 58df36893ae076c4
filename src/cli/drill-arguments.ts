/** Options of packetdrill on the command line of `woshou drill`, as scripts have them on their first lines: `--mtu=1400`, `--strict_segments`. */
import { OPTION_NAMES } from '../drill/parse-script.ts';

/** Options that need no value. */
const FLAGS: ReadonlySet<string> = new Set([
  ...['tcp_ts_ecr_scaled', 'strict_segments', 'compare_ts_ecr', 'send_omit_free', 'dry_run', 'debug', 'is_anyip'],
  ...['no_cleanup', 'wire_client', 'wire_server'],
]);
/** These are the command's own. */
const OWN: ReadonlySet<string> = new Set(['define', 'verbose']);

/** `--name=value` and `--name value` of packetdrill become `--set name=value`; everything else stays. */
export function expandDrillArguments(args: readonly string[]): readonly string[] {
  if (args[0] !== 'drill') return args;
  const expanded: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (argument === '--') return [...expanded, ...args.slice(at)];
    const [, name = '', value] = /^--([a-z_]+)(?:=([\s\S]*))?$/.exec(argument) ?? [];
    if (!OPTION_NAMES.includes(name) || OWN.has(name)) expanded.push(argument);
    else if (value !== undefined) expanded.push('--set', `${name}=${value}`);
    else expanded.push('--set', `${name}=${FLAGS.has(name) ? '1' : (args[++at] ?? '')}`);
  }
  return expanded;
}
