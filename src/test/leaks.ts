/** What a test has left open: sockets and listeners by host, and the network's clock still kept going. */
import type { Host } from '../sim/host.ts';
import { describeSockets, type SocketDescription } from '../stack/describe.ts';

/** States of a connection its user has not closed. Those that end by themselves after `close` are nobody's fault. */
const HELD: ReadonlySet<string> = new Set(['SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'CLOSE-WAIT']);

/** One line for each open socket of the host; none for a crashed host, whose memory is gone. */
export function openSockets(host: Host): string[] {
  if (host.condition === 'crashed') return [];
  return describeSockets(host.stack)
    .sockets.filter(isHeld)
    .map((socket) => `${host.name}: ${textOf(socket)}`);
}

function isHeld(socket: SocketDescription): boolean {
  return socket.protocol === 'udp' || socket.state === 'LISTEN' || HELD.has(socket.state);
}

function textOf(socket: SocketDescription): string {
  const local = endText(socket.localAddress, socket.localPort);
  if (socket.state === 'LISTEN') return `listening server on ${local}`;
  const peer = socket.remoteAddress === '' ? '' : ` to ${endText(socket.remoteAddress, socket.remotePort)}`;
  if (socket.protocol === 'udp') return `open UDP socket on ${local}${peer}`;
  return `open TCP connection ${local}${peer}, ${socket.state}`;
}

function endText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
