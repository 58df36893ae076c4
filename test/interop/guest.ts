/** A Linux in QEMU without acceleration, its network card behind a Unix socket, told what to do over its serial line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GuestKernel, guestFiles } from './guest-image.ts';

/** What a command in the guest did. */
export interface GuestResult {
  /** As a shell has it. */
  readonly code: number;
  /** Both streams, trimmed. */
  readonly output: string;
}

/** One after the other: the guest has one serial line. */
export class Guest {
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private text = '';
  private look: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.child = child;
    this.ended = once(child, 'exit');
    // Also when the tests end badly.
    process.once('exit', () => child.kill('SIGKILL'));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      this.look();
    });
  }

  /**
   * Starts one; its network card connects to the socket at `path`, which must be listened at.
   * @param folder where its files may lie as long as it runs
   * @param addresses of its card, with prefix length
   */
  static start(kernel: GuestKernel, folder: string, path: string, addresses: readonly string[]): Guest {
    const files = join(folder, 'guest.cpio');
    writeFileSync(files, guestFiles(kernel, addresses));
    const machine = ['-M', 'pc', '-accel', 'tcg', '-m', '160', '-nodefaults', '-no-user-config', '-no-reboot'];
    const faces = ['-display', 'none', '-monitor', 'none', '-serial', 'stdio'];
    const words = 'console=ttyS0 quiet loglevel=1 panic=-1 tsc=reliable mitigations=off random.trust_cpu=on';
    const netdev = `stream,id=n0,server=off,addr.type=unix,addr.path=${path}`;
    const card = ['-netdev', netdev, '-device', 'virtio-net-pci,netdev=n0,romfile='];
    const boot = ['-kernel', kernel.image, '-initrd', files, '-append', words];
    return new Guest(spawn('qemu-system-x86_64', [...machine, ...faces, ...boot, ...card], { stdio: 'pipe' }));
  }

  /** Resolves when it takes commands. */
  async booted(timeoutMs = 90_000): Promise<void> {
    await this.until(/=ready=\n/, timeoutMs);
  }

  /** Carries out a line of shell. Rejects when it takes longer than `timeoutMs`. */
  async run(command: string, timeoutMs = 60_000): Promise<GuestResult> {
    this.text = '';
    this.child.stdin?.write(`${command}\n`);
    const [all, code] = await this.until(/\n=(\d+)=\n/, timeoutMs);
    return { code: Number(code), output: this.text.slice(0, this.text.indexOf(all)).trim() };
  }

  /** Switches it off. */
  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private until(pattern: RegExp, timeoutMs: number): Promise<[all: string, part: string]> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        this.child.off('exit', onExit);
        this.look = () => {};
        then();
      };
      const fail = (why: string): void => settle(() => reject(new Error(`guest: ${why}\n${this.text}`)));
      const onExit = (): void => fail('QEMU has ended');
      const timer = setTimeout(() => fail(`no ${pattern} within ${timeoutMs} ms`), timeoutMs);
      this.child.once('exit', onExit);
      this.look = () => {
        const found = pattern.exec(this.text);
        if (found !== null) settle(() => resolve([found[0], found[1] ?? '']));
      };
      this.look();
    });
  }
}
