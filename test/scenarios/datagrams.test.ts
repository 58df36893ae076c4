/**
 * Datagrams between two whole stacks on a bare IP carrier: fragmentation and reassembly, port unreachable, ping, path MTU,
 * lost fragments (RFC 768, RFC 791, RFC 8200, RFC 792, RFC 4443, RFC 1191, RFC 8201).
 */
import { describe, expect, it } from 'vitest';
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { cloneGraph } from '../../src/base/snapshot.ts';
import { DatagramSocket } from '../../src/socket/datagram-socket.ts';
import { openPing } from '../../src/socket/ping.ts';
import { Stack } from '../../src/stack/stack.ts';
import { DropReason } from '../../src/wire/drop-reason.ts';
import { IpPacket } from '../../src/wire/ip-packet.ts';
import { parseIpv4 } from '../../src/wire/ipv4.ts';
import { parseIpv6 } from '../../src/wire/ipv6.ts';

const START_US = 5_000_000;

function host(name: string, last: number): Stack {
  const stack = new Stack({ name, random: new SeededRandom(last) });
  const { id } = stack.addInterface({ name: 'tun0', capabilities: plainCapabilities('ip', 1500) });
  stack.addAddress(id, `10.0.0.${last}/24`);
  stack.addAddress(id, `fd00::${last}/64`);
  return stack;
}

/** Two hosts, and whatever lies between them. */
class Wire {
  readonly client = host('client', 1);
  readonly server = host('server', 2);
  readonly slot = Slot.allocate(70_000, false);
  nowUs = START_US;
  /** Frames to swallow on their way to the server, by number. */
  lost = new Set<number>();
  /** Lengths of the frames that went to the server. */
  readonly frames: number[] = [];

  constructor() {
    this.advance(0);
    this.frames.length = 0;
  }

  advance(ms: number): void {
    this.nowUs += ms * 1000;
    this.client.handleTimeout(this.nowUs);
    this.server.handleTimeout(this.nowUs);
    while (this.carry(this.client, this.server) || this.carry(this.server, this.client));
  }

  private carry(from: Stack, to: Stack): boolean {
    const { slot } = this;
    slot.interfaceId = 1;
    if (!from.pollTransmit(this.nowUs, slot)) return false;
    if (to === this.server) {
      this.frames.push(slot.length);
      if (this.lost.has(this.frames.length)) return true;
    }
    slot.interfaceId = 1;
    to.receive(slot, this.nowUs);
    return true;
  }
}

const FAMILIES = [
  { family: 4, client: '10.0.0.1', server: '10.0.0.2', header: 20, timeoutMs: 30_000 },
  { family: 6, client: 'fd00::1', server: 'fd00::2', header: 40, timeoutMs: 60_000 },
] as const;

