/**
 * A resolver: answers from the table, from what the host knows by itself, or from servers. Arguments are checked by handing wrong ones
 * to Node's own functions, so that errors are Node's.
 */
import type { Resolver } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { Address } from '../base/address.ts';
import { ask, Cancellation, QueryFailure, type ServerAddress } from './client.ts';
import type { DnsEnvironment } from './environment.ts';
import { dnsError } from './errors.ts';
import { messageOf, Rcode, type ResourceRecord } from './message.ts';
import { NativeResolver } from './native.ts';
import { type QueryKind, relevantRecords, reverseName } from './queries.ts';
import type { Zone } from './zone.ts';

/** What the resolvers of one module share. */
export interface DnsContext {
  readonly environment: DnsEnvironment;
  readonly zone: Zone;
  readonly timeoutMs: number;
  readonly tries: number;
}

export interface ResolverOptions {
  /** Milliseconds for the first try; -1: the module's. */
  readonly timeout?: number;
  readonly tries?: number;
}

const DNS_PORT = 53;

/** Asks; the front ends with callbacks and with promises are thin layers over it. */
export class ResolverCore {
  private readonly context: DnsContext;
  private readonly cancellation = new Cancellation();
  /** Checks and keeps servers and settings; it never asks anything. */
  private readonly native: Resolver;
  private readonly timeoutMs: number;
  private readonly tries: number;
  private localAddress4: string | undefined;
  private localAddress6: string | undefined;

  /** @throws Node's errors for options and servers that cannot be */
  constructor(context: DnsContext, servers: readonly string[], options: ResolverOptions = {}) {
    this.context = context;
    this.native = new NativeResolver(options as ConstructorParameters<typeof NativeResolver>[0]);
    this.native.setServers(servers);
    const { timeout = -1, tries } = options ?? {};
    this.timeoutMs = timeout === -1 ? context.timeoutMs : timeout;
    this.tries = tries ?? context.tries;
  }

  getServers(): string[] {
    return this.native.getServers();
  }

  /** @throws Node's errors */
  setServers(servers: readonly string[]): void {
    this.native.setServers(servers);
  }

  /** @throws Node's errors */
  setLocalAddress(ipv4?: string, ipv6?: string): void {
    this.native.setLocalAddress(ipv4 as string, ipv6 as string);
    for (const address of [ipv4, ipv6]) {
      if (address === undefined) continue;
      if (isIPv6(address)) this.localAddress6 = address;
      else this.localAddress4 = address;
    }
  }

  /** Calls off what is under way: ECANCELLED. */
  cancel(): void {
    this.cancellation.cancel();
  }

  /** @throws (rejects) Node's error, `queryA ENOTFOUND name` */
  async query(kind: QueryKind, name: string, hasTtl = false): Promise<unknown> {
    const records = await this.records(name, kind.type).catch((error) => {
      throw error instanceof QueryFailure ? dnsError(error.code, kind.syscall, name) : error;
    });
    return kind.shape(records, hasTtl);
  }

  /** Names of an address. @throws (rejects) `getHostByAddr …` */
  async reverse(address: string): Promise<string[]> {
    const known = this.context.environment.namesOf(address);
    if (known.length > 0) return [...known];
    const name = reverseName(Address.parse(address).toBytes());
    const records = await this.records(name, 'PTR').catch((error) => {
      throw error instanceof QueryFailure ? dnsError(error.code, 'getHostByAddr', address) : error;
    });
    return records.map((record) => String(record.data));
  }

  /** The records that answer, at least one. @throws (rejects) QueryFailure */
  async records(name: string, type: QueryKind['type']): Promise<readonly ResourceRecord[]> {
    const answer = this.local(name, type) ?? (await this.remote(name, type));
    if (answer.rcode === Rcode.noSuchName) throw new QueryFailure('ENOTFOUND');
    const found = relevantRecords(answer.answers, name, type);
    if (found.length > 0) return found;
    // An alias that leads out of the table is followed by asking for its target.
    const target = this.aliasTarget(answer.answers, name, type);
    if (target !== null) return this.records(target, type);
    throw new QueryFailure('ENODATA');
  }

  /** What needs no server; null: nobody here knows. */
  private local(name: string, type: QueryKind['type']): LocalAnswer | null {
    const { zone, environment } = this.context;
    if (zone.covers(name)) return zone.answer(name, type);
    const addresses = environment.addressesOf(name);
    if (addresses.length === 0) return null;
    const answers = addresses.map((address) => {
      return { name, type: isIP(address) === 6 ? 'AAAA' : 'A', ttl: 0, data: address };
    });
    return { rcode: Rcode.noError, answers };
  }

  private async remote(name: string, type: QueryKind['type']): Promise<LocalAnswer> {
    const servers = this.getServers().map(serverOf);
    if (servers.length === 0) return messageOf({ rcode: Rcode.noSuchName });
    const { localAddress4, localAddress6, timeoutMs, tries } = this;
    const settings = { servers, timeoutMs, tries, localAddress4, localAddress6 };
    return ask(this.context.environment, settings, { name, type, class: 'IN' }, this.cancellation);
  }

  private aliasTarget(answers: readonly ResourceRecord[], name: string, type: QueryKind['type']): string | null {
    const alias = relevantRecords(answers, name, 'CNAME').at(-1);
    if (alias === undefined || type === 'CNAME') return null;
    const last = answers.filter((record) => record.type === 'CNAME').at(-1);
    const target = String(last?.data ?? alias.data);
    return this.context.zone.covers(target) || answers.length > ALIASES_MAX ? null : target;
  }
}

interface LocalAnswer {
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
}

const ALIASES_MAX = 16;

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`. */
export function serverOf(text: string): ServerAddress {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT };
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  return { address: bracketed ?? plain ?? text, port: port === undefined ? DNS_PORT : Number(port) };
}
