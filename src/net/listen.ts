/** `server.listen`: the forms it may be called in, the name's address, the port. */
import { addAbortListener, type EventEmitter } from 'node:events';
import type { SocketHost } from '../socket/socket-host.ts';
import { CONTEXT, type NetContext } from './context.ts';
import type { TcpHandle } from './handle.ts';
import { ListenHandle } from './listen-handle.ts';
import { invalidArgValue, serverAlreadyListens } from './node-errors.ts';
import { normalizedOf } from './normalize-args.ts';
import { explainedErrorAt } from './system-errors.ts';
import { checkAbortSignal, checkPort, toPortNumber } from './validate.ts';

/** Node's default; the setting somaxconn bounds it. */
const DEFAULT_BACKLOG = 511;

/** A server as `listen` sees it. */
export interface ListeningServer extends EventEmitter {
  readonly [CONTEXT]: NetContext;
  _handle: ListenHandle | null;
  _connectionKey: string | undefined;
  readonly _unref: boolean;
  /** Counts `close`: what a look-up finds after it comes too late. */
  readonly _listeningId: number;
  connectionArrived(error: number, handle: TcpHandle): void;
  close(): unknown;
  unref(): unknown;
}

interface Wanted {
  /** undefined: every address of both families. */
  readonly address: string | undefined;
  readonly port: number;
  readonly backlog: number;
  readonly ipv6Only: boolean;
}

export function listenServer(server: ListeningServer, args: readonly unknown[]): void {
  const [given, callback] = normalizedOf(args);
  if (server._handle !== null) throw serverAlreadyListens();
  if (callback !== null) server.once('listening', callback);
  const inner = (given._handle ?? given.handle ?? given) as object;
  if (inner instanceof ListenHandle) {
    adopt(server, inner);
    return;
  }
  const options = given;
  closeOnAbort(server, options.signal);
  const { fd, path, host } = options;
  if (typeof fd === 'number' && fd >= 0) {
    // No descriptor of this process is a socket of our host.
    failLater(server, explainedErrorAt('ENOTSOCK', 'listen', `fd:${fd}`, 0));
    return;
  }
  const backlog = Number(toPortNumber(args[1]) || toPortNumber(args[2]) || options.backlog || DEFAULT_BACKLOG);
  const takesAny = args.length === 0 || typeof args[0] === 'function' || isAbsentPort(options);
  const port = takesAny ? 0 : options.port;
  if (typeof port === 'number' || typeof port === 'string') {
    const wanted = { port: checkPort(port, 'options.port'), backlog, ipv6Only: options.ipv6Only === true };
    if (host) listenOnName(server, host as string, wanted);
    else listenOn(server, { ...wanted, address: undefined });
    return;
  }
  if (typeof path === 'string' && toPortNumber(path) === false) {
    // Pipes belong to the operating system.
    failLater(server, explainedErrorAt('ENOTSUP', 'listen', path, 0));
    return;
  }
  const hasPlace = 'port' in options || 'path' in options;
  throw hasPlace
    ? invalidArgValue('options', options)
    : invalidArgValue('options', options, 'must have the property "port" or "path"');
}

/** A listening handle, or the name of the errno that says why there is none. */
export function createListenHandle(plan: Wanted, host: SocketHost): ListenHandle | string {
  const handle = new ListenHandle(host);
  const { address = '::', port, backlog, ipv6Only } = plan;
  const code = handle.listen({ address, port, backlog, ipv6Only });
  return code ?? handle;
}

function listenOnName(server: ListeningServer, host: string, wanted: Omit<Wanted, 'address'>): void {
  const { _listeningId: listeningId } = server;
  server[CONTEXT].lookup(host, { family: 0 }, (error, address) => {
    // Closed meanwhile.
    if (server._listeningId !== listeningId) return;
    if (error) server.emit('error', error);
    else listenOn(server, { ...wanted, address: address as string });
  });
}

function listenOn(server: ListeningServer, wanted: Wanted): void {
  const made = createListenHandle(wanted, server[CONTEXT].host);
  if (typeof made === 'string') {
    const { address = '::', port } = wanted;
    failLater(server, explainedErrorAt(made, 'listen', address, port));
    return;
  }
  const name = wanted.address ?? '::';
  server._connectionKey = `${name.includes(':') ? 6 : 4}:${name}:${wanted.port}`;
  adopt(server, made);
}

function adopt(server: ListeningServer, handle: ListenHandle): void {
  server._handle = handle;
  handle.onconnection = (error, connection) => server.connectionArrived(error, connection);
  if (server._unref) server.unref();
  process.nextTick(() => {
    if (server._handle !== null) server.emit('listening');
  });
}

function failLater(server: ListeningServer, error: Error): void {
  process.nextTick(() => server.emit('error', error));
}

function isAbsentPort(options: Readonly<Record<string, unknown>>): boolean {
  const { port } = options;
  return (port === undefined && 'port' in options) || port === null;
}

function closeOnAbort(server: ListeningServer, signal: unknown): void {
  if (signal === undefined) return;
  checkAbortSignal(signal, 'options.signal');
  const onAborted = (): void => {
    server.close();
  };
  if (signal.aborted) {
    process.nextTick(onAborted);
    return;
  }
  const listening = addAbortListener(signal, onAborted);
  server.once('close', () => listening[Symbol.dispose]());
}
