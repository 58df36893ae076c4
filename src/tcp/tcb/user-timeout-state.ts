/** What a connection knows of the user timeout option (RFC 5482). */

/** State of a connection on which the option is enabled; without it the option is neither sent nor heeded. */
export interface UserTimeoutState {
  /** ADV_UTO, seconds. */
  advertisedSeconds: number;
  /** REMOTE_UTO, seconds; 0: the peer has said nothing. */
  remoteSeconds: number;
  /** CHANGEABLE: the program has not set a timeout of its own. */
  isChangeable: boolean;
  /** What we advertise has not been said on a segment without SYN. */
  isDue: boolean;
}
