/**
 * The pages `woshou serve` gives: what this very connection is like, and bodies of any size to fetch. What is said to which request is
 * decided here, whoever carries it.
 */
import type { StreamSocket } from '../socket/stream-socket.ts';
import type { OctetSupply } from '../web/answer-output.ts';
import type { Turn } from '../web/server-turn.ts';
import type { Language, Text } from './language.ts';

/** Bytes of the largest body that can be asked for. */
export const BODY_MAX = 2 ** 40;

/** A request, as far as the site looks at it. */
export interface SiteRequest {
  readonly method: string;
  readonly target: string;
  /** The value of a field, null when there is none. @param name in small letters */
  field(name: string): string | null;
}

/** What is said to it. */
export interface SiteAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  /** `echo`: the request's own. */
  readonly body: Uint8Array | OctetSupply | 'echo';
}

/** Byte number `index` of a body is the index modulo 251, a prime, so that a lost or doubled block shows. */
export class PatternBody implements OctetSupply {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  from(at: number): Uint8Array {
    const start = at % BODY_MODULUS;
    return PATTERN.subarray(start, start + Math.min(BLOCK, this.length - at));
  }
}

/** Answers a request that came over a connection of ours. */
export function answerTurn(turn: Turn, language: Language): void {
  const { status, fields, body } = answerTo(turn.head, turn.socket, language);
  let lines = '';
  for (const name in fields) lines += `${name}: ${fields[name]}\r\n`;
  if (body === 'echo') echo(turn, status, lines).catch((error) => turn.abort(error));
  else turn.answer({ status, fields: lines, length: body.length }, body);
}

/** @param socket of the connection, null where it is not ours */
export function answerTo(request: SiteRequest, socket: StreamSocket | null, language: Language): SiteAnswer {
  const { method, target } = request;
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (path === '/echo' && (method === 'POST' || method === 'PUT')) {
    return { status: 200, fields: typed(request.field('content-type') ?? OCTETS), body: 'echo' };
  }
  if (method !== 'GET' && method !== 'HEAD') {
    const text = say(language, {
      en: 'Only GET and HEAD here; POST to /echo.\n',
      zh: '这里只有 GET 和 HEAD；POST 请发到 /echo。\n',
    });
    return { status: 405, fields: { allow: 'GET, HEAD', ...typed(PLAIN) }, body: encoder.encode(text) };
  }
  const size = BYTES_PATH.exec(path);
  if (size !== null && Number(size[1]) <= BODY_MAX) {
    return { status: 200, fields: OCTET_FIELDS, body: new PatternBody(Number(size[1])) };
  }
  if (path === '/' || path === '/index.html') return page(request, connectionFacts(socket), language);
  if (path === '/connection.json') {
    const facts = Object.fromEntries(connectionFacts(socket).map(([label, value]) => [label.en, value]));
    return text(200, 'application/json', `${JSON.stringify(facts, null, 2)}\n`);
  }
  const hint = say(language, { en: 'Nothing here. Try', zh: '这里什么都没有。试试' });
  return text(404, PLAIN, `${hint} / /bytes/1000000 /connection.json\n`);
}

type Fact = readonly [label: Text, value: string];

/** What the page tells. */
function connectionFacts(socket: StreamSocket | null): readonly Fact[] {
  const tcb = socket?.tcb ?? null;
  if (socket === null || tcb === null) return [];
  return [
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
}

const BODY_MODULUS = 251;
const BLOCK = 256 * 1024;
/** A block of any body, from whichever octet on. */
const PATTERN = Uint8Array.from({ length: BLOCK + BODY_MODULUS }, (_, index) => index % BODY_MODULUS);
const BYTES_PATH = /^\/bytes\/(\d{1,13})$/;
const PLAIN = 'text/plain; charset=utf-8';
const OCTETS = 'application/octet-stream';
const OCTET_FIELDS = typed(OCTETS);
const encoder = new TextEncoder();

function typed(type: string): Readonly<Record<string, string>> {
  return { 'content-type': type };
}

function say(language: Language, text: Text): string {
  return text[language];
}

function text(status: number, type: string, content: string): SiteAnswer {
  return { status, fields: typed(type), body: encoder.encode(content) };
}

/** What comes goes back, no faster than the client takes it. */
async function echo(turn: Turn, status: number, fields: string): Promise<void> {
  // A client that waits with its body is told to send it before the answer begins.
  turn.wantBody();
  turn.begin({ status, fields, length: null });
  for (let part = await turn.nextBody(); part !== null; part = await turn.nextBody()) await turn.write(part);
  turn.end();
}

function page(request: SiteRequest, facts: readonly Fact[], language: Language): SiteAnswer {
  const rows = facts.map(([label, value]) => [say(language, label), value] as const);
  const title = say(language, {
    en: 'This page came over a TCP written in TypeScript.',
    zh: '这一页是由 TypeScript 写成的 TCP 送来的。',
  });
  const isBrowser = /text\/html/.test(request.field('accept') ?? '');
  if (isBrowser) return text(200, 'text/html; charset=utf-8', htmlPage(language, title, rows));
  const lines = rows.map(([label, value]) => `${value.padEnd(24)} ${label}`);
  return text(200, PLAIN, `${title}\n\n${lines.join('\n')}\n`);
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
