/** Options of `net.Socket`. */
import type { DuplexOptions } from 'node:stream';
import type { TcpHandle } from './handle.ts';
import type { OnRead } from './socket-state.ts';

/** What a socket is made with, as Node has it. */
export interface SocketOptions extends DuplexOptions {
  readonly readable?: boolean;
  readonly writable?: boolean;
  readonly fd?: number;
  readonly handle?: TcpHandle | null;
  readonly onread?: OnRead | null;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  readonly keepAliveInitialDelay?: number;
  readonly pauseOnCreate?: boolean;
  readonly manualStart?: boolean;
}