describe.each(FAMILIES)('datagrams over IPv$family', ({ family, client, server, header, timeoutMs }) => {
  const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index * 7 + (index >> 8));

  it.each([0, 1, 100, 1500 - header - 8, 1501 - header - 8, 9000, 65_507])('carries %i bytes', (length) => {
    const wire = new Wire();
    const listener = new DatagramSocket(wire.server, { port: 53 });
    const sender = new DatagramSocket(wire.client);
    const sent = pattern(length);
    expect(sender.sendTo(sent, server, 53)).toBeNull();
    wire.advance(0);
    expect(wire.server.pollEvent()).toBe(listener);
    const message = listener.receiveFrom();
    expect(message).toMatchObject({ address: client, port: sender.localPort, localAddress: server });
    expect(message?.bytes).toEqual(sent);
    expect(Math.max(...wire.frames)).toBeLessThanOrEqual(1500);
    const counters = family === 4 ? wire.server.counters.ip : wire.server.counters.ip6;
    expect(counters.ReasmOKs).toBe(length + 8 + header > 1500 ? 1 : 0);
  });

  it('reports a port nobody has to a connected socket, also when the datagram came in fragments', () => {
    const wire = new Wire();
    const sender = new DatagramSocket(wire.client);
    sender.connect(server, 99);
    for (const length of [10, 4000]) {
      expect(sender.send(pattern(length))).toBeNull();
      wire.advance(0);
      expect(sender.takeError()).toBe('ECONNREFUSED');
    }
  });

  it('pings with data of several fragments', () => {
    const wire = new Wire();
    const { client: stack } = wire;
    const ping = openPing(stack, server);
    expect(ping.send(1, pattern(5000))).toBe(DropReason.none);
    wire.advance(3);
    expect(ping.receive()).toMatchObject({ sequence: 1, rttUs: 3000, length: 5000, isDataRight: true, error: null });
  });

  // RFC 1122 §3.3.2, RFC 8200 §4.5: an incomplete datagram is given up, and its sender told when the first fragment came.
  it.each([
    [2, 1],
    [1, 0],
  ])('gives up when fragment %i is lost', (lost, messages) => {
    const wire = new Wire();
    const listener = new DatagramSocket(wire.server, { port: 53 });
    wire.lost.add(lost);
    new DatagramSocket(wire.client).sendTo(pattern(4000), server, 53);
    wire.advance(0);
    wire.advance(timeoutMs - 1);
    const counters = family === 4 ? wire.server.counters.ip : wire.server.counters.ip6;
    expect(counters.ReasmTimeout).toBe(0);
    wire.advance(2);
    expect([counters.ReasmTimeout, counters.ReasmFails, listener.receiveFrom()]).toEqual([1, 1, null]);
    const heard = family === 4 ? wire.client.counters.icmp : wire.client.counters.icmp6;
    expect(heard.InTimeExcds).toBe(messages);
    expect(wire.server.nextTimeoutUs()).toBe(Number.POSITIVE_INFINITY);
  });

  // RFC 1191 §3, RFC 8201 §4: a packet too big lowers the path MTU of the peer, and it is forgotten after a while.
  it('sends smaller fragments after a packet too big, and whole ones again later', () => {
    const wire = new Wire();
    const sender = new DatagramSocket(wire.client);
    const listener = new DatagramSocket(wire.server, { port: 53 });
    sender.sendTo(pattern(1400), server, 53);
    wire.advance(0);
    const packet = new IpPacket(wire.slot.memory);
    const quoted = new Slot(wire.slot.memory, wire.slot.offset, wire.slot.capacity, 0);
    quoted.interfaceId = 1;
    sender.sendTo(pattern(1400), server, 53);
    wire.client.pollTransmit(wire.nowUs, quoted);
    const parse = family === 4 ? parseIpv4 : parseIpv6;
    expect(parse(quoted.memory, quoted.offset, quoted.offset + quoted.length, packet)).toBe(DropReason.none);
    packet.interfaceId = 1;
    wire.server.ip.icmpErrors.packetTooBig(packet, 1300);
    wire.advance(0);
    wire.frames.length = 0;
    sender.sendTo(pattern(1400), server, 53);
    wire.advance(0);
    expect(wire.frames.length).toBe(2);
    expect(Math.max(...wire.frames)).toBeLessThanOrEqual(1300);
    wire.advance(600_001);
    wire.frames.length = 0;
    sender.sendTo(pattern(1400), server, 53);
    wire.advance(0);
    expect(wire.frames).toEqual([1400 + 8 + header]);
    expect([1, 2, 3].map(() => listener.receiveFrom()?.bytes.length)).toEqual([1400, 1400, 1400]);
  });

  it('goes on in a snapshot where the original stands still', () => {
    const wire = new Wire();
    const listener = new DatagramSocket(wire.server, { port: 53 });
    wire.lost.add(3);
    const sender = new DatagramSocket(wire.client);
    sender.sendTo(pattern(4000), server, 53);
    wire.advance(0);
    const copy = cloneGraph({ wire, listener, sender });
    copy.sender.sendTo(pattern(20), server, 53);
    copy.wire.advance(0);
    expect(copy.listener.receiveFrom()?.bytes.length).toBe(20);
    expect(listener.receiveFrom()).toBeNull();
    copy.wire.advance(timeoutMs + 1);
    const counted = (stack: Stack): number => (family === 4 ? stack.counters.ip : stack.counters.ip6).ReasmTimeout;
    expect([counted(copy.wire.server), counted(wire.server)]).toEqual([1, 0]);
  });
});

describe('datagrams to ourselves', () => {
  it.each(['127.0.0.1', '10.0.0.1', '::1', 'fd00::1'])('reach %s, and a closed port there refuses', (address) => {
    const { client } = new Wire();
    const listener = new DatagramSocket(client, { port: 53 });
    const sender = new DatagramSocket(client);
    for (const length of [10, 65_507]) {
      expect(sender.sendTo(new Uint8Array(length), address, 53)).toBeNull();
      expect(client.pollEvent()).toBe(listener);
      expect(listener.receiveFrom()?.bytes.length).toBe(length);
    }
    sender.connect(address, 99);
    sender.send(new Uint8Array(3));
    expect(client.pollEvent()).toBe(sender);
    expect(sender.takeError()).toBe('ECONNREFUSED');
  });
});
