/** An HTTP client with a time-out for the whole exchange, over node:http. */
import http from 'node:http';

/**
 * @param {typeof import('node:net')} net Node's module, or one of a simulated host
 * @param {{ host: string, port: number, path: string }} target
 * @param {number} timeoutMs
 * @returns {Promise<unknown>} the body as JSON
 */
export function fetchJson(net, target, timeoutMs) {
  const { host, port } = target;
  return new Promise((resolve, reject) => {
    const request = http.get({ ...target, createConnection: () => net.connect({ host, port }) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve(JSON.parse(body)));
      response.on('error', reject);
    });
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    request.on('error', reject);
    request.on('close', () => clearTimeout(timer));
  });
}
