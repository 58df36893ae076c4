/** Names of sockets in calls: struct sockaddr read for bind and connect, compared for accept, getsockname and the like. */
import { Address } from '../base/address.ts';
import { POSIX } from '../socket/posix/constants.ts';
import type { Md5Signature, SocketName } from '../socket/posix/posix-call.ts';
import type { NameArgument } from '../socket/posix/socket-name.ts';
import type { CallValue, StructureValue } from './ast.ts';
import { type CallArguments, isOpen } from './call-values.ts';
import { DrillError } from './drill-error.ts';
import { MD5SIG, sockaddrMembers } from './structures.ts';

/** Octets of struct sockaddr_in and sockaddr_in6. */
const NAME_OCTETS: ReadonlyMap<number, number> = new Map([
  [POSIX.AF_INET, 16],
  [POSIX.AF_INET6, 28],
]);
const WELL_KNOWN: Readonly<Record<string, string>> = {
  INADDR_ANY: '0.0.0.0',
  INADDR_LOOPBACK: '127.0.0.1',
  in6addr_any: '::',
  in6addr_loopback: '::1',
};

/** A socket's name: what the script says, or the standing address of that side. */
export function readName(args: CallArguments, value: CallValue, side: 'local' | 'remote'): NameArgument {
  const { settings } = args;
  const standing = {
    family: args.domain(),
    address: familiar(args, (side === 'local' ? settings.local : settings.remote).toString()),
    port: side === 'local' ? settings.bindPort : settings.connectPort,
  };
  if (value.kind === 'ellipsis') return standing;
  const members = sockaddrMembers(args.action.name, args.structure(value));
  const given = (name: string): CallValue | undefined => members.get(name);
  const [family, port, address] = [given('family'), given('port'), given('address')];
  return {
    ...(family !== undefined && { family: isOpen(family) ? standing.family : args.toNumber(family) }),
    address:
      address === undefined ? familiar(args, '') : isOpen(address) ? standing.address : addressText(args, address),
    port: port === undefined ? 0 : isOpen(port) ? standing.port : args.toNumber(port),
  };
}

/** What a call told of a name against the script's structure, and its length against `[16]`; null when all is well. */
export function compareName(
  args: CallArguments,
  expected: CallValue | undefined,
  length: CallValue | undefined,
  actual: SocketName | null,
): string | null {
  if (expected === undefined || isOpen(expected) || (expected.kind === 'word' && expected.name === 'NULL')) return null;
  const { name } = args.action;
  if (actual === null) return `${name} gave no address`;
  const members = sockaddrMembers(name, args.structure(expected));
  const differ = (what: string, wanted: string | number, got: string | number): string | null =>
    wanted === got ? null : `${name} gave the ${what} ${got} instead of ${wanted}`;
  const [family, port, address] = [members.get('family'), members.get('port'), members.get('address')];
  return (
    (family === undefined || isOpen(family) ? null : differ('family', args.toNumber(family), actual.family)) ??
    (port === undefined || isOpen(port) ? null : differ('port', args.toNumber(port), actual.port)) ??
    (address === undefined || isOpen(address)
      ? null
      : differ('address', canonical(addressText(args, address)), canonical(actual.address))) ??
    (length === undefined || isOpen(length) || (length.kind === 'word' && length.name === 'NULL')
      ? null
      : differ('length', args.toNumber(length), NAME_OCTETS.get(actual.family) ?? 0))
  );
}

function canonical(text: string): string {
  return Address.tryParse(text)?.toString() ?? text;
}

/** An address as sockets of this run are told it. */
function familiar({ settings }: CallArguments, text: string): string {
  if (settings.ipVersion === 'ipv4-mapped-ipv6') return text === '' ? '::' : `::ffff:${text}`;
  if (text !== '') return text;
  return settings.ipVersion === 'ipv4' ? '0.0.0.0' : '::';
}

/** `inet_addr("192.0.2.1")`, `inet_pton(AF_INET6, "::1")`, `"::1"`, INADDR_ANY, `htonl(INADDR_ANY)`, `{s_addr=…}`, a number. */
function addressText(args: CallArguments, value: CallValue): string {
  switch (value.kind) {
    case 'string':
      return value.bytes;
    case 'word': {
      const known = WELL_KNOWN[value.name];
      if (known !== undefined) return known;
      break;
    }
    case 'number':
      return [24, 16, 8, 0].map((shift) => (value.value >>> shift) & 0xff).join('.');
    case 'function': {
      const text = value.arguments.find(({ kind }) => kind === 'string') ?? value.arguments[0];
      if (text !== undefined) return addressText(args, text);
      break;
    }
    case 'structure': {
      const inner = (value as StructureValue).members[0]?.value;
      if (inner !== undefined) return addressText(args, inner);
      break;
    }
    default:
  }
  throw new DrillError(`${args.action.name}: inet_addr("…") is needed where a ${value.kind} stands`, value.place);
}

/** `{tcpm_addr="192.0.2.1", tcpm_key="secret"}`, with tcpm_flags, tcpm_prefixlen, tcpm_keylen; the peer's address without one. */
export function readMd5Signature(args: CallArguments, value: CallValue): Md5Signature {
  const members = args.members(value, MD5SIG);
  const address = members.get('address');
  const text = members.get('key');
  if (text?.kind !== 'string') throw new DrillError(`${args.action.name}: tcpm_key is a "string"`);
  const isStanding = address === undefined || isOpen(address);
  return {
    address: isStanding ? familiar(args, args.settings.remote.toString()) : addressText(args, address),
    flags: members.number('flags'),
    prefixLength: members.number('prefixLength'),
    keyLength: members.number('keyLength', text.bytes.length),
    key: Uint8Array.from(text.bytes, (octet) => octet.charCodeAt(0)),
  };
}
