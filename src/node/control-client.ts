/** Asks a running stack through its control socket (see control-protocol.ts). */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import {
  type ControlCommand,
  ControlError,
  type ControlReply,
  controlFolder,
  listControlPaths,
  REPLY_BYTES_MAX,
} from './control-protocol.ts';

/** How to ask. */
export interface ControlRequestOptions {
  /** Milliseconds until the whole answer must be there. Default 5000. */
  readonly timeoutMs?: number;
}

/**
 * Sends one command and resolves with the `data` of the reply, which is what the provider gave, not checked here.
 * @throws ControlError ERR_CONTROL_NOT_RUNNING when nobody serves the path, ERR_CONTROL_TIMEOUT, ERR_CONTROL_REFUSED with
 * the server's message, ERR_CONTROL_PROTOCOL when the answer is none.
 */
export function requestControl(
  path: string,
  cmd: ControlCommand,
  options: ControlRequestOptions = {},
): Promise<unknown> {
  const timeoutMs = options.timeoutMs ?? 5000;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect(path, () => socket.write(`${JSON.stringify({ cmd })}\n`));
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const fail = (error: ControlError): void => finish(() => reject(error));
    const timer = setTimeout(
      () => fail(new ControlError('ERR_CONTROL_TIMEOUT', `${path}: no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.on('error', (error: NodeJS.ErrnoException) => fail(connectError(path, error)));
    socket.on('end', () => fail(new ControlError('ERR_CONTROL_PROTOCOL', `${path}: closed before the answer ended`)));
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(0x0a);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      size += chunk.length;
      if (end >= 0) {
        const read = readReply(path, Buffer.concat(chunks).toString('utf8'));
        finish(() => (read instanceof ControlError ? reject(read) : resolve(read.data)));
      } else if (size > REPLY_BYTES_MAX) {
        fail(new ControlError('ERR_CONTROL_PROTOCOL', `${path}: the answer has more than ${REPLY_BYTES_MAX} bytes`));
      }
    });
  });
}

/**
 * Paths of this user's running servers with default names (root: of all users). Sockets whose process is gone are removed
 * on the way. A socket of somebody else is not believed: in a shared folder anyone may take a name.
 * @param folder default: where servers put them.
 */
export async function findControlServers(folder = controlFolder()): Promise<{ path: string; pid: number }[]> {
  const running: { path: string; pid: number }[] = [];
  for (const candidate of listControlPaths(folder)) {
    if (!isOurs(candidate.path)) continue;
    try {
      await requestControl(candidate.path, 'ping', { timeoutMs: 1000 });
      running.push(candidate);
    } catch (error) {
      const isGone = error instanceof ControlError && error.code === 'ERR_CONTROL_NOT_RUNNING';
      if (isGone && !isAlive(candidate.pid)) removeFile(candidate.path);
    }
  }
  return running;
}

function connectError(path: string, error: NodeJS.ErrnoException): ControlError {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new ControlError(
        'ERR_CONTROL_NOT_RUNNING',
        `${path}: no woshou is serving there; start one with \`woshou serve\``,
      );
    case 'EACCES':
    case 'EPERM':
      return new ControlError('ERR_CONTROL_REFUSED', `${path} belongs to another user; run as that user or with sudo`);
    default:
      return new ControlError('ERR_CONTROL_SYSTEM', `${path}: ${error.message}`);
  }
}

function readReply(path: string, line: string): { readonly data: unknown } | ControlError {
  let reply: Partial<ControlReply> | null;
  try {
    reply = JSON.parse(line) as Partial<ControlReply> | null;
  } catch {
    reply = null;
  }
  if (reply?.ok === true) return { data: reply.data };
  if (reply?.ok === false) {
    return new ControlError('ERR_CONTROL_REFUSED', `${path}: ${String(reply.error?.message ?? 'refused')}`);
  }
  return new ControlError('ERR_CONTROL_PROTOCOL', `${path}: the answer is not a woshou reply`);
}

function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const user = process.getuid?.() ?? 0;
  return found?.isSocket() === true && (user === 0 || found.uid === user);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Not ours to remove, or gone by now.
  }
}
