/** What a socket keeps for itself. */

/** The option `onread`: octets go into the program's buffer and to its callback instead of 'data'. */
export interface OnRead {
  readonly buffer: Uint8Array | (() => Uint8Array);
  readonly callback: (length: number, buffer: Uint8Array) => boolean | undefined;
}

export class SocketState {
  noDelay = false;
  keepAlive = false;
  /** Seconds. */
  keepAliveDelayS = 0;
  /** destroy shall send a RST. */
  isResetting = false;
  /** A timer of whoever owned `setTimeout` when it was started. */
  timer: NodeJS.Timeout | null = null;
  /** The handle's writeQueueSize when a write began: a write that makes progress is no idle socket. */
  lastQueueSize = 0;
  /** Figures of a handle that is gone. */
  bytesRead = 0;
  bytesWritten = 0;
  onRead: OnRead | null = null;
  /** The buffer that the handle fills, where `onRead` gives one. */
  userBuffer: Uint8Array | null = null;
}
