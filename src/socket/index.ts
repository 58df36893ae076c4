/** Sockets: the user's side of the stack. */
export * from './datagram-socket.ts';
export * from './listen-socket.ts';
export * from './ping.ts';
export * from './socket-event.ts';
export * from './stream-socket.ts';
