/** How a connection is opened: its local end, what was set before it existed, and what stands in the way. */
import { Address } from '../base/address.ts';
import { StreamSocket } from '../socket/stream-socket.ts';
import type { Stack } from '../stack/stack.ts';
import { connectable } from './address-text.ts';

/** What Node's keep-alive adds to the delay it is given. */
const KEEP_ALIVE_INTERVAL_MS = 1000;
const KEEP_ALIVE_PROBES = 10;
const KEEP_ALIVE_IDLE_MAX_S = 32_767;

/** What was asked for before there was a connection. */
export interface EarlyOptions {
  localAddress?: string;
  localPort?: number;
  /** Bound to an address of that family, the unspecified one included. */
  isV6?: boolean;
  noDelay?: boolean;
  keepAlive?: readonly [isOn: boolean, delayS: number];
}

/** @param port 0: any. @returns the name of an errno when it cannot be ours */
export function localEnd(stack: Stack, address: string, port: number): EarlyOptions | string {
  const local: EarlyOptions = {};
  if (port !== 0) local.localPort = port;
  if (address === '0.0.0.0' || address === '::') return { ...local, isV6: address === '::' };
  const { address: plain } = connectable(address);
  if (!stack.ip.routing.isOwn(Address.parse(plain))) return 'EADDRNOTAVAIL';
  return { ...local, localAddress: plain, isV6: plain.includes(':') };
}

/** Sends a SYN. @returns the name of an errno when there is no way to */
export function openStream(
  stack: Stack,
  early: EarlyOptions,
  address: string,
  port: number,
): { readonly socket: StreamSocket; readonly isMapped: boolean } | string {
  const { address: remoteAddress, isMapped } = connectable(address);
  const { localAddress, localPort, noDelay } = early;
  // Port 0 is nobody's; no zone and no name comes this far.
  if (port === 0 || Address.tryParse(remoteAddress) === null) return 'EADDRNOTAVAIL';
  if (localAddress !== undefined && localAddress.includes(':') !== remoteAddress.includes(':')) return 'EINVAL';
  if (localPort !== undefined) {
    const local = localAddress === undefined ? null : Address.parse(localAddress);
    // A listener has the port we are to leave from.
    if (stack.tcp.listeners.conflicts(local, remoteAddress.includes(':') ? 6 : 4, localPort)) return 'EADDRINUSE';
  }
  const socket = StreamSocket.connect(stack, {
    remoteAddress,
    remotePort: port,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(localPort === undefined ? {} : { localPort }),
    ...(noDelay === undefined ? {} : { noDelay }),
  });
  if (socket.tcb !== null) return { socket, isMapped };
  socket.context = { socketEvents: () => undefined };
  return socket.error?.code ?? 'EINVAL';
}

/** @param delayS idle seconds before the first probe; 0 or less: as the stack is set */
export function keepStreamAlive(socket: StreamSocket, isOn: boolean, delayS: number): void {
  if (!isOn) socket.setKeepAlive(null);
  else if (delayS <= 0) socket.setKeepAlive({});
  else {
    socket.setKeepAlive({
      idleMs: Math.min(delayS, KEEP_ALIVE_IDLE_MAX_S) * 1000,
      intervalMs: KEEP_ALIVE_INTERVAL_MS,
      probes: KEEP_ALIVE_PROBES,
    });
  }
}
