/** An HTTP server on a simulated host, and a client that speaks octets. */
import { Network } from '../../src/sim/index.ts';
import { pumpOf } from '../../src/sim/network-pump.ts';
import { eventLoop, socketHostOf } from '../../src/web/host.ts';
import { HttpListener, type HttpListenerOptions } from '../../src/web/http-listener.ts';
import { createConnect } from '../../src/web/index.ts';
import type { Turn } from '../../src/web/server-turn.ts';

export const octets = (text: string) => new TextEncoder().encode(text);

export function httpPlace(handler: (turn: Turn) => void, patienceMs?: HttpListenerOptions['patienceMs']) {
  const network = new Network({ seed: 9 });
  // The server's clock can be put forward, and then nothing else may move it.
  if (patienceMs !== undefined) pumpOf(network, eventLoop, { time: 'real' });
  const client = network.host('client');
  const server = network.host('server');
  network.link(client, server, { delayMs: 2 });
  const options = { port: 80, hostname: '::', ...(patienceMs === undefined ? {} : { patienceMs }) };
  const host = socketHostOf(server);
  const clock = { aheadUs: 0 };
  const shifted = Object.create(host, { nowUs: { get: () => host.nowUs + clock.aheadUs } });
  const listener = new HttpListener(shifted, options, handler);
  const connect = () => createConnect(client)('server:80', { allowHalfOpen: true });
  return { server, listener, connect, clock };
}

export type HttpPlace = ReturnType<typeof httpPlace>;

/** Sends pieces, ends, and reads to the end of the connection. */
export async function said(connect: HttpPlace['connect'], ...pieces: readonly string[]): Promise<string> {
  const socket = connect();
  const writer = socket.writable.getWriter();
  for (const piece of pieces) await writer.write(octets(piece));
  await writer.close();
  return new Response(socket.readable).text();
}

export function answerPath(turn: Turn): void {
  const body = octets(turn.head.target);
  turn.answer({ status: 200, fields: '', length: body.length }, body);
}

export const requestOf = (target: string, ...fields: readonly string[]) =>
  `GET ${target} HTTP/1.1\r\nHost: h\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
/** Bodies of answers that begin with a slash, in order. */
export const bodiesIn = (text: string) => [...text.matchAll(/\r\n\r\n(\/\w*?)(?=HTTP|$)/g)].map(([, body]) => body);
export const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
