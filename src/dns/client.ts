/**
 * Asks DNS servers (RFC 1035 section 4.2, RFC 7766): by UDP, each try longer than the one before, server after server; by TCP when
 * an answer was cut short. What comes from elsewhere or answers something else is not heard.
 */
import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { DnsEnvironment } from './environment.ts';
import { type DnsMessage, decodeMessage, encodeMessage, messageOf, nameKey, type Question, Rcode } from './message.ts';

export interface ServerAddress {
  readonly address: string;
  readonly port: number;
}

export interface ClientSettings {
  readonly servers: readonly ServerAddress[];
  /** Of the first try; each round takes twice as long. */
  readonly timeoutMs: number;
  /** Rounds through the servers. */
  readonly tries: number;
  readonly localAddress4: string | undefined;
  readonly localAddress6: string | undefined;
}

/** Why there is no answer, as Node's error codes have it. */
export class QueryFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Calls off everything that was started with it. */
export class Cancellation {
  private readonly stops = new Set<() => void>();

  add(stop: () => void): void {
    this.stops.add(stop);
  }

  remove(stop: () => void): void {
    this.stops.delete(stop);
  }

  cancel(): void {
    for (const stop of this.stops) stop();
  }
}

/** Bytes of UDP answers we take: what fits everywhere without fragments. */
const UDP_PAYLOAD_BYTES = 1232;
const TIMEOUT_MAX_MS = 30_000;

const FAILURES: ReadonlyMap<number, string> = new Map([
  [Rcode.formatError, 'EFORMERR'],
  [Rcode.serverFailure, 'ESERVFAIL'],
  [Rcode.notImplemented, 'ENOTIMP'],
  [Rcode.refused, 'EREFUSED'],
]);

/**
 * Asks until somebody answers; an answer says what there is, or that there is no such name.
 * @throws QueryFailure with the last server's reason: ETIMEOUT, ECONNREFUSED, ESERVFAIL, EREFUSED …, or ECANCELLED
 */
export async function ask(
  environment: DnsEnvironment,
  settings: ClientSettings,
  question: Question,
  cancellation: Cancellation,
): Promise<DnsMessage> {
  const open = new Set(settings.servers);
  let failure = new QueryFailure('ECONNREFUSED');
  for (let round = 0; round < settings.tries; round++) {
    const timeoutMs = Math.min(settings.timeoutMs * 2 ** round, TIMEOUT_MAX_MS);
    for (const server of open) {
      try {
        return await askServer(environment, settings, server, question, timeoutMs, cancellation);
      } catch (error) {
        if (!(error instanceof QueryFailure)) throw error;
        failure = error;
        if (error.code === 'ECANCELLED') throw error;
        // Only silence may be an accident of the way.
        if (error.code !== 'ETIMEOUT') open.delete(server);
      }
    }
  }
  throw failure;
}

async function askServer(
  environment: DnsEnvironment,
  settings: ClientSettings,
  server: ServerAddress,
  question: Question,
  timeoutMs: number,
  cancellation: Cancellation,
): Promise<DnsMessage> {
  const localAddress = isIPv6(server.address) ? settings.localAddress6 : settings.localAddress4;
  const way = { environment, server, localAddress, timeoutMs, cancellation };
  let answer = await exchangeByUdp(way, queryOf(question, true));
  // RFC 6891 §7: a server of before EDNS does not understand such a query.
  if (answer.rcode === Rcode.formatError) answer = await exchangeByUdp(way, queryOf(question, false));
  if (answer.isTruncated) answer = await exchangeByTcp(way, queryOf(question, true));
  const code = FAILURES.get(answer.rcode);
  if (code !== undefined) throw new QueryFailure(code);
  return answer;
}

interface Way {
  readonly environment: DnsEnvironment;
  readonly server: ServerAddress;
  readonly localAddress: string | undefined;
  readonly timeoutMs: number;
  readonly cancellation: Cancellation;
}

interface Query {
  readonly id: number;
  readonly question: Question;
  readonly bytes: Uint8Array;
}

