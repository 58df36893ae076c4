/** What can be wrong with an HTTP message from the network. */

/** A message that is not HTTP/1.1 as RFC 9112 wants it, larger than allowed, or cut short. */
export class HttpError extends Error {
  /** The status a server answers with. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}
