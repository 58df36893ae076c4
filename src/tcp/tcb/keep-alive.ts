/** Keep-alive as a program asks for it. */

/** Options of keep-alive; absent while keep-alive is off. Milliseconds. */
export interface KeepAliveOptions {
  idleMs: number;
  intervalMs: number;
  probes: number;
}
