/** What was done, written down as a script, passes when it is played against a stack. */
import { describe, expect, it } from 'vitest';
import { parseDrillScript, runScript } from '../../../src/drill/index.ts';
import { failureLines } from '../../../src/drill/report.ts';
import { findScene } from '../../../src/scenes/index.ts';
import { drillScript } from './drill-script.ts';
import { Session } from './session.ts';

function scriptOf(id: string): string {
  const scene = findScene(id);
  if (scene === null) throw new Error(id);
  return drillScript(new Session(scene, { scene: id, seed: 1, actions: [] }));
}

/**
 * Scenes of one connection between two hosts with the settings every stack has. A call made before the ACK of an arriving segment
 * has left, as in three-segment-close, cannot be said in the language: packets come between its lines, not within.
 */
const WHOLE = [
  'three-way-handshake',
  'lost-syn',
  'lost-syn-ack',
  'lost-third-ack',
  'data-with-third-ack',
  'four-way-close',
  'half-close',
  'lost-fin',
  'abort-linger-0',
  'retransmission',
];

describe('the script of what was done', () => {
  it.each(WHOLE)('%s runs as a test', (id) => {
    const text = scriptOf(id);
    const script = parseDrillScript(text, { file: id });
    expect(script.events.length).toBeGreaterThan(4);
    const result = runScript(script);
    expect(result.failure === null ? [] : failureLines(result, text), text).toEqual([]);
  });

  it('fails when a number in it is changed', () => {
    const changed = scriptOf('four-way-close').replace(/(> \S*F\S* )(\d+):(\d+)/, '$15:5');
    expect(runScript(parseDrillScript(changed)).failure).not.toBeNull();
  });

  it('says so when there is nothing to tell', () => {
    const free = { ...(findScene('three-way-handshake') ?? fail()), play: () => {} };
    expect(drillScript(new Session(free, { scene: free.id, seed: 1, actions: [] }))).toContain('No connection');
  });
});

function fail(): never {
  throw new Error('no such scene');
}
