/** `woshou ss` and `woshou nstat`: ask a running `woshou serve` through its control socket and print what it says. */
import { findControlServers, requestControl } from '../node/control-client.ts';
import type { CountersDescription, SocketsDescription } from '../stack/describe.ts';
import { namedCounters } from '../stack/named-counters.ts';
import { formatCounters } from './nstat-format.ts';
import type { Screen } from './screen.ts';
import { formatSockets, type SsOptions, selectSockets } from './ss-format.ts';

export interface ControlOptions {
  readonly json?: boolean;
  /** Path of the control socket; default: every server of this user. */
  readonly control?: string;
}

export interface NstatOptions {
  readonly zeros?: boolean;
}

/** Prints the sockets. @throws ControlError */
export function ssCommand(screen: Screen, options: SsOptions & ControlOptions): Promise<number> {
  return askAll(screen, options, 'ss', (data) => {
    const sockets = selectSockets((data as SocketsDescription).sockets, options);
    return options.json ? [JSON.stringify(sockets, null, 2)] : formatSockets(sockets, options);
  });
}

/** Prints the counters. @throws ControlError */
export function nstatCommand(screen: Screen, options: NstatOptions & ControlOptions): Promise<number> {
  return askAll(screen, options, 'nstat', (data) => {
    const description = data as CountersDescription;
    if (!options.json) return formatCounters(description, options.zeros ?? false);
    const shown = namedCounters(description).filter(({ value }) => options.zeros || value !== 0);
    return [JSON.stringify({ kernel: Object.fromEntries(shown.map(({ name, value }) => [name, value])) }, null, 2)];
  });
}

async function askAll(
  screen: Screen,
  options: ControlOptions,
  command: 'ss' | 'nstat',
  format: (data: unknown) => string[],
): Promise<number> {
  const paths =
    options.control === undefined ? (await findControlServers()).map(({ path }) => path) : [options.control];
  if (paths.length === 0) {
    screen.fail(
      screen.say({ en: 'no `woshou serve` of yours is running', zh: '没有正在运行的 `woshou serve`（或不属于你）' }),
      screen.say({
        en: 'start one: sudo woshou serve --tun; then ask with sudo too',
        zh: '先启动：sudo woshou serve --tun；询问时也用 sudo',
      }),
    );
    return 1;
  }
  for (const path of paths) {
    if (paths.length > 1 && !options.json) screen.line(screen.colors.dim(`# ${path}`));
    screen.lines(format(await requestControl(path, command)));
  }
  return 0;
}
