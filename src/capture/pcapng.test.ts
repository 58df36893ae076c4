/** Writing and reading captures: round trips, both byte orders, damage, and what tshark says of our files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, frame, pattern } from '../../test/support/frames.ts';
import { Address } from '../base/address.ts';
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { PcapWriter, readPcap } from './pcap.ts';
import { LinkType, PcapngWriter } from './pcapng.ts';
import { readCapture, readPcapng } from './pcapng-reader.ts';
import { Recorder } from './recorder.ts';

const EPOCH_US = 1_767_225_600_000_000;

function sample(): Uint8Array {
  const writer = new PcapngWriter({ hardware: 'none', os: 'simulator', application: 'woshou 握手' });
  const ethernet = writer.addInterface({ linkType: LinkType.ethernet, name: 'a/eth0', description: 'host a' });
  const raw = writer.addInterface({ linkType: LinkType.raw, name: 'tun0', resolution: 'ns', snapLength: 60 });
  writer.writeNames([
    [Address.parse('10.0.1.1'), ['client']],
    [Address.parse('fd00::2'), ['server', 'server.test']],
  ]);
  writer.writePacket(ethernet, EPOCH_US + 12.75, bytesOf(frame({ flags: 2, payload: pattern(3) })), 0, undefined, {
    direction: 'out',
    comment: 'CLOSED → SYN-SENT',
  });
  const ipBytes = bytesOf(frame({ medium: 'ip', source: 'fd00::1', protocol: 'udp', payload: pattern(100) }));
  writer.writePacket(raw, EPOCH_US + 13.5, ipBytes, 0, ipBytes.length, { direction: 'in' });
  writer.writeStatistics(ethernet, EPOCH_US + 20, {
    received: 1,
    dropped: 2 ** 33,
    startUs: EPOCH_US,
    endUs: EPOCH_US + 20,
  });
  return writer.toBytes();
}

describe('pcapng', () => {
  it('reads back everything it wrote', () => {
    const file = readCapture(sample());
    expect(file.error).toBeNull();
    expect([file.format, file.hardware, file.os, file.application]).toEqual([
      'pcapng',
      'none',
      'simulator',
      'woshou 握手',
    ]);
    expect(file.interfaces.map((one) => [one.name, one.description, one.linkType, one.unitsPerSecond])).toEqual([
      ['a/eth0', 'host a', 1, 1e6],
      ['tun0', null, 101, 1e9],
    ]);
    expect(file.interfaces[0]).toMatchObject({ received: 1, dropped: 2 ** 33 });
    expect(
      file.packets.map((p) => [p.interfaceId, p.timeUs - EPOCH_US, p.nanoseconds, p.direction, p.comment]),
    ).toEqual([
      [0, 12, 0, 'out', 'CLOSED → SYN-SENT'],
      [1, 13, 500, 'in', null],
    ]);
    expect(file.packets[0]?.bytes).toEqual(bytesOf(frame({ flags: 2, payload: pattern(3) })));
    expect([file.packets[1]?.bytes.length, file.packets[1]?.originalLength]).toEqual([60, 148]);
    expect(file.names.map(([address, names]) => [address.toString(), names])).toEqual([
      ['10.0.1.1', ['client']],
      ['fd00::2', ['server', 'server.test']],
    ]);
  });

  it('reads the other byte order, several sections, simple packets and blocks it does not know', () => {
    const file = readPcapng(Uint8Array.from([...bigEndianSection(), ...sample()]));
    expect(file.error).toBeNull();
    expect(file.interfaces.length).toBe(3);
    expect(file.packets.map((p) => [p.interfaceId, p.bytes.length, p.originalLength])).toEqual([
      [0, 5, 5],
      [0, 3, 9],
      [1, 57, 57],
      [2, 60, 148],
    ]);
    expect(file.packets[0]?.timeUs).toBeNaN();
    expect(file.packets[1]?.timeUs).toBe(7);
  });

  it('says where damage begins and keeps what came before', () => {
    const bytes = sample();
    for (let length = 0; length < bytes.length; length++) {
      const file = readCapture(bytes.subarray(0, length));
      if (file.error !== null) expect(file.error.offset).toBeLessThanOrEqual(length);
      expect(file.packets.length).toBeLessThanOrEqual(2);
    }
    const cut = readCapture(bytes.subarray(0, bytes.length - 8));
    expect(cut.packets.length).toBe(2);
    expect(cut.error?.message).toMatch(/ends inside a block/);
  });

  it('never throws, whatever the bytes', () => {
    const bytes = sample();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length - 1), (at, value, other) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        damaged[other] = 255 - value;
        readCapture(damaged);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (rubbish) => void readCapture(rubbish)));
  });

  it('names the interface that was not declared', () => {
    expect(() => new PcapngWriter().writePacket(0, 0, pattern(4))).toThrow(/interfaceId/);
  });
});

describe('pcap', () => {
  it.each(['us', 'ns'] as const)('reads back what it wrote in %s', (resolution) => {
    const writer = new PcapWriter({ linkType: LinkType.raw, resolution, snapLength: 40 });
    writer.writePacket(EPOCH_US + 0.5, pattern(30));
    writer.writePacket(EPOCH_US + 1_999_999, pattern(50));
    const file = readCapture(writer.toBytes());
    expect(file).toMatchObject({ format: 'pcap', error: null });
    expect(file.packets.map((p) => [p.timeUs, p.nanoseconds, p.bytes.length, p.originalLength])).toEqual([
      [EPOCH_US, resolution === 'ns' ? 500 : 0, 30, 30],
      [EPOCH_US + 1_999_999, 0, 40, 50],
    ]);
  });

  it('reads big-endian files and says where a file breaks off', () => {
    const view = new DataView(new ArrayBuffer(24 + 16 + 5));
    view.setUint32(0, 0xa1b2c3d4);
    view.setUint32(20, 1);
    view.setUint32(24, 9);
    view.setUint32(28, 8);
    view.setUint32(32, 5);
    view.setUint32(36, 6);
    const bytes = new Uint8Array(view.buffer);
    expect(readPcap(bytes).packets[0]).toMatchObject({ timeUs: 9_000_008, originalLength: 6 });
    expect(readPcap(bytes.subarray(0, 44)).error).toMatchObject({ offset: 24 });
    expect(readPcap(bytes.subarray(0, 20)).error).toMatchObject({ offset: 0 });
  });
});

describe('recorder', () => {
  it.each(['newest', 'oldest'] as const)('is bounded and forgets the %s', (drop) => {
    const recorder = new Recorder({ maxFrames: 3, drop });
    const id = recorder.addInterface({ name: 'x', medium: 'ethernet' });
    for (let n = 0; n < 5000; n++) recorder.frameSeen(id, 'out', n, frame({ seq: n }));
    expect(recorder.frames.map(({ timeUs }) => timeUs)).toEqual(drop === 'newest' ? [0, 1, 2] : [4997, 4998, 4999]);
    expect(recorder.interfaces[0]).toMatchObject({ frames: 5000, missed: 4997 });
    const file = readCapture(recorder.toPcapng({ epochUs: EPOCH_US }));
    expect(file.interfaces[0]).toMatchObject({ received: 5000, dropped: 4997 });
  });
});

describe('recorder by bytes', () => {
  it('makes room for the newest by forgetting as many as needed, and no more', () => {
    const recorder = new Recorder({ maxBytes: 1000, drop: 'oldest' });
    const id = recorder.addInterface({ name: 'x', medium: 'ethernet' });
    for (let n = 0; n < 50; n++) recorder.frameSeen(id, 'in', n, frame({ payload: pattern(46) }));
    expect(recorder.frames.map(({ timeUs }) => timeUs)).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
    recorder.frameSeen(id, 'in', 50, frame({ payload: pattern(446) }));
    expect(recorder.frames.map(({ timeUs }) => timeUs)).toEqual([45, 46, 47, 48, 49, 50]);
    recorder.frameSeen(id, 'in', 51, frame({ payload: pattern(1000) }));
    // What can never fit costs nobody its place.
    expect(recorder.interfaces[0]).toMatchObject({ frames: 52, missed: 46 });
    expect(recorder.frameCount).toBe(6);
  });
});

describe('UTF-8', () => {
  it('round trips and replaces what is none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = encodeUtf8(text);
        expect(Buffer.from(bytes).toString()).toBe(Buffer.from(text).toString());
        expect(decodeUtf8(bytes, 0, bytes.length)).toBe(Buffer.from(text).toString());
      }),
    );
    expect(decodeUtf8(Uint8Array.of(0x41, 0xc0, 0x80, 0xff, 0xed, 0xa0, 0x80, 0x42), 0, 8)).toMatch(/^A\ufffd+B$/);
  });
});

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

// Skipped where Wireshark's command line is not installed: nothing else reads our files with other eyes.
describe.skipIf(!hasTshark)('tshark (skipped where it is not installed)', () => {
  it('opens our files without complaint', () => {
    const folder = mkdtempSync(join(tmpdir(), 'capture-'));
    try {
      const path = join(folder, 'sample.pcapng');
      writeFileSync(path, sample());
      const fields = [
        'frame.interface_name',
        'frame.comment',
        'frame.time_epoch',
        'ip.src',
        'tcp.flags',
        'udp.dstport',
      ];
      const args = ['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
      const result = spawnSync('tshark', args, { encoding: 'utf8' });
      expect(result.status).toBe(0);
      expect(result.stderr.split('\n').filter((line) => line !== '' && !/super-?user|root/i.test(line))).toEqual([]);
      expect(
        result.stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t')),
      ).toEqual([
        ['a/eth0', 'CLOSED → SYN-SENT', '1767225600.000012000', '10.0.1.1', '0x0002', ''],
        ['tun0', '', '1767225600.000013500', '', '', '80'],
      ]);
      const pcap = new PcapWriter({ linkType: LinkType.ethernet });
      pcap.writePacket(EPOCH_US, bytesOf(frame()));
      writeFileSync(path, pcap.toBytes());
      expect(
        execFileSync('tshark', ['-r', path, '-T', 'fields', '-e', 'tcp.srcport'], { encoding: 'utf8', stdio: 'pipe' }),
      ).toBe('40000\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** A big-endian section: interface, an unknown block, a simple packet, an obsolete packet. */
function bigEndianSection(): number[] {
  const word = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const block = (type: number, body: number[]): number[] => {
    const length = word(body.length + 12);
    return [...word(type), ...length, ...body, ...length];
  };
  return [
    ...block(0x0a0d0d0a, [...word(0x1a2b3c4d), 0, 1, 0, 0, ...word(0xffffffff), ...word(0xffffffff)]),
    ...block(1, [0, 1, 0, 0, ...word(0)]),
    ...block(0x0bad, [1, 2, 3, 4]),
    ...block(3, [...word(5), 1, 2, 3, 4, 5, 0, 0, 0]),
    ...block(2, [0, 0, 0, 0, ...word(0), ...word(7), ...word(3), ...word(9), 1, 2, 3, 0]),
  ];
}
