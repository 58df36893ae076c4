/** What a call of a script gave, beside its result, compared with what the script says: octets, lengths, control messages, event bits. */
import { POSIX } from '../socket/posix/constants.ts';
import type { PosixCall } from '../socket/posix/posix-call.ts';
import type { CallValue, StructureValue } from './ast.ts';
import type { CallArguments } from './call-values.ts';

export function memberNumber(args: CallArguments, structure: StructureValue, name: string): number {
  const value = args.member(structure, name);
  return value === undefined ? 0 : args.toNumber(value);
}

/** The fifth argument: octets of the value given, or of the room for it; undefined where the script leaves it open. */
export function optionLength(args: CallArguments): number | undefined {
  return args.count < 5 || args.at(4).kind === 'ellipsis' ? undefined : args.toNumber(args.at(4));
}

export function compareLength(wanted: number | undefined, { length }: PosixCall): string | null {
  return wanted === undefined || wanted === length ? null : `getsockopt gave ${length} octets instead of ${wanted}`;
}

export function compareOctets(name: string, expected: CallValue, actual: Uint8Array): string | null {
  if (expected.kind !== 'string') return null;
  const text = String.fromCharCode(...actual);
  return text === expected.bytes.slice(0, actual.length)
    ? null
    : `${name} gave ${JSON.stringify(text)} instead of ${JSON.stringify(expected.bytes)}`;
}

export function compareMessage(args: CallArguments, message: StructureValue, done: PosixCall): string | null {
  const flags = args.member(message, 'msg_flags');
  if (flags !== undefined && flags.kind !== 'ellipsis' && args.toNumber(flags) !== done.messageFlags) {
    return `recvmsg gave msg_flags ${done.messageFlags} instead of ${args.toNumber(flags)}`;
  }
  const control = args.member(message, 'msg_control');
  if (control === undefined || control.kind !== 'array') return null;
  for (const [index, item] of control.items.entries()) {
    const structure = args.structure(item);
    const actual = done.control[index];
    const wanted = ['cmsg_level', 'cmsg_type', 'cmsg_data'].map((name) => memberNumber(args, structure, name));
    const got = actual === undefined ? [] : [actual.level, actual.type, actual.data];
    if (String(wanted) !== String(got))
      return `recvmsg gave the control message [${String(got)}] instead of [${String(wanted)}]`;
  }
  return null;
}

/** Event bits by name. */
export function bits(prefix: string, value: number): string {
  const names = Object.entries(POSIX as Readonly<Record<string, number>>)
    .filter(([name, bit]) => new RegExp(`^${prefix}[A-Z]`).test(name) && bit !== 0 && (value & bit) !== 0)
    .map(([name]) => name);
  return names.length === 0 ? String(value) : names.join('|');
}
