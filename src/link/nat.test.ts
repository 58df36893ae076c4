/** The translator: both ways, port choice, forgetting, ICMP errors, what it does not carry. */
import { describe, expect, it } from 'vitest';
import { Collector, type FrameOptions, frame, isFrameIntact, pattern } from '../../test/support/frames.ts';
import type { Slot } from '../base/slot.ts';
import { computeChecksum } from '../wire/checksum.ts';
import { FrameView } from '../wire/frame-view.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { NAT_INSIDE, NAT_OUTSIDE, NatLink, type NatOptions } from './nat.ts';

const PUBLIC = '203.0.113.1';
const SERVER = '198.51.100.7';
const { syn, ack, rst, fin } = TcpFlag;

class Box {
  readonly link: NatLink;
  private readonly collector = new Collector();

  constructor(options: Partial<NatOptions> = {}) {
    this.link = new NatLink({ publicAddress: PUBLIC, ...options });
  }

  /** Sends and says what came out: port of the box and a summary. */
  pass(port: number, options: FrameOptions | Slot, nowUs = 0): string | null {
    const slot = 'memory' in options ? options : frame({ medium: 'ip', ...options });
    this.link.send(port, slot, nowUs);
    this.link.poll(nowUs, this.collector, 10);
    const [arrived] = this.collector.take();
    if (arrived === undefined) return null;
    expect(isFrameIntact(arrived.slot, 'ip')).toBe(true);
    const view = new FrameView();
    view.look(arrived.slot, 'ip');
    const flags = view.protocol === 6 ? ` ${view.flags}` : '';
    const where = arrived.port === NAT_INSIDE ? 'in' : 'out';
    return `${where} ${view.sourceAddress()}:${view.sourcePort} > ${view.destinationAddress()}:${view.destinationPort}${flags}`;
  }

  out(options: FrameOptions = {}, nowUs = 0): string | null {
    return this.pass(NAT_INSIDE, { source: '192.168.1.2', destination: SERVER, flags: syn, ...options }, nowUs);
  }

  back(options: FrameOptions = {}, nowUs = 0): string | null {
    const defaults = { source: SERVER, destination: PUBLIC, sourcePort: 80, destinationPort: 40000, flags: ack };
    return this.pass(NAT_OUTSIDE, { ...defaults, ...options }, nowUs);
  }
}

