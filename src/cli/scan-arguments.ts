/** The command line of `woshou scan` turned into a scan: every text is checked here, and refused in the reader's language at its place. */
import { lookup } from 'node:dns/promises';
import { Address } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import {
  defaultPorts,
  ExpressionError,
  type ExpressionProblem,
  fastPorts,
  needsWord,
  type PortSelection,
  parsePorts,
  parseTarget,
  prefixRange,
  type TargetRange,
  TECHNIQUES,
  type TechniqueName,
  TIMING_NAMES,
  type Timing,
  timingOf,
  topPorts,
  withoutPorts,
} from '../scan/index.ts';
import type { Text } from './language.ts';
import type { ScanCommandOptions } from './scan-options.ts';
import { parseDuration, UNIT_FORMS } from './units.ts';

/** What is wrong, what to do, and where it stands. */
export class ScanArgumentProblem extends Error {
  readonly text: Text;
  readonly fix: Text;
  /** The expression with the place marked below it; empty: no place. */
  readonly marked: readonly string[];

  constructor(text: Text, fix: Text, marked: readonly string[] = []) {
    super(text.en);
    this.text = text;
    this.fix = fix;
    this.marked = marked;
  }
}

/** A scan as it was asked for. */
export interface ScanRequest {
  readonly targets: readonly TargetRange[];
  readonly exclude: readonly TargetRange[];
  /** Names by the address they stood for. */
  readonly names: ReadonlyMap<string, string>;
  readonly techniques: readonly TechniqueName[];
  readonly ports: PortSelection;
  readonly looksForHosts: boolean;
  readonly isShuffled: boolean;
  readonly timing: Timing;
}

/** Resolves a name to its addresses; a parameter for tests. */
export type NameResolver = (name: string, family: 4 | 6) => Promise<readonly string[]>;

export const systemResolver: NameResolver = async (name, family) =>
  (await lookup(name, { family, all: true })).map(({ address }) => address);

/** The scan a command line asks for. @throws ScanArgumentProblem */
export async function scanRequestOf(
  targets: readonly string[],
  options: ScanCommandOptions,
  resolve: NameResolver = systemResolver,
): Promise<ScanRequest> {
  const family = options.ipv6 ? 6 : 4;
  const names = new Map<string, string>();
  const techniques = techniquesOf(options);
  const ports = portsOf(options, techniques);
  const timing = timingFrom(options);
  const ranges = await rangesOf(targets, family, names, resolve);
  const exclude = await rangesOf((options.exclude ?? '').split(/[\s;]+/).filter(Boolean), family, new Map(), resolve);
  if (!options.iAmAuthorized) for (const range of ranges) checkAuthorization(range);
  return {
    targets: ranges,
    exclude,
    names,
    techniques,
    ports,
    looksForHosts: options.P === undefined,
    isShuffled: options.r !== true,
    timing,
  };
}

/** Letters behind `-s`; `n` alone leaves ports alone. @throws ScanArgumentProblem */
export function techniquesOf(options: Pick<ScanCommandOptions, 's' | 'P'>): TechniqueName[] {
  if (options.P !== undefined && options.P !== 'n') {
    throw new ScanArgumentProblem(
      { en: `-P${options.P}: only -Pn is known`, zh: `-P${options.P}：只支持 -Pn` },
      {
        en: 'hosts are looked for by ARP, echo, SYN and ACK without being asked',
        zh: '默认就会用 ARP、回显、SYN 和 ACK 探测主机',
      },
    );
  }
  const letters = options.s.flatMap((kinds) => [...kinds]);
  if (letters.includes('n')) {
    if (letters.length === 1) return [];
    throw new ScanArgumentProblem(
      { en: '-sn scans no ports and goes with no other -s', zh: '-sn 不扫描端口，不能和其他 -s 一起用' },
      { en: 'leave one of them out', zh: '去掉其中一个' },
    );
  }
  const found = letters.map((letter) => {
    const technique = Object.values(TECHNIQUES).find((candidate) => candidate.letter === letter);
    if (technique !== undefined) return technique.name;
    throw new ScanArgumentProblem(
      { en: `-s${letter}: no such scan`, zh: `-s${letter}：没有这种扫描` },
      {
        en: 'choose among -sS -sT -sF -sN -sX -sA -sW -sM -sU -sn',
        zh: '可选 -sS -sT -sF -sN -sX -sA -sW -sM -sU -sn',
      },
    );
  });
  const unique = [...new Set(found)];
  if (unique.filter((name) => TECHNIQUES[name].protocol === 'tcp').length > 1) {
    throw new ScanArgumentProblem(
      { en: 'one TCP scan at a time', zh: '一次只能用一种 TCP 扫描' },
      { en: 'choose one; -sU may go with it: -sS -sU', zh: '只选一种；可以再加 -sU：-sS -sU' },
    );
  }
  return unique.length === 0 ? ['syn'] : unique;
}

