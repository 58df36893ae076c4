/** One bulk flow between two hosts over a bad path, in virtual time, watched after every event. */
import type { Observer } from '../../src/base/observer.ts';
import { BulkReceiver, BulkSender, Network, type NetworkLinkOptions } from '../../src/sim/index.ts';
import type { SettingsChanges } from '../../src/stack/profile.ts';
import type { Stack } from '../../src/stack/stack.ts';
import type { Tcb } from '../../src/tcp/index.ts';

export interface BulkFlowOptions extends NetworkLinkOptions {
  readonly seed?: number;
  readonly bytes: number;
  readonly settings?: SettingsChanges['tcp'];
  readonly bufferBytes?: number;
  /** Impairments of the way back; default: delay alone. */
  readonly isBackImpaired?: boolean;
  /** Of the sender. */
  readonly observer?: Observer;
}

export class BulkFlow {
  readonly network: Network;
  readonly tcb: Tcb;
  readonly stack: Stack;
  private readonly sender: BulkSender;
  private readonly receiver: BulkReceiver;
  private readonly bytes: number;

  constructor(options: BulkFlowOptions) {
    const {
      seed = 1,
      bytes,
      settings = {},
      bufferBytes = 16 << 20,
      isBackImpaired = false,
      observer,
      ...link
    } = options;
    const tcp = { rmem_default: bufferBytes, rmem_max: bufferBytes, wmem_default: bufferBytes, ...settings };
    this.bytes = bytes;
    this.network = new Network({ seed });
    const a = this.network.host('a', { settings: { tcp }, ...(observer === undefined ? {} : { observer }) });
    const b = this.network.host('b', { settings: { tcp } });
    const wire = this.network.link(a, b, { medium: 'ip', families: [4], linkFrames: 1 << 16, ...link });
    if (!isBackImpaired) wire.set({ loss: 0, reorder: 0, duplicate: 0, rateBps: 0 }, b);
    this.receiver = b.start(new BulkReceiver(80, { isHashing: true }));
    this.sender = a.start(new BulkSender({ remoteAddress: this.network.addressOf('b'), remotePort: 80 }, bytes, true));
    this.network.run({
      untilMs: this.network.nowMs + 5_000,
      until: () => this.sender.socket?.stateName === 'ESTABLISHED',
    });
    const tcb = this.sender.socket?.tcb;
    if (tcb === null || tcb === undefined) throw new Error('no connection');
    this.tcb = tcb;
    this.stack = a.stack;
  }

  /** Runs until everything is acknowledged, `watch` after each event; returns milliseconds. */
  run(untilMs: number, watch: () => void = () => {}): number {
    const startMs = this.network.nowMs;
    this.network.run({
      untilMs,
      until: () => {
        watch();
        return this.tcb.bytesAcked >= this.bytes;
      },
    });
    return this.network.nowMs - startMs;
  }

  get isComplete(): boolean {
    return this.tcb.bytesAcked >= this.bytes && this.receiver.accepted === 1;
  }
}
