/** `woshou model`: searches everything that can happen to two hosts on a bad wire, and draws the shortest way to a fault. */
import type { Command } from 'commander';
import { type Bounds, explore, nameOf, type Rules, SMALL_BOUNDS, type Verdict } from '../model/index.ts';
import { FAULTS } from '../scenes/model-words.ts';
import type { Text } from './language.ts';
import { modelLadder } from './model-ladder.ts';
import type { Screen } from './screen.ts';
import { wrap } from './text-layout.ts';

/** The options as they stand on the command line. */
interface ModelOptions {
  readonly handshake: 'two' | 'three';
  readonly timeWait: boolean;
  readonly rstEndsTimeWait?: boolean;
  readonly seek?: keyof typeof FAULTS;
  readonly opens: number;
  readonly accepts: number;
  readonly octets: number;
  readonly wire: number;
  readonly window: number;
  readonly isnStep: number;
  readonly mischief?: number;
  readonly worlds: number;
  readonly json?: boolean;
}

export const MODEL_TITLE: Text = {
  en: 'search a model of two hosts on a wire that loses, repeats and reorders for connections that go wrong; exit code 1: one was found',
  zh: '对两台主机的模型做穷举搜索（线路会丢失、重复、乱序），找出会出错的连接；退出码 1：找到了',
};

/** Adds the options and the action to the command. @param done told the exit code */
export function addModelOptions(command: Command, screen: Screen, done: (code: number) => void): void {
  const say = (en: string, zh: string): string => screen.say({ en, zh });
  const number = Number;
  const { opens, accepts, octets, wire, window, isnStep, worldsMax } = SMALL_BOUNDS;
  command
    .option('--handshake <two|three>', say('of how many steps', '几次握手'), 'three')
    .option('--no-time-wait', say('nobody waits 2 MSL', '谁也不等 2 MSL'))
    .option('--rst-ends-time-wait', say('as RFC 9293 has it; RFC 1337 warns', '按 RFC 9293；RFC 1337 对此有警告'))
    .option('--seek <fault>', say(`only ${Object.keys(FAULTS).join(', ')}`, `只找 ${Object.keys(FAULTS).join('、')}`))
    .option('--opens <n>', say('how often the client opens', '客户端打开连接的次数'), number, opens)
    .option('--accepts <n>', say('how often the server takes a SYN', '服务器接受 SYN 的次数'), number, accepts)
    .option('--octets <n>', say('the client sends in each connection', '客户端每次连接发送的字节数'), number, octets)
    .option('--wire <n>', say('segments under way in each direction', '每个方向上同时在途的报文段数'), number, wire)
    .option('--window <n>', say('receive window', '接收窗口'), number, window)
    .option(
      '--isn-step <n>',
      say('of the client’s ISN clock between openings', '两次打开之间客户端 ISN 时钟的前进量'),
      number,
      isnStep,
    )
    .option(
      '--mischief <n>',
      say('losses and copies in one run; default: no limit', '一次过程中丢失与重复的次数；默认不限'),
      number,
    )
    .option('--worlds <n>', say('give up after so many', '看过这么多局面后放弃'), number, worldsMax)
    .option('--json', say('print the result as JSON', '以 JSON 输出结果'))
    .action((options: ModelOptions) => done(modelCommand(screen, options)));
}

/** Returns the exit code: 0 when nothing is wrong, 1 for a fault or a world that hangs, 2 for wrong options, 3 when it gave up. */
function modelCommand(screen: Screen, options: ModelOptions): number {
  const { handshake, seek } = options;
  if ((handshake !== 'two' && handshake !== 'three') || (seek !== undefined && !(seek in FAULTS))) {
    const wrong = seek !== undefined && !(seek in FAULTS) ? `--seek ${seek}` : `--handshake ${handshake}`;
    screen.fail(screen.say({ en: `'${wrong}' is not known`, zh: `不认识“${wrong}”` }), 'woshou model --help');
    return 2;
  }
  const { opens, accepts, octets, wire, window, isnStep } = options;
  const rules: Rules = { handshake, timeWait: options.timeWait, resetEndsTimeWait: options.rstEndsTimeWait ?? false };
  const bounds: Bounds = {
    ...{ opens, accepts, octets, wire, window, isnStep },
    mischief: options.mischief ?? null,
    worldsMax: options.worlds,
  };
  const startMs = performance.now();
  const verdict = explore(rules, bounds, seek ?? null);
  const tookMs = Math.round(performance.now() - startMs);
  if (options.json)
    screen.line(JSON.stringify(asData(verdict, rules, bounds, tookMs), null, screen.isTerminal ? 2 : 0));
  else screen.lines(format(screen, verdict, tookMs));
  return { safe: 0, fault: 1, hang: 1, unfinished: 3 }[verdict.result];
}

function asData(verdict: Verdict, rules: Rules, bounds: Bounds, tookMs: number): object {
  const { result, fault, worlds, moves, depth, trace } = verdict;
  const steps = trace.map(({ move, world }) => ({ name: nameOf(move), ...move, hosts: world.hosts }));
  return { result, fault, worlds, moves, depth, tookMs, rules, bounds, trace: steps };
}

function format(screen: Screen, verdict: Verdict, tookMs: number): string[] {
  const { colors } = screen;
  const { worlds, moves, depth, trace } = verdict;
  const seconds = (tookMs / 1000).toFixed(1);
  const count = screen.say({
    en: `${worlds} situations, ${moves} moves, ${depth} deep, ${seconds} s`,
    zh: `${worlds} 种局面，${moves} 步，深度 ${depth}，用时 ${seconds} 秒`,
  });
  const isGood = verdict.result === 'safe';
  const sign = isGood ? colors.green('✓') : colors.bold(colors.red('✗'));
  const lines = wrap(screen.say(words(verdict)), screen.width - 5).map(
    (line, at) => ` ${at === 0 ? sign : ' '} ${line}`,
  );
  const ladder = trace.length === 0 ? [] : [...modelLadder(screen, trace), ''];
  return [...ladder, ...lines, `   ${colors.dim(count)}`];
}

function words({ result, fault, trace }: Verdict): Text {
  switch (result) {
    case 'safe':
      return {
        en: 'no fault in anything that can happen, and every run can end',
        zh: '无论发生什么都不出错，而且任何过程都能结束',
      };
    case 'hang':
      return {
        en: `after ${trace.length} moves nothing can end any more`,
        zh: `走 ${trace.length} 步之后，再也无法结束`,
      };
    case 'unfinished':
      return {
        en: 'no fault so far; more situations than --worlds allows',
        zh: '目前没有出错，但局面数超出 --worlds 的限制',
      };
    default: {
      const what = fault === null ? { en: 'a fault', zh: '错误' } : FAULTS[fault];
      return { en: `${what.en}, after ${trace.length} moves`, zh: `${what.zh}，共 ${trace.length} 步` };
    }
  }
}
