/**
 * `node:dgram` for a host of a virtual network. Sockets are Node's own class; only the handle beneath is ours, so that
 * arguments, order of events and error texts are those of the Node that runs.
 */
import dgram from 'node:dgram';
import { isIP } from 'node:net';
import { StateError } from '../base/errors.ts';
import { lookupError } from '../net/system-errors.ts';
import { type HandleLookup, UdpHandle } from './udp-handle.ts';
import type { UdpPorts } from './udp-port.ts';

/** The shape of the module. */
export type Dgram = typeof import('node:dgram');

/** As `dns.lookup` is called by sockets. */
export type Lookup = (
  hostname: string,
  family: number,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

interface SocketState {
  handle: UdpHandle | { close(): void } | null;
}

/** The `dgram` module over sockets made by `ports`; names are resolved by `lookup` unless a socket brings its own. */
export function dgramOver(ports: UdpPorts, lookup: Lookup): Dgram {
  const NodeSocket = dgram.Socket as unknown as new (
    options: dgram.SocketOptions | dgram.SocketType,
    listener?: MessageListener,
  ) => dgram.Socket;

  class Socket extends NodeSocket {
    constructor(options: dgram.SocketOptions | dgram.SocketType, listener?: MessageListener) {
      super(options, listener);
      const { type, lookup: own } = typeof options === 'object' ? options : { type: options, lookup: undefined };
      const state = stateOf(this);
      // An aborted signal has closed it already.
      if (state.handle === null) return;
      state.handle.close();
      const family = type === 'udp6' ? 6 : 4;
      const handle = new UdpHandle(ports, family, lookupOf(family, (own as Lookup | undefined) ?? lookup));
      Object.assign(handle, { [ownerSymbol]: this });
      state.handle = handle;
    }
  }

  const createSocket = (options: dgram.SocketOptions | dgram.SocketType, listener?: MessageListener): dgram.Socket =>
    new Socket(options, listener);
  // Deprecated since Node 16 and no part of the types, yet there.
  const { _createSocketHandle } = dgram as unknown as Record<string, unknown>;
  return {
    createSocket,
    Socket,
    ...(_createSocketHandle === undefined ? {} : { _createSocketHandle }),
  } as unknown as Dgram;
}

type MessageListener = (message: Buffer, remote: dgram.RemoteInfo) => void;

const { stateSymbol, ownerSymbol } = findSymbols();

/** Node keeps a socket's handle under a symbol of its own, and the socket under one of the handle's. */
function findSymbols(): { stateSymbol: symbol; ownerSymbol: symbol } {
  const probe = dgram.createSocket('udp4');
  const stateSymbol = symbolNamed(probe, 'state symbol');
  const { handle } = (probe as unknown as Record<symbol, SocketState>)[stateSymbol] ?? {};
  const ownerSymbol = symbolNamed(handle ?? {}, 'owner_symbol');
  probe.close();
  return { stateSymbol, ownerSymbol };
}

function symbolNamed(object: object, name: string): symbol {
  const found = Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === name);
  if (found !== undefined) return found;
  throw new StateError(
    `dgram of Node ${process.version} is built otherwise (no ${name}): use a Node this release names`,
  );
}

function stateOf(socket: dgram.Socket): SocketState {
  return (socket as unknown as Record<symbol, SocketState>)[stateSymbol] as SocketState;
}

function lookupOf(family: 4 | 6, lookup: Lookup): HandleLookup {
  const loopback = family === 4 ? '127.0.0.1' : '::1';
  return (address, callback) => {
    lookup(address || loopback, family, callback);
  };
}

/** The default look-up: addresses, then the names the host knows by itself. */
export function lookupAmong(ports: UdpPorts): Lookup {
  return (hostname, family, callback) => {
    const wanted =
      isIP(hostname) !== 0
        ? hostname
        : ports.addressesOf(hostname).find((address) => family === 0 || isIP(address) === family);
    process.nextTick(() => {
      if (wanted === undefined) callback(lookupError('ENOTFOUND', hostname), '', 0);
      else callback(null, wanted, isIP(wanted));
    });
  };
}
