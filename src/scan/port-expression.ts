/**
 * Port expressions as nmap writes them: `22`, `1-1024`, `-100`, `60000-`, `-`, `http*`, `T:21-25,U:53,111`. A prefix holds for all
 * that follows up to the next one; without any, ports are meant for every protocol that is scanned. Names may have `*` and `?`.
 * Square brackets (`[1-1024]`) keep of the range only ports that have a name in the table.
 */
import { ExpressionError, type ExpressionProblem } from './expression-error.ts';
import { SERVICES, type Service } from './services.ts';

/** The ports of a scan, ascending, each once. */
export interface PortSelection {
  readonly tcp: Uint16Array;
  readonly udp: Uint16Array;
}

type Protocol = 'tcp' | 'udp';

/** Reads an expression. @throws ExpressionError that tells the place */
export function parsePorts(expression: string): PortSelection {
  const reader = new PortReader(expression);
  reader.read();
  return { tcp: marked(reader.tcp), udp: marked(reader.udp) };
}

/** The ports as an expression: `22,80,8000-8010`. */
export function formatPorts(ports: Uint16Array): string {
  const parts: string[] = [];
  for (let at = 0; at < ports.length; ) {
    let end = at;
    while (end + 1 < ports.length && ports[end + 1]! === ports[end]! + 1) end++;
    parts.push(end === at ? String(ports[at]!) : `${ports[at]!}-${ports[end]!}`);
    at = end + 1;
  }
  return parts.join(',');
}

/** `first` without the ports of `second`. */
export function withoutPorts(first: PortSelection, second: PortSelection): PortSelection {
  const less = (ports: Uint16Array, leave: Uint16Array): Uint16Array => {
    const left = new Set(leave);
    return ports.filter((port) => !left.has(port));
  };
  return { tcp: less(first.tcp, second.tcp), udp: less(first.udp, second.udp) };
}

/** `T:` and its kin. */
const PREFIX = /^\s*([^\s:]*):/;

class PortReader {
  /** A mark per port: `-p-` is asked for often, and a set of all ports takes longer than their scan's start. */
  readonly tcp = new Uint8Array(0x10000);
  readonly udp = new Uint8Array(0x10000);
  private readonly text: string;
  private protocols: readonly Protocol[] = ['tcp', 'udp'];

  constructor(text: string) {
    this.text = text;
  }

  read(): void {
    let at = 0;
    for (const piece of this.text.split(',')) {
      this.element(piece, at);
      at += piece.length + 1;
    }
  }

  private element(piece: string, at: number): void {
    let body = piece;
    let start = at;
    // The last of several holds, as with nmap.
    for (let prefix = PREFIX.exec(body); prefix !== null; prefix = PREFIX.exec(body)) {
      const [whole, letters = ''] = prefix;
      this.protocols = this.protocolsOf(letters, start + whole.length - 1 - letters.length);
      body = body.slice(whole.length);
      start += whole.length;
    }
    const leading = body.length - body.trimStart().length;
    this.range(body.trim(), start + leading);
  }

  private protocolsOf(letter: string, at: number): readonly Protocol[] {
    if (letter === 'T' || letter === 't') return ['tcp'];
    if (letter === 'U' || letter === 'u') return ['udp'];
    throw this.problem(at, letter.length, 'unknown-prefix');
  }

  private range(text: string, at: number): void {
    if (text === '') throw this.problem(at, 1, 'empty');
    if (text.startsWith('[')) {
      if (!text.endsWith(']')) throw this.problem(at + text.length - 1, 1, 'not-a-port');
      const [first, last] = this.bounds(text.slice(1, -1), at + 1);
      for (const service of SERVICES) if (service.port >= first && service.port <= last) this.addNamed(service);
      return;
    }
    if (/[a-z*?]/i.test(text)) {
      this.byName(text, at);
      return;
    }
    const [first, last] = this.bounds(text, at);
    for (const protocol of this.protocols) this[protocol].fill(1, first, last + 1);
  }

  /** An end that is left out is the first or last port; `-` alone begins at 1, as port 0 is nobody's. */
  private bounds(text: string, at: number): [first: number, last: number] {
    const dash = text.indexOf('-');
    if (dash < 0) {
      const port = this.port(text, at);
      return [port, port];
    }
    const first = dash === 0 ? 1 : this.port(text.slice(0, dash), at);
    const last = dash === text.length - 1 ? 65_535 : this.port(text.slice(dash + 1), at + dash + 1);
    if (last < first) throw this.problem(at, text.length, 'range-backwards');
    return [first, last];
  }

  private port(text: string, at: number): number {
    const odd = /[^0-9]/.exec(text);
    if (odd !== null) throw this.problem(at + odd.index, 1, 'not-a-port');
    if (text === '') throw this.problem(at, 1, 'not-a-port');
    if (Number(text) > 65_535) throw this.problem(at, text.length, 'port-too-large');
    return Number(text);
  }

  private byName(text: string, at: number): void {
    const escaped = text.toLowerCase().replace(/[.+^${}()|[\]\\]/g, '\\$&');
    const pattern = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
    const found = SERVICES.filter(({ name }) => pattern.test(name));
    if (found.length === 0) {
      const looksLikePort = /^[0-9]/.exec(text) !== null;
      const odd = /[^0-9]/.exec(text)?.index ?? 0;
      throw looksLikePort ? this.problem(at + odd, 1, 'not-a-port') : this.problem(at, text.length, 'unknown-name');
    }
    for (const service of found) this.addNamed(service);
  }

  private addNamed(service: Service): void {
    for (const protocol of this.protocols) if (service[protocol]) this[protocol][service.port] = 1;
  }

  private problem(at: number, length: number, problem: ExpressionProblem): ExpressionError {
    return new ExpressionError('-p', this.text, Math.min(at, this.text.length), length, problem);
  }
}

function marked(marks: Uint8Array): Uint16Array {
  const ports = new Uint16Array(marks.reduce((sum, mark) => sum + mark, 0));
  let count = 0;
  for (let port = 0; port < marks.length; port++) if (marks[port] === 1) ports[count++] = port;
  return ports;
}
