/** The datagram socket over a stack's event queue and a UDP layer that loops back to itself. */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import { SeededRandom } from '../base/random.ts';
import type { DatagramPath } from '../icmp/icmp-host.ts';
import { EventQueue } from '../stack/event-queue.ts';
import { type UdpContext, type UdpFeedback, type UdpOutput, udpSettings } from '../udp/udp-context.ts';
import { UdpCounters } from '../udp/udp-counters.ts';
import { UdpLayer } from '../udp/udp-layer.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { DatagramSocket, type DatagramStack } from './datagram-socket.ts';

/** A stack with one address, 10.0.0.1, to which every datagram returns at once. */
class Mirror implements DatagramStack, UdpContext, UdpOutput, UdpFeedback {
  readonly events = new EventQueue();
  readonly random = new SeededRandom(1);
  readonly hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  readonly settings = udpSettings('linux');
  readonly counters = new UdpCounters();
  readonly counters6 = new UdpCounters();
  readonly own = Address.parse('10.0.0.1');
  readonly transports = { udp: new UdpLayer(this, this, this) };

  dropped(): void {}
  portUnreachable(): void {}
  pathMtuReported(): void {}
  leaveGroup(): void {}
  joinGroup(): number {
    return 1;
  }
  isBroadcast(): boolean {
    return false;
  }
  isLocalAddress(address: Address): boolean {
    return address.equals(this.own);
  }
  lookup(remote: Address): DatagramPath | null {
    if (!remote.equals(this.own)) return null;
    return { source: this.own, remote, pathMtu: 1500, interface: { id: 0, mtu: 1500 }, kind: 1 };
  }
  sendDatagram(path: DatagramPath, _protocol: number, bytes: PacketMemory, length: number): number {
    const packet = new IpPacket(new PlainPacketMemory(length + 64));
    packet.setAddresses(path.source, path.remote);
    packet.memory.u8.set(bytes.u8.subarray(0, length), 20);
    packet.payloadOffset = 20;
    packet.payloadLength = length;
    this.transports.udp.arrived(packet);
    return 0;
  }
}

const bytes = Uint8Array.of(1, 2, 3);

describe('datagram socket', () => {
  it('sends, receives and tells of it once per batch', () => {
    const stack = new Mirror();
    const server = new DatagramSocket(stack, { port: 53 });
    const client = new DatagramSocket(stack);
    expect(client.sendTo(bytes, '10.0.0.1', 53)).toBeNull();
    expect(client.sendTo(bytes, '10.0.0.1', 53)).toBeNull();
    expect(stack.events.shift()).toBe(server);
    expect([server.takeEvents(), server.takeEvents(), stack.events.shift()]).toEqual([1, 0, null]);
    expect(server.nextLength).toBe(3);
    expect(server.receiveFrom()).toMatchObject({
      address: '10.0.0.1',
      port: client.localPort,
      localAddress: '10.0.0.1',
    });
    server.receiveFrom();
    expect([server.receiveFrom(), server.isReadable]).toEqual([null, false]);
  });

  it('says what cannot be had', () => {
    const stack = new Mirror();
    const first = new DatagramSocket(stack, { port: 53, address: '0.0.0.0' });
    expect(() => new DatagramSocket(stack, { port: 53 })).toThrow('EADDRINUSE');
    expect(() => new DatagramSocket(stack, { address: '10.0.0.2' })).toThrow('EADDRNOTAVAIL');
    expect(() => new DatagramSocket(stack, { address: 'nowhere' })).toThrow('neither');
    expect(stack.transports.udp.endpointCount).toBe(1);
    expect(first.sendTo(bytes, '10.9.9.9', 53)).toBe('ENETUNREACH');
    expect(() => first.connect('::1', 53)).toThrow('family');
    expect(() => first.connect('10.9.9.9', 53)).toThrow('ENETUNREACH');
  });

  it('binds to one address with a port of its own choice', () => {
    const socket = new DatagramSocket(new Mirror(), { address: '10.0.0.1' });
    expect(socket.localAddress).toBe('10.0.0.1');
    expect(socket.localPort).toBeGreaterThan(1023);
    expect(new DatagramSocket(new Mirror()).localAddress).toBe('::');
  });

  it('talks to its peer when connected, and is gone when closed', () => {
    const stack = new Mirror();
    const socket = new DatagramSocket(stack, { port: 53 });
    socket.connect('10.0.0.1', 53);
    expect(socket.send(bytes)).toBeNull();
    expect([...(socket.receiveFrom()?.bytes ?? [])]).toEqual([1, 2, 3]);
    socket.joinGroup('239.0.0.1');
    expect(() => socket.joinGroup('239.0.0.1')).toThrow('EADDRINUSE');
    socket.leaveGroup('239.0.0.1');
    socket.close();
    expect(socket.isClosed).toBe(true);
    expect(socket.takeEvents() & 64).toBe(64);
    expect(() => socket.sendTo(bytes, '10.0.0.1', 53)).toThrow('closed');
  });
});
