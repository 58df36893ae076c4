/** The command line of `woshou race` turned into a race: every text is checked here, and refused in the reader's language. */

import type { MarkingSettings } from '../link/marking.ts';
import {
  RACE_FLOWS_MAX,
  RACE_FLOWS_MIN,
  type RaceFlowOptions,
  type RaceOptions,
  raceControlNamed,
  raceControls,
} from '../sim/race-options.ts';
import type { ProfileName } from '../stack/profile.ts';
import type { Text } from './language.ts';
import { nearestNames } from './suggest.ts';
import { parseDuration, parseList, parsePercent, parseQueue, parseRate, parseSize, UNIT_FORMS } from './units.ts';

/** The options of `race` as they stand on the command line. */
export interface RaceCommandOptions {
  readonly rate: string;
  readonly rtt: string;
  readonly queue: string;
  readonly loss: string;
  readonly mark: string;
  readonly duration: string;
  /** One per flow, separated by commas; the last one holds for the flows that are left. */
  readonly start: string;
  readonly extraRtt: string;
  readonly bytes?: string;
  readonly interval: string;
  readonly seed: number;
  readonly profile: ProfileName;
  /** Files to write; `-` is the standard output. */
  readonly svg?: string;
  readonly csv?: string;
  readonly json?: string;
}

/** What cannot be, and what to write instead. */
export class RaceArgumentProblem {
  readonly message: Text;
  readonly fix: Text;

  constructor(message: Text, fix: Text) {
    this.message = message;
    this.fix = fix;
  }
}

/** Without names these two run: what most of the Internet uses, and a different idea. */
const DEFAULT_CONTROLS = ['cubic', 'bbr'];

/** The controls a race has when none are named. */
export function defaultControls(): string[] {
  const known = raceControls();
  const controls = DEFAULT_CONTROLS.filter((name) => known.includes(name));
  return controls.length >= RACE_FLOWS_MIN ? controls : ['reno', 'reno'];
}

/** The race a command line asks for, or what is wrong with it. */
export function raceOptionsOf(
  controls: readonly string[],
  options: RaceCommandOptions,
): RaceOptions | RaceArgumentProblem {
  const names = controls.length === 0 ? defaultControls() : controls.flatMap((text) => text.split(/[,，]/));
  const problem = checkControls(names);
  if (problem !== null) return problem;
  try {
    const durationMs = readAs('--duration', options.duration, parseDuration, DURATION);
    const starts = perFlow('--start', options.start, parseDuration, DURATION, names.length);
    const extras = perFlow('--extra-rtt', options.extraRtt, parseDuration, DURATION, names.length);
    const amounts =
      options.bytes === undefined ? null : perFlow('--bytes', options.bytes, parseSize, SIZE, names.length);
    if (!(durationMs > 0)) throw outOfRange('--duration', options.duration, '1ms … 24h');
    const late = starts.findIndex((startMs) => startMs >= durationMs);
    if (late >= 0) throw lateStart(late + 1);
    return {
      flows: names.map((control, index): RaceFlowOptions => {
        const bytes = amounts?.[index] ?? 0;
        const flow = { control, startMs: starts[index] ?? 0, extraRttMs: extras[index] ?? 0 };
        return bytes > 0 ? { ...flow, bytes } : flow;
      }),
      rateBps: readAs('--rate', options.rate, parseRate, RATE),
      rttMs: readAs('--rtt', options.rtt, parseDuration, DURATION),
      queue: readAs('--queue', options.queue, parseQueue, QUEUE),
      loss: readAs('--loss', options.loss, parsePercent, PERCENT),
      marking: readAs('--mark', options.mark, parseMarking, MARKING).marking,
      durationMs,
      intervalMs: Math.min(readAs('--interval', options.interval, parseDuration, DURATION), durationMs),
      seed: options.seed,
      profile: options.profile,
    };
  } catch (error) {
    if (error instanceof RaceArgumentProblem) return error;
    throw error;
  }
}

/** A kind of value: its name, and how it is written. */
interface Kind {
  readonly name: Text;
  readonly forms: string;
}

