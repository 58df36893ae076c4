/** `woshou connect`: one HTTP request over our stack to a server of the kernel, with the ladder of what went over the wire. */
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { streamSocketOf } from '../net/index.ts';
import { errnoMessage } from '../socket/socket-event.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { ProfileName } from '../stack/profile.ts';
import { addressesOf } from './both-ends.ts';
import { LiveLadder } from './live-ladder.ts';
import type { Screen } from './screen.ts';
import { reportCapture } from './serve.ts';
import { cut } from './text-layout.ts';
import { TunHost } from './tun-host.ts';

/** Not the network of `serve`: both may run at once. */
const IPV6_NETWORK = 'fd00:9:1:';

/** The options of `connect` as they stand on the command line. */
export interface ConnectCommandOptions {
  /** `tun`, `tap`, `packet:INTERFACE` or `qemu:PATH`. */
  readonly device: string;
  readonly name?: string;
  readonly address: string;
  readonly peer: string;
  readonly path: string;
  readonly pcap?: string;
  readonly profile: ProfileName;
  /** Percent of packets lost each way, and milliseconds of delay one way. */
  readonly loss: number;
  readonly delay: number;
  readonly quiet?: boolean;
  readonly all?: boolean;
  readonly timeout: number;
}

/** Lines of the body that are shown. */
const BODY_LINES = 12;
const BODY_KEPT = 16 * 1024;
/** After the answer the connection is closed in front of the reader's eyes. */
const GOODBYE_MS = 1500;
const ENDED: ReadonlySet<string> = new Set(['CLOSED', 'TIME-WAIT']);

interface Answer {
  readonly status: string;
  readonly bytes: number;
  readonly head: string;
}

/** Fetches and prints. Resolves with the exit code. @throws DeviceError, ArgumentError, Error when the server cannot be reached */
export async function connectCommand(
  screen: Screen,
  hostName: string,
  port: number,
  options: ConnectCommandOptions,
): Promise<number> {
  const remoteAddress = isIP(hostName) === 0 ? (await lookup(hostName, 4)).address : hostName;
  const ladder = options.quiet ? null : new LiveLadder(screen, { showsAll: options.all ?? false, ownName: 'client' });
  const host = await TunHost.open({
    name: 'woshou',
    kind: options.device,
    device: options.name,
    ...addressesOf({ ...options, ipv6: remoteAddress.includes(':') }, IPV6_NETWORK),
    profile: options.profile,
    pcap: options.pcap,
    line: { loss: options.loss / 100, delayMs: options.delay },
    observer: ladder ?? undefined,
    watchers: ladder === null ? [] : [ladder],
    onCaptureFailed: (error) => reportCapture(screen, error),
    onGone: () => {},
  });
  let socket: Socket | null = null;
  // Ctrl-C: the peer is told by a reset, and the packets so far are kept.
  const signals = new Signals(() => socket?.resetAndDestroy());
  try {
    ladder?.start();
    socket = host.net.connect({ host: remoteAddress, port });
    let connection: StreamSocket | null = null;
    const opened = socket;
    opened.once('connect', () => {
      connection = streamSocketOf(opened);
    });
    const answer = await fetchOver(socket, hostName, port, options);
    await goodbye(socket, connection);
    ladder?.stop();
    if (!signals.hasCome) showAnswer(screen, answer, options);
    return signals.hasCome ? EXIT_INTERRUPTED : 0;
  } catch (error) {
    if (signals.hasCome) return EXIT_INTERRUPTED;
    throw error;
  } finally {
    signals.release();
    ladder?.stop();
    host.close();
  }
}

/** What shells say of a program that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

/** Ctrl-C and its like, until released. */
class Signals {
  hasCome = false;
  private readonly stop: () => void;

  constructor(stop: () => void) {
    this.stop = () => {
      this.hasCome = true;
      stop();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, this.stop);
  }

  release(): void {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, this.stop);
  }
}

/** The path as a request line can carry it: with a slash in front, other characters than printable ASCII as %XX. */
export function requestPath(text: string): string {
  const path = text.startsWith('/') ? text : `/${text}`;
  return path.replace(/[^\x21-\x7e]+/g, (odd) => encodeURIComponent(odd.replace(/\p{Surrogate}/gu, '\ufffd')));
}

/** Name and port as RFC 9110 §7.2 wants them: an IPv6 address in brackets. */
export function hostHeader(hostName: string, port: number): string {
  const name = isIP(hostName) === 6 ? `[${hostName}]` : hostName;
  return port === 80 ? name : `${name}:${port}`;
}

function fetchOver(socket: Socket, hostName: string, port: number, options: ConnectCommandOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error(`no answer within ${options.timeout} ms`), { code: 'ETIMEDOUT' })),
      options.timeout,
    );
    socket.once('error', (error) => reject(explained(error)));
    const asking = request({
      createConnection: () => socket,
      host: hostName,
      port,
      path: requestPath(options.path),
      headers: { host: hostHeader(hostName, port), 'user-agent': 'woshou', connection: 'close' },
    });
    asking.on('error', (error) => reject(explained(error)));
    asking.on('response', (response: IncomingMessage) => {
      let bytes = 0;
      const kept: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        if (bytes < BODY_KEPT) kept.push(chunk);
        bytes += chunk.length;
      });
      response.on('error', reject);
      response.on('end', () => {
        const head = Buffer.concat(kept).toString('utf8', 0, BODY_KEPT);
        resolve({
          status: `HTTP/${response.httpVersion} ${response.statusCode ?? 0} ${response.statusMessage ?? ''}`,
          bytes,
          head,
        });
      });
    });
    asking.on('close', () => clearTimeout(timer));
    asking.end();
  });
}

/** What the stack says of such an error is more than its code. */
function explained(error: NodeJS.ErrnoException): Error {
  const { code, syscall } = error;
  if (code === undefined || syscall === undefined) return error;
  return Object.assign(new Error(errnoMessage(code)), { code });
}

/** Lets both FINs pass. */
async function goodbye(socket: Socket, connection: StreamSocket | null): Promise<void> {
  socket.end();
  const untilMs = Date.now() + GOODBYE_MS;
  const isOver = (): boolean => connection === null || ENDED.has(connection.stateName);
  while (!isOver() && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

function showAnswer(screen: Screen, answer: Answer, options: ConnectCommandOptions): void {
  const { colors } = screen;
  screen.line();
  screen.line(colors.bold(answer.status.trim()));
  screen.line(screen.say({ en: `${answer.bytes} bytes of body`, zh: `正文 ${answer.bytes} 字节` }));
  const lines = answer.head.trimEnd().split('\n');
  for (const line of lines.slice(0, BODY_LINES)) screen.line(`  ${colors.dim(cut(printable(line), screen.width - 4))}`);
  if (lines.length > BODY_LINES) screen.line(`  ${colors.dim('…')}`);
  if (options.pcap !== undefined) screen.line(`${screen.say({ en: 'Packets:', zh: '分组：' })} ${options.pcap}`);
}

/** A body comes from strangers: nothing of it may steer the terminal. */
function printable(line: string): string {
  return line.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '·');
}
