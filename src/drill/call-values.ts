/** Arguments of a script's calls as the values sockets take: numbers by name, addresses, buffers, structures. */

import { POSIX } from '../socket/posix/constants.ts';
import { ERRNO } from '../socket/posix/errno.ts';
import type { Md5Signature } from '../socket/posix/posix-call.ts';
import type { NameArgument } from '../socket/posix/socket-name.ts';
import type { CallAction, CallValue, StructureValue } from './ast.ts';
import { DrillError } from './drill-error.ts';
import type { DrillSettings } from './script-settings.ts';

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
};

/** Octets of one buffer; scripts of a few lines must not take all memory. */
const LENGTH_MAX = 2 ** 26;

/** The value of a name. @throws DrillError that names it */
function constantOf(name: string): number {
  const value =
    (POSIX as Readonly<Record<string, number>>)[name] ??
    (ERRNO as Readonly<Record<string, number>>)[name] ??
    EXTRA[name];
  if (value === undefined) throw new DrillError(`${name} is not supported here`);
  return value;
}

/** Reads the arguments of one call. */
export class CallArguments {
  readonly action: CallAction;
  private readonly settings: DrillSettings;

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
        return constantOf(value.name);
      case 'or':
        return value.operands.reduce((bits, operand) => (bits | this.toNumber(operand)) >>> 0, 0);
      case 'array':
        if (value.items.length === 1 && value.items[0] !== undefined) return this.toNumber(value.items[0]);
        break;
      case 'function':
        // Byte order is the sockets' own affair.
        if ((value.name === 'htons' || value.name === 'htonl') && value.arguments[0] !== undefined) {
          return this.toNumber(value.arguments[0]);
        }
        break;
      default:
    }
    throw new DrillError(`${this.action.name}: a number is needed where a ${value.kind} stands`);
  }

  structure(value: CallValue): StructureValue {
    if (value.kind === 'structure') return value;
    if (value.kind === 'array' && value.items[0]?.kind === 'structure') return value.items[0];
    throw new DrillError(`${this.action.name}: {…} is needed where a ${value.kind} stands`);
  }

  member(structure: StructureValue, name: string): CallValue | undefined {
    return structure.members.find((member) => member.name === name)?.value;
  }

  /** A socket's name: what the script says, or the standing address of that side. */
  socketName(value: CallValue, side: 'local' | 'remote'): NameArgument {
    const { settings } = this;
    if (value.kind === 'ellipsis') {
      const address = side === 'local' ? settings.local : settings.remote;
      const port = side === 'local' ? settings.bindPort : settings.connectPort;
      return { family: this.domain(), address: this.sockAddress(address.toString()), port };
    }
    const structure = this.structure(value);
    const family = this.member(structure, 'sa_family') ?? this.member(structure, 'sin_family');
    const port = this.member(structure, 'sin_port') ?? this.member(structure, 'sin6_port');
    const address = this.member(structure, 'sin_addr') ?? this.member(structure, 'sin6_addr');
    return {
      ...(family === undefined ? {} : { family: this.toNumber(family) }),
      address: address === undefined ? this.sockAddress('') : this.toAddress(address),
      port: port === undefined ? 0 : this.toNumber(port),
    };
  }

  /** `{tcpm_addr="192.0.2.1", tcpm_key="secret"}`, with tcpm_flags, tcpm_prefixlen, tcpm_keylen; the peer's address without one. */
  md5Signature(structure: StructureValue): Md5Signature {
    const number = (name: string, standard: number): number => {
      const value = this.member(structure, name);
      return value === undefined ? standard : this.toNumber(value);
    };
    const address = this.member(structure, 'tcpm_addr');
    const text = this.member(structure, 'tcpm_key');
    if (text?.kind !== 'string') throw new DrillError(`${this.action.name}: tcpm_key is a "string"`);
    const isStanding = address === undefined || address.kind === 'ellipsis';
    return {
      address: isStanding ? this.sockAddress(this.settings.remote.toString()) : this.toAddress(address),
      flags: number('tcpm_flags', 0),
      prefixLength: number('tcpm_prefixlen', 0),
      keyLength: number('tcpm_keylen', text.bytes.length),
      key: Uint8Array.from(text.bytes, (octet) => octet.charCodeAt(0)),
    };
  }

  /** AF_INET or AF_INET6, as --ip_version says. */
  domain(): number {
    return this.settings.ipVersion === 'ipv4' ? POSIX.AF_INET : POSIX.AF_INET6;
  }

  private sockAddress(text: string): string {
    if (this.settings.ipVersion !== 'ipv4-mapped-ipv6')
      return text === '' ? (this.domain() === POSIX.AF_INET ? '0.0.0.0' : '::') : text;
    return text === '' ? '::' : `::ffff:${text}`;
  }

  private toAddress(value: CallValue): string {
    if (value.kind === 'function' && value.arguments[0]?.kind === 'string') return value.arguments[0].bytes;
    if (value.kind === 'string') return value.bytes;
    if (value.kind === 'word' && value.name === 'INADDR_ANY') return '0.0.0.0';
    throw new DrillError(`${this.action.name}: inet_addr("…") is needed where a ${value.kind} stands`);
  }

  /** Octets of a buffer: zeros for `...`, a string's own and zeros behind them. */
  buffer(value: CallValue, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (value.kind === 'ellipsis') return bytes;
    if (value.kind !== 'string') throw new DrillError(`${this.action.name}: ... or "…" is needed as a buffer`);
    for (let at = 0; at < Math.min(length, value.bytes.length); at++) bytes[at] = value.bytes.charCodeAt(at);
    return bytes;
  }

  /** The parts of an iovec array: `[{..., 1000}, {"abc", 3}]`. */
  vectors(value: CallValue): { readonly base: CallValue; readonly length: number }[] {
    if (value.kind !== 'array') throw new DrillError(`${this.action.name}: [{…, length}] is needed as an iovec`);
    return value.items.map((item) => {
      const { members } = this.structure(item);
      const [base, length] = members;
      if (base === undefined || length === undefined)
        throw new DrillError(`${this.action.name}: an iovec is {buffer, length}`);
      return { base: base.value, length: this.checkLength(this.toNumber(length.value)) };
    });
  }
}
