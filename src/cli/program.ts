/**
 * The commands, their options and their help, in the reader's language. What they do stands in files of their own, which are read when they are
 * asked for: all together take longer to load than a scan of a thousand ports.
 */
import { Argument, Command, CommanderError, type Help, Option } from 'commander';
import type { ConnectCommandOptions } from './connect.ts';
import type { ControlOptions, NstatOptions } from './control-commands.ts';
import type { DemoOptions } from './demo.ts';
import { addDeviceOptions } from './device-options.ts';
import type { DrillCommandOptions } from './drill.ts';
import { expandDrillArguments } from './drill-arguments.ts';
import type { FloodCommandOptions } from './flood.ts';
import { addFloodOptions } from './flood-options.ts';
import type { Text } from './language.ts';
import { addModelOptions, MODEL_TITLE } from './model.ts';
import { integerFrom } from './number-options.ts';
import type { RaceCommandOptions } from './race.ts';
import { addRaceOptions } from './race-options.ts';
import { addScanOptions, expandScanArguments, type ScanCommandOptions } from './scan-options.ts';
import type { Screen } from './screen.ts';
import type { ServeOptions } from './serve.ts';
import type { SsOptions } from './ss-format.ts';
import { padEnd, widthOf, wrap } from './text-layout.ts';

