/** What `woshou serve` answers, given by Node's HTTP server. Bodies of one block are all that is asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerTo } from '../../src/cli/http-site.ts';

export function answerSite({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const field = (name: string): string | null => headers[name]?.toString() ?? null;
  const { status, fields, body } = answerTo({ method, target: url, field }, null, 'en');
  if (body === 'echo') throw new Error('nobody asks for that here');
  response.writeHead(status, { ...fields, 'content-length': body.length });
  response.end(body instanceof Uint8Array ? body : body.from(0));
}
