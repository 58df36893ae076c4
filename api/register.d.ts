// What 'woshou/register' exports. Written by "npm run api:update".

export interface RegisteredNetwork {
    readonly host: Host | SocketHost | string;
    readonly network?: Network;
    readonly time?: NetworkTime;
    readonly dnsServers?: readonly string[];
}

export const host: SocketHost | null;
