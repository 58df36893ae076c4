/**
 * Frames that other people's machines sent: every one is read without an exception, checksums are verified where the
 * sender had finished them. The captures are not part of the project; without them the tests are skipped and say so.
 * Their folder is `WOSHOU_CAPTURES`, or `../shared/captures` beside the checkout.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WireReader } from '../../test/support/wire-reader.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { dropReasonName } from './drop-reason.ts';

const FOLDER = process.env.WOSHOU_CAPTURES ?? join(import.meta.dirname, '../../../shared/captures');

interface CapturedFrame {
  offset: number;
  length: number;
  isWhole: boolean;
}

interface Capture {
  memory: PlainPacketMemory;
  linkType: number;
  frames: CapturedFrame[];
}

/** The least of a reader: classic pcap, both byte orders; null for anything else. */
function readPcap(path: string): Capture | null {
  const file = readFileSync(path);
  if (file.length < 24) return null;
  const memory = new PlainPacketMemory(Math.max(64, file.length));
  memory.u8.set(file);
  const { view } = memory;
  const magics = [0xa1b2c3d4, 0xa1b23c4d];
  const isLittle = magics.includes(view.getUint32(0, true));
  if (!isLittle && !magics.includes(view.getUint32(0))) return null;
  const frames: CapturedFrame[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const length = view.getUint32(at + 8, isLittle);
    if (at + 16 + length > file.length) break;
    frames.push({ offset: at + 16, length, isWhole: view.getUint32(at + 12, isLittle) === length });
    at += 16 + length;
  }
  return { memory, linkType: view.getUint32(20, isLittle) & 0xffff, frames };
}

/** Reads every frame; counts how each one ended, by the last layer's name and reason. */
function readAll(capture: Capture, isWanted: (frame: CapturedFrame) => boolean): Map<string, number> {
  const ends = new Map<string, number>();
  const reader = new WireReader(capture.memory);
  for (const frame of capture.frames.filter(isWanted)) {
    const end = frame.offset + frame.length;
    reader.layers.length = 0;
    if (capture.linkType === 1) reader.readFrame(capture.memory, frame.offset, end);
    else if (RAW_IP.has(capture.linkType)) reader.readIp(capture.memory, frame.offset, end);
    else if (capture.linkType === LINUX_SLL) reader.readIp(capture.memory, frame.offset + 16, end);
    ends.set(reader.end, (ends.get(reader.end) ?? 0) + 1);
  }
  return ends;
}

const RAW_IP = new Set([12, 14, 101, 228, 229]);
const LINUX_SLL = 113;

function files(kind: string): string[] {
  const folder = join(FOLDER, kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.p?cap$/.test(name))
    .map((name) => join(folder, name));
}

const isPresent = existsSync(join(FOLDER, 'kernel')) && existsSync(join(FOLDER, 'third-party'));
if (!isPresent) console.warn(`captures.test.ts: no captures at ${FOLDER} (set WOSHOU_CAPTURES), skipped`);

// Skipped where the captures are not at hand: they have licences of their own and stay outside of the project.
describe.skipIf(!isPresent)('captures', () => {
  it('made on a Linux kernel: every segment parses and has a right checksum', () => {
    let frames = 0;
    for (const path of files('kernel')) {
      const capture = readPcap(path);
      if (capture === null) continue;
      const ends = readAll(capture, (frame) => frame.isWhole);
      expect([...ends.keys()], path).toEqual(['tcp: none']);
      frames += ends.get('tcp: none') ?? 0;
    }
    expect(frames).toBeGreaterThan(1000);
  });

  it('made by others: every frame is read without an exception, most checksums are right', () => {
    const sum = new Map<string, number>();
    let total = 0;
    for (const path of files('third-party')) {
      const capture = readPcap(path);
      if (capture === null) continue;
      for (const [end, count] of readAll(capture, () => true)) {
        total += count;
        sum.set(end, (sum.get(end) ?? 0) + count);
      }
    }
    const sound = sum.get('tcp: none') ?? 0;
    const spoilt = sum.get('tcp: tcpBadChecksum') ?? 0;
    expect(total).toBeGreaterThan(10_000);
    expect(sound).toBeGreaterThan(spoilt);
    expect([...sum.keys()].filter((end) => end.includes(dropReasonName(-1)))).toEqual([]);
  });
});
