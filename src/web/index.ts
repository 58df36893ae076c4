/**
 * Sockets in the shapes of the web, for browsers, workers, Deno and Bun: `connect()` of WinterTC, Direct Sockets, `fetch` and
 * `serve`, over any stack. Needs Web Streams and nothing of Node.
 */

export type { SocketDnsQueryType } from './direct-errors.ts';
export * from './direct-sockets.ts';
export { WebEventLoop } from './event-loop.ts';
export * from './fetch.ts';
export type { WebHost } from './host.ts';
export { HttpResponse, type HttpResponseConstructor } from './http-response.ts';
export * from './serve.ts';
export * from './serve-handler.ts';
export * from './sockets-api.ts';
export * from './tcp-server-socket.ts';
export type { TCPSocket, TCPSocketOpenInfo, TCPSocketOptions } from './tcp-socket.ts';
export * from './udp-socket.ts';