const RATE: Kind = { name: { en: 'a rate', zh: '速率' }, forms: UNIT_FORMS.rate };
const DURATION: Kind = { name: { en: 'a time with its unit', zh: '带单位的时间' }, forms: UNIT_FORMS.duration };
const PERCENT: Kind = { name: { en: 'a percentage up to 100', zh: '不超过 100 的百分比' }, forms: UNIT_FORMS.percent };
const SIZE: Kind = { name: { en: 'an amount of data', zh: '数据量' }, forms: UNIT_FORMS.size };
const MARKING: Kind = { name: { en: 'a way of marking', zh: '标记方式' }, forms: 'none, red, step, step:5ms' };
const QUEUE: Kind = { name: { en: 'a queue length', zh: '队列长度' }, forms: UNIT_FORMS.queue };

function checkControls(names: readonly string[]): RaceArgumentProblem | null {
  const known = raceControls();
  const all = known.join(', ');
  const wrong = names.find((name) => raceControlNamed(name) === null);
  if (wrong !== undefined) {
    const near = nearestNames(wrong, known)[0];
    return new RaceArgumentProblem(
      { en: `there is no congestion control '${wrong}'`, zh: `没有名为“${wrong}”的拥塞控制算法` },
      near === undefined
        ? { en: `choose among ${all}`, zh: `可选：${all}` }
        : { en: `did you mean ${near}? There are ${all}`, zh: `是不是 ${near}？可选：${all}` },
    );
  }
  if (names.length >= RACE_FLOWS_MIN && names.length <= RACE_FLOWS_MAX) return null;
  return new RaceArgumentProblem(
    {
      en: `a race takes ${RACE_FLOWS_MIN} to ${RACE_FLOWS_MAX} flows, got ${names.length}`,
      zh: `竞赛需要 ${RACE_FLOWS_MIN} 到 ${RACE_FLOWS_MAX} 条流，给出了 ${names.length} 条`,
    },
    {
      en: `name one congestion control per flow, the same one twice if you like: woshou race ${all.split(', ')[0]} ${all.split(', ')[0]}`,
      zh: `每条流写一个拥塞控制算法，可以重复：woshou race ${all.split(', ')[0]} ${all.split(', ')[0]}`,
    },
  );
}

/** `step` may say from which waiting time on; both mark ECT(0) and ECT(1). */
function parseMarking(text: string): { readonly marking: MarkingSettings | 'red' | 'step' | null } | null {
  const [kind = '', threshold] = text.trim().toLowerCase().split(':');
  if (threshold === undefined && kind === 'none') return { marking: null };
  if (threshold === undefined && (kind === 'red' || kind === 'step')) return { marking: kind };
  const thresholdMs = kind === 'step' && threshold !== undefined ? parseDuration(threshold) : null;
  return thresholdMs === null ? null : { marking: { kind: 'step', thresholdUs: thresholdMs * 1000, marks: 'ect' } };
}

function readAs<T>(option: string, text: string, parse: (text: string) => T | null, kind: Kind): T {
  const value = parse(text);
  if (value !== null) return value;
  throw new RaceArgumentProblem(
    { en: `${option}: '${text}' is not ${kind.name.en}`, zh: `${option}：“${text}”不是${kind.name.zh}` },
    { en: `write it like ${kind.forms}`, zh: `写法如 ${kind.forms}` },
  );
}

function perFlow<T>(option: string, text: string, parse: (text: string) => T | null, kind: Kind, count: number): T[] {
  const values = readAs(option, text, (list) => parseList(list, parse), kind);
  if (values.length > count) {
    throw new RaceArgumentProblem(
      {
        en: `${option} has ${values.length} values for ${count} flows`,
        zh: `${option} 给了 ${values.length} 个值，但只有 ${count} 条流`,
      },
      {
        en: 'give one value per flow, separated by commas; the last one holds for the rest',
        zh: '每条流一个值，用逗号隔开；少写时最后一个值用于其余的流',
      },
    );
  }
  return Array.from({ length: count }, (_, index) => values[Math.min(index, values.length - 1)]).filter(
    (value) => value !== undefined,
  );
}

function outOfRange(option: string, text: string, range: string): RaceArgumentProblem {
  return new RaceArgumentProblem(
    { en: `${option}: '${text}' is out of range`, zh: `${option}：“${text}”超出范围` },
    { en: `choose from ${range}`, zh: `范围：${range}` },
  );
}

function lateStart(number: number): RaceArgumentProblem {
  return new RaceArgumentProblem(
    { en: `flow ${number} would start after the race is over`, zh: `竞赛结束时第 ${number} 条流还没有开始` },
    { en: 'choose an earlier --start or a longer --duration', zh: '把 --start 提前，或把 --duration 加长' },
  );
}
