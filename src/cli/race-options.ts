/** The options of `woshou race` with their help. What the texts mean is decided in race-arguments.ts. */
import { Argument, type Command, Option } from 'commander';
import { raceControls } from '../sim/race-options.ts';
import { defaultControls } from './race-arguments.ts';
import type { Screen } from './screen.ts';

/** Adds everything but the seed. */
export function addRaceOptions(command: Command, screen: Screen): Command {
  const controls = raceControls().join(', ');
  const usual = defaultControls().join(' ');
  command.addArgument(
    new Argument(
      '[controls...]',
      screen.say({
        en: `two to eight congestion controls, one per flow, of ${controls} (default: ${usual})`,
        zh: `二到八个拥塞控制算法，每条流一个，可选 ${controls}（默认 ${usual}）`,
      }),
    ),
  );
  addPath(command, screen);
  addFlows(command, screen);
  return command
    .option(
      '--svg <file>',
      screen.say({ en: 'write charts; - is the standard output', zh: '写出图表（SVG）；- 表示标准输出' }),
    )
    .option('--csv <file>', screen.say({ en: 'write all samples as CSV', zh: '把全部采样写成 CSV' }))
    .option('--json <file>', screen.say({ en: 'write samples and summary as JSON', zh: '把采样和汇总写成 JSON' }));
}

function addPath(command: Command, screen: Screen): void {
  command
    .option('--rate <rate>', screen.say({ en: 'of the bottleneck', zh: '瓶颈链路的速率' }), '20mbit')
    .option('--rtt <time>', screen.say({ en: 'round-trip time without queue', zh: '不排队时的往返时间' }), '40ms')
    .option(
      '--queue <length>',
      screen.say({
        en: 'queue before the bottleneck: 1bdp (bandwidth-delay products), 100p (packets), 256KiB',
        zh: '瓶颈前的队列：1bdp（带宽时延积的倍数）、100p（分组数）、256KiB',
      }),
      '1bdp',
    )
    .option('--loss <percent>', screen.say({ en: 'random loss of data packets', zh: '数据分组的随机丢包率' }), '0%')
    .option(
      '--mark <how>',
      screen.say({
        en: 'ECN marks by the queue: none, red, step (waits over 1 ms), step:5ms',
        zh: '队列的 ECN 标记方式：none、red、step（等待超过 1 ms）、step:5ms',
      }),
      'none',
    );
}

function addFlows(command: Command, screen: Screen): void {
  command
    .option('--duration <time>', screen.say({ en: 'length of the race', zh: '竞赛时长' }), '60s')
    .option(
      '--start <times>',
      screen.say({
        en: 'when each flow starts, separated by commas; the last one holds for the rest',
        zh: '各条流的开始时间，用逗号隔开；少写时最后一个值用于其余的流',
      }),
      '0',
    )
    .option(
      '--extra-rtt <times>',
      screen.say({ en: 'more round-trip time, per flow', zh: '各条流额外的往返时间' }),
      '0',
    )
    .option(
      '--bytes <sizes>',
      screen.say({ en: 'what each flow sends (default: until the end)', zh: '各条流发送的数据量（默认一直发到结束）' }),
    )
    .option('--interval <time>', screen.say({ en: 'between two samples', zh: '采样间隔' }), '100ms')
    .addOption(
      new Option(
        '--profile <name>',
        screen.say({ en: 'as Linux does, or by the letter of the RFCs', zh: '像 Linux 那样，或严格按照 RFC' }),
      )
        .choices(['linux', 'rfc'])
        .default('linux'),
    );
}
