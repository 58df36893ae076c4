/** struct pollfd and epoll_event in calls: read, and compared with what the call told. */
import { POSIX } from '../socket/posix/constants.ts';
import type { CallValue } from './ast.ts';
import { type CallArguments, isOpen } from './call-values.ts';
import { DrillError } from './drill-error.ts';
import { EPOLL_EVENT, POLLFD } from './structures.ts';

/** One struct pollfd; `revents` undefined is left open. */
export interface WantedPoll {
  readonly fd: number;
  readonly events: number;
  readonly revents: number | undefined;
}

/** `[{fd=4, events=POLLIN, revents=POLLIN}, …]`, names left out or not; the descriptor is the script's. */
export function readPoll(args: CallArguments): WantedPoll[] {
  const list = args.at(0);
  if (list.kind !== 'array') throw new DrillError('poll: [{fd=…, events=…, revents=…}, …] is needed');
  return list.items.map((item) => {
    const members = args.members(item, POLLFD);
    const revents = members.get('revents');
    return {
      fd: members.number('fd'),
      events: members.open('events') ?? 0,
      revents: revents === undefined ? 0 : members.open('revents'),
    };
  });
}

export function comparePoll(
  wanted: readonly WantedPoll[],
  entries: readonly { readonly revents: number }[],
): string | null {
  for (const [index, { revents }] of wanted.entries()) {
    const actual = entries[index]?.revents ?? 0;
    if (revents !== undefined && revents !== actual)
      return `poll gave revents ${bits('POLL', actual)} instead of ${bits('POLL', revents)}`;
  }
  return null;
}

/** `{events=EPOLLIN, fd=4}`, `{events=…, ptr=4}`, `{EPOLLIN, {u32=4}}`: what is left open is undefined. */
export function readEpollEvent(
  args: CallArguments,
  value: CallValue,
): { readonly events: number | undefined; readonly data: number | undefined } {
  const members = args.members(value, EPOLL_EVENT);
  const given = members.get('data');
  const data = given?.kind === 'structure' ? given.members[0]?.value : given;
  return {
    events: members.open('events'),
    data: data === undefined || isOpen(data) ? undefined : args.toNumber(data),
  };
}

export function compareEpoll(
  args: CallArguments,
  events: readonly { readonly events: number; readonly data: number | bigint }[],
): string | null {
  const given = args.at(1);
  const list = given.kind === 'array' ? given.items : [given];
  for (const [index, item] of list.entries()) {
    const actual = events[index];
    if (item.kind !== 'structure' || actual === undefined) continue;
    const wanted = readEpollEvent(args, item);
    const isRight =
      (wanted.events ?? actual.events) === actual.events &&
      (wanted.data ?? Number(actual.data)) === Number(actual.data);
    if (isRight) continue;
    const expected = `${wanted.events === undefined ? 'any' : bits('EPOLL', wanted.events)} for ${wanted.data ?? 'any'}`;
    return `epoll_wait gave events ${bits('EPOLL', actual.events)} for ${actual.data} instead of ${expected}`;
  }
  return null;
}

/** Event bits by name. */
function bits(prefix: string, value: number): string {
  const names = Object.entries(POSIX as Readonly<Record<string, number>>)
    .filter(([name, bit]) => new RegExp(`^${prefix}[A-Z]`).test(name) && bit !== 0 && (value & bit) !== 0)
    .map(([name]) => name);
  return names.length === 0 ? String(value) : names.join('|');
}
