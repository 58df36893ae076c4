/**
 * Structures of socket calls as scripts write them: members by name in any order, or without names in the order of the structure. A
 * member nobody knows is an error that names it: what is not understood is never passed over.
 */
import type { CallValue, StructureValue } from './ast.ts';
import { DrillError } from './drill-error.ts';

/** Members in order, each with the names it has in scripts; the first is ours. */
export type Layout = readonly (readonly string[])[];

export const SOCKADDR: Layout = [
  ['family', 'sa_family', 'sin_family', 'sin6_family'],
  ['port', 'sin_port', 'sin6_port'],
  ['address', 'sin_addr', 'sin6_addr', 's_addr'],
  ['flow', 'sin6_flowinfo'],
  ['scope', 'sin6_scope_id'],
  ['zero', 'sin_zero'],
];
export const TIMEVAL: Layout = [
  ['seconds', 'tv_sec'],
  ['micros', 'tv_usec'],
];
export const LINGER: Layout = [
  ['onoff', 'l_onoff'],
  ['linger', 'l_linger'],
];
export const POLLFD: Layout = [['fd'], ['events'], ['revents']];
export const EPOLL_EVENT: Layout = [['events'], ['data', 'fd', 'u32', 'u64', 'ptr']];
export const IOVEC: Layout = [
  ['base', 'iov_base'],
  ['length', 'iov_len'],
];
export const MSGHDR: Layout = [
  ['msg_name'],
  ['msg_namelen'],
  ['msg_iov'],
  ['msg_iovlen'],
  ['msg_control'],
  ['msg_controllen'],
  ['msg_flags'],
];
export const CMSGHDR: Layout = [['cmsg_len'], ['cmsg_level'], ['cmsg_type'], ['cmsg_data']];
export const MD5SIG: Layout = [
  ['address', 'tcpm_addr'],
  ['flags', 'tcpm_flags'],
  ['prefixLength', 'tcpm_prefixlen'],
  ['keyLength', 'tcpm_keylen'],
  ['interface', 'tcpm_ifindex'],
  ['key', 'tcpm_key'],
];

/** The members that are there, under our names. @throws DrillError that names a member the structure has not */
export function membersOf(call: string, { members }: StructureValue, layout: Layout): ReadonlyMap<string, CallValue> {
  const found = new Map<string, CallValue>();
  for (const [index, { name, value, place }] of members.entries()) {
    const field = name === undefined ? layout[index] : layout.find((names) => names.includes(name));
    const own = field?.[0];
    if (own === undefined) {
      const known = layout.map((names) => names[names.length > 1 ? 1 : 0]).join(', ');
      throw new DrillError(
        `${call}: ${name ?? `member ${index + 1}`} is none of the structure's members: ${known}`,
        place,
      );
    }
    if (found.has(own)) throw new DrillError(`${call}: ${name ?? own} is given twice`, place);
    found.set(own, value);
  }
  return found;
}

/** Members of a struct sockaddr without names are told by what they are: a family, `htons(…)`, `inet_addr(…)`. */
export function sockaddrMembers(call: string, structure: StructureValue): ReadonlyMap<string, CallValue> {
  const named = structure.members.map((member) => {
    if (member.name !== undefined) return member;
    const { value } = member;
    const isPort = value.kind === 'function' && value.name === 'htons';
    const isAddress = value.kind === 'function' && value.name.startsWith('inet');
    return { ...member, name: isPort ? 'port' : isAddress ? 'address' : 'family' };
  });
  return membersOf(call, { ...structure, members: named }, SOCKADDR);
}
