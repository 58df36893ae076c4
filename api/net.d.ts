// What 'woshou/net' exports. Written by "npm run api:update".

export interface Deliverable {
    isQueued: boolean;
    deliver(): void;
}

export type Net = typeof import('node:net');

export interface NetOptions {
    readonly lookup?: nodeNet.LookupFunction;
    readonly time?: NetworkTime;
}

export function createNet(hostOrStack: Host | SocketHost, options?: NetOptions): Net;

export function deliverSoon(item: Deliverable): void;

export function hostLookup(host: SocketHost): LookupFunction;

export function socketHostOf(host: Host | SocketHost, options?: NetworkPumpOptions): SocketHost;

export function streamSocketOf(socket: object): StreamSocket | null;
