// What 'woshou/dgram' exports. Written by "npm run api:update".

export type Dgram = typeof import('node:dgram');

export function createDgram(host: Host | SocketHost): Dgram;
