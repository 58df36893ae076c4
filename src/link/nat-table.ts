/**
 * The memory of an address translator: which inside address and port stands behind which public port, for how long.
 * Bounded; what ran out goes when it is looked for or when room is needed.
 */
import { IpProtocol } from '../wire/ip-packet.ts';

/** One mapping. */
export interface NatMapping {
  readonly protocol: number;
  /** IPv4 address as int32. */
  readonly insideAddress: number;
  readonly insidePort: number;
  readonly publicPort: number;
  usedUs: number;
  /** TCP: bit 0 a FIN from inside, bit 1 one from outside; 3 also after a reset. */
  finSeen: number;
}

export interface NatTableOptions {
  readonly tcpIdleUs: number;
  readonly tcpClosingIdleUs: number;
  readonly udpIdleUs: number;
  readonly icmpIdleUs: number;
  readonly maxMappings: number;
}

const FIRST_PORT = 1024;

/** The mappings. */
export class NatTable {
  private readonly inside = new Map<number, NatMapping>();
  private readonly outside = new Map<number, NatMapping>();
  private readonly options: NatTableOptions;
  private nextPort = FIRST_PORT;

  constructor(options: NatTableOptions) {
    this.options = options;
  }

  get size(): number {
    return this.outside.size;
  }

  clear(): void {
    this.inside.clear();
    this.outside.clear();
  }

  findInside(protocol: number, address: number, port: number, nowUs: number): NatMapping | null {
    return this.alive(this.inside.get(insideKey(protocol, address, port)), nowUs);
  }

  findOutside(protocol: number, publicPort: number, nowUs: number): NatMapping | null {
    return this.alive(this.outside.get(outsideKey(protocol, publicPort)), nowUs);
  }

  /** A new mapping, with the same port outside where it is free; null when the table is full. */
  add(protocol: number, insideAddress: number, insidePort: number, nowUs: number): NatMapping | null {
    if (this.outside.size >= this.options.maxMappings) this.sweep(nowUs);
    if (this.outside.size >= this.options.maxMappings) return null;
    const publicPort = this.freePort(protocol, insidePort, nowUs);
    if (publicPort < 0) return null;
    const mapping: NatMapping = { protocol, insideAddress, insidePort, publicPort, usedUs: nowUs, finSeen: 0 };
    this.inside.set(insideKey(protocol, insideAddress, insidePort), mapping);
    this.outside.set(outsideKey(protocol, publicPort), mapping);
    return mapping;
  }

  /** Takes out what ran out; returns how many. */
  sweep(nowUs: number): number {
    const before = this.outside.size;
    for (const mapping of this.outside.values()) this.alive(mapping, nowUs);
    return before - this.outside.size;
  }

  private alive(mapping: NatMapping | undefined, nowUs: number): NatMapping | null {
    if (mapping === undefined) return null;
    if (nowUs - mapping.usedUs <= this.idleUs(mapping)) return mapping;
    this.inside.delete(insideKey(mapping.protocol, mapping.insideAddress, mapping.insidePort));
    this.outside.delete(outsideKey(mapping.protocol, mapping.publicPort));
    return null;
  }

  private idleUs(mapping: NatMapping): number {
    if (mapping.protocol === IpProtocol.udp) return this.options.udpIdleUs;
    if (mapping.protocol === IpProtocol.icmp) return this.options.icmpIdleUs;
    return mapping.finSeen === 3 ? this.options.tcpClosingIdleUs : this.options.tcpIdleUs;
  }

  private freePort(protocol: number, preferred: number, nowUs: number): number {
    if (this.findOutside(protocol, preferred, nowUs) === null) return preferred;
    for (let tries = 0; tries < 65_536 - FIRST_PORT; tries++) {
      const port = this.nextPort;
      this.nextPort = port === 65_535 ? FIRST_PORT : port + 1;
      if (this.findOutside(protocol, port, nowUs) === null) return port;
    }
    return -1;
  }
}

function insideKey(protocol: number, address: number, port: number): number {
  // 8 bits of protocol do not fit above 32 + 16 bits in a double's 53; the three protocols need two.
  const kind = protocol === IpProtocol.tcp ? 0 : protocol === IpProtocol.udp ? 1 : 2;
  return (kind * 65_536 + port) * 4_294_967_296 + (address >>> 0);
}

function outsideKey(protocol: number, port: number): number {
  return protocol * 65_536 + port;
}
