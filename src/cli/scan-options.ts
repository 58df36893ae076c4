/** The options of `woshou scan`, in nmap's words, with their help in both languages. */
import { Argument, type Command } from 'commander';
import type { Text } from './language.ts';
import { integerFrom, numberFrom } from './number-options.ts';
import type { Screen } from './screen.ts';

/** The options as they stand on the command line. */
export interface ScanCommandOptions {
  /** `-s`: letters of techniques, `n` for none. */
  readonly s: readonly string[];
  /** `-P`: `n`. */
  readonly P?: string;
  /** `-T`: 0 to 5, or a name. */
  readonly T: string;
  readonly ports?: string;
  readonly fast?: boolean;
  readonly topPorts?: string;
  readonly exclude?: string;
  readonly excludePorts?: string;
  readonly reason?: boolean;
  /** `-r`: ports in order. */
  readonly r?: boolean;
  readonly open?: boolean;
  readonly ipv6?: boolean;
  readonly verbose?: boolean;
  readonly maxRetries?: string;
  readonly minRate?: string;
  readonly maxRate?: string;
  readonly hostTimeout?: string;
  readonly scanDelay?: string;
  readonly outputNormal?: string;
  readonly outputXml?: string;
  readonly outputJson?: string;
  readonly explain?: boolean;
  readonly iAmAuthorized?: boolean;
  readonly sim?: boolean;
  readonly simHost: readonly string[];
  readonly seed: number;
  readonly loss: number;
  readonly delay: number;
  readonly tun?: string | boolean;
  /** `-e`: through a packet socket. */
  readonly interface?: string;
  readonly gateway?: string;
  readonly address: string;
  readonly peer: string;
}

/** nmap writes `-oX file`: two letters, and the value behind a space, which commander would take for a target. */
const OUTPUTS: Readonly<Record<string, string>> = {
  '-oN': '--output-normal',
  '-oX': '--output-xml',
  '-oJ': '--output-json',
};

/** `-oX file` as `--output-xml file`; arguments of other commands stay as they are. */
export function expandScanArguments(args: readonly string[]): string[] {
  if (!args.includes('scan')) return [...args];
  return args.map((arg) => OUTPUTS[arg] ?? arg);
}

/** Adds all of them. */
export function addScanOptions(command: Command, screen: Screen): Command {
  const say = (text: Text): string => screen.say(text);
  const collect = (text: string, before: readonly string[]): string[] => [...before, text];
  command.addArgument(
    new Argument(
      '[targets...]',
      say({
        en: 'addresses, names, 10.0.0.0/24, 10.0.0-3.1,5,10-20; with --sim default: all of it',
        zh: '地址、主机名、10.0.0.0/24、10.0.0-3.1,5,10-20；使用 --sim 时默认为整个模拟网络',
      }),
    ),
  );
  command
    .option('-s <kinds>', say(KINDS), collect, [])
    .option('-P <n>', say({ en: '-Pn: do not look for hosts, take all to be up', zh: '-Pn：不探测主机，视为全部在线' }))
    .option('-p, --ports <ports>', say(PORTS))
    .option('-F, --fast', say({ en: 'the 100 most interesting ports', zh: '只扫描最常用的 100 个端口' }))
    .option('--top-ports <n>', say(TOP_PORTS))
    .option(
      '--exclude <targets>',
      say({ en: 'leave these out, separated by spaces or ;', zh: '排除这些目标，用空格或 ; 隔开' }),
    )
    .option('--exclude-ports <ports>', say({ en: 'leave these ports out', zh: '排除这些端口' }))
    .option('-r', say({ en: 'ports in order instead of at random', zh: '按顺序扫描端口，不打乱' }))
    .option('-n', say({ en: 'accepted; addresses are never looked up backwards', zh: '可以写上；本来就不做反向解析' }))
    .option('-6, --ipv6', say({ en: 'names and --sim by IPv6', zh: '主机名和 --sim 使用 IPv6' }));
  addTiming(command, say);
  addOutput(command, say);
  return addPlace(command, say, collect);
}

const KINDS: Text = {
  en: '-sS SYN (default), -sT connect, -sF FIN, -sN null, -sX Xmas, -sA ACK, -sW window, -sM Maimon, -sU UDP; -sn hosts only',
  zh: '-sS SYN（默认）、-sT 连接、-sF FIN、-sN 空标志、-sX 圣诞树、-sA ACK、-sW 窗口、-sM Maimon、-sU UDP；-sn 只探测主机',
};

