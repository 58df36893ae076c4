/** mysql2 over virtual hosts, against the server in the same package: long queries, long rows, a reset, a pool. */

import type { Socket } from 'node:net';
import mysql from 'mysql2';
import promise from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { content, digest, failureOf, lostFrames, MEBIBYTE, onVirtualHosts, type Stage } from './stage.ts';

/** Text, for the server knows no binary rows. */
const body = content(MEBIBYTE / 2).toString('hex');
const VAR_STRING = 253;
const COLUMN = {
  ...{ catalog: 'def', schema: '', table: '', orgTable: '', name: 'value', orgName: 'value' },
  ...{ characterSet: 33, columnLength: 1 << 24, columnType: VAR_STRING, flags: 0, decimals: 0 },
};

/** Answers `select digest '…'` and `select repeat N`. */
function serveMysql(socket: Socket, codes: (string | undefined)[]): void {
  const connection = mysql.createConnection({ isServer: true, stream: socket } as mysql.ConnectionOptions);
  connection.on('error', (error: NodeJS.ErrnoException) => codes.push(error.code));
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: '8.0.0',
    connectionId: 1,
    statusFlags: 2,
    characterSet: 33,
    capabilityFlags: 0xff_ff_ff ^ 0x08_00 ^ 0x20,
    authCallback: (_parameters: unknown, callback: (error: null) => void) => {
      callback(null);
      connection.sequenceId = 0;
    },
  });
  connection.on('query', (sql: string) => {
    const long = /^select digest '([^']*)'$/.exec(sql)?.[1];
    const count = Number(/^select repeat (\d+)$/.exec(sql)?.[1]);
    const values = long === undefined ? Array.from({ length: count || 0 }, () => body) : [digest(long)];
    const rows = values.map((value) => ({ value }));
    if (rows.length > 0) connection.writeTextResult(rows, [COLUMN]);
    else connection.writeError({ code: 1064, message: 'syntax error' });
    // Packets are numbered anew with each command.
    connection.sequenceId = 0;
  });
}

interface Place {
  readonly options: promise.PoolOptions;
  /** Codes of the errors the server's connections were told. */
  readonly codes: (string | undefined)[];
}

async function serve(stage: Stage): Promise<Place> {
  const codes: (string | undefined)[] = [];
  const port = await stage.serve((socket) => serveMysql(socket, codes));
  return { codes, options: { user: 'someone', stream: () => stage.connect(port), maxPreparedStatements: 10 } };
}

async function values(from: promise.Connection | promise.Pool, sql: string): Promise<string[]> {
  const [rows] = await from.query<promise.RowDataPacket[]>(sql);
  return rows.map((row) => String(row.value));
}

describe('mysql2', () => {
  it('sends a query of a mebibyte and reads rows of one', () =>
    onVirtualHosts(81, async (stage) => {
      const { options, codes } = await serve(stage);
      const connection = await promise.createConnection(options);
      expect(await values(connection, `select digest '${body}'`)).toEqual([digest(body)]);
      expect((await values(connection, 'select repeat 2')).map(digest)).toEqual([digest(body), digest(body)]);
      expect(await failureOf(connection.query('selekt'))).toMatchObject({ errno: 1064, message: 'syntax error' });
      expect(lostFrames(stage)).toBeGreaterThan(0);
      await connection.end();
      expect(codes).toEqual([]);
    }));

  it('a reset in mid-stream fails the query; the pool takes a new connection', () =>
    onVirtualHosts(82, async (stage) => {
      const { options, codes } = await serve(stage);
      const pool = promise.createPool({ ...options, connectionLimit: 1 });
      expect(await values(pool, `select digest 'x'`)).toEqual([digest('x')]);
      const reset = stage.resetAfter(400_000);
      expect(await failureOf(pool.query('select repeat 8'))).toMatchObject({ code: 'ECONNRESET', fatal: true });
      expect(reset.hits).toBeGreaterThan(0);
      expect((await values(pool, 'select repeat 1')).map(digest)).toEqual([digest(body)]);
      await pool.end();
      expect(codes).toEqual(['ECONNRESET']);
    }));
});
