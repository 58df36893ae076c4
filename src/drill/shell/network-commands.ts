/** ip(8), ifconfig(8), tc(8) and ethtool(8) on a device that belongs to the script. */
import { DrillError } from '../drill-error.ts';
import { type CommandInput, type CommandResult, DONE, requireKnown, UNKNOWN } from './command.ts';
import type { ShellTarget } from './shell-target.ts';

const ROUTE_CHANGES: readonly string[] = ['add', 'change', 'chg', 'replace', 'append', 'prepend', 'delete', 'flush'];
const ROUTE_METRICS: ReadonlySet<string> = new Set([
  ...['mtu', 'advmss', 'rtt', 'rttvar', 'window', 'cwnd', 'ssthresh', 'initcwnd', 'initrwnd', 'hoplimit', 'rto_min'],
  ...['quickack', 'features', 'congctl', 'reordering', 'fastopen_no_cookie'],
]);
const LOOKS: readonly string[] = ['show', 'list', 'ls', 'get', 'lst', 'help', ''];
/** Objects of ip(8), which may be shortened; the longest is the full name. */
const OBJECTS: readonly string[] = [
  'link',
  'address',
  'route',
  'neighbour',
  'netns',
  'tcp_metrics',
  'rule',
  'maddress',
];
/** What `ip link set` may say without an effect on packets; the number of words behind each. */
const LINK_WORDS: ReadonlyMap<string, number> = new Map([
  ...(
    [
      'dev',
      'name',
      'alias',
      'address',
      'txqueuelen',
      'txqlen',
      'qlen',
      'mtu',
      'multicast',
      'arp',
      'promisc',
      'group',
    ] as const
  ).map((word) => [word, 1] as const),
  ...(['up', 'down', 'allmulticast', 'on', 'off'] as const).map((word) => [word, 0] as const),
]);

export function runIp(command: CommandInput, target: ShellTarget): CommandResult {
  const options = command.known.slice(1).filter((word) => /^-/.test(word));
  const bare = command.known.slice(1).filter((word) => !/^-[0-9a-z]+$/.test(word));
  const [what = '', action = '', ...rest] = bare;
  const object = OBJECTS.find((name) => what !== '' && (name.startsWith(what) || what === 'tcpmetrics')) ?? '';
  switch (what === 'tcpmetrics' ? 'tcp_metrics' : object) {
    case 'tcp_metrics':
      if (action !== 'flush' && !action.startsWith('del')) return UNKNOWN;
      target.flushMetrics();
      return DONE;
    case 'link':
      if (LOOKS.includes(action)) return UNKNOWN;
      if (action === 'set') return setLink(command, rest, target);
      break;
    case 'route':
      if (isRouteChange(action)) {
        setRoute(command, options, rest, target);
        return DONE;
      }
      if (LOOKS.includes(action)) return UNKNOWN;
      break;
    case 'neighbour':
      // The device has no neighbors to resolve.
      return LOOKS.includes(action) ? UNKNOWN : DONE;
    default:
      if (object !== '' && LOOKS.includes(action)) return UNKNOWN;
  }
  throw new DrillError(`'ip ${what} ${action}' is not understood, of ip are: link set, route, tcp_metrics`);
}

/** Words of ip(8) may be shortened. */
function isRouteChange(action: string): boolean {
  return action !== '' && ROUTE_CHANGES.some((name) => name.startsWith(action));
}

function setLink(command: CommandInput, words: readonly string[], target: ShellTarget): CommandResult {
  requireKnown(command);
  // The device may stand first, with or without `dev`.
  const isNamed = words[0] === 'dev' || LINK_WORDS.has(words[0] ?? '');
  for (let at = isNamed ? 0 : 1; at < words.length; ) {
    const word = words[at] ?? '';
    const count = LINK_WORDS.get(word);
    // A device's name is a word like any other.
    if (count === undefined && at !== words.length - 1)
      throw new DrillError(`'${word}' of ip link set would change packets, and is not supported`);
    at += 1 + (count ?? 0);
  }
  const at = words.indexOf('mtu');
  if (at >= 0) target.setMtu(toInteger(words[at + 1] ?? ''));
  return DONE;
}

