/** The program that answers requests, and what it is told. */
import type { NetAddr } from './http-listener.ts';

/** What a handler is told beside the request. */
export interface ServeHandlerInfo {
  readonly remoteAddr: NetAddr;
  /** Fulfilled when the response has been handed to the connection, rejected when that failed. */
  readonly completed: Promise<void>;
}

/** Answers a request. What it throws goes to `onError`. */
export type ServeHandler = (request: Request, info: ServeHandlerInfo) => Response | Promise<Response>;
