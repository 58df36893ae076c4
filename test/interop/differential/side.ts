/** What a scenario needs of a TCP: packets in, packets out, and the socket calls of both sides under one set of names. */

/** Outcome of a call: a number of octets, an errno, a state, or null. */
export type CallResult = number | string | null;

/** Arguments of a call by name. */
export type CallArguments = Readonly<Record<string, number | string>>;

export interface ArrivedPacket {
  readonly bytes: Uint8Array;
  /** Milliseconds since the last `give` or `call`. */
  readonly delayMs: number;
}

/** One TCP under test with one peer at `peerAddress`. */
export interface Side {
  /** A packet arrives. */
  give(packet: Uint8Array): Promise<void>;
  /**
   * listen {port, backlog?, receiveBuffer?}, connect {port, address, remotePort, ...options}, accept, closeListener,
   * send {length}, sendUrgent {length}, read {length}, shutdown, close, error, state, set {name, value}.
   */
  call(name: string, args?: CallArguments): Promise<CallResult>;
  /** Lets time pass and takes what was sent to the peer since the last `wait`. */
  wait(ms: number): Promise<ArrivedPacket[]>;
  /** Closes what is open. */
  end(): Promise<void>;
}

/** Address of the TCP under test. */
export const LOCAL = '10.0.0.1';