export function runIfconfig(command: CommandInput, target: ShellTarget): CommandResult {
  const words = command.known.slice(1);
  const at = words.indexOf('mtu');
  if (at >= 0) {
    requireKnown(command);
    target.setMtu(toInteger(words[at + 1] ?? ''));
  }
  if (words.length <= 1) return UNKNOWN;
  const rest = words.slice(1).filter((word, index, all) => word !== 'mtu' && all[index - 1] !== 'mtu');
  const stranger = rest.find((word) => !/^(?:up|down|txqueuelen|\d+|-?arp|-?multicast|-?promisc)$/.test(word));
  if (stranger !== undefined) throw new DrillError(`'${stranger}' of ifconfig is not supported`);
  return DONE;
}

/** There is one route to the peer, and it stays; its metrics are what a line of its family says. */
function setRoute(
  command: CommandInput,
  options: readonly string[],
  words: readonly string[],
  target: ShellTarget,
): void {
  requireKnown(command);
  const family = options.includes('-6') || words.some((word) => word.includes(':')) ? 6 : 4;
  const metrics = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    if (!ROUTE_METRICS.has(word) || ROUTE_METRICS.has(words[index - 1] ?? '')) continue;
    const isLocked = words[index + 1] === 'lock';
    metrics.set(word, words[index + (isLocked ? 2 : 1)] ?? '');
  }
  if (metrics.size > 0 && family === target.family) target.setRoute(metrics);
}

const PLAIN_QUEUES = /^(?:pfifo|bfifo|pfifo_fast|pfifo_head_drop|noqueue|mq|fq_codel|fq|codel)$/;
/** Of fq, what changes no packet of one connection; the number of words behind each. */
const FQ_WORDS: ReadonlyMap<string, number> = new Map([
  ...(
    ['limit', 'flow_limit', 'quantum', 'initial_quantum', 'buckets', 'orphan_mask', 'timer_slack', 'horizon'] as const
  ).map((word) => [word, 1] as const),
  ...(['pacing', 'nopacing', 'horizon_drop', 'horizon_cap', 'refill_delay'] as const).map((word) => [word, 0] as const),
]);

/** The queue of the device: plain ones change nothing, fq paces every connection. */
export function runTc(command: CommandInput, target: ShellTarget): CommandResult {
  const bare = command.known.slice(1).filter((word) => !/^-[a-z]+$/.test(word));
  const [what = '', action = ''] = bare;
  if (what !== '' && 'qdisc'.startsWith(what)) {
    if (['show', 'list', 'ls', ''].includes(action)) return UNKNOWN;
    const at = bare.findIndex((word) => PLAIN_QUEUES.test(word));
    const kind = bare[at];
    if (kind === undefined && ['del', 'delete'].includes(action)) {
      target.setQueue(false);
      return DONE;
    }
    if (kind !== undefined) {
      const words = bare.slice(at + 1);
      if (kind === 'fq') checkFq(words);
      target.setQueue(kind === 'fq' && !words.includes('nopacing'));
      return DONE;
    }
  }
  throw new DrillError(
    'of tc only the queues pfifo, bfifo, fq and fq_codel are supported: others lose, delay or shape packets',
  );
}

function checkFq(words: readonly string[]): void {
  for (let at = 0; at < words.length; ) {
    const count = FQ_WORDS.get(words[at] ?? '');
    if (count === undefined) throw new DrillError(`'${words[at] ?? ''}' of fq is not supported`);
    at += 1 + count;
  }
}

/** Offloads of ethtool(8), and their long names: a script sees segments, whoever cuts them. */
const OFFLOADS =
  /^(?:tso|gso|gro|lro|sg|rx|tx|rxvlan|txvlan|ntuple|rxhash|ufo|(?:tx|rx)-[a-z0-9-]+|(?:generic|large|tcp|udp)-[a-z-]+|scatter-gather|rx-checksumming)$/;

export function runEthtool(command: CommandInput): CommandResult {
  const [flag = '', , ...words] = command.known.slice(1);
  if (flag === '-K' || flag === '--offload' || flag === '--features') {
    for (const [index, word] of words.entries()) {
      const isRight = index % 2 === 0 ? OFFLOADS.test(word) : word === 'on' || word === 'off';
      if (!isRight) throw new DrillError(`'${word}' is no offload of ethtool -K that is known here`);
    }
    return DONE;
  }
  if (/^-[CGLXNAEs]$/.test(flag) || /^--(?:coalesce|set-)/.test(flag)) return DONE;
  return UNKNOWN;
}

function toInteger(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value)) throw new DrillError(`'${text}' is not a number`);
  return value;
}
