/** The options of `woshou flood`, with their help in both languages. */
import type { Command } from 'commander';
import type { Text } from './language.ts';
import { integerFrom } from './number-options.ts';
import type { Screen } from './screen.ts';

/** Adds all of them. */
export function addFloodOptions(command: Command, screen: Screen): Command {
  const say = (text: Text): string => screen.say(text);
  return command
    .option('--rate <n>', say({ en: 'SYNs per second', zh: '每秒 SYN 数' }), integerFrom(1, 100_000), 2000)
    .option('--backlog <n>', say({ en: 'length of the SYN queue', zh: 'SYN 队列长度' }), integerFrom(1, 65_535), 128)
    .option('--seconds <n>', say({ en: 'of each of the two acts', zh: '两幕各持续的秒数' }), integerFrom(1, 600), 10)
    .option('--visits <n>', say({ en: 'honest visits per second', zh: '每秒正常访问数' }), integerFrom(1, 500), 20)
    .option(
      '--seed <n>',
      say({ en: 'the same number gives the same packets', zh: '随机种子：相同的数得到相同的分组' }),
      integerFrom(0, Number.MAX_SAFE_INTEGER),
      1,
    )
    .option(
      '--svg <file>',
      say({ en: 'write a chart; - is the standard output', zh: '写出图表（SVG）；- 表示标准输出' }),
    )
    .option('--json <file>', say({ en: 'write all samples as JSON', zh: '把全部采样写成 JSON' }));
}
