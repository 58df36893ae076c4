/** ioredis over virtual hosts, against a server of our own that speaks RESP: long values, pipelines, and a reset. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { serveRedis } from './redis-server.ts';
import { content, digest, failureOf, lostFrames, MEBIBYTE, next, onVirtualHosts, type Stage } from './stage.ts';

const body = content(MEBIBYTE);

async function serveStore(stage: Stage): Promise<number> {
  const store = new Map<string, Buffer>();
  return stage.serve((socket) => serveRedis(socket, store));
}

/** ioredis takes a class that connects. */
function clientOf(
  stage: Stage,
  port: number,
  options: Pick<RedisOptions, 'maxRetriesPerRequest' | 'retryStrategy'> = {},
): Redis {
  class StageConnector extends AbstractConnector {
    constructor() {
      super(1000);
    }

    async connect(): Promise<Socket> {
      this.connecting = true;
      this.stream = stage.connect(port);
      return this.stream;
    }
  }
  return new Redis({ ...options, Connector: StageConnector });
}

describe('ioredis', () => {
  it('stores and fetches a mebibyte, and a pipeline of a thousand commands', () =>
    onVirtualHosts(61, async (stage) => {
      const client = clientOf(stage, await serveStore(stage));
      expect(await client.set('long', body)).toBe('OK');
      expect(digest((await client.getBuffer('long')) ?? '')).toBe(digest(body));
      expect(await client.get('nothing')).toBe(null);
      const pipeline = client.pipeline();
      for (let index = 0; index < 1000; index++) pipeline.incr('count');
      const results = (await pipeline.exec()) ?? [];
      expect(results.map(([error, count]) => error ?? count)).toEqual(
        Array.from({ length: 1000 }, (_, index) => index + 1),
      );
      expect(await failureOf(client.call('LOLWUT'))).toMatchObject({ name: 'ReplyError' });
      expect(lostFrames(stage)).toBeGreaterThan(0);
      await client.quit();
    }));

  it('a reset in mid-stream fails what was under way, then it connects again', () =>
    onVirtualHosts(62, async (stage) => {
      const client = clientOf(stage, await serveStore(stage), { maxRetriesPerRequest: 0, retryStrategy: () => 1 });
      const errors: (string | undefined)[] = [];
      client.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
      await once(client, 'ready');
      const reset = stage.resetAfter(400_000);
      const closed = next(client, 'close');
      const error = await failureOf(client.set('long', content(8 * MEBIBYTE)));
      expect(error).toMatchObject({ name: 'MaxRetriesPerRequestError' });
      await closed;
      expect(errors).toEqual(['ECONNRESET']);
      expect(await client.set('long', body)).toBe('OK');
      expect(digest((await client.getBuffer('long')) ?? '')).toBe(digest(body));
      expect(reset.hits).toBeGreaterThan(0);
      await client.quit();
    }));
});