function queryOf(question: Question, hasEdns: boolean): Query {
  const id = randomInt(0x10000);
  if (!isName(question.name)) throw new QueryFailure('EBADNAME');
  let bytes: Uint8Array;
  try {
    const udpPayloadBytes = hasEdns ? UDP_PAYLOAD_BYTES : 0;
    bytes = encodeMessage(messageOf({ id, isRecursionDesired: true, questions: [question], udpPayloadBytes }));
  } catch {
    throw new QueryFailure('EBADNAME');
  }
  return { id, question, bytes };
}

// RFC 1035 §2.3.4: labels have 1 to 63 octets, names 255 with their length octets.
function isName(text: string): boolean {
  const name = nameKey(text);
  const isWhole = name.split('.').every((label) => label !== '' && Buffer.byteLength(label) <= 63);
  return (isWhole || name === '') && Buffer.byteLength(name) <= 253;
}

/** RFC 5452 §4: the ID and the question have to be those that were sent. */
function isAnswerTo(query: Query, message: DnsMessage): boolean {
  if (message.id !== query.id || !message.isResponse) return false;
  const [asked] = message.questions;
  // Servers that could not read the question do not repeat it.
  if (asked === undefined) return message.rcode !== Rcode.noError;
  return nameKey(asked.name) === nameKey(query.question.name) && asked.type === query.question.type;
}

/** One exchange: settles once, by an answer, an error, the time-out or a cancellation, and then lets everything go. */
function exchange(
  way: Way,
  start: (finish: (result: DnsMessage | QueryFailure) => void) => () => void,
): Promise<DnsMessage> {
  const { environment, timeoutMs, cancellation } = way;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const finish = (result: DnsMessage | QueryFailure): void => {
      if (isOver) return;
      isOver = true;
      cancellation.remove(cancel);
      stopTimer();
      // Sockets are let go when the call that made them is over, even if it fails at once.
      queueMicrotask(() => letGo());
      if (result instanceof QueryFailure) reject(result);
      else resolve(result);
    };
    const cancel = (): void => finish(new QueryFailure('ECANCELLED'));
    cancellation.add(cancel);
    const stopTimer = environment.setTimer(() => finish(new QueryFailure('ETIMEOUT')), timeoutMs);
    const letGo = start(finish);
  });
}

function exchangeByUdp(way: Way, query: Query): Promise<DnsMessage> {
  const { environment, server, localAddress } = way;
  return exchange(way, (finish) => {
    const socket = environment.dgram.createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    socket.on('error', (error: NodeJS.ErrnoException) => finish(failureOf(error)));
    socket.on('message', (bytes) => {
      const message = decodeMessage(bytes);
      if (message !== null && isAnswerTo(query, message)) finish(message);
    });
    socket.once('connect', () => {
      socket.send(query.bytes, (error: NodeJS.ErrnoException | null) => {
        if (error) finish(failureOf(error));
      });
    });
    const connect = (): void => socket.connect(server.port, server.address);
    if (localAddress === undefined) connect();
    else socket.bind(0, localAddress, connect);
    return () => socket.close();
  });
}

// RFC 7766 §8: messages over TCP follow their length in two octets.
function exchangeByTcp(way: Way, query: Query): Promise<DnsMessage> {
  const { environment, server, localAddress } = way;
  return exchange(way, (finish) => {
    const where = { host: server.address, port: server.port };
    const socket = environment.net.connect(localAddress === undefined ? where : { ...where, localAddress });
    let received = Buffer.alloc(0);
    socket.on('error', (error: NodeJS.ErrnoException) => finish(failureOf(error)));
    socket.on('end', () => finish(new QueryFailure('ECONNREFUSED')));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? Number.POSITIVE_INFINITY : received.readUInt16BE(0) + 2;
      if (received.length < length) return;
      const message = decodeMessage(received.subarray(2, length));
      finish(message !== null && isAnswerTo(query, message) ? message : new QueryFailure('EBADRESP'));
    });
    socket.end(framed(query.bytes));
    return () => socket.destroy();
  });
}

/** A message as it goes over TCP. */
export function framed(bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(bytes.length + 2);
  frame.writeUInt16BE(bytes.length, 0);
  frame.set(bytes, 2);
  return frame;
}

function failureOf(error: NodeJS.ErrnoException): QueryFailure {
  return new QueryFailure(error.code === 'ETIMEDOUT' ? 'ETIMEOUT' : 'ECONNREFUSED');
}
