/** A client's attempt at Fast Open (RFC 7413 section 4.2), as its connection remembers it. */
import { type CookieEntry, NO_COOKIE } from './cookie-entry.ts';

/** Why an attempt did not save a round trip, as tcp_info's tcpi_fastopen_client_fail says it. */
export const FastOpenFailure = {
  none: 0,
  /** No cookie was known yet; one was asked for. */
  cookieUnavailable: 1,
  /** The SYN-ACK left (some of) the data in the SYN unacknowledged. */
  dataNotAcked: 2,
  /** The same, after the SYN had to be sent again without data. */
  synRetransmitted: 3,
} as const;

/** One attempt; a connection that makes none has no such record. */
export class FastOpenAttempt {
  /** Data may ride on the SYN: a cookie is known, or none is needed. */
  readonly mayCarryData: boolean;
  /** The SYN has the option: with `cookie`, or empty to ask for one. */
  readonly hasOption: boolean;
  readonly cookie: Uint8Array;
  readonly isExperimental: boolean;
  /** Largest segment the server is known to take. */
  readonly mss: number;
  /** The SYN waits for the user's first octets. */
  isDeferred = false;
  /** Octets the first SYN carried. */
  dataLength = 0;
  /** A FastOpenFailure. */
  failure: number = FastOpenFailure.none;
  /** A black hole was suspected when it began: its success is worth knowing. */
  readonly isProbe: boolean;

  constructor(entry: CookieEntry | null, needsNoCookie: boolean, mss: number, isProbe: boolean) {
    this.cookie = needsNoCookie || entry === null ? NO_COOKIE : entry.cookie;
    this.hasOption = !needsNoCookie;
    this.mayCarryData = needsNoCookie || this.cookie.length > 0;
    const isKnown = this.cookie.length > 0;
    this.isExperimental = entry !== null && (isKnown ? entry.isExperimental : entry.experiment === 1);
    this.mss = mss;
    this.isProbe = isProbe;
    if (!this.mayCarryData) this.failure = FastOpenFailure.cookieUnavailable;
  }
}
