/** `woshou serve`: an HTTP server on our stack behind a TUN device, with the kernel as the other end of the wire. */
import { startControlServer } from '../node/control-server.ts';
import { describeCounters, describeSockets } from '../stack/describe.ts';
import type { ProfileName } from '../stack/profile.ts';
import { HttpListener } from '../web/http-listener.ts';
import { addressesOf } from './both-ends.ts';
import { DetectionWatcher } from './detection-watcher.ts';
import { failureText } from './failure-text.ts';
import { answerTurn } from './http-site.ts';
import { LiveLadder } from './live-ladder.ts';
import type { Screen } from './screen.ts';
import { padEnd, widthOf } from './text-layout.ts';
import { TunHost } from './tun-host.ts';

/** The options of `serve` as they stand on the command line. */
export interface ServeOptions {
  /** Name of the interface, or true for any. */
  readonly tun?: string | boolean;
  /** `tun`, `tap`, `packet:INTERFACE` or `qemu:PATH`. */
  readonly device: string;
  readonly address: string;
  readonly peer: string;
  readonly port: number;
  readonly ipv6?: boolean;
  readonly pcap?: string;
  readonly profile: ProfileName;
  /** Percent of packets lost each way, and milliseconds of delay one way. */
  readonly loss: number;
  readonly delay: number;
  readonly quiet?: boolean;
  /** Show every segment, also of long transfers. */
  readonly all?: boolean;
}

/** Serves until SIGINT or SIGTERM. Resolves with the exit code. @throws DeviceError, ControlError, ArgumentError */
export async function serve(screen: Screen, options: ServeOptions): Promise<number> {
  const ended = new Ending();
  const ladder = options.quiet ? null : new LiveLadder(screen, { showsAll: options.all ?? false });
  const host = await TunHost.open({
    name: 'woshou',
    kind: options.device,
    device: typeof options.tun === 'string' ? options.tun : undefined,
    ...addressesOf(options),
    profile: options.profile,
    pcap: options.pcap,
    line: { loss: options.loss / 100, delayMs: options.delay },
    observer: ladder ?? undefined,
    watchers: [...(ladder === null ? [] : [ladder]), new DetectionWatcher(screen)],
    onCaptureFailed: (error) => reportCapture(screen, error),
    onGone: (error) => ended.fail(error),
  });
  try {
    const site = listen(screen, host, options.port);
    const expiry = setInterval(() => site.expire(), EXPIRY_MS);
    const control = await startControlServer({
      describeSockets: () => describeSockets(host.stack, host.driver.nowUs()),
      describeCounters: () => describeCounters(host.stack),
    });
    try {
      announce(screen, host, options, control.path);
      ladder?.start();
      await ended.wait();
    } finally {
      clearInterval(expiry);
      site.abort(new Error('the program ends'));
      // The RSTs leave before the device goes.
      await new Promise((resolve) => setImmediate(resolve));
      await control.close();
    }
  } finally {
    ladder?.stop();
    host.close();
  }
  screen.line();
  screen.line(screen.say({ en: 'Closed; the device is gone.', zh: '已关闭，设备已移除。' }));
  if (options.pcap !== undefined) screen.line(`${screen.say({ en: 'Packets:', zh: '分组：' })} ${options.pcap}`);
  return 0;
}

/** Packets are no longer kept; the reason, once. */
export function reportCapture(screen: Screen, error: Error): void {
  const { message } = failureText(error, screen.language);
  screen.fail(screen.say({ en: `no more packets are kept: ${message}`, zh: `不再保存分组：${message}` }));
}

function listen(screen: Screen, host: TunHost, port: number): HttpListener {
  const options = { port, hostname: '::', patienceMs: PATIENCE_MS };
  return new HttpListener(host.sockets, options, (turn) => answerTurn(turn, screen.language));
}

function announce(screen: Screen, host: TunHost, options: ServeOptions, controlPath: string): void {
  const { colors } = screen;
  const { addresses, peers } = addressesOf(options);
  const plain = (text: string | undefined): string => text?.split('/')[0] ?? '';
  const url = (address: string): string =>
    `http://${address.includes(':') ? `[${address}]` : address}${options.port === 80 ? '' : `:${options.port}`}`;
  const first = url(plain(addresses[0]));
  const rows: [string, string][] = [
    [screen.say({ en: 'device', zh: '设备' }), host.device.name],
    [screen.say({ en: 'woshou', zh: '握手' }), addresses.map(plain).join('  ')],
    [screen.say({ en: 'kernel', zh: '内核' }), peers.map(plain).join('  ')],
    [screen.say({ en: 'try', zh: '试试' }), colors.cyan(`curl ${first}/`)],
    ['', colors.cyan(`curl -s ${first}/bytes/10000000 | sha256sum`)],
    ...addresses.slice(1).map((address): [string, string] => ['', colors.cyan(`curl '${url(plain(address))}/'`)]),
    ['', colors.cyan('woshou ss -a -o -i')],
    ['', colors.cyan('woshou nstat')],
    [screen.say({ en: 'asked at', zh: '询问处' }), colors.dim(controlPath)],
    [screen.say({ en: 'stop', zh: '停止' }), 'Ctrl-C'],
  ];
  if (options.pcap !== undefined) rows.push([screen.say({ en: 'packets', zh: '分组' }), options.pcap]);
  screen.line(colors.bold(screen.say({ en: 'HTTP on our own TCP/IP', zh: '跑在自己的 TCP/IP 上的 HTTP' })));
  const width = Math.max(...rows.map(([label]) => widthOf(label)));
  for (const [label, value] of rows) screen.line(`  ${colors.dim(padEnd(label, width))}  ${value}`);
  screen.line(`${screen.say({ en: 'ready', zh: '就绪' })} ${first}/`);
  screen.line();
}

/** How long a client may keep the server waiting: between requests, and for the head of one. */
const PATIENCE_MS = { idle: 5_000, head: 60_000 };
/** How often that is looked at. */
const EXPIRY_MS = 1_000;

/** Waits for Ctrl-C or for trouble. */
class Ending {
  private settle: ((error: Error | null) => void) | null = null;
  private early: Error | null = null;

  fail(error: Error): void {
    if (this.settle === null) this.early = error;
    else this.settle(error);
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: Error | null): void => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
        if (error === null) resolve();
        else reject(error);
      };
      const stop = (): void => end(null);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
      this.settle = end;
      if (this.early !== null) end(this.early);
    });
  }
}
