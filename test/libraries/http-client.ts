/** An agent of node:http whose connections are the client's on the stage, and a request through it. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { readAll, type Stage } from './stage.ts';

/** Keeps its connections; `createConnection` is the hook Node documents for agents. */
export function agentTo(stage: Stage, port: number, options: http.AgentOptions = {}): http.Agent {
  const agent = new http.Agent({ keepAlive: true, ...options });
  return Object.assign(agent, { createConnection: () => stage.connect(port) });
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly received: Buffer;
}

/** POSTs a body and reads the answer; rejects when either is cut off. */
export async function exchange(
  agent: http.Agent,
  path: string,
  body: Uint8Array,
  headers: http.OutgoingHttpHeaders = {},
): Promise<Answer> {
  const protocol = agent instanceof https.Agent ? 'https:' : 'http:';
  const request = http.request({ agent, protocol, path, method: 'POST', headers });
  // An answer may have begun when the connection fails: then both have an error.
  const failed = new Promise<never>((_, reject) => request.on('error', reject));
  request.end(body);
  return Promise.race([answerTo(request), failed]);
}

async function answerTo(request: http.ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, received: await readAll(response) };
}
