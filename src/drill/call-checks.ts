/** What receiving calls gave, beside their result, compared with what the script says: octets, struct msghdr, control messages. */
import { POSIX } from '../socket/posix/constants.ts';
import type { PosixCall } from '../socket/posix/posix-call.ts';
import type { CallValue } from './ast.ts';
import { compareName } from './call-names.ts';
import { type CallArguments, isOpen, type Members } from './call-values.ts';
import { DrillError } from './drill-error.ts';
import { CMSGHDR, MSGHDR } from './structures.ts';

export function compareOctets(name: string, expected: CallValue, actual: Uint8Array): string | null {
  if (expected.kind !== 'string') return null;
  const text = String.fromCharCode(...actual);
  return text === expected.bytes.slice(0, actual.length)
    ? null
    : `${name} gave ${JSON.stringify(text)} instead of ${JSON.stringify(expected.bytes)}`;
}

/** struct msghdr of a call, `{msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}`; it has an iovec. */
export function readMessage(args: CallArguments): { readonly members: Members; readonly vectors: CallValue } {
  const members = args.members(args.at(1), MSGHDR);
  const vectors = members.get('msg_iov');
  if (vectors === undefined) throw new DrillError(`${args.action.name}: msg_iov is missing`);
  return { members, vectors };
}

/** Octets of iovecs that are written as "strings". */
export function compareVectors(
  args: CallArguments,
  value: CallValue,
  parts: readonly Uint8Array[],
  count: number,
): string | null {
  let left = Math.max(0, count);
  for (const [index, { base }] of args.vectors(value).entries()) {
    const part = parts[index] ?? new Uint8Array(0);
    const problem = compareOctets(args.action.name, base, part.subarray(0, Math.min(left, part.length)));
    if (problem !== null) return problem;
    left = Math.max(0, left - part.length);
  }
  return null;
}

export function compareMessage(args: CallArguments, members: Members, done: PosixCall): string | null {
  const flags = members.open('msg_flags');
  if (flags !== undefined && flags !== done.messageFlags)
    return `recvmsg gave msg_flags ${done.messageFlags} instead of ${flags}`;
  return compareName(args, members.get('msg_name'), undefined, done.peer) ?? compareControl(args, members, done);
}

function compareControl(args: CallArguments, members: Members, done: PosixCall): string | null {
  const control = members.get('msg_control');
  if (control === undefined || isOpen(control) || control.kind !== 'array') return null;
  if (control.items.length !== done.control.length)
    return `recvmsg gave ${done.control.length} control messages instead of ${control.items.length}`;
  for (const [index, item] of control.items.entries()) {
    const wanted = args.members(item, CMSGHDR);
    const actual = done.control[index];
    const got: Readonly<Record<string, number | undefined>> = {
      cmsg_level: actual?.level,
      cmsg_type: actual?.type,
      cmsg_data: actual?.data,
    };
    const isRight = Object.entries(got).every(([name, value]) => (wanted.open(name) ?? value) === value);
    if (isRight) continue;
    const shown = Object.keys(got).map((name) => wanted.open(name) ?? '...');
    return `recvmsg gave the control message [${Object.values(got).join()}] instead of [${shown.join()}]`;
  }
  return null;
}

/** Control messages that are sent: TCP heeds those of SOL_SOCKET only, and none of these changes a segment. */
export function checkSentControl(args: CallArguments, members: Members, isDatagram: boolean): void {
  const control = members.get('msg_control');
  if (control === undefined || isOpen(control)) return;
  const items = control.kind === 'array' ? control.items : [control];
  for (const item of items) {
    const level = args.members(item, CMSGHDR).number('cmsg_level');
    if (isDatagram || level === POSIX.SOL_SOCKET)
      throw new DrillError('sendmsg: control messages of SOL_SOCKET, and those of datagrams, are not supported here');
  }
}
