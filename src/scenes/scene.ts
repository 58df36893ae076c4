/**
 * What a story is: an id, words in two languages, and a play in which real stacks act on a stage. The result is plain data:
 * rows of a ladder, checked outcomes, a capture file. Nothing in the rows is scripted; they are what the wire and the
 * observers of the stacks showed.
 */
import { ArgumentError } from '../base/errors.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import type { LadderRow } from './ladder-row.ts';
import type { SceneMeasure } from './scene-measure.ts';
import { Stage } from './stage.ts';
import type { Text } from './text.ts';

export type { Text } from './text.ts';

/** Where a story is shelved. */
export type SceneGroup =
  | 'opening'
  | 'closing'
  | 'life'
  | 'mechanisms'
  | 'queues'
  | 'attack'
  | 'layers'
  | 'myths'
  | 'what-if';

/** One story. */
export interface Scene {
  /** Lower case with hyphens, unique: `three-way-handshake`. */
  readonly id: string;
  readonly group: SceneGroup;
  readonly title: Text;
  /** One or two sentences: what is to be seen and why it matters. */
  readonly summary: Text;
  /** True when a part of it runs by a rule that real TCP does not have; that part is marked in its rows too. */
  readonly whatIf?: boolean;
  /** True when it can be played only with `PlayOptions.auth`. */
  readonly needsAuth?: boolean;
  /** Drives real stacks in the simulator; everything left to chance comes from the stage's seed. */
  play(stage: Stage): void;
}

/** One outcome the scene promised, and whether it came true. */
export interface SceneCheck {
  readonly text: Text;
  readonly ok: boolean;
}

/** What a played scene leaves. */
export interface SceneResult {
  readonly id: string;
  readonly title: Text;
  readonly rows: readonly LadderRow[];
  readonly checks: readonly SceneCheck[];
  /** Every packet once, at the moment it was sent, with its sentence as the packet's comment. */
  readonly pcapng: Uint8Array;
  readonly seed: number;
  /** Of a story about a popular claim: what is to be thought of it. */
  readonly verdict?: Text;
  /** Of a story about a mechanism: its number. */
  readonly measured?: SceneMeasure;
  /** Names of the hosts, in the order in which a ladder draws them. */
  readonly hosts: readonly string[];
}

/** How a scene is played. */
export interface PlayOptions {
  /** An integer; the same seed gives the same rows and the same bytes. Default 1. */
  readonly seed?: number;
  /**
   * What signatures (MD5, TCP-AO) are computed with, such as `new NodeTcpAuth()` of woshou/node; scenes about signatures cannot
   * be played without.
   */
  readonly auth?: TcpAuthAlgorithms;
}

/** Plays a scene to its end. @throws ArgumentError for a seed that is no integer, or without the `auth` that a scene needs */
export function playScene(scene: Scene, options: PlayOptions = {}): SceneResult {
  const seed = options.seed ?? 1;
  if (!Number.isSafeInteger(seed)) throw new ArgumentError('seed', `must be an integer, got ${String(seed)}`);
  const stage = new Stage(seed, options.auth ?? null);
  scene.play(stage);
  const { rows, pcapng } = stage.finish(scene.title.en);
  const { verdict, measured } = stage;
  return {
    id: scene.id,
    title: scene.title,
    rows,
    checks: stage.checks,
    pcapng,
    seed,
    hosts: stage.hostNames,
    ...(verdict === null ? {} : { verdict }),
    ...(measured === null ? {} : { measured }),
  };
}
