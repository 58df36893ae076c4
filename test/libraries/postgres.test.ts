/** pg over virtual hosts, against a server of our own that speaks PostgreSQL's protocol: long values, many rows, a reset. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { OID_BYTEA, OID_INT4, OID_TEXT, type Query, servePostgres } from './postgres-server.ts';
import { content, digest, failureOf, lostFrames, MEBIBYTE, next, onVirtualHosts, type Stage } from './stage.ts';

const body = content(MEBIBYTE);

/** Three queries it knows. */
const query: Query = (sql, [parameter]) => {
  if (sql === 'select $1::bytea as back') {
    const back = parameter === null || parameter === undefined ? null : `\\x${parameter.toString('hex')}`;
    return { columns: [{ name: 'back', typeOid: OID_BYTEA }], rows: [[back]] };
  }
  const series = /^select n, word from series\((\d+)\)$/.exec(sql);
  if (series === null) throw new Error(`syntax error at '${sql}'`);
  const columns = [
    { name: 'n', typeOid: OID_INT4 },
    { name: 'word', typeOid: OID_TEXT },
  ];
  return { columns, rows: Array.from({ length: Number(series[1]) }, (_, n) => [String(n), `word ${n} `.repeat(10)]) };
};

function configOf(stage: Stage, port: number): pg.ClientConfig {
  // pg connects the socket itself.
  return { host: stage.address, port, user: 'someone', database: 'here', stream: () => new stage.client.Socket() };
}

describe('pg', () => {
  it('sends and gets a mebibyte as a parameter, reads ten thousand rows', () =>
    onVirtualHosts(71, async (stage) => {
      const port = await stage.serve((socket) => servePostgres(socket, query));
      const client = new pg.Client(configOf(stage, port));
      await client.connect();
      const { rows: back } = await client.query<{ back: Buffer }>('select $1::bytea as back', [body]);
      expect(back.map((row) => digest(row.back))).toEqual([digest(body)]);
      const { rows, rowCount } = await client.query('select n, word from series(10000)');
      expect(rowCount).toBe(10_000);
      expect(rows.every((row, n) => row.n === n && row.word === `word ${n} `.repeat(10))).toBe(true);
      expect(await failureOf(client.query('selekt'))).toMatchObject({ code: '42601', severity: 'ERROR' });
      expect((await client.query('select n, word from series(2)')).rowCount).toBe(2);
      expect(lostFrames(stage)).toBeGreaterThan(0);
      await client.end();
    }));

  it('a reset in mid-stream fails the query and the client; the pool takes a new connection', () =>
    onVirtualHosts(72, async (stage) => {
      const port = await stage.serve((socket) => servePostgres(socket, query));
      const pool = new pg.Pool({ ...configOf(stage, port), max: 1 });
      const client = await pool.connect();
      const failed = next(client, 'error');
      const reset = stage.resetAfter(400_000);
      const error = await failureOf(client.query('select n, word from series(30000)'));
      expect(error).toMatchObject({ code: 'ECONNRESET' });
      expect(reset.hits).toBeGreaterThan(0);
      await failed;
      client.release(true);
      const { rows } = await pool.query<{ back: Buffer }>('select $1::bytea as back', [body]);
      expect(rows.map((row) => digest(row.back))).toEqual([digest(body)]);
      await pool.end();
    }));
});
