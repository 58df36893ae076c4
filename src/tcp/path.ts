/** Ways to peers, and how datagrams travel on them: what TCP has to know of IP. */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { ConnectionAuth } from './auth/connection-auth.ts';
import type { ConnectionKey } from './connection-key.ts';

/** The way to a peer as TCP sees it; the IP layer's Destination fits. */
export interface TcpPath {
  /** Largest IP packet the path takes, bytes. */
  readonly pathMtu: number;
  /** Largest IP packet the first hop takes. */
  readonly linkMtu: number;
  /** What the route says, as `RouteMetrics` of `src/ip/route.ts` has it. */
  readonly metrics?: {
    readonly advmss: number;
    readonly initrwnd: number;
    readonly window: number;
    readonly fastopenNoCookie: boolean;
  } | null;
  /** What the outgoing interface can do. */
  readonly interface: {
    readonly id: number;
    readonly mtu: number;
    readonly capabilities: Pick<LinkCapabilities, 'tso4' | 'tso6' | 'tsoAccEcn' | 'checksum'>;
  };
}

/** How a connection's datagrams travel; a Tcb and a TIME-WAIT record have it. */
export interface SendParameters {
  readonly path: TcpPath;
  readonly trafficClass: number;
  /** 0: as the setting says. */
  readonly hopLimit: number;
  readonly flowLabel: number;
  readonly ipOptions: Uint8Array | null;
  /** What its segments are signed with, null: nothing. */
  readonly auth: ConnectionAuth | null;
}

/** The way back to the sender of a SYN. */
export interface RouteBack {
  readonly key: ConnectionKey;
  readonly path: TcpPath;
  /** A source route, and nothing else. */
  readonly ipOptions: Uint8Array | null;
}
