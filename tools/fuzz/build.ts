/** Bundles in which all of `src` has counters, and bugs planted if there are any. The checkout is never written to. */
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Break } from '../report/prove.ts';
import { type BrokenBundle, bundleBroken } from '../swarm/plant.ts';
import { COUNTERS, type Edge, instrument } from './instrument.ts';

/** What the counters of a bundle mean. */
export interface EdgeTable {
  readonly edges: readonly Edge[];
  /** Of every file, its first edge, the one behind its last and the constants in it. */
  readonly files: ReadonlyMap<string, FileEdges>;
}

export interface FileEdges {
  readonly first: number;
  readonly end: number;
  readonly constants: readonly (number | string)[];
}

/** Room for the counters: known before the sources are read. */
const EDGES_MAX = 1 << 16;

/** The fuzzer's worker. */
export function buildWorker(root: string, file: string, name = '', breaks: readonly Break[] = []): Promise<EdgeTable> {
  return buildCounted({ root, file, name, breaks, input: 'tools/fuzz/worker.ts' });
}

/** Any program with counters in it. */
export async function buildCounted(options: Omit<BrokenBundle, 'banner' | 'plugins'>): Promise<EdgeTable> {
  const { root } = options;
  const edges: Edge[] = [];
  const files = new Map<string, FileEdges>();
  await bundleBroken({
    ...options,
    banner: `const ${COUNTERS} = (globalThis.${COUNTERS} = new Uint32Array(${EDGES_MAX}));`,
    plugins: [
      {
        name: 'counters',
        transform(code: string, id: string): string | null {
          const path = relative(root, id).split(sep).join('/');
          if (!path.startsWith('src/')) return null;
          const made = instrument(path, code, edges.length);
          files.set(path, { first: edges.length, end: edges.length + made.edges.length, constants: made.constants });
          edges.push(...made.edges);
          return made.code;
        },
      },
    ],
  });
  if (edges.length > EDGES_MAX) throw new Error(`${edges.length} edges: there is room for ${EDGES_MAX}`);
  return { edges, files };
}

/** The files whose paths begin with one of `prefixes`. */
export function filesOf(table: EdgeTable, prefixes: readonly string[]): FileEdges[] {
  return [...table.files]
    .filter(([path]) => prefixes.some((prefix) => path.startsWith(prefix)))
    .map(([, file]) => file);
}

/** Text of one line of a source, for a list of what was not reached. */
export function lineOf(root: string, edge: Edge): string {
  return readFileSync(join(root, edge.file), 'utf8').split('\n')[edge.line - 1]?.trim() ?? '';
}
