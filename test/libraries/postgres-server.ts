/**
 * As much of a PostgreSQL server as a client needs to send queries and read rows: the simple and the extended protocol,
 * version 3.0 (https://www.postgresql.org/docs/current/protocol.html). What a query means is the caller's.
 */
import type { Socket } from 'node:net';

/** Rows as text; null is SQL's. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly typeOid: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export type Query = (sql: string, parameters: readonly (Buffer | null)[]) => QueryResult;

export const OID_BYTEA = 17;
export const OID_INT4 = 23;
export const OID_TEXT = 25;

const VERSION_3 = 196_608;
const COMPLETE = 'SELECT';

export function servePostgres(socket: Socket, query: Query): void {
  const session = new Session(socket, query);
  socket.on('data', (chunk: Buffer) => session.push(chunk));
  // A connection that fails is closed by itself.
  socket.on('error', () => {});
}

class Session {
  private readonly socket: Socket;
  private readonly query: Query;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private neededBytes = 0;
  private isStarted = false;
  private sql = '';
  private result: QueryResult | Error = new Error('no portal is bound');
  private hasFailed = false;

  constructor(socket: Socket, query: Query) {
    this.socket = socket;
    this.query = query;
  }

  push(chunk: Buffer): void {
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.waitingBytes < this.neededBytes) return;
    let bytes = Buffer.concat(this.waiting);
    for (;;) {
      // Before the first message there is no type.
      const start = this.isStarted ? 1 : 0;
      const length = bytes.length < start + 4 ? 0 : start + bytes.readInt32BE(start);
      this.neededBytes = length;
      if (length === 0 || bytes.length < length) break;
      const payload = bytes.subarray(start + 4, length);
      if (this.isStarted) this.message(String.fromCharCode(bytes[0] ?? 0), payload);
      else this.start(payload);
      bytes = bytes.subarray(length);
    }
    this.waiting = [bytes];
    this.waitingBytes = bytes.length;
  }

  private start(payload: Buffer): void {
    if (payload.readInt32BE(0) !== VERSION_3) throw new Error('a client of protocol 3.0 is expected');
    this.isStarted = true;
    this.send('R', int32(0));
    this.send('S', text('server_version'), text('16.0'));
    this.ready();
  }

  private message(type: string, payload: Buffer): void {
    if (this.hasFailed && type !== 'S') return;
    switch (type) {
      case 'Q':
        this.run(payload.toString('utf8', 0, payload.length - 1), []);
        this.describe();
        this.execute();
        this.ready();
        break;
      case 'P':
        this.sql = payload.toString('utf8', payload.indexOf(0) + 1, payload.indexOf(0, payload.indexOf(0) + 1));
        this.send('1');
        break;
      case 'B':
        this.run(this.sql, parametersOf(payload));
        this.send('2');
        break;
      case 'D':
        this.describe();
        break;
      case 'E':
        this.execute();
        break;
      case 'S':
        this.hasFailed = false;
        this.ready();
        break;
      case 'X':
        this.socket.end();
        break;
      default:
        throw new Error(`message '${type}' is not spoken here`);
    }
  }

  private run(sql: string, parameters: readonly (Buffer | null)[]): void {
    try {
      this.result = this.query(sql, parameters);
    } catch (error) {
      this.result = error instanceof Error ? error : new Error(String(error));
    }
  }

  private describe(): void {
    const { result } = this;
    if (result instanceof Error) {
      this.hasFailed = true;
      this.send('E', fields({ S: 'ERROR', C: '42601', M: result.message }));
      return;
    }
    const columns = result.columns.map(({ name, typeOid }) =>
      Buffer.concat([text(name), int32(0), int16(0), int32(typeOid), int16(-1), int32(-1), int16(0)]),
    );
    this.send('T', int16(columns.length), ...columns);
  }

  private execute(): void {
    const { result } = this;
    if (result instanceof Error) return;
    for (const row of result.rows) {
      const values = row.flatMap((value) => {
        if (value === null) return [int32(-1)];
        const bytes = Buffer.from(value);
        return [int32(bytes.length), bytes];
      });
      this.send('D', int16(row.length), ...values);
    }
    this.send('C', text(`${COMPLETE} ${result.rows.length}`));
  }

  private ready(): void {
    this.hasFailed = false;
    this.send('Z', Buffer.from('I'));
  }

  private send(type: string, ...parts: Buffer[]): void {
    const payload = Buffer.concat(parts);
    this.socket.write(Buffer.concat([Buffer.from(type), int32(payload.length + 4), payload]));
  }
}

/** The values of a Bind message, as they were sent: text or binary. */
function parametersOf(payload: Buffer): (Buffer | null)[] {
  let offset = payload.indexOf(0) + 1;
  offset = payload.indexOf(0, offset) + 1;
  offset += 2 + 2 * payload.readInt16BE(offset);
  const count = payload.readInt16BE(offset);
  offset += 2;
  const parameters: (Buffer | null)[] = [];
  for (let index = 0; index < count; index++) {
    const length = payload.readInt32BE(offset);
    offset += 4;
    parameters.push(length < 0 ? null : payload.subarray(offset, offset + length));
    offset += Math.max(0, length);
  }
  return parameters;
}

function fields(values: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(values).map(([code, value]) => Buffer.concat([Buffer.from(code), text(value)]));
  return Buffer.concat([...parts, Buffer.alloc(1)]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
