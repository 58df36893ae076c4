/** Values of setsockopt, getsockopt and ioctl: numbers, text, struct timeval, linger, tcp_md5sig; read, and compared with what came. */
import { POSIX } from '../socket/posix/constants.ts';
import type { OptionValue, PosixCall } from '../socket/posix/posix-call.ts';
import type { CallValue } from './ast.ts';
import { readMd5Signature } from './call-names.ts';
import { type CallArguments, isOpen } from './call-values.ts';
import { DrillError } from './drill-error.ts';
import { LINGER, TIMEVAL } from './structures.ts';

/** The value in argument `index` of a call about the option in its second and third. */
export function readOption(args: CallArguments, index: number): OptionValue {
  return optionValue(args, args.at(index));
}

function optionValue(args: CallArguments, value: CallValue): OptionValue {
  const inner = value.kind === 'array' ? value.items[0] : value;
  if (inner?.kind === 'string') return inner.bytes;
  if (inner?.kind !== 'structure') return args.toNumber(value);
  switch (structureOf(args, inner.members[0]?.name)) {
    case 'md5':
      return readMd5Signature(args, inner);
    case 'timeval': {
      const members = args.members(inner, TIMEVAL);
      return { seconds: members.number('seconds'), micros: members.number('micros') };
    }
    case 'linger': {
      const members = args.members(inner, LINGER);
      return { onoff: members.number('onoff'), linger: members.number('linger') };
    }
  }
}

/** Which structure an option takes, by its name or by that of the first member. */
function structureOf(args: CallArguments, firstName: string | undefined): 'md5' | 'timeval' | 'linger' {
  if (firstName?.startsWith('tv_')) return 'timeval';
  if (firstName?.startsWith('tcpm_')) return 'md5';
  if (firstName !== undefined && /^(?:l_)?(?:onoff|linger)$/.test(firstName)) return 'linger';
  const isSocketLevel = args.number(1) === POSIX.SOL_SOCKET;
  const option = args.number(2);
  if (isSocketLevel && option === POSIX.SO_LINGER) return 'linger';
  if (isSocketLevel && (option === POSIX.SO_RCVTIMEO || option === POSIX.SO_SNDTIMEO)) return 'timeval';
  if (args.number(1) === POSIX.SOL_TCP && (option === POSIX.TCP_MD5SIG || option === POSIX.TCP_MD5SIG_EXT))
    return 'md5';
  throw new DrillError(`${args.action.name}: no structure is known that this option takes`);
}

/** The fifth argument: octets of the value given, or of the room for it; undefined where the script leaves it open. */
export function optionLength(args: CallArguments): number | undefined {
  return args.count < 5 || isOpen(args.at(4)) ? undefined : args.toNumber(args.at(4));
}

export function compareLength(wanted: number | undefined, { length }: PosixCall): string | null {
  return wanted === undefined || wanted === length ? null : `getsockopt gave ${length} octets instead of ${wanted}`;
}

/** What getsockopt or ioctl gave against argument `index`; null when it is as expected. */
export function compareOption(args: CallArguments, index: number, actual: OptionValue | null): string | null {
  const expected = args.at(index);
  if (isOpen(expected)) return null;
  const given = optionValue(args, expected);
  const wanted = typeof given === 'object' && 'seconds' in given ? given.seconds * 1e6 + given.micros : given;
  // All ones may be written as -1.
  if (typeof wanted === 'number' && typeof actual === 'number' && wanted < 2 ** 32 && (wanted | 0) === actual)
    return null;
  if (shown(wanted) === shown(actual)) return null;
  if (typeof wanted === 'string' && actual instanceof Uint8Array && wanted === String.fromCharCode(...actual))
    return null;
  return `${args.action.name} gave the value ${shown(actual)} instead of ${shown(wanted)}`;
}

function shown(value: OptionValue | null): string {
  if (value instanceof Uint8Array) return JSON.stringify(String.fromCharCode(...value));
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
