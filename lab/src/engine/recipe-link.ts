/**
 * A recipe as the part of an address behind `#`, and back. A link may be damaged, made by hand or from another version:
 * reading one never throws and says what is wrong.
 */
import {
  type Action,
  HOST_CALLS,
  type HostCall,
  type LinkChange,
  PACKET_DEEDS,
  type PacketDeed,
  type Recipe,
  type SettingValue,
} from './actions.ts';

/** The form of links. A reader knows its own and older ones. */
export const LINK_VERSION = 1;
const ACTIONS_MAX = 500;
const TEXT_MAX = 60_000;

/** Why a link cannot be read. */
export type LinkProblem = 'damaged' | 'newer' | 'too-long';

export type ReadLink =
  | { readonly recipe: Recipe; readonly problem: null }
  | { readonly recipe: null; readonly problem: LinkProblem };

/** `v=1&scene=three-way-handshake&seed=1&do=[…]`, the actions in short form, percent-encoded. */
export function writeLink({ scene, seed, actions }: Recipe): string {
  const parts = [`v=${LINK_VERSION}`, `scene=${scene}`, `seed=${seed}`];
  if (actions.length > 0) parts.push(`do=${encodeURIComponent(JSON.stringify(actions.map(shortOf)))}`);
  return parts.join('&');
}

/** Reads what `writeLink` wrote. Without any scene in it: null and no problem to speak of. */
export function readLink(hash: string): ReadLink | null {
  const text = hash.replace(/^#/, '');
  if (text.length > TEXT_MAX) return bad('too-long');
  const values = new URLSearchParams(text);
  const scene = values.get('scene');
  if (scene === null) return values.has('do') || values.has('seed') ? bad('damaged') : null;
  const version = Number(values.get('v') ?? '1');
  if (!Number.isInteger(version) || version < 1) return bad('damaged');
  if (version > LINK_VERSION) return bad('newer');
  const seed = Number(values.get('seed') ?? '1');
  if (!/^[a-z0-9-]{1,60}$/.test(scene) || !Number.isSafeInteger(seed)) return bad('damaged');
  const actions = readActions(values.get('do'));
  return actions === null ? bad('damaged') : { recipe: { scene, seed, actions }, problem: null };
}

function bad(problem: LinkProblem): ReadLink {
  return { recipe: null, problem };
}

function shortOf(action: Action): unknown[] {
  const { event, timeUs } = action;
  switch (action.kind) {
    case 'packet':
      return [event, timeUs, 'p', action.packet, action.what, ...(action.ms === undefined ? [] : [action.ms])];
    case 'call': {
      const { host, call, kind, event: _event, timeUs: _time, ...rest } = action;
      return [event, timeUs, 'c', host, call, ...(Object.keys(rest).length === 0 ? [] : [rest])];
    }
    case 'set':
      return [event, timeUs, 's', action.host, action.name, action.value];
    default:
      return [event, timeUs, 'l', action.link, action.change];
  }
}

function readActions(text: string | null): Action[] | null {
  if (text === null) return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(list) || list.length > ACTIONS_MAX) return null;
  const actions = list.map(readAction);
  return actions.every((action): action is Action => action !== null) ? actions : null;
}

/** One action of which nothing is trusted. */
export function readAction(entry: unknown): Action | null {
  if (!Array.isArray(entry)) return null;
  const [event, timeUs, kind, first, second, third] = entry as unknown[];
  if (!isAmount(event) || !isAmount(timeUs)) return null;
  const moment = { event, timeUs };
  switch (kind) {
    case 'p':
      if (!isAmount(first) || !isOneOf(PACKET_DEEDS, second)) return null;
      return { ...moment, kind: 'packet', packet: first, what: second as PacketDeed, ...optional('ms', third) };
    case 'c':
      if (!isName(first) || !isOneOf(HOST_CALLS, second)) return null;
      return { ...moment, kind: 'call', host: first, call: second as HostCall, ...callDetails(third) };
    case 's':
      if (!isName(first) || !isName(second) || !isSettingValue(third)) return null;
      return { ...moment, kind: 'set', host: first, name: second, value: third };
    case 'l':
      if (!isName(first) || typeof second !== 'object' || second === null) return null;
      return { ...moment, kind: 'link', link: first, change: linkChange(second as Record<string, unknown>) };
    default:
      return null;
  }
}

function callDetails(value: unknown): object {
  if (typeof value !== 'object' || value === null) return {};
  const { to, ...numbers } = value as Record<string, unknown>;
  return {
    ...(isName(to) ? { to } : {}),
    ...optional('port', numbers.port),
    ...optional('backlog', numbers.backlog),
    ...optional('connection', numbers.connection),
    ...optional('bytes', numbers.bytes),
  };
}

function linkChange(value: Record<string, unknown>): LinkChange {
  const change: Record<string, number | boolean> = {};
  for (const name of ['delayMs', 'jitterMs', 'loss', 'reorder', 'duplicate', 'rateBps'] as const) {
    const number = value[name];
    if (isAmount(number)) change[name] = number;
  }
  if (typeof value.cut === 'boolean') change.cut = value.cut;
  return change;
}

function optional<Name extends string>(name: Name, value: unknown): { [K in Name]?: number } {
  return (isAmount(value) ? { [name]: value } : {}) as { [K in Name]?: number };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w .-]{1,60}$/.test(value);
}

function isSettingValue(value: unknown): value is SettingValue {
  return typeof value === 'boolean' || isAmount(value) || isName(value);
}

function isOneOf(list: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && list.includes(value);
}
