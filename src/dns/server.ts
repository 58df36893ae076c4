/**
 * A DNS server for a virtual host: answers from a table, or forwards to another server (RFC 1035, RFC 7766 for TCP). Whatever
 * arrives is answered or dropped; connections and questions under way are bounded.
 */
import type { Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { ask, Cancellation, framed } from './client.ts';
import type { DnsEnvironment } from './environment.ts';
import {
  type DnsMessage,
  decodeMessage,
  encodeMessage,
  messageOf,
  type Question,
  queryIdOf,
  Rcode,
} from './message.ts';
import { serverOf } from './resolver.ts';
import { Zone } from './zone.ts';
import type { ZoneTable } from './zone-table.ts';

/** Where a DNS server listens and what it answers from. */
export interface DnsServerOptions {
  /** Default: all addresses. */
  readonly address?: string;
  /** Default 53; 0: any. */
  readonly port?: number;
  /** Servers to ask for what the table does not cover, as `dns.setServers` takes them. Default: none. */
  readonly forwardTo?: readonly string[];
  /** False: UDP only. Default true. */
  readonly hasTcp?: boolean;
}

/** Largest UDP answer without and with EDNS (RFC 6891 section 6.2.5). */
const UDP_BYTES = 512;
const UDP_BYTES_MAX = 1232;
const CONNECTIONS_MAX = 100;
const IDLE_MS = 10_000;
const FORWARDS_MAX = 1000;
const FORWARD_TIMEOUT_MS = 2000;
const FORWARD_TRIES = 2;

/** A running DNS server. */
export class DnsServer {
  private readonly environment: DnsEnvironment;
  private readonly zone: Zone;
  private readonly forwardTo: readonly string[];
  private readonly udp: UdpSocket;
  private readonly tcp: Server | null;
  private readonly connections = new Set<Socket>();
  private readonly cancellation = new Cancellation();
  private forwards = 0;
  /** Questions answered so far, for tests and curiosity. */
  readonly counters = { udpQueries: 0, tcpQueries: 0, forwarded: 0, malformed: 0 };

  /** Use `serveDns`. */
  constructor(environment: DnsEnvironment, table: ZoneTable, options: DnsServerOptions) {
    this.environment = environment;
    this.zone = new Zone(table);
    this.forwardTo = options.forwardTo ?? [];
    const isIpv4 = options.address !== undefined && !options.address.includes(':');
    this.udp = environment.dgram.createSocket(isIpv4 ? 'udp4' : 'udp6');
    this.udp.on('message', (bytes, from) => {
      this.counters.udpQueries++;
      this.answer(bytes, (answer, limit) => this.udp.send(clipped(answer, limit), from.port, from.address));
    });
    // ICMP errors about answers: the asker has gone, or will ask again.
    this.udp.on('error', () => {});
    this.tcp = options.hasTcp === false ? null : environment.net.createServer((socket) => this.connected(socket));
  }

  /** The port, of UDP and TCP alike. */
  get port(): number {
    return this.udp.address().port;
  }

  /** Resolves when questions are heard. @throws (rejects) Node's errors, such as `bind EADDRINUSE` */
  async listen({ address = '::', port = 53 }: DnsServerOptions): Promise<void> {
    this.udp.bind(port, address);
    await once(this.udp, 'listening');
    if (this.tcp === null) return;
    this.tcp.maxConnections = CONNECTIONS_MAX;
    this.tcp.listen(this.port, address);
    await once(this.tcp, 'listening');
  }

  /** Whether the server keeps the process alive; at first it does. */
  unref(): void {
    this.udp.unref();
    this.tcp?.unref();
  }

  /** Stops; questions under way are left without an answer. */
  async close(): Promise<void> {
    this.cancellation.cancel();
    for (const socket of this.connections) socket.destroy();
    const closed = [once(this.udp, 'close')];
    this.udp.close();
    if (this.tcp?.listening) {
      closed.push(once(this.tcp, 'close'));
      this.tcp.close();
    }
    await Promise.all(closed);
  }

  private connected(socket: Socket): void {
    this.connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('close', () => this.connections.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const bytes = received.subarray(2, end);
        received = received.subarray(end);
        this.counters.tcpQueries++;
        this.answer(bytes, (answer) => {
          if (socket.writable) socket.write(framed(encoded(answer)));
        });
      }
    });
  }

  /** Calls `send` with the answer and the bytes the asker takes by UDP; not at all for what deserves no answer. */
  private answer(bytes: Uint8Array, send: (answer: DnsMessage, limitBytes: number) => void): void {
    const query = decodeMessage(bytes);
    if (query === null) {
      this.counters.malformed++;
      const id = queryIdOf(bytes);
      if (id !== null) send(messageOf({ id, isResponse: true, rcode: Rcode.formatError }), UDP_BYTES);
      return;
    }
    // Answers are never answered, or two servers could talk for ever.
    if (query.isResponse) return;
    const hasEdns = query.udpPayloadBytes > 0;
    const limit = hasEdns ? Math.min(query.udpPayloadBytes, UDP_BYTES_MAX) : UDP_BYTES;
    const reply = (parts: Partial<DnsMessage>): void => send(this.replyTo(query, parts, hasEdns), limit);
    const [question] = query.questions;
    if (query.opcode !== 0) reply({ rcode: Rcode.notImplemented });
    else if (question === undefined || query.questions.length > 1) reply({ rcode: Rcode.formatError });
    else if (this.forwardTo.length === 0 || this.zone.covers(question.name)) {
      reply({ ...this.zone.answer(question.name, question.type), isAuthoritative: true });
    } else this.forward(question, reply);
  }

  private replyTo(query: DnsMessage, parts: Partial<DnsMessage>, hasEdns: boolean): DnsMessage {
    return messageOf({
      id: query.id,
      isResponse: true,
      opcode: query.opcode,
      questions: query.questions,
      isRecursionDesired: query.isRecursionDesired,
      isRecursionAvailable: this.forwardTo.length > 0,
      udpPayloadBytes: hasEdns ? UDP_BYTES_MAX : 0,
      ...parts,
    });
  }

  private forward(question: Question, reply: (parts: Partial<DnsMessage>) => void): void {
    if (this.forwards >= FORWARDS_MAX) {
      reply({ rcode: Rcode.serverFailure });
      return;
    }
    this.forwards++;
    this.counters.forwarded++;
    const settings = {
      servers: this.forwardTo.map(serverOf),
      timeoutMs: FORWARD_TIMEOUT_MS,
      tries: FORWARD_TRIES,
      localAddress4: undefined,
      localAddress6: undefined,
    };
    ask(this.environment, settings, question, this.cancellation)
      .then(
        ({ rcode, answers, authorities }) => reply({ rcode, answers, authorities }),
        (error: { readonly code?: string }) => {
          if (error.code !== 'ECANCELLED') reply({ rcode: Rcode.serverFailure });
        },
      )
      .finally(() => this.forwards--);
  }
}

// RFC 2181 §9: an answer that does not fit goes without its records, marked as cut short.
function clipped(answer: DnsMessage, limitBytes: number): Uint8Array {
  const bytes = encoded(answer);
  if (bytes.length <= limitBytes) return bytes;
  return encoded({ ...answer, isTruncated: true, answers: [], authorities: [], additionals: [] });
}

/** What was read from elsewhere cannot always be written again: then the asker learns that it went wrong. */
function encoded(answer: DnsMessage): Uint8Array {
  try {
    return encodeMessage(answer);
  } catch {
    const { id, opcode } = answer;
    return encodeMessage(messageOf({ id, opcode, isResponse: true, rcode: Rcode.serverFailure }));
  }
}
