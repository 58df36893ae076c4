/** Watches that rest: nobody is called while they do, and what came meanwhile is not forgotten. */
import { closeSync, writeSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { socketPair } from '../../test/support/device-hosts.ts';
import { type PausableWatch, type WatchKind, watchReadable } from './fd-watch.ts';
import { loadNative } from './native.ts';
import { createPacketMemory } from './wasm-memory.ts';

// The system calls are Linux's.
describe.skipIf(process.platform !== 'linux').each(['loop', 'thread', 'block'] as const)('%s', (kind: WatchKind) => {
  let fds: number[] = [];
  let watch: PausableWatch | null = null;

  afterEach(async () => {
    watch?.close();
    // A thread that waits for a descriptor lets it go before it is closed.
    await turns(20);
    for (const fd of fds) closeSync(fd);
    fds = [];
  });

  /** A watch that reads what comes. */
  function begin(): { readonly far: number; readonly read: number[] } {
    const native = loadNative();
    const [near, far] = socketPair();
    fds = [near, far];
    const memory = createPacketMemory(64);
    const address = native.addressOf(memory.u8);
    const read: number[] = [];
    watch = watchReadable(native, near, kind, () => {
      if (native.read(near, address, 1) === 1) read.push(memory.u8[0] ?? -1);
      return false;
    });
    return { far, read };
  }

  it('calls nobody between pause and resume, then for what came meanwhile', async () => {
    const { far, read } = begin();
    writeSync(far, 'a');
    await until(() => read.length === 1);
    for (let round = 0; round < 3; round++) {
      watch?.pause();
      writeSync(far, 'b');
      await turns(20);
      expect(read).toHaveLength(1 + round);
      watch?.resume();
      await until(() => read.length === 2 + round);
    }
    expect(String.fromCharCode(...read)).toBe('abbb');
  });

  it('is closed while it rests', async () => {
    const { far, read } = begin();
    watch?.pause();
    writeSync(far, 'a');
    await turns(20);
    watch?.close();
    watch?.resume();
    await turns(20);
    expect(read).toEqual([]);
  });
});

/** Turns of the event loop in which other threads run, too. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The test's own time limit is the only one. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turns(1);
}