/** Runs the command line; resolves with the exit code. @throws what a command throws */
export async function runProgram(args: readonly string[], screen: Screen, version: string): Promise<number> {
  const run = new Run(screen, version);
  try {
    await run.program.parseAsync(expandDrillArguments(expandScanArguments(args)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return complain(screen, error);
  }
  return run.code;
}

/** Wrong use of the command line. */
export const EXIT_USAGE = 2;

class Run {
  code = 0;
  readonly program: Command;
  private readonly screen: Screen;

  constructor(screen: Screen, version: string) {
    this.screen = screen;
    this.program = this.command(new Command('woshou'))
      .description(
        this.say({
          en: 'TCP/IP in TypeScript: stories of TCP played by a real stack, and that stack on a real network device.',
          zh: '用 TypeScript 写成的 TCP/IP：由真实协议栈演出的 TCP 故事，以及跑在真实网络设备上的这个协议栈。',
        }),
      )
      .version(version, '-V, --version', this.say({ en: 'print the version', zh: '显示版本号' }))
      .helpCommand('help [command]', this.say({ en: 'help for a command', zh: '显示某个命令的帮助' }));
    this.common(this.program);
    this.addDemo();
    this.addRace();
    this.addDrill();
    addModelOptions(this.add('model', MODEL_TITLE), screen, (code) => {
      this.code = code;
    });
    this.addServe();
    this.addConnect();
    this.addScan();
    this.addFlood();
    this.addBuildAddon();
    this.addSs();
    this.addNstat();
  }

  private say(text: Text): string {
    return this.screen.say(text);
  }

  /** What every command shares: language of the help, errors as exceptions. */
  private command(command: Command): Command {
    const { screen } = this;
    return command
      .exitOverride()
      .helpOption('-h, --help', this.say({ en: 'print this help', zh: '显示这份帮助' }))
      .configureHelp(helpFor(screen))
      .configureOutput({
        writeOut: (text) => screen.raw(text),
        writeErr: (text) => screen.problem(text.trimEnd()),
        outputError: () => {},
      });
  }

  /** Read before parsing (see language.ts and main.ts); named here so that they are known and shown. */
  private common(command: Command): void {
    command
      .option('--lang <en|zh>', this.say({ en: 'language; default: by locale', zh: '语言，默认由系统区域设置决定' }))
      .option(
        '--no-color',
        this.say({ en: 'no colours (NO_COLOR does the same)', zh: '不用颜色（与 NO_COLOR 相同）' }),
      );
  }

  private add(name: string, description: Text): Command {
    const command = this.command(this.program.command(name)).description(this.say(description));
    this.common(command);
    return command;
  }

  private addDemo(): void {
    this.add('demo', { en: 'play a scene and draw every packet', zh: '演示一个场景，画出每一个分组' })
      .addArgument(
        new Argument(
          '[scene]',
          this.say({ en: 'its name, see --list (default: life)', zh: '场景名称，见 --list（默认 life）' }),
        ),
      )
      .option('-l, --list', this.say({ en: 'list all scenes', zh: '列出所有场景' }))
      .option('--seed <n>', this.say(SEED), integerFrom(0, Number.MAX_SAFE_INTEGER))
      .option('--pcap <file>', this.say({ en: 'write the packets to a pcapng file', zh: '把分组写入 pcapng 文件' }))
      .option(
        '--all',
        this.say({ en: 'draw every packet, also in long runs of the same', zh: '画出每一个分组，连续重复的也不省略' }),
      )
      .option('--json', this.say({ en: 'print the result as JSON', zh: '以 JSON 输出结果' }))
      .action(async (scene: string | undefined, options: DemoOptions) => {
        const { demo } = await import('./demo.ts');
        this.code = demo(this.screen, scene, options);
      });
  }

  private addRace(): void {
    const command = this.add('race', {
      en: 'let congestion controls compete over one bottleneck, in virtual time',
      zh: '让多种拥塞控制算法在同一瓶颈上竞争（虚拟时间）',
    });
    addRaceOptions(command, this.screen)
      .option('--seed <n>', this.say(SEED), integerFrom(0, Number.MAX_SAFE_INTEGER), 1)
      .action(async (controls: string[], options: RaceCommandOptions) => {
        const { raceCommand } = await import('./race.ts');
        this.code = await raceCommand(this.screen, controls, options);
      });
  }

  private addDrill(): void {
    this.add('drill', {
      en: 'run packetdrill scripts against our stack, in virtual time; exit code 1: one fails, 2: one has a syntax error',
      zh: '对我们的协议栈运行 packetdrill 脚本（虚拟时间）；退出码 1：有脚本未通过，2：有脚本语法错误',
    })
      .addArgument(new Argument('<script...>', this.say({ en: 'files (.pkt)', zh: '脚本文件（.pkt）' })))
      .option(
        '-D, --define <name=value>',
        this.say({ en: 'define a word of the scripts', zh: '定义脚本中的一个词' }),
        collect,
        [],
      )
      .option(
        '--set <name=value>',
        this.say({
          en: 'an option as on a script’s first lines: ip_version=ipv6',
          zh: '等同脚本首部的选项，如 ip_version=ipv6',
        }),
        collect,
        [],
      )
      .option('--tap', this.say({ en: 'results in the Test Anything Protocol', zh: '以 TAP 格式输出结果' }))
      .option('--junit <file>', this.say({ en: 'write results as JUnit XML too', zh: '另把结果写成 JUnit XML' }))
      .addOption(this.profileOption())
      .option(
        '--strict',
        this.say({ en: 'PSH as written, nothing left over', zh: 'PSH 必须与脚本一致，不许有多余的分组' }),
      )
      .option('--lenient', this.say({ en: 'PSH is not compared', zh: '不比较 PSH' }))
      .option('-v, --verbose', this.say({ en: 'the ladder of scripts that pass too', zh: '通过的脚本也画出梯形图' }))
      .option(
        '--kernel',
        this.say({
          en: 'against the Linux kernel, in network namespaces of its own (root)',
          zh: '改为对 Linux 内核运行，在独立的网络命名空间中（需要 root）',
        }),
      )
      .option(
        '-j, --jobs <n>',
        this.say({ en: 'scripts at once with --kernel', zh: '--kernel 时同时运行的脚本数' }),
        integerFrom(1, 64),
        4,
      )
      .addOption(new Option('--kernel-child').hideHelp())
      .action(async (scripts: string[], options: DrillCommandOptions) => {
        const { drillCommand } = await import('./drill.ts');
        this.code = await drillCommand(this.screen, scripts, options);
      });
  }

  private profileOption(): Option {
    return new Option(
      '--profile <name>',
      this.say({ en: 'as Linux does, or by the letter of the RFCs', zh: '像 Linux 那样，或严格按照 RFC' }),
    )
      .choices(['linux', 'rfc'])
      .default('linux');
  }

  private addServe(): void {
    const command = this.add('serve', {
      en: 'an HTTP server on our stack, reached through a TUN device (Linux, root)',
      zh: '在我们的协议栈上运行 HTTP 服务器，经 TUN 设备访问（Linux，需 root）',
    }).option(
      '--tun [name]',
      this.say({
        en: 'through a TUN device (the default, see --device), of this name or the next free woshouN',
        zh: '经 TUN 设备（默认方式，另见 --device），可指定设备名，默认取下一个空闲的 woshouN',
      }),
    );
    addDeviceOptions(command, this.screen, '10.9.0')
      .addOption(this.profileOption())
      .option('--port <n>', this.say({ en: 'TCP port', zh: 'TCP 端口' }), integerFrom(1, 65_535), 80)
      .option('-6, --ipv6', this.say({ en: 'IPv6 as well, on fd00:9::2', zh: '同时使用 IPv6，地址 fd00:9::2' }))
      .action(async (options: ServeOptions) => {
        const { serve } = await import('./serve.ts');
        this.code = await serve(this.screen, options);
      });
  }

  private addConnect(): void {
    const command = this.add('connect', {
      en: 'fetch a page over our stack from a server of the kernel (Linux, root)',
      zh: '用我们的协议栈向内核一端的服务器取一个网页（Linux，需 root）',
    })
      .addArgument(new Argument('<host>', this.say({ en: 'address or name of the server', zh: '服务器的地址或名字' })))
      .addArgument(
        new Argument('<port>', this.say({ en: 'TCP port', zh: 'TCP 端口' })).argParser(integerFrom(1, 65_535)),
      )
      .option('--tun', this.say({ en: 'through a TUN device (the default)', zh: '经 TUN 设备（默认方式）' }))
      .option('--name <device>', this.say({ en: 'name of the TUN device', zh: 'TUN 设备名' }));
    addDeviceOptions(command, this.screen, '10.9.1')
      .addOption(this.profileOption())
      .option('--path <path>', this.say({ en: 'what to ask for', zh: '请求的路径' }), '/')
      .option(
        '--timeout <ms>',
        this.say({ en: 'milliseconds to wait for the answer', zh: '等待应答的毫秒数' }),
        integerFrom(1, 2 ** 31 - 1),
        30_000,
      )
      .action(async (host: string, port: number, options: ConnectCommandOptions) => {
        const { connectCommand } = await import('./connect.ts');
        this.code = await connectCommand(this.screen, host, port, options);
      });
  }

  private addBuildAddon(): void {
    this.add('build-addon', {
      en: 'compile the optional accelerator of devices (Linux, a C compiler)',
      zh: '编译设备的可选加速模块（Linux，需要 C 编译器）',
    }).action(async () => {
      const { buildAddonCommand } = await import('./build-addon.ts');
      this.code = await buildAddonCommand(this.screen);
    });
  }

  private addScan(): void {
    const command = this.add('scan', {
      en: 'scan ports and hosts, in nmap’s words (Linux, root; or --sim anywhere)',
      zh: '扫描端口和主机，用法同 nmap（Linux，需 root；--sim 不限平台）',
    });
    addScanOptions(command, this.screen).action(async (targets: string[], options: ScanCommandOptions) => {
      const { scanCommand } = await import('./scan.ts');
      this.code = await scanCommand(this.screen, targets, options);
    });
  }

  private addFlood(): void {
    const command = this.add('flood', {
      en: 'a SYN flood in the simulator, without SYN cookies and with them',
      zh: '在模拟网络中演示 SYN 洪泛：不用与使用 SYN cookie',
    });
    addFloodOptions(command, this.screen).action(async (options: FloodCommandOptions) => {
      const { floodCommand } = await import('./flood.ts');
      this.code = await floodCommand(this.screen, options);
    });
  }

  private addSs(): void {
    const command = this.add('ss', {
      en: 'sockets of a running `woshou serve`',
      zh: '列出正在运行的 `woshou serve` 的套接字',
    })
      .option(
        '-a, --all',
        this.say({ en: 'listeners too, SYN-RECV and TIME-WAIT', zh: '包括监听、SYN-RECV 和 TIME-WAIT' }),
      )
      .option('-l, --listening', this.say({ en: 'listeners only', zh: '只列监听套接字' }))
      .option('-t, --tcp', this.say({ en: 'TCP only', zh: '只列 TCP' }))
      .option('-u, --udp', this.say({ en: 'UDP only', zh: '只列 UDP' }))
      .option('-n, --numeric', this.say({ en: 'accepted; everything is numeric', zh: '可以写上；本来就全用数字' }))
      .option('-o, --options', this.say({ en: 'timers', zh: '显示定时器' }))
      .option('-i, --info', this.say({ en: 'details of each connection', zh: '显示每条连接的细节' }));
    this.onControl(command).action(async (options: SsOptions & ControlOptions & { options?: boolean }) => {
      const { ssCommand } = await import('./control-commands.ts');
      this.code = await ssCommand(this.screen, { ...options, timers: options.options ?? false });
    });
  }

  private addNstat(): void {
    const command = this.add('nstat', {
      en: 'counters of a running `woshou serve`',
      zh: '列出正在运行的 `woshou serve` 的计数器',
    })
      .option(
        '-a, --absolute',
        this.say({ en: 'accepted; counts are since the start', zh: '可以写上；计数总是从启动算起' }),
      )
      .option('-z, --zeros', this.say({ en: 'counters that are zero too', zh: '为零的计数器也列出' }));
    this.onControl(command).action(async (options: NstatOptions & ControlOptions) => {
      const { nstatCommand } = await import('./control-commands.ts');
      this.code = await nstatCommand(this.screen, options);
    });
  }

  private onControl(command: Command): Command {
    return command
      .option('--json', this.say({ en: 'print as JSON', zh: '以 JSON 输出' }))
      .option(
        '--control <path>',
        this.say({ en: 'control socket of the server to ask', zh: '要询问的服务器的控制套接字' }),
      );
  }
}

const SEED: Text = { en: 'the same number gives the same packets', zh: '随机种子：相同的数得到相同的分组' };

/** For options that may be given several times. */
function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/** Titles in the reader's language, columns that count Chinese characters as two, lines broken where both languages allow it. */
function helpFor(screen: Screen): Partial<Help> {
  const titles: Readonly<Record<string, Text>> = {
    'Usage:': { en: 'Usage:', zh: '用法：' },
    'Arguments:': { en: 'Arguments:', zh: '参数：' },
    'Options:': { en: 'Options:', zh: '选项：' },
    'Commands:': { en: 'Commands:', zh: '命令：' },
  };
  return {
    helpWidth: screen.width,
    displayWidth: widthOf,
    styleTitle: (title) => {
      const text = titles[title];
      return screen.colors.bold(text === undefined ? title : screen.say(text));
    },
    optionDescription: describeOption(screen),
    argumentDescription: (argument) => argument.description,
    boxWrap: (text, width) => wrap(text, width).join('\n'),
    formatItem: (term, termWidth, description) => {
      const indent = ' '.repeat(termWidth + 4);
      const lines = wrap(description, Math.max(20, screen.width - termWidth - 4));
      return `  ${padEnd(term, termWidth)}  ${lines.join(`\n${indent}`)}`;
    },
  };
}

function describeOption(screen: Screen): (option: Option) => string {
  return (option) => {
    const extras: string[] = [];
    if (option.argChoices) extras.push(option.argChoices.join(' | '));
    const hasDefault = ['string', 'number'].includes(typeof option.defaultValue);
    if (hasDefault)
      extras.push(
        screen.say({ en: `default ${String(option.defaultValue)}`, zh: `默认 ${String(option.defaultValue)}` }),
      );
    if (extras.length === 0) return option.description;
    return screen.language === 'zh'
      ? `${option.description}（${extras.join('，')}）`
      : `${option.description} (${extras.join(', ')})`;
  };
}

/** What was wrong on the command line, in the reader's language. Help and version are no errors. */
function complain(screen: Screen, error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  // Help shown because no command was given.
  if (error.code === 'commander.help') return EXIT_USAGE;
  const english = error.message.replace(/^error: /, '').replace(/\n\(did you mean (.*)\?\)$/i, '; did you mean $1?');
  const chinese = CHINESE_COMPLAINTS[error.code];
  const quoted = /'([^']*)'/.exec(english)?.[1] ?? '';
  const message = chinese === undefined ? english : `${chinese}${quoted === '' ? '' : `：${quoted}`}`;
  screen.fail(
    screen.say({ en: english, zh: message }),
    screen.say({ en: 'see woshou --help', zh: '参见 woshou --help' }),
  );
  return EXIT_USAGE;
}

const CHINESE_COMPLAINTS: Readonly<Record<string, string>> = {
  'commander.unknownOption': '没有这个选项',
  'commander.unknownCommand': '没有这个命令',
  'commander.missingArgument': '缺少参数',
  'commander.optionMissingArgument': '选项缺少值',
  'commander.missingMandatoryOptionValue': '缺少必需的选项',
  'commander.invalidArgument': '值不合适',
  'commander.excessArguments': '参数太多',
  'commander.conflictingOption': '选项互相冲突',
};