function portsOf(options: ScanCommandOptions, techniques: readonly TechniqueName[]): PortSelection {
  const wanted = wantedPorts(options);
  const { excludePorts } = options;
  const ports =
    excludePorts === undefined
      ? wanted
      : withoutPorts(
          wanted,
          expression(() => parsePorts(excludePorts)),
        );
  for (const name of techniques) {
    const { protocol, letter } = TECHNIQUES[name];
    if (ports[protocol].length > 0) continue;
    throw new ScanArgumentProblem(
      { en: `-s${letter} has no ${protocol} ports to scan`, zh: `-s${letter} 没有可扫描的 ${protocol} 端口` },
      {
        en: protocol === 'tcp' ? 'name some: -p T:22,80' : 'name some: -p U:53,123',
        zh: protocol === 'tcp' ? '请指定：-p T:22,80' : '请指定：-p U:53,123',
      },
    );
  }
  return ports;
}

/** What `-p`, `-F` and `--top-ports` ask for. */
function wantedPorts({ ports, fast, topPorts: top }: ScanCommandOptions): PortSelection {
  if (fast && (ports !== undefined || top !== undefined)) {
    const other = ports === undefined ? '--top-ports' : '-p';
    throw new ScanArgumentProblem(
      { en: `-F and ${other} both say which ports`, zh: `-F 和 ${other} 都在指定端口` },
      {
        en: 'leave one out; --top-ports 100 -p 1-1024 takes the first of a range',
        zh: '去掉其中一个；--top-ports 100 -p 1-1024 表示在范围内取最常用的',
      },
    );
  }
  const named = ports === undefined ? null : expression(() => parsePorts(ports));
  if (top !== undefined) return topPorts(amount('--top-ports', top, 1, 65_535), named);
  return named ?? (fast ? fastPorts() : defaultPorts());
}

async function rangesOf(
  targets: readonly string[],
  family: 4 | 6,
  names: Map<string, string>,
  resolve: NameResolver,
): Promise<TargetRange[]> {
  const ranges: TargetRange[] = [];
  for (const text of targets) {
    const target = expression(() => parseTarget(text));
    if ('at' in target) ranges.push(target);
    else ranges.push(...(await resolved(text, target.name, target.prefixLength, family, names, resolve)));
  }
  return ranges;
}

/** Every address of a name is a target of its own, and is judged like any other. */
async function resolved(
  text: string,
  name: string,
  length: number,
  family: 4 | 6,
  names: Map<string, string>,
  resolve: NameResolver,
): Promise<TargetRange[]> {
  let addresses: readonly string[] = [];
  try {
    addresses = await resolve(name, family);
  } catch {
    addresses = [];
  }
  if (addresses.length === 0) {
    throw new ScanArgumentProblem(
      { en: `the name ${name} has no IPv${family} address`, zh: `主机名 ${name} 没有 IPv${family} 地址` },
      { en: 'check the spelling, or give an address', zh: '请检查拼写，或直接给出地址' },
      mark(text, 0, name.length),
    );
  }
  return addresses.map((address) => {
    const parsed = Address.parse(address);
    names.set(parsed.toString(), name);
    return expression(() => prefixRange(parsed, length < 0 ? 128 : length));
  });
}

function checkAuthorization(range: TargetRange): void {
  const need = needsWord(range);
  if (need === null) return;
  const fix = {
    en: 'scan only what is yours or what you were asked to scan; then add --i-am-authorized',
    zh: '只扫描自己的或已获授权的网络；确认后加上 --i-am-authorized',
  };
  throw need === 'size'
    ? new ScanArgumentProblem(
        { en: `${range.count} addresses are more than a /16`, zh: `${range.count} 个地址超过了 /16 的范围` },
        fix,
      )
    : new ScanArgumentProblem(
        {
          en: `${need.address.toString()} is neither private nor link-local nor loopback`,
          zh: `${need.address.toString()} 不是私有地址、链路本地地址或环回地址`,
        },
        fix,
      );
}

