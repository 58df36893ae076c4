/**
 * What went wrong once with datagram sockets and the counting of drops. Each test failed on the code in which the fault was found.
 */
import { describe, expect, it } from 'vitest';
import { Address } from '../../src/base/address.ts';
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { ipSettings } from '../../src/ip/settings.ts';
import { DatagramSocket } from '../../src/socket/datagram-socket.ts';
import { Cable, hex, IpHost, inject } from '../support/ip-hosts.ts';
import { StackPair } from '../support/stack-pair.ts';

const GROUP = '239.1.2.3';

/** A router between 10.0.0.0/24 and 10.9.0.0/24, on Ethernet. */
function router(changes: ConstructorParameters<typeof IpHost>[1] = {}): IpHost {
  const made = new IpHost(4, { forwarding: true, ...changes });
  made.ip.addAddress(made.addEthernet('02:00:00:00:00:01'), Address.parse('10.0.0.1'), 24);
  const far = made.addEthernet('02:00:00:00:00:02', plainCapabilities('ethernet', 100));
  made.ip.addAddress(far, Address.parse('10.9.0.1'), 24);
  return made;
}

/** What 10.0.0.9 sends to 10.9.0.9 by way of the router, `more` octets longer than its header. */
function passing(more: number): Uint8Array {
  const header = hex(`4500 00${(20 + more).toString(16)} 0001 0000 40 c8 0000 0a000009 0a090009`);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += ((header[at] ?? 0) << 8) | (header[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  header[10] = (~sum >>> 8) & 0xff;
  header[11] = ~sum & 0xff;
  return Uint8Array.from([...hex('020000000001 020000000009 0800'), ...header, ...new Uint8Array(more)]);
}

describe('groups', () => {
  it('joined by route are left where they were joined', () => {
    const { a } = new StackPair();
    const [first, second] = [
      a.interfaceAt(1),
      a.addInterface({ name: 'eth1', capabilities: plainCapabilities('ip', 1500) }),
    ];
    a.addAddress(second.id, '10.1.0.1/24');
    const socket = new DatagramSocket(a, { port: 5000 });
    socket.joinGroup(GROUP);
    expect(first.groups.length).toBe(1);
    a.ip.setUp(first, false);
    socket.leaveGroup(GROUP);
    expect(first.groups.length).toBe(0);
  });

  it('can be bound to and a peer connected to', () => {
    const { a } = new StackPair();
    const socket = new DatagramSocket(a, { address: GROUP, port: 5000 });
    expect(() => socket.connect('10.0.0.2', 5000)).not.toThrow();
    expect(socket.send(Uint8Array.of(1))).toBeNull();
  });
});

describe('options', () => {
  it.each([
    ['trafficClass', 256],
    ['hopLimit', 0],
    ['hopLimit', 256],
    ['multicastHopLimit', -1],
  ] as const)('%s %i is refused', (name, value) => {
    const socket = new DatagramSocket(new StackPair().a);
    socket.endpoint[name] = value;
    const to = name === 'multicastHopLimit' ? GROUP : '10.0.0.2';
    expect(() => socket.sendTo(Uint8Array.of(1), to, 9)).toThrow(name);
  });

  it.each([-1, Number.NaN, 0.5])(
    'a receive buffer of %d bytes is refused and leaves nothing behind',
    (receiveBufferBytes) => {
      const { a } = new StackPair();
      expect(() => new DatagramSocket(a, { receiveBufferBytes })).toThrow('receiveBufferBytes');
      expect(a.transports.udp.endpointCount).toBe(0);
    },
  );
});

describe('what is dropped', () => {
  it('on its way through is counted once', () => {
    const made = router({ txqueuelen: 1 });
    const [, , far] = made.ip.interfaces;
    if (far === undefined) throw new Error('no interface');
    made.ip.resolution.neighbors4.heard(far, Address.parse('10.9.0.9'), 0x200, 9, true);
    inject(made, 1, passing(40));
    inject(made, 1, passing(40));
    expect(made.drops).toEqual(['transmitQueueFull']);
  });

  it('of echo replies is counted once', () => {
    const made = new IpHost(4, { txqueuelen: 1 });
    const tun = made.addTunnel();
    made.ip.addAddress(tun, Address.parse('10.0.0.1'), 24);
    const echo = hex('4500001c 00000000 4001 66df 0a000002 0a000001 0800 f7ff 0000 0000');
    inject(made, tun.id, echo);
    inject(made, tun.id, echo);
    expect(made.drops).toEqual(['transmitQueueFull']);
  });

  // RFC 1812 §5.3.1, §4.3.3.1: whole or in pieces, the sender hears that the last hop is not there.
  it('in pieces for want of the last hop is told to its sender', () => {
    const made = router();
    const cable = new Cable({ host: made, interfaceId: 2 });
    made.ip.resolution.neighbors4.heard(made.ip.interfaces[1]!, Address.parse('10.0.0.9'), 0x200, 9, true);
    inject(made, 1, passing(200));
    cable.run(5000);
    expect(made.counters.icmp.OutDestUnreachs).toBe(1);
    expect(made.counters.ip.ForwDatagrams).toBe(1);
    expect(made.transports.errors).toEqual([]);
  });
});

// RFC 4443 §2.4 e.1: also where the header at fault stands before the message that is an error itself.
it.each([
  ['an ICMPv6 error', '01', 0],
  ['an echo request', '80', 1],
])('a bad option before %s', (_name, type, answers) => {
  const made = new IpHost(4);
  const tun = made.addTunnel();
  made.ip.addAddress(tun, Address.parse('fd00::1'), 64);
  const header = `60000000 0010 3c 40 fd00 ${'0000'.repeat(6)} 0002 fd00 ${'0000'.repeat(6)} 0001`;
  inject(made, tun.id, hex(`${header} 3a00 8000 0000 0000 ${type}00 0000 0000 0000`));
  expect(made.counters.icmp6.OutParmProblems).toBe(answers);
});

it.each(Object.entries(ipSettings('linux')).filter(([, value]) => typeof value === 'number'))(
  'the setting %s has a range',
  (name) => {
    expect(() => ipSettings('linux', { [name]: Number.NaN })).toThrow(name);
    expect(() => ipSettings('linux', { [name]: -2 })).toThrow(name);
  },
);

it('a destination cache whose size is no power of two is refused, and a mode nobody knows', () => {
  expect(() => ipSettings('linux', { routeMaxSize: 1000 })).toThrow('power of two');
  expect(() => ipSettings('linux', { addrGenMode: 'random' as 'eui64' })).toThrow('addrGenMode');
});
