/** Who is asked for segments: a connection that has said all is not in the queue, one that has not stays. */
import { expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { Slot } from '../base/slot.ts';
import { ListenSocket } from '../socket/listen-socket.ts';
import { StreamSocket } from '../socket/stream-socket.ts';

function connection(): { pair: StackPair; client: StreamSocket; slot: Slot } {
  const pair = new StackPair();
  const listener = new ListenSocket(pair.b, { port: 80 });
  const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80, noDelay: true });
  pair.run(pair.nowUs + 1_000_000);
  expect(listener.accept()?.stateName).toBe('ESTABLISHED');
  const slot = Slot.allocate(2048, true);
  slot.interfaceId = client.tcb?.path.interface.id ?? -1;
  return { pair, client, slot };
}

it.each([
  ['one octet', 1, [true, false]],
  ['a full segment and one octet', 1461, [true, true, false]],
])('%s: the queue is empty with the last segment, before anybody asks again', (_what, length, waits) => {
  const { pair, client, slot } = connection();
  client.write(new Uint8Array(length));
  const queue = pair.a.tcp.queueOf(slot.interfaceId);
  const seen = [!queue.isEmpty];
  while (pair.a.pollTransmit(pair.nowUs, slot)) seen.push(!queue.isEmpty);
  expect(seen).toEqual(waits);
});

it('what the program does not fill counts as such from the last segment on, and again after its acknowledgment', () => {
  const { pair, client, slot } = connection();
  const tcb = client.tcb;
  if (tcb === null) throw new Error('there is no connection');
  client.write(new Uint8Array(100));
  tcb.appLimitedUntil = 0;
  expect(pair.a.pollTransmit(pair.nowUs, slot)).toBe(true);
  expect(tcb.appLimitedUntil).toBe(tcb.delivered + tcb.inFlight);
  pair.b.receive(slot, pair.nowUs);
  pair.run(pair.nowUs + 1_000_000);
  expect(client.unacknowledgedLength).toBe(0);
  expect(tcb.appLimitedUntil).toBe(tcb.delivered);
});

it('a FIN behind the last octets leaves with them, and closes the queue', () => {
  const { pair, client, slot } = connection();
  client.write(new Uint8Array(10));
  client.shutdownWrite();
  expect(pair.a.pollTransmit(pair.nowUs, slot)).toBe(true);
  expect(pair.a.tcp.queueOf(slot.interfaceId).isEmpty).toBe(true);
});