describe('NatLink', () => {
  it.each(['tcp', 'udp'] as const)('translates %s out and back, checksums right', (protocol) => {
    const box = new Box();
    const flags = protocol === 'tcp' ? [' 2', ' 16'] : ['', ''];
    expect(box.out({ protocol, payload: pattern(101) })).toBe(`out ${PUBLIC}:40000 > ${SERVER}:80${flags[0]}`);
    expect(box.back({ protocol, payload: pattern(100) })).toBe(`in ${SERVER}:80 > 192.168.1.2:40000${flags[1]}`);
  });

  it('translates echo by its identifier', () => {
    const box = new Box();
    const request = { type: 8, code: 0, id: 77, sequence: 1 };
    expect(box.out({ protocol: 'icmp', icmp: request })).not.toBeNull();
    expect(box.out({ protocol: 'icmp', icmp: request, source: '192.168.1.3' })).not.toBeNull();
    const reply = (id: number) => box.back({ protocol: 'icmp', icmp: { type: 0, code: 0, id, sequence: 1 } });
    expect(reply(77)).toContain('192.168.1.2');
    expect(reply(1024)).toContain('192.168.1.3');
    expect(reply(1025)).toBeNull();
  });

  it('keeps the port where it is free and takes another where not', () => {
    const box = new Box();
    expect(box.out({ source: '192.168.1.2' })).toContain(`${PUBLIC}:40000`);
    expect(box.out({ source: '192.168.1.3' })).toContain(`${PUBLIC}:1024`);
    expect(box.out({ source: '192.168.1.3', destination: '198.51.100.8' })).toContain(`${PUBLIC}:1024`);
    expect(box.back({ destinationPort: 1024 })).toContain('192.168.1.3:40000');
    expect(box.link.mappingCount(0)).toBe(2);
  });

  it('lowers the TTL and drops what has none left', () => {
    const box = new Box();
    const dying = frame({ medium: 'ip', source: '192.168.1.2', destination: SERVER, flags: syn });
    const { view } = dying.memory;
    view.setUint8(dying.offset + 8, 1);
    view.setUint16(dying.offset + 10, 0);
    view.setUint16(dying.offset + 10, computeChecksum(dying.memory, dying.offset, 20, 0));
    expect(box.pass(NAT_INSIDE, dying)).toBeNull();
    expect(box.link.counters.unsupported).toBe(1);
    const collector = new Collector();
    box.link.send(NAT_INSIDE, frame({ medium: 'ip', source: '192.168.1.2', destination: SERVER, flags: syn }), 0);
    box.link.poll(0, collector, 1);
    expect(collector.arrived[0]?.bytes[8]).toBe(63);
  });

  it('forgets after the idle time, in silence', () => {
    const box = new Box({ tcpIdleMs: 60_000 });
    box.out();
    expect(box.back({}, 60e6)).not.toBeNull();
    expect(box.back({}, 120e6)).not.toBeNull();
    expect(box.back({}, 180e6 + 1)).toBeNull();
    expect(box.out({ flags: ack }, 180e6 + 2)).toBeNull();
    expect(box.link.counters).toMatchObject({ unmapped: 2, refused: 0 });
    expect(box.out({ flags: syn }, 180e6 + 3)).not.toBeNull();
  });

  it('or refuses by a reset, towards whoever sent', () => {
    const box = new Box({ tcpIdleMs: 1000, forgotten: 'rst' });
    box.out();
    expect(box.out({ flags: ack }, 2e6)).toBe(`in ${SERVER}:80 > 192.168.1.2:40000 ${rst}`);
    expect(box.back({}, 2e6)).toBe(`out ${PUBLIC}:40000 > ${SERVER}:80 ${rst}`);
    expect(box.link.counters.refused).toBe(2);
  });

  it('forgets closed connections sooner', () => {
    const box = new Box({ tcpIdleMs: 1e6, tcpClosingIdleMs: 1000 });
    box.out();
    box.out({ flags: fin | ack });
    expect(box.back({}, 500e6)).not.toBeNull();
    box.back({ flags: fin | ack }, 500e6);
    expect(box.back({}, 501e6)).not.toBeNull();
    expect(box.back({}, 502.1e6)).toBeNull();
    box.link.forgetAll();
    expect(box.link.mappingCount(0)).toBe(0);
  });

  it('brings ICMP errors home, the quotation translated back', () => {
    const box = new Box();
    const collector = new Collector();
    box.link.send(
      NAT_INSIDE,
      frame({ medium: 'ip', source: '192.168.1.2', destination: SERVER, protocol: 'udp', payload: pattern(8) }),
      0,
    );
    box.link.poll(0, collector, 1);
    const [translated] = collector.take();
    const error = { type: 3, code: 3, id: 0, sequence: 0 };
    const quoting = { medium: 'ip', protocol: 'icmp', icmp: error, source: SERVER, destination: PUBLIC } as const;
    box.link.send(NAT_OUTSIDE, frame({ ...quoting, payload: translated!.bytes.subarray(0, 28) }), 0);
    box.link.poll(0, collector, 1);
    const [arrived] = collector.take();
    expect(isFrameIntact(arrived!.slot, 'ip')).toBe(true);
    const [outer, quoted] = [new FrameView(), new FrameView()];
    outer.look(arrived!.slot, 'ip');
    quoted.lookAt(arrived!.slot.memory, outer.payloadStart, outer.ipEnd, 'ip');
    expect(`${outer.destinationAddress()} ${quoted.sourceAddress()} ${quoted.destinationAddress()}`).toBe(
      `192.168.1.2 192.168.1.2 ${SERVER}`,
    );
    expect(arrived!.slot.memory.view.getUint16(quoted.transportStart)).toBe(40000);
  });

  it('is bounded', () => {
    const box = new Box({ maxMappings: 3, udpIdleMs: 1000 });
    for (let n = 0; n < 10; n++) box.out({ protocol: 'udp', sourcePort: 5000 + n });
    expect(box.link.counters.tableFull).toBe(7);
    expect(box.out({ protocol: 'udp', sourcePort: 6000 }, 3e6)).not.toBeNull();
  });

  it('carries neither IPv6 nor fragments nor what is for others', () => {
    const box = new Box();
    expect(box.out({ source: 'fd00::1', destination: 'fd00::2' })).toBeNull();
    const fragment = frame({ medium: 'ip', source: '192.168.1.2', flags: syn });
    fragment.memory.view.setUint16(fragment.offset + 6, 0x2000);
    expect(box.pass(NAT_INSIDE, fragment)).toBeNull();
    expect(box.back({ destination: '203.0.113.9' })).toBeNull();
    expect(box.link.counters.unsupported).toBe(3);
  });

  it('refuses options that mean nothing', () => {
    expect(() => new NatLink({ publicAddress: '2001:db8::1' })).toThrow('publicAddress');
    expect(() => new NatLink({ publicAddress: '203.0.113.1', udpIdleMs: Number.NaN })).toThrow('udpIdleMs');
    expect(() => new NatLink({ publicAddress: '203.0.113.1', tcpIdleMs: -1 })).toThrow('tcpIdleMs');
  });
});
