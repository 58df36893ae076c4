/** mqtt and the broker aedes over virtual hosts: messages at each quality of service, and a reset they survive. */
import { Aedes, type AedesPublishPacket } from 'aedes';
import { type IClientOptions, MqttClient } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { content, digest, lostFrames, MEBIBYTE, next, onVirtualHosts, type Stage } from './stage.ts';

const body = content(MEBIBYTE);
const PART_BYTES = 1 << 16;
const parts = Array.from({ length: 16 }, (_, index) => body.subarray(index * PART_BYTES, (index + 1) * PART_BYTES));

/** mqtt takes a function that makes its stream. */
async function clientOf(stage: Stage, port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const client = new MqttClient(() => stage.connect(port), { reconnectPeriod: 1, ...options });
  await next(client, 'connect');
  return client;
}

function collect(client: MqttClient): Buffer[] {
  const received: Buffer[] = [];
  client.on('message', (_topic, payload) => received.push(payload));
  return received;
}

async function publishAll(client: MqttClient, topic: string, qos: 0 | 1 | 2): Promise<void> {
  await Promise.all(parts.map((part) => client.publishAsync(topic, part, { qos })));
}

describe('mqtt and aedes', () => {
  it.each([0, 1, 2] as const)('sixteen messages of 64 KiB, each once, at quality of service %i', (qos) =>
    onVirtualHosts(101, async (stage) => {
      const broker = await Aedes.createBroker();
      const port = await stage.serve((socket) => void broker.handle(socket));
      const [publisher, subscriber] = await Promise.all([clientOf(stage, port), clientOf(stage, port)]);
      await subscriber.subscribeAsync('news/+', { qos });
      const received = collect(subscriber);
      await publishAll(publisher, 'news/today', qos);
      while (received.length < parts.length) await next(subscriber, 'message');
      expect(received.map(digest)).toEqual(parts.map(digest));
      expect(lostFrames(stage)).toBeGreaterThan(0);
      await Promise.all([publisher.endAsync(), subscriber.endAsync()]);
      await new Promise<void>((resolve) => broker.close(resolve));
    }),
  );

  it('a reset in mid-stream: both ends are told, mqtt connects again, nothing of quality 1 is lost', () =>
    onVirtualHosts(102, async (stage) => {
      const broker = await Aedes.createBroker();
      const told: string[] = [];
      broker.on('clientError', (client, error) => told.push(`${client.id}: ${error.message}`));
      broker.on('clientDisconnect', (client) => told.push(`${client.id}: disconnected`));
      const received = new Set<string>();
      await new Promise<void>((resolve) => {
        const take: (packet: AedesPublishPacket, done: () => void) => void = (packet, done) => {
          received.add(digest(Buffer.from(packet.payload)));
          done();
        };
        broker.subscribe('news', take, resolve);
      });
      const port = await stage.serve((socket) => void broker.handle(socket));
      const publisher = await clientOf(stage, port, { clientId: 'publisher' });
      const errors: unknown[] = [];
      let closings = 0;
      publisher.on('error', (error) => errors.push('code' in error ? error.code : error.message));
      publisher.on('close', () => closings++);
      const reset = stage.resetAfter(400_000);
      await publishAll(publisher, 'news', 1);
      expect([...received].sort()).toEqual(parts.map(digest).sort());
      expect([errors, closings]).toEqual([['ECONNRESET'], 1]);
      expect(told[0]).toMatch(/^publisher: (?:read ECONNRESET|disconnected)$/);
      expect(reset.hits).toBeGreaterThan(0);
      await publisher.endAsync();
      await new Promise<void>((resolve) => broker.close(resolve));
    }));
});