const PORTS: Text = {
  en: '22,80,8000-8010, - for all, T:80,U:53, http*; default: 1-1024 and well-known higher ones',
  zh: '22,80,8000-8010；- 表示全部；T:80,U:53；http*。默认 1-1024 和更高的知名端口',
};

const TOP_PORTS: Text = {
  en: 'the n most interesting ports, of -p if given; the order is our own choice among IANA’s services, by purpose, not measured',
  zh: '只扫描最常用的 n 个端口，可配合 -p 限定范围；顺序由我们按用途从 IANA 服务表中选定，并非统计结果',
};

function addTiming(command: Command, say: (text: Text) => string): void {
  command
    .option(
      '-T <template>',
      say({ en: '0 (slowest) to 5, or paranoid … insane', zh: '0（最慢）到 5，或 paranoid … insane' }),
      '3',
    )
    .option('--max-retries <n>', say({ en: 'tries beyond the first', zh: '首次之外的最多尝试次数' }))
    .option('--min-rate <n>', say({ en: 'probes per second at least', zh: '每秒至少发送的探测数' }))
    .option('--max-rate <n>', say({ en: 'probes per second at most', zh: '每秒最多发送的探测数' }))
    .option('--host-timeout <time>', say({ en: 'give a host up after', zh: '单个主机超过此时间就放弃' }))
    .option('--scan-delay <time>', say({ en: 'pause between two probes to a host', zh: '对同一主机两次探测的间隔' }));
}

function addOutput(command: Command, say: (text: Text) => string): void {
  command
    .option('--reason', say({ en: 'why each port is taken for what it is', zh: '显示每个端口判定的理由' }))
    .option('--open', say({ en: 'show ports that are open, or may be', zh: '只显示开放或可能开放的端口' }))
    .option('-v, --verbose', say({ en: 'hosts that are down, and counters', zh: '显示不在线的主机和各项计数' }))
    .option(
      '--explain',
      say({
        en: 'say of every probe what came back and what that means',
        zh: '逐个说明每次探测收到了什么、意味着什么',
      }),
    )
    .option(
      '--output-normal <file>',
      say({ en: '-oN: this text into a file; - is the standard output', zh: '-oN：文本结果写入文件；- 表示标准输出' }),
    )
    .option('--output-xml <file>', say({ en: '-oX: XML as nmap writes it', zh: '-oX：nmap 格式的 XML' }))
    .option('--output-json <file>', say({ en: '-oJ: JSON', zh: '-oJ：JSON' }));
}

function addPlace(
  command: Command,
  say: (text: Text) => string,
  collect: (text: string, before: readonly string[]) => string[],
): Command {
  return command
    .option('--sim', say({ en: 'a simulated network in place of a real one', zh: '扫描模拟网络，而不是真实网络' }))
    .option(
      '--sim-host <host>',
      say({
        en: "a host of it: 'web: open=22,80 udp=53 drop=1-9 reject=25 rest=drop'",
        zh: '模拟网络中的主机，如 "web: open=22,80 udp=53 drop=1-9 reject=25 rest=drop"',
      }),
      collect,
      [],
    )
    .option(
      '--seed <n>',
      say({ en: 'of the simulation', zh: '模拟的随机种子' }),
      integerFrom(0, Number.MAX_SAFE_INTEGER),
      1,
    )
    .option(
      '--loss <percent>',
      say({ en: 'of the simulation: packets lost', zh: '模拟网络的丢包率' }),
      numberFrom(0, 100),
      0,
    )
    .option(
      '--delay <ms>',
      say({ en: 'of the simulation: one way', zh: '模拟网络的单程延迟' }),
      numberFrom(0, 60_000),
      1,
    )
    .option(
      '--tun [name]',
      say({ en: 'through a TUN device (default; Linux, root)', zh: '经 TUN 设备（默认；Linux，需 root）' }),
    )
    .option(
      '-e, --interface <name>',
      say({
        en: 'through an Ethernet interface, as a station of our own: give --address',
        zh: '经以太网接口，作为独立的站点；需给出 --address',
      }),
    )
    .option(
      '--gateway <address>',
      say({ en: 'with -e: the way to other networks', zh: '与 -e 一起用：通往其他网络的网关' }),
    )
    .option(
      '--address <address>',
      say({ en: 'our address and prefix length', zh: '我们的地址和前缀长度' }),
      '10.9.2.2/24',
    )
    .option('--peer <address>', say({ en: 'the address of the kernel', zh: '内核一端的地址' }), '10.9.2.1')
    .option(
      '--i-am-authorized',
      say({ en: 'for targets that are not private: you may scan them', zh: '扫描非私有地址时：声明你已获授权' }),
    );
}
