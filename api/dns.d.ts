// What 'woshou/dns' exports. Written by "npm run api:update".

export type Dns = typeof import('node:dns');

export interface DnsOptions {
    readonly zone?: ZoneTable;
    readonly servers?: readonly string[];
    readonly timeoutMs?: number;
    readonly tries?: number;
}

export class DnsServer {
    readonly counters: {
        udpQueries: number;
        tcpQueries: number;
        forwarded: number;
        malformed: number;
    };
    constructor(environment: DnsEnvironment, table: ZoneTable, options: DnsServerOptions);
    get port(): number;
    listen({ address, port }: DnsServerOptions): Promise<void>;
    unref(): void;
    close(): Promise<void>;
}

export interface DnsServerOptions {
    readonly address?: string;
    readonly port?: number;
    readonly forwardTo?: readonly string[];
    readonly hasTcp?: boolean;
}

export interface ZoneCaa {
    readonly critical?: number;
    readonly tag: 'issue' | 'issuewild' | 'iodef';
    readonly value: string;
}

export interface ZoneMx {
    readonly priority: number;
    readonly exchange: string;
}

export interface ZoneNaptr {
    readonly order: number;
    readonly preference: number;
    readonly flags: string;
    readonly service: string;
    readonly regexp: string;
    readonly replacement: string;
}

export interface ZoneRecords {
    readonly A?: string | readonly string[];
    readonly AAAA?: string | readonly string[];
    readonly CNAME?: string;
    readonly NS?: string | readonly string[];
    readonly PTR?: string | readonly string[];
    readonly TXT?: string | readonly (string | readonly string[])[];
    readonly MX?: ZoneMx | readonly ZoneMx[];
    readonly SRV?: ZoneSrv | readonly ZoneSrv[];
    readonly SOA?: ZoneSoa;
    readonly CAA?: ZoneCaa | readonly ZoneCaa[];
    readonly NAPTR?: ZoneNaptr | readonly ZoneNaptr[];
    readonly ttl?: number;
}

export interface ZoneSoa {
    readonly nsname: string;
    readonly hostmaster: string;
    readonly serial?: number;
    readonly refresh?: number;
    readonly retry?: number;
    readonly expire?: number;
    readonly minttl?: number;
}

export interface ZoneSrv {
    readonly priority?: number;
    readonly weight?: number;
    readonly port: number;
    readonly name: string;
}

export type ZoneTable = Readonly<Record<string, ZoneRecords>>;

export function createDns(host: Host | SocketHost, options?: DnsOptions): Dns;

export function serveDns(host: Host | SocketHost, zone: ZoneTable, options?: DnsServerOptions): Promise<DnsServer>;

// Not exported, but part of the above:

export interface DnsEnvironment {
    readonly dgram: Pick<Dgram, 'createSocket'>;
    readonly net: DnsNet;
    addressesOf(name: string): readonly string[];
    namesOf(address: string): readonly string[];
    setTimer(callback: () => void, delayMs: number): () => void;
}

export type DnsNet = Pick<typeof import('node:net'), 'connect' | 'createServer'>;
