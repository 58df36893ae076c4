/**
 * The pages `woshou serve` gives: what this very connection is like, and bodies of any size to fetch. HTTP itself is Node's
 * parser; below it there is only our TCP.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { streamSocketOf } from '../net/index.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { Language, Text } from './language.ts';

/** Bytes of the largest body that can be asked for. */
export const BODY_MAX = 2 ** 40;
const BLOCK = 256 * 1024;

/** Byte number `index` of a body is the index modulo 251, a prime, so that a lost or doubled block shows. */
export function bodyBlock(from: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let value = from % BODY_MODULUS;
  for (let at = 0; at < length; at++) {
    bytes[at] = value;
    value = value === BODY_MODULUS - 1 ? 0 : value + 1;
  }
  return bytes;
}

/** Answers one request. */
export function answerRequest(request: IncomingMessage, response: ServerResponse, language: Language): void {
  const { method = '', url = '/' } = request;
  const path = url.split('?')[0] ?? '/';
  if (path === '/echo' && (method === 'POST' || method === 'PUT')) {
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/octet-stream' });
    request.pipe(response);
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-type': PLAIN });
    response.end(
      say(language, {
        en: 'Only GET and HEAD here; POST to /echo.\n',
        zh: '这里只有 GET 和 HEAD；POST 请发到 /echo。\n',
      }),
    );
    return;
  }
  const size = /^\/bytes\/(\d{1,13})$/.exec(path);
  if (size !== null && Number(size[1]) <= BODY_MAX) sendBody(request, response, Number(size[1]));
  else if (path === '/' || path === '/index.html') sendPage(request, response, language);
  else if (path === '/connection.json')
    sendText(request, response, 'application/json', `${JSON.stringify(factsOf(request), null, 2)}\n`);
  else {
    response.statusCode = 404;
    sendText(
      request,
      response,
      PLAIN,
      `${say(language, { en: 'Nothing here. Try', zh: '这里什么都没有。试试' })} / /bytes/1000000 /connection.json\n`,
    );
  }
}

/** What the page tells. */
export function connectionFacts(socket: StreamSocket): readonly (readonly [label: Text, value: string])[] {
  const { tcb } = socket;
  if (tcb === null) return [];
  const facts: [Text, string][] = [
    [{ en: 'your end', zh: '你的一端' }, `${socket.remoteAddress} ${tcb.key.remotePort}`],
    [{ en: 'my end', zh: '我的一端' }, `${socket.localAddress} ${tcb.key.localPort}`],
    [{ en: 'state of my end', zh: '我这一端的状态' }, socket.stateName],
    [{ en: 'your initial sequence number', zh: '你的初始序列号' }, String(tcb.irs >>> 0)],
    [{ en: 'my initial sequence number', zh: '我的初始序列号' }, String(tcb.iss >>> 0)],
    [{ en: 'your largest segment (MSS)', zh: '你的最大报文段（MSS）' }, String(tcb.peerMss)],
    [{ en: 'payload of my full segments', zh: '我的满报文段的载荷' }, String(tcb.sendMss)],
    [{ en: 'window scales (yours, mine)', zh: '窗口扩大因子（你的、我的）' }, `${tcb.sndScale}, ${tcb.rcvScale}`],
    [{ en: 'your receive window now', zh: '你现在的接收窗口' }, String(tcb.sndWnd)],
    [{ en: 'my receive window now', zh: '我现在的接收窗口' }, String(tcb.rcvWnd)],
    [{ en: 'round-trip time, smoothed', zh: '平滑往返时间' }, `${(tcb.srttUs / 1000).toFixed(3)} ms`],
    [{ en: 'retransmission timeout', zh: '重传超时' }, `${(tcb.rtoUs / 1000).toFixed(0)} ms`],
    [{ en: 'congestion window', zh: '拥塞窗口' }, `${tcb.cwnd} (${tcb.congestion.name})`],
    [{ en: 'segments in, out', zh: '收到、发出的报文段' }, `${tcb.segmentsIn}, ${tcb.segmentsOut}`],
  ];
  return facts;
}

const BODY_MODULUS = 251;
const PLAIN = 'text/plain; charset=utf-8';

function say(language: Language, text: Text): string {
  return text[language];
}

function factsAbout(request: IncomingMessage): ReturnType<typeof connectionFacts> {
  const socket = streamSocketOf(request.socket);
  return socket === null ? [] : connectionFacts(socket);
}

function factsOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(factsAbout(request).map(([label, value]) => [label.en, value]));
}

function sendText(request: IncomingMessage, response: ServerResponse, type: string, text: string): void {
  const bytes = Buffer.from(text);
  response.setHeader('content-type', type);
  response.setHeader('content-length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function sendPage(request: IncomingMessage, response: ServerResponse, language: Language): void {
  const facts = factsAbout(request);
  const rows = facts.map(([label, value]) => [say(language, label), value] as const);
  const title = say(language, {
    en: 'This page came over a TCP written in TypeScript.',
    zh: '这一页是由 TypeScript 写成的 TCP 送来的。',
  });
  const isBrowser = /text\/html/.test(request.headers.accept ?? '');
  if (isBrowser) sendText(request, response, 'text/html; charset=utf-8', htmlPage(language, title, rows));
  else
    sendText(
      request,
      response,
      PLAIN,
      `${title}\n\n${rows.map((row) => `${row[1].padEnd(24)} ${row[0]}`).join('\n')}\n`,
    );
}

function htmlPage(language: Language, title: string, rows: readonly (readonly [string, string])[]): string {
  const table = rows.map(([label, value]) => `<tr><th>${escapeHtml(label)}<td>${escapeHtml(value)}`).join('\n');
  return `<!doctype html>
<html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>woshou</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:42em;margin:3em auto;padding:0 1em}
th{text-align:left;font-weight:normal;color:#666;padding-right:2em}td{font-family:monospace}</style>
<h1>握手 woshou</h1>
<p>${escapeHtml(title)}
<table>
${table}
</table>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A body of `size` bytes, made as the connection takes it. */
function sendBody(request: IncomingMessage, response: ServerResponse, size: number): void {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  let sent = 0;
  const sendMore = (): void => {
    while (sent < size) {
      const length = Math.min(BLOCK, size - sent);
      const hasRoom = response.write(bodyBlock(sent, length));
      sent += length;
      if (!hasRoom) {
        response.once('drain', sendMore);
        return;
      }
    }
    response.end();
  };
  sendMore();
}
