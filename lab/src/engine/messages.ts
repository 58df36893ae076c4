/**
 * What the page and the worker say to each other: plain data, a question and its answer carry the same number. The
 * simulator lives in the worker; the page gets moments that never change and draws them.
 */
import type { DecodedFrame } from '../../../src/capture/decoded.ts';
import type { SceneGroup } from '../../../src/scenes/scene.ts';
import type { Text } from '../../../src/scenes/text.ts';
import type { AskedQuestion } from '../questions/asked-question.ts';
import type { Action, Deed, Recipe } from './actions.ts';
import type { CaptureView } from './capture-view.ts';
import type { RaceSetup } from './race-link.ts';
import type { RaceNews } from './race-run.ts';
import type { RowView } from './row-keeper.ts';
import type { Moment } from './session.ts';

/** A scene on the shelf. */
export interface SceneCard {
  readonly id: string;
  readonly group: SceneGroup | 'free';
  readonly title: Text;
  readonly summary: Text;
  readonly isWhatIf: boolean;
}

/** A line between hosts. */
export interface LinkCard {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly medium: 'ethernet' | 'ip';
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  readonly reorder: number;
  readonly rateBps: number;
  /** Nothing gets through. */
  readonly cut: boolean;
}

/** An outcome the scene promised. */
export interface CheckView {
  readonly text: Text;
  readonly ok: boolean;
}

/** A run so far, or what is new of it. */
export interface History {
  readonly recipe: Recipe;
  /** The first of `moments` is this one, counted from the beginning; what the page has from there on is replaced. */
  readonly fromMoment: number;
  readonly moments: readonly Moment[];
  /** Rows with this number and higher are replaced. */
  readonly fromRow: number;
  readonly rows: readonly RowView[];
  readonly hosts: readonly string[];
  readonly links: readonly LinkCard[];
  /** Settings of each host's TCP, those the page can change. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, number | string | boolean>>>>;
  readonly checks: readonly CheckView[];
  readonly verdict: Text | null;
  /** Written for this story, as far as its answers still hold. */
  readonly questions: readonly AskedQuestion[];
  /** The row of the packet that decides a claim. */
  readonly evidence: number | null;
  readonly measured: { readonly name: Text; readonly value: number; readonly unit: Text } | null;
  readonly problem: string | null;
  /** Moments that belong to the script. */
  readonly scriptMoments: number;
  /** Nothing is on its way and no timer is armed. */
  readonly isIdle: boolean;
  /** So many of the oldest moments are no longer kept, when a run has become too long to be kept whole. */
  readonly forgotten: number;
}

export type Question =
  | { readonly kind: 'scenes' }
  | { readonly kind: 'load'; readonly recipe: Recipe }
  | { readonly kind: 'act'; readonly deed: Deed; readonly event: number; readonly timeUs: number }
  /** Other actions than before, the first change at this moment. */
  | {
      readonly kind: 'rewrite';
      readonly actions: readonly Action[];
      readonly event: number;
      readonly timeUs: number;
    }
  /** Goes on behind what is known. */
  | { readonly kind: 'advance'; readonly events: number }
  | { readonly kind: 'inspect'; readonly row: number }
  /** The same scene with its mechanism off, or on. */
  | { readonly kind: 'compare' }
  | { readonly kind: 'export'; readonly what: 'pcapng' | 'drill' }
  | { readonly kind: 'open'; readonly bytes: Uint8Array }
  /** Begins a race: the one before it is forgotten. */
  | { readonly kind: 'race'; readonly setup: RaceSetup }
  /** Runs it on by so many tenths of a second. */
  | { readonly kind: 'race-on'; readonly intervals: number };

/** A packet taken apart. */
export interface Inspection {
  readonly bytes: Uint8Array;
  readonly decoded: DecodedFrame;
  /** Its bytes by the layers of both models. */
  readonly owners: readonly { readonly osi: number; readonly tcpIp: string; readonly bytes: number }[];
}

/** What came of the scene's other half, played with the same seed. */
export interface Comparison {
  readonly id: string;
  readonly title: Text;
  readonly measured: History['measured'];
}

/** The answer to each kind of question. */
export interface Answers {
  scenes: readonly SceneCard[];
  load: History;
  act: History;
  rewrite: History;
  advance: History;
  inspect: Inspection | null;
  compare: Comparison | null;
  export: Uint8Array;
  open: CaptureView;
  race: RaceNews;
  'race-on': RaceNews;
}

/** What went wrong; the page has words for each. */
export type Trouble = 'unknown-scene' | 'failed';

/** The worker listens. What is posted earlier may be lost: its script waits for the file with the texts. */
export interface Ready {
  readonly isReady: true;
}

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export type Reply =
  | { readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly id: number; readonly trouble: Trouble; readonly detail: string };
