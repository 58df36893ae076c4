/**
 * A TUN device without native code: launcher/tun-launcher.pl opens it, hands the descriptor to this process, and waits in select(2)
 * on its behalf. Read and written with `fs.readSync` and `fs.writeSync`, which do not block: the descriptor is non-blocking, and
 * Node, which would refuse it as a stream, takes the launcher's pipe.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { StateError } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import type { Device } from './device.ts';
import type { FdWatch } from './fd-watch.ts';
import { FrameDevice } from './frame-device.ts';
import { SingleFrameIo } from './frame-io.ts';
import { segmentInSoftware } from './segmenting-device.ts';

/** What the launcher says of the device, in the environment. */
interface Inheritance {
  readonly fd: number;
  /** A byte comes here when there is something to read … */
  readonly ready: number;
  /** … after one was written here. */
  readonly arm: number;
  readonly name: string;
  readonly mtu: number;
  readonly headerLength: 0 | 12;
  readonly checksum: boolean;
  readonly tso: boolean;
  readonly uso: boolean;
}

const VARIABLE = 'WOSHOU_TUN';

/** The device this process was started with, once. @throws StateError when it was not started by the launcher */
export function openInheritedTun(): Device {
  const text = process.env[VARIABLE];
  if (text === undefined) {
    throw new StateError('no TUN device was handed to this process; start it with launcher/tun-launcher.pl');
  }
  // Programs that this one starts do not have it, and nobody takes it twice.
  delete process.env[VARIABLE];
  const { fd, ready, arm, name, mtu, headerLength, checksum, tso, uso } = JSON.parse(text) as Inheritance;
  const capabilities: LinkCapabilities = { medium: 'ip', mtu, checksum, tso4: tso, tso6: tso, uso };
  // A device opened with --plain carries packets; ours are cut and put together here.
  return segmentInSoftware(new FrameDevice({ name, io: new InheritedIo(fd, headerLength, ready, arm), capabilities }));
}

class InheritedIo extends SingleFrameIo {
  private readonly fd: number;
  private readonly arm: number;
  private readonly pipe: Socket;
  private isAlone = false;
  private isClosed = false;

  constructor(fd: number, headerLength: 0 | 12, ready: number, arm: number) {
    super(headerLength);
    this.fd = fd;
    this.arm = arm;
    this.pipe = new Socket({ fd: ready, readable: true, writable: false });
  }

  watch(ready: () => boolean): FdWatch {
    const { pipe } = this;
    let immediate: NodeJS.Immediate | null = null;
    const look = (): void => {
      immediate = null;
      if (ready()) immediate = setImmediate(look);
      else this.ask();
    };
    pipe.on('data', look);
    // The launcher was killed: nobody will tell when packets come.
    pipe.on('close', () => {
      this.isAlone = true;
      look();
    });
    pipe.on('error', () => {});
    this.ask();
    return {
      kind: 'thread',
      ref: () => void pipe.ref(),
      unref: () => void pipe.unref(),
      close: () => {
        pipe.removeAllListeners('close');
        if (immediate !== null) clearImmediate(immediate);
        pipe.destroy();
      },
    };
  }

  close(): void {
    this.isClosed = true;
    closeSync(this.fd);
    closeSync(this.arm);
  }

  protected readFrame(slot: Slot, offset: number, length: number): number {
    if (this.isAlone) return this.failed('EOF');
    try {
      return readSync(this.fd, slot.memory.u8, offset, length, null);
    } catch (error) {
      return this.failed(codeOf(error));
    }
  }

  protected writeFrame(slot: Slot, offset: number, length: number): number {
    try {
      return writeSync(this.fd, slot.memory.u8, offset, length);
    } catch (error) {
      return this.failed(codeOf(error));
    }
  }

  private failed(errno: string): -1 {
    this.errno = errno;
    return -1;
  }

  /** For one byte more, when there is something to read. */
  private ask(): void {
    if (this.isClosed) return;
    try {
      writeSync(this.arm, 'a');
    } catch {
      // The launcher is gone; its pipe says so as well.
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'EIO';
}