function timingFrom(options: ScanCommandOptions): Timing {
  const named = (TIMING_NAMES as readonly string[]).indexOf(options.T.toLowerCase());
  const template = named >= 0 ? named : Number(options.T);
  if (!Number.isInteger(template) || template < 0 || template > 5 || options.T.trim() === '') {
    throw new ScanArgumentProblem(
      { en: `-T${options.T}: no such template`, zh: `-T${options.T}：没有这个模板` },
      { en: `0 to 5, or ${TIMING_NAMES.join(', ')}`, zh: `0 到 5，或 ${TIMING_NAMES.join('、')}` },
    );
  }
  const changes: { -readonly [K in keyof Timing]?: Timing[K] } = {};
  if (options.maxRetries !== undefined) changes.maxRetries = amount('--max-retries', options.maxRetries, 0, 30);
  if (options.minRate !== undefined) changes.minRate = amount('--min-rate', options.minRate, 1, 10_000_000);
  if (options.maxRate !== undefined) changes.maxRate = amount('--max-rate', options.maxRate, 1, 10_000_000);
  if (options.hostTimeout !== undefined) changes.hostTimeoutUs = duration('--host-timeout', options.hostTimeout);
  if (options.scanDelay !== undefined) {
    changes.scanDelayUs = duration('--scan-delay', options.scanDelay);
    changes.initialWindow = 1;
  }
  try {
    return timingOf(template, changes);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new ScanArgumentProblem(
      { en: error.message, zh: error.message },
      { en: 'choose a smaller value', zh: '请改用较小的值' },
    );
  }
}

function amount(option: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ScanArgumentProblem(
    {
      en: `${option}: '${text}' is no number from ${least} to ${most}`,
      zh: `${option}：“${text}”不是 ${least} 到 ${most} 的整数`,
    },
    { en: `write it like ${option} ${Math.max(least, 100)}`, zh: `写法如 ${option} ${Math.max(least, 100)}` },
  );
}

/** As nmap has it, a number alone counts seconds. Microseconds. */
function duration(option: string, text: string): number {
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms !== null && ms >= 0 && ms <= 86_400_000) return Math.round(ms * 1000);
  throw new ScanArgumentProblem(
    { en: `${option}: '${text}' is no time up to a day`, zh: `${option}：“${text}”不是一天以内的时间` },
    { en: `write it like ${UNIT_FORMS.duration}`, zh: `写法如 ${UNIT_FORMS.duration}` },
  );
}

function expression<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const [text, fix] = EXPRESSION_TEXTS[error.problem];
    const what = error.argument ?? '';
    throw new ScanArgumentProblem(
      { en: `${what}: ${text.en}`, zh: `${what === 'target' ? '目标' : what}：${text.zh}` },
      fix,
      mark(error.expression, error.at, error.length),
    );
  }
}

/** The expression, and carets below the place. */
function mark(expression: string, at: number, length: number): string[] {
  return [expression, `${' '.repeat(at)}${'^'.repeat(Math.max(1, length))}`];
}

const PORT_FIX: Text = { en: 'write ports like 22,80,8000-8010', zh: '端口写法如 22,80,8000-8010' };
const TARGET_FIX: Text = {
  en: 'write targets like 10.0.0.1, 10.0.0.0/24, 10.0.0-3.1,5,10-20, fd00::1 or a name',
  zh: '目标写法如 10.0.0.1、10.0.0.0/24、10.0.0-3.1,5,10-20、fd00::1 或主机名',
};

const EXPRESSION_TEXTS: Readonly<Record<ExpressionProblem, readonly [text: Text, fix: Text]>> = {
  empty: [{ en: 'something is missing here', zh: '这里缺少内容' }, PORT_FIX],
  'not-a-port': [{ en: 'this is no port', zh: '这不是端口' }, PORT_FIX],
  'port-too-large': [{ en: 'ports end at 65535', zh: '端口最大为 65535' }, PORT_FIX],
  'range-backwards': [
    { en: 'the range ends before it begins', zh: '范围的结尾小于开头' },
    { en: 'write the smaller number first', zh: '请把较小的数写在前面' },
  ],
  'unknown-name': [
    { en: 'no service of this name is known', zh: '没有这个名字的服务' },
    { en: 'write its number; * and ? stand for other characters: http*', zh: '请写端口号；可以用 * 和 ? 通配：http*' },
  ],
  'unknown-prefix': [
    { en: 'no such protocol', zh: '没有这种协议' },
    { en: 'T: is for TCP, U: for UDP: T:22,U:53', zh: 'T: 表示 TCP，U: 表示 UDP：T:22,U:53' },
  ],
  'not-an-address': [{ en: 'this is neither an address nor a name', zh: '这既不是地址也不是主机名' }, TARGET_FIX],
  'octet-too-large': [{ en: 'octets end at 255', zh: '每段最大为 255' }, TARGET_FIX],
  'bad-length': [
    { en: 'this is no prefix length', zh: '这不是前缀长度' },
    { en: '0 to 32 for IPv4, 0 to 128 for IPv6', zh: 'IPv4 为 0 到 32，IPv6 为 0 到 128' },
  ],
  'too-many': [
    { en: 'these are more addresses than a scan takes', zh: '地址数量超出一次扫描的上限' },
    { en: 'IPv6 prefixes from /104 on', zh: 'IPv6 前缀不得短于 /104' },
  ],
};
