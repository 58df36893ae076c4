import { expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { SeededRandom } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { PingSocket } from '../icmp/ping-socket.ts';
import { Stack } from '../stack/stack.ts';
import { DatagramSocket } from './datagram-socket.ts';

function pair() {
  const make = (name: string, ip: string, ip6: string, seed: number) => {
    const s = new Stack({ name, random: new SeededRandom(seed) });
    const i = s.addInterface({ name: 'tun0', capabilities: plainCapabilities('ip', 1500) });
    s.addAddress(i.id, ip);
    s.addAddress(i.id, ip6);
    return { s, i };
  };
  const a = make('a', '10.0.0.1/24', 'fd00::1/64', 1);
  const b = make('b', '10.0.0.2/24', 'fd00::2/64', 2);
  const slot = Slot.allocate(70000, false);
  let frames = 0;
  const pump = (now: number) => {
    for (let n = 0; n < 5000; n++) {
      slot.interfaceId = a.i.id;
      let moved = false;
      if (a.s.pollTransmit(now, slot)) {
        frames++;
        slot.interfaceId = b.i.id;
        b.s.receive(slot, now);
        moved = true;
      }
      slot.interfaceId = b.i.id;
      if (b.s.pollTransmit(now, slot)) {
        frames++;
        slot.interfaceId = a.i.id;
        a.s.receive(slot, now);
        moved = true;
      }
      if (!moved) break;
    }
    return frames;
  };
  return { a, b, pump };
}

it.each(['10.0.0.2', 'fd00::2'])('udp to %s', (to) => {
  const { a, b, pump } = pair();
  a.s.handleTimeout(5e6);
  b.s.handleTimeout(5e6);
  pump(5e6);
  const server = new DatagramSocket(b.s, { port: 53 });
  const client = new DatagramSocket(a.s);
  for (const size of [0, 100, 1472, 1473, 9000, 65507]) {
    const data = Uint8Array.from({ length: size }, (_, i) => i * 3);
    expect(client.sendTo(data, to, 53)).toBeNull();
    const f = pump(5e6);
    const got = server.receiveFrom();
    expect(got?.bytes.length).toBe(size);
    expect(Buffer.from(got!.bytes).equals(Buffer.from(data))).toBe(true);
    console.log(to, size, f, got?.address);
  }
  expect(b.s.pollEvent()).toBe(server);
  // refused
  client.connect(to, 99);
  client.send(new Uint8Array(2000));
  pump(5e6);
  expect(client.takeError()).toBe('ECONNREFUSED');
  // ping
  const ping = new PingSocket(a.s.ip.icmp, a.s.ip, a.s.clock, Address.parse(to));
  const r = ping.send(1, new Uint8Array(3000));
  pump(5e6 + 500);
  console.log(r, ping.receive(), a.s.counters.icmp, a.s.counters.drops, b.s.counters.drops);
});
it('loopback', () => {
  const { a } = pair();
  const server = new DatagramSocket(a.s, { port: 53 });
  const client = new DatagramSocket(a.s);
  for (const to of ['127.0.0.1', '10.0.0.1', '::1']) {
    expect(client.sendTo(new Uint8Array(10), to, 53)).toBeNull();
    expect(a.s.pollEvent()).toBe(server);
    expect(server.receiveFrom()?.bytes.length).toBe(10);
  }
  client.connect('127.0.0.1', 99);
  client.send(new Uint8Array(3));
  expect(a.s.pollEvent()).toBe(client);
  expect(client.takeError()).toBe('ECONNREFUSED');
});
