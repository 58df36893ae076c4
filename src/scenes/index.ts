/** Stories: every one once, with words in English and Chinese, played by real stacks. */
import { ATTACK } from './attack/index.ts';
import { CLOSING } from './closing/index.ts';
import { LAYERS } from './layers/index.ts';
import { LIFE_SCENES } from './life/index.ts';
import { life } from './life/life.ts';
import { MECHANISMS } from './mechanisms/index.ts';
import { MYTHS } from './myths/index.ts';
import { OPENING } from './opening/index.ts';
import { QUEUES } from './queues/index.ts';
import type { Scene } from './scene.ts';

export { type CraftedSegment, HandMadePeer, type SeenSegment } from './hand-made.ts';
export type { LadderRow, PacketStatus, StatePair, TimerFact } from './ladder-row.ts';
export {
  bytesByLayer,
  type LayerBytes,
  OSI_LAYERS,
  type OsiLayer,
  PROTOCOL_PLACES,
  type ProtocolPlace,
  TCP_IP_LAYERS,
  type TcpIpLayer,
  type TcpIpLayerId,
} from './layers/index.ts';
export {
  type PlayOptions,
  playScene,
  type Scene,
  type SceneCheck,
  type SceneGroup,
  type SceneResult,
} from './scene.ts';
export type { SceneMeasure } from './scene-measure.ts';
export { type NetworkMaker, Stage, type StageHostOptions, type StagePair } from './stage.ts';
export type { StageCall } from './tape.ts';
export type { Text } from './text.ts';

/** All stories, in the order of a course. */
export const SCENES: readonly Scene[] = [
  life,
  ...OPENING,
  ...CLOSING,
  ...LIFE_SCENES,
  ...MECHANISMS,
  ...QUEUES,
  ...ATTACK,
  ...LAYERS,
  ...MYTHS,
];

/** The story of that id, or null. */
export function findScene(id: string): Scene | null {
  return SCENES.find((scene) => scene.id === id) ?? null;
}
