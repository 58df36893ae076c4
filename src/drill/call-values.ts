/** Arguments of a script's calls as the values sockets take: numbers by name, addresses, buffers, structures. */

import { POSIX } from '../socket/posix/constants.ts';
import { ERRNO } from '../socket/posix/errno.ts';
import type { CallAction, CallValue, StructureValue, WordValue } from './ast.ts';
import { DrillError } from './drill-error.ts';
import type { DrillSettings } from './script-settings.ts';
import { IOVEC, type Layout, membersOf } from './structures.ts';

/** Names scripts use and sockets here have no number for: accepted where they change nothing. */
const EXTRA: Readonly<Record<string, number>> = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  IPPROTO_ICMP: 1,
  PF_INET: POSIX.AF_INET,
  PF_INET6: POSIX.AF_INET6,
  SOL_UDP: 17,
  INADDR_ANY: 0,
  INADDR_LOOPBACK: 0x7f000001,
  NI_MAXHOST: 1025,
  TIOCOUTQ: POSIX.SIOCOUTQ,
  TIOCINQ: POSIX.SIOCINQ,
};

/** Octets of one buffer; scripts of a few lines must not take all memory. */
const LENGTH_MAX = 2 ** 26;

/** The value of a name. @throws DrillError that names it */
function constantOf({ name, place }: WordValue): number {
  const value =
    (POSIX as Readonly<Record<string, number>>)[name] ??
    (ERRNO as Readonly<Record<string, number>>)[name] ??
    EXTRA[name];
  if (value === undefined) throw new DrillError(`${name} is not supported here`, place);
  return value;
}

/** Reads the arguments of one call. */
export class CallArguments {
  readonly action: CallAction;
  readonly settings: DrillSettings;

  constructor(action: CallAction, settings: DrillSettings) {
    this.action = action;
    this.settings = settings;
  }

  get count(): number {
    return this.action.arguments.length;
  }

  at(index: number): CallValue {
    const value = this.action.arguments[index];
    if (value === undefined) throw new DrillError(`${this.action.name}: argument ${index + 1} is missing`);
    return value;
  }

  number(index: number, standard?: number): number {
    const value = this.at(index);
    if (value.kind === 'ellipsis' && standard !== undefined) return standard;
    return this.toNumber(value);
  }

  /** A count of octets that buffers are made for. */
  length(index: number): number {
    return this.checkLength(this.number(index));
  }

  private checkLength(length: number): number {
    if (Number.isInteger(length) && length >= 0 && length <= LENGTH_MAX) return length;
    throw new DrillError(`${this.action.name}: a buffer has 0 to ${LENGTH_MAX} octets, not ${length}`);
  }

  /** A number in itself, in brackets, by name, joined with `|`. */
  toNumber(value: CallValue): number {
    switch (value.kind) {
      case 'number':
        return value.value;
      case 'word':
        return constantOf(value);
      case 'or':
        return value.operands.reduce((bits, operand) => (bits | this.toNumber(operand)) >>> 0, 0);
      case 'array':
        if (value.items.length === 1 && value.items[0] !== undefined) return this.toNumber(value.items[0]);
        break;
      case 'function':
        // Byte order is the sockets' own affair.
        if (/^(?:hton|ntoh)[sl]$/.test(value.name) && value.arguments[0] !== undefined) {
          return this.toNumber(value.arguments[0]);
        }
        break;
      default:
    }
    const option = /sockopt$/.test(this.action.name) ? this.action.arguments[2] : undefined;
    const of = option?.kind === 'word' ? ` of ${option.name}` : '';
    const what = value.kind === 'ellipsis' ? '...' : `a ${value.kind}`;
    throw new DrillError(`${this.action.name}: a number${of} is needed where ${what} stands`, value.place);
  }

  structure(value: CallValue): StructureValue {
    if (value.kind === 'structure') return value;
    if (value.kind === 'array' && value.items[0]?.kind === 'structure') return value.items[0];
    throw new DrillError(`${this.action.name}: {…} is needed where a ${value.kind} stands`, value.place);
  }

  /** The members a structure in braces has, by our names. */
  members(value: CallValue, layout: Layout): Members {
    return new Members(this, membersOf(this.action.name, this.structure(value), layout));
  }

  /** AF_INET or AF_INET6, as --ip_version says. */
  domain(): number {
    return this.settings.ipVersion === 'ipv4' ? POSIX.AF_INET : POSIX.AF_INET6;
  }

  /** Octets of a buffer: zeros for `...`, a string's own and zeros behind them. */
  buffer(value: CallValue, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (value.kind === 'ellipsis') return bytes;
    if (value.kind !== 'string')
      throw new DrillError(`${this.action.name}: ... or "…" is needed as a buffer`, value.place);
    for (let at = 0; at < Math.min(length, value.bytes.length); at++) bytes[at] = value.bytes.charCodeAt(at);
    return bytes;
  }

  /** The parts of an iovec array: `[{..., 1000}, {"abc", 3}]`. */
  vectors(value: CallValue): { readonly base: CallValue; readonly length: number }[] {
    if (value.kind !== 'array')
      throw new DrillError(`${this.action.name}: [{…, length}] is needed as an iovec`, value.place);
    return value.items.map((item) => {
      const members = this.members(item, IOVEC);
      const base = members.get('base');
      const length = members.get('length');
      if (base === undefined || length === undefined)
        throw new DrillError(`${this.action.name}: an iovec is {buffer, length}`);
      return { base, length: this.checkLength(this.toNumber(length)) };
    });
  }
}

/** The members of one structure. */
export class Members {
  private readonly args: CallArguments;
  private readonly values: ReadonlyMap<string, CallValue>;

  constructor(args: CallArguments, values: ReadonlyMap<string, CallValue>) {
    this.args = args;
    this.values = values;
  }

  /** Undefined when it is not there. */
  get(name: string): CallValue | undefined {
    return this.values.get(name);
  }

  number(name: string, standard = 0): number {
    const value = this.values.get(name);
    return value === undefined ? standard : this.args.toNumber(value);
  }

  /** As a number; undefined when it is left open, or not there. */
  open(name: string): number | undefined {
    const value = this.values.get(name);
    return value === undefined || isOpen(value) ? undefined : this.args.toNumber(value);
  }
}

/** `...`, `[...]`: anything. */
export function isOpen(value: CallValue): boolean {
  return (
    value.kind === 'ellipsis' ||
    (value.kind === 'array' && value.items.length === 1 && value.items[0]?.kind === 'ellipsis')
  );
}
