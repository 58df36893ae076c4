/** The questions written for the stories, by the story's id. */
import { CLOSING } from './closing.ts';
import { CLOSING_DOUBTS } from './closing-doubts.ts';
import { LAYERS } from './layers.ts';
import { LIFE } from './life.ts';
import { MECHANISMS_CONGESTION } from './mechanisms-congestion.ts';
import { MECHANISMS_LOSS } from './mechanisms-loss.ts';
import { MECHANISMS_PATH } from './mechanisms-path.ts';
import { MYTHS } from './myths.ts';
import { OPENING } from './opening.ts';
import { OPENING_DOUBTS } from './opening-doubts.ts';
import type { Questions } from './question.ts';
import { QUEUES } from './queues.ts';
import { SCANS } from './scans.ts';

export type { Choice, Question, Questions } from './question.ts';

export const QUESTIONS: Questions = {
  ...OPENING,
  ...OPENING_DOUBTS,
  ...CLOSING,
  ...CLOSING_DOUBTS,
  ...LIFE,
  ...QUEUES,
  ...SCANS,
  ...LAYERS,
  ...MYTHS,
  ...MECHANISMS_PATH,
  ...MECHANISMS_LOSS,
  ...MECHANISMS_CONGESTION,
};
