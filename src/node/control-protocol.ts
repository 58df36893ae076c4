/**
 * The control socket's language: one JSON object per line in each direction, over a Unix domain socket that only the
 * owner may open. `woshou ss` and `woshou nstat` ask a running `woshou serve` through it.
 * Request {"cmd":"ss"}; reply {"ok":true,"cmd":"ss","data":...} or {"ok":false,"error":{"code":"...","message":"..."}}.
 */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WoshouError } from '../base/errors.ts';

/** What may be asked. */
export const CONTROL_COMMANDS = ['ping', 'ss', 'nstat'] as const;
/** What a control socket can be asked for. */
export type ControlCommand = (typeof CONTROL_COMMANDS)[number];

/** Bytes of a request line at most. */
export const REQUEST_BYTES_MAX = 4096;
/** Bytes of a reply line at most: some 100,000 sockets. */
export const REPLY_BYTES_MAX = 64 << 20;

/** Stable codes of the server's error replies. */
export type ControlReplyCode = 'bad-json' | 'bad-request' | 'unknown-command' | 'line-too-long' | 'failed';

export interface ControlRequest {
  readonly cmd: ControlCommand;
}

export type ControlReply =
  | { readonly ok: true; readonly cmd: ControlCommand; readonly data: unknown }
  | { readonly ok: false; readonly error: { readonly code: ControlReplyCode; readonly message: string } };

/** Codes of `ControlError`: no server there, another one has the path, no answer, an answer that is none, refused. */
export type ControlErrorCode =
  | 'ERR_CONTROL_NOT_RUNNING'
  | 'ERR_CONTROL_IN_USE'
  | 'ERR_CONTROL_TIMEOUT'
  | 'ERR_CONTROL_PROTOCOL'
  | 'ERR_CONTROL_REFUSED'
  | 'ERR_CONTROL_SYSTEM';

/** A control socket could not be served or asked. */
export class ControlError extends WoshouError {
  constructor(code: ControlErrorCode, message: string) {
    super(code, message);
  }
}

/** The folder of control sockets: XDG_RUNTIME_DIR, which is private to the user, or the folder for temporary files. */
export function controlFolder(env: NodeJS.ProcessEnv = process.env): string {
  const folder = env.XDG_RUNTIME_DIR ?? '';
  return folder === '' ? tmpdir() : folder;
}

/** The path a process serves by default. */
export function defaultControlPath(pid = process.pid, folder = controlFolder()): string {
  return join(folder, `woshou-${pid}.sock`);
}

/** Paths of control sockets by default name in `folder`, with the process that made them, lowest first. */
export function listControlPaths(folder = controlFolder()): { readonly path: string; readonly pid: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .map((name) => /^woshou-(\d{1,10})\.sock$/.exec(name))
    .filter((found) => found !== null)
    .map((found) => ({ path: join(folder, found[0]), pid: Number(found[1]) }))
    .sort((a, b) => a.pid - b.pid);
}

/** Reads a request; an error reply instead when it is none. */
export function parseRequest(line: string): ControlRequest | ControlReply {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return errorReply('bad-json', 'the line is not JSON; send for example {"cmd":"ping"}');
  }
  if (typeof value !== 'object' || value === null || !('cmd' in value) || typeof value.cmd !== 'string') {
    return errorReply('bad-request', 'the request is no object with a text "cmd"; send for example {"cmd":"ping"}');
  }
  const { cmd } = value;
  const known = CONTROL_COMMANDS.find((command) => command === cmd);
  if (known !== undefined) return { cmd: known };
  const shown = JSON.stringify(cmd.slice(0, 40));
  return errorReply('unknown-command', `unknown command ${shown}; known are ${CONTROL_COMMANDS.join(', ')}`);
}

/** An error reply. */
export function errorReply(code: ControlReplyCode, message: string): ControlReply {
  return { ok: false, error: { code, message } };
}
