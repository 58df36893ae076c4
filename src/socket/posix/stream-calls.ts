/** Calls on stream sockets that are answered at once: bind(2), and the queues of ioctl(2). */
import { Address } from '../../base/address.ts';
import { TcpState } from '../../tcp/state.ts';
import { POSIX } from './constants.ts';
import type { Errno } from './errno.ts';
import type { OpenFile } from './open-file.ts';
import type { SocketName } from './posix-call.ts';
import { StreamFile } from './stream-file.ts';

/** bind(2): EADDRINUSE by the rules of SO_REUSEADDR and SO_REUSEPORT (socket(7)). */
export function bindStream(file: StreamFile, local: SocketName, others: Iterable<OpenFile>): Errno | null {
  const address = Address.parse(local.address);
  const isElsewhere = !address.isUnspecified && !file.stack.ip.routing.isOwn(address);
  // IPv6 asks for the socket's state first.
  if (isElsewhere && file.domain === POSIX.AF_INET) return 'EADDRNOTAVAIL';
  if (file.bound !== null || file.listening !== null || file.isInUse) return 'EINVAL';
  if (isElsewhere) return 'EADDRNOTAVAIL';
  const holders = [...others].filter((other) => other instanceof StreamFile && other !== file) as StreamFile[];
  if (local.port !== 0) {
    if (isTaken(file, address, local.port, holders)) return 'EADDRINUSE';
    file.bound = local;
    return null;
  }
  const port = freePort(file, address, holders);
  if (port === 0) return 'EADDRINUSE';
  file.bound = { ...local, port };
  return null;
}

function freePort(file: StreamFile, address: Address, holders: readonly StreamFile[]): number {
  const { settings, random } = file.stack.tcp;
  const first = settings.ip_local_port_first;
  const count = settings.ip_local_port_last - first + 1;
  const start = (random.publicInt32() >>> 0) % count;
  for (let step = 0; step < count; step++) {
    const port = first + ((start + step) % count);
    if (!isTaken(file, address, port, holders)) return port;
  }
  return 0;
}

function isTaken(file: StreamFile, address: Address, port: number, holders: readonly StreamFile[]): boolean {
  const { tcp } = file.stack;
  const reuses = file.options.reuseAddress !== 0;
  if (tcp.listeners.conflicts(address.isUnspecified ? null : address, address.family, port)) return true;
  for (const other of holders) {
    if (other.bound?.port !== port || !overlaps(address, Address.parse(other.bound.address))) continue;
    const isShared = reuses && other.options.reuseAddress !== 0 && other.listening === null;
    if (!isShared && !(file.options.reusePort && other.options.reusePort)) return true;
  }
  if (reuses) return false;
  // What is left of earlier connections, TIME-WAIT among it, keeps the port.
  for (const { key } of tcp.connections) {
    if (key.localPort === port && overlaps(address, key.localAddress)) return true;
  }
  return false;
}

function overlaps(one: Address, other: Address): boolean {
  if (one.isUnspecified && one.family === 6) return true;
  if (other.isUnspecified && other.family === 6) return true;
  return one.family === other.family && (one.isUnspecified || other.isUnspecified || one.equals(other));
}

/** SIOCINQ: octets to be read, up to an urgent one that is read apart. */
export function inputQueue(file: StreamFile): number | Errno {
  if (file.listening !== null) return 'EINVAL';
  const { connection } = file;
  if (connection === null || file.isOpening) return 0;
  const { urgentLength, readableLength } = connection;
  const isApart = file.options.oobInline === 0 && urgentLength > 0 && urgentLength <= readableLength;
  return isApart ? urgentLength - 1 : readableLength;
}

/** SIOCOUTQ: octets not acknowledged; SIOCOUTQNSD: those not sent. A FIN counts as one. */
export function outputQueue(file: StreamFile, isUnsent: boolean): number | Errno {
  if (file.listening !== null) return 'EINVAL';
  const tcb = file.connection?.tcb ?? null;
  if (tcb === null || file.isOpening || tcb.state === TcpState.closed || tcb.state === TcpState.timeWait) return 0;
  if (isUnsent) return tcb.unsentLength + (tcb.finQueued && !tcb.finSent ? 1 : 0);
  const isFinOut =
    tcb.finQueued &&
    (tcb.state === TcpState.finWait1 || tcb.state === TcpState.closing || tcb.state === TcpState.lastAck);
  return (tcb.sendBuffer?.length ?? 0) + (isFinOut ? 1 : 0);
}
