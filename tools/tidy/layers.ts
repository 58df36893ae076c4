/** The layer rule: which room of src/ may import which. A room not named here does not exist yet: add it with its imports. */
import { child, type Finding, finding, type Source, type SyntaxNode, walk } from './source.ts';

const below = {
  transport: ['base', 'wire'],
  stack: ['base', 'wire', 'tcp', 'udp', 'icmp', 'ip'],
  socket: ['base', 'wire', 'tcp', 'udp', 'icmp', 'ip', 'stack'],
  simulation: ['base', 'wire', 'tcp', 'udp', 'icmp', 'ip', 'stack', 'socket'],
  everyLink: ['link', 'capture', 'sim', 'drill'],
  shown: ['model', 'scan', 'detect', 'scenes'],
};

/** Downward only. Rooms of one tier may meet only where the line says so. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ['base'],
  tcp: below.transport,
  // UDP reports errors in ICMP's words, ICMP speaks of the IP layer's context; IP is given its ICMP by the stack.
  udp: [...below.transport, 'ip', 'icmp'],
  icmp: [...below.transport, 'ip'],
  ip: below.transport,
  stack: below.stack,
  socket: below.socket,
  // A link carries frames and knows nothing of the stack; captures are files.
  link: ['base', 'wire'],
  capture: ['base', 'wire'],
  // Events read off frames, wherever they pass.
  detect: ['base', 'wire', 'link'],
  // A scanner stands where a stack would and is none: formats and nothing else.
  scan: ['base', 'wire'],
  // The simulator joins links and can tap them into a capture.
  sim: [...below.simulation, 'link', 'capture'],
  drill: [...below.simulation, 'link', 'sim', 'capture'],
  // A model of TCP on its own: it must not know what it is compared with.
  model: ['base'],
  // The main entry: the stack and its sockets, nothing that simulates.
  index: below.simulation,
  // Scenes of scans judge answers as the scanner does.
  scenes: [...below.simulation, ...below.everyLink, 'model', 'scan'],
  node: [...below.simulation, ...below.everyLink],
  // Node-shaped modules: sockets of a virtual network with the interfaces of Node's.
  net: [...below.simulation, ...below.everyLink, 'node'],
  dgram: [...below.simulation, ...below.everyLink, 'node', 'net'],
  dns: [...below.simulation, ...below.everyLink, 'node', 'dgram', 'net'],
  register: [...below.simulation, ...below.everyLink, 'node', 'net', 'dgram', 'dns'],
  web: [...below.simulation, ...below.everyLink],
  // Networks of tests run on Node's event loop.
  test: [...below.simulation, ...below.everyLink, 'node', 'net', 'dgram'],
  cli: [...below.simulation, ...below.everyLink, ...below.shown, 'node', 'net', 'web', 'test', 'index'],
};

/** Rooms that may use what Node offers; all others are the core and run wherever JavaScript runs. */
export const NODE_ROOMS: ReadonlySet<string> = new Set(['node', 'net', 'dgram', 'dns', 'register', 'cli', 'test']);

/** Rooms that run in a browser or in Node and see the platform, but no `node:` module. */
export const PLATFORM_ROOMS: ReadonlySet<string> = new Set(['web']);

export function isCore(source: Source): boolean {
  return (
    source.room !== undefined && !source.isTest && !NODE_ROOMS.has(source.room) && !PLATFORM_ROOMS.has(source.room)
  );
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  for (const { node } of walk(source.tree)) {
    const literal = specifierOf(node);
    if (literal && typeof literal.value === 'string')
      found.push({ specifier: literal.value, line: literal.loc.start.line });
  }
  return found;
}

/** Imports that go upward, sideways without leave, or out of src/. */
export function layers(source: Source): Finding[] {
  const { room, path } = source;
  if (room === undefined || source.isTest) return [];
  const allowed = MAY_IMPORT[room];
  if (!allowed) return [finding('layers', source, 1, `the room ${room}/ has no line in tools/tidy/layers.ts`)];
  const findings: Finding[] = [];
  for (const { specifier, line } of importsOf(source)) {
    if (!specifier.startsWith('.')) continue;
    const target = resolveFrom(path, specifier);
    const targetRoom = /^src\/([^/]+?)(?:\.ts|\/|$)/.exec(target)?.[1];
    if (targetRoom === room || (targetRoom !== undefined && allowed.includes(targetRoom))) continue;
    findings.push(finding('layers', source, line, `${room}/ may not import ${targetRoom ?? target}`));
  }
  return findings;
}

/** A relative import names the file it means, ending included. */
export function importEndings(source: Source): Finding[] {
  return importsOf(source)
    .filter(({ specifier }) => specifier.startsWith('.') && !/\.(?:ts|mjs|json)$/.test(specifier))
    .map(({ specifier, line }) => finding('import-endings', source, line, `${specifier} should end in .ts`));
}

/** The core imports nothing from outside: no `node:` module, no package. */
export function foreignImports(source: Source): Finding[] {
  if (source.room === undefined || source.isTest) return [];
  const core = isCore(source);
  return importsOf(source)
    .filter(({ specifier }) => !specifier.startsWith('.'))
    .filter(({ specifier }) => core || (!NODE_ROOMS.has(source.room ?? '') && specifier.startsWith('node:')))
    .map(({ specifier, line }) =>
      finding('foreign-imports', source, line, `${source.room}/ may not import ${specifier}`),
    );
}

function specifierOf(node: SyntaxNode): SyntaxNode | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return child(node, 'source');
    case 'TSImportType':
      return child(node, 'argument');
    default:
      return undefined;
  }
}

/** The path that a relative import in the file `path` names. */
export function resolveFrom(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/');
}
