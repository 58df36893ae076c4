/** What the page concludes from a run: playheads, flights, questions, pictures. Runs are real ones. */
import { describe, expect, it } from 'vitest';
import { Laboratory } from '../engine/laboratory.ts';
import { eventLog } from './event-log.ts';
import { ladderSvg, wrapped } from './ladder-svg.ts';
import { atMoment, atTime, played, stepped, steppedPacket } from './player.ts';
import { quizzesOf } from './quiz.ts';
import { flightsAt, joined, phaseOf, type Run } from './run.ts';

function run(scene: string): Run {
  return joined(null, new Laboratory().answer({ kind: 'load', recipe: { scene, seed: 1, actions: [] } }));
}

describe('a playhead', () => {
  it('shows a packet on its way, between its ends, and then no more', () => {
    const handshake = run('three-way-handshake');
    const syn = handshake.rows.find(({ flags }) => flags === 'SYN');
    expect(syn?.arrivedUs).toBe(20_000);
    const [flight] = flightsAt(handshake, atTime(handshake.moments, 5000));
    expect([flight?.row.flags, flight?.progress]).toEqual(['SYN', 0.25]);
    expect(flightsAt(handshake, atTime(handshake.moments, 20_000)).map(({ row }) => row.flags)).toEqual(['SYN,ACK']);
  });

  it('knows nothing of what comes later', () => {
    const lost = run('lost-syn');
    const syn = lost.rows.find(({ flags }) => flags === 'SYN');
    if (syn === undefined) throw new Error('no SYN');
    const phase = (timeUs: number) => {
      const { moment } = atTime(lost.moments, timeUs);
      return phaseOf(syn, lost.moments[moment]?.entry ?? 0, timeUs, lost);
    };
    expect([phase(5000), phase(50_000)]).toEqual(['on-its-way', 'settled']);
    expect(phaseOf(syn, 0, 0, lost)).toBe('unborn');
  });

  it('plays to the end and stops there, silence cut short', () => {
    const life = run('life');
    let head = atMoment(life.moments, 0);
    let realMs = 0;
    for (; head.moment < life.moments.length - 1 && realMs < 60_000; realMs += 16) {
      const next = played(life.moments, head, 16, 50);
      expect(next.timeUs).toBeGreaterThanOrEqual(head.timeUs);
      head = next;
    }
    // TIME-WAIT alone is a minute.
    expect(life.moments.at(-1)?.timeUs).toBeGreaterThan(60_000_000);
    expect(realMs).toBeLessThan(30_000);
    expect(played(life.moments, head, 1000, 50).moment).toBe(life.moments.length - 1);
  });

  it('steps back over what it stepped on', () => {
    const { moments, rows } = run('four-way-close');
    const marks = rows.filter(({ kind }) => kind === 'segment').map(({ entry }) => entry);
    const steps = [
      stepped,
      (m: typeof moments, h: ReturnType<typeof atMoment>, by: 1 | -1) => steppedPacket(m, h, by, marks),
    ];
    for (const step of steps) {
      const seen = [atMoment(moments, 0)];
      for (let k = 0; k < 6; k++) seen.push(step(moments, seen.at(-1) ?? atMoment(moments, 0), 1));
      const looks = seen.map(({ moment }) => moments[moment]?.entry);
      let head = seen.at(-1) ?? atMoment(moments, 0);
      const back = [moments[head.moment]?.entry];
      for (let k = 0; k < 6; k++) {
        head = step(moments, head, -1);
        back.push(moments[head.moment]?.entry);
      }
      expect(back.reverse()).toEqual(looks);
    }
  });
});

describe('questions', () => {
  it('are asked before the answer, and the answer is among the choices', () => {
    for (const scene of ['three-way-handshake', 'lost-third-ack', 'simultaneous-close', 'four-way-close']) {
      const quizzes = quizzesOf(run(scene));
      expect(quizzes.length).toBeGreaterThan(1);
      for (const quiz of quizzes) {
        const names = quiz.choices.map(({ is }) => is);
        expect(names).toContain(quiz.answer);
        expect(new Set(names).size).toBe(names.length);
        expect(quiz.choices.length).toBeGreaterThan(1);
      }
    }
  });

  it('the lost third ACK: the server is still in SYN-RECEIVED and asks again', () => {
    const kinds = quizzesOf(run('lost-third-ack')).map(({ kind, answer }) => `${kind} ${answer}`);
    expect(kinds).toContain('story SYN-RECEIVED');
    expect(kinds).toContain('next SYN,ACK');
    expect(kinds).toContain('state ESTABLISHED');
  });

  it('of the story are not asked when they have another answer', () => {
    const laboratory = new Laboratory();
    const whole = laboratory.answer({ kind: 'load', recipe: { scene: 'three-way-handshake', seed: 1, actions: [] } });
    expect(whole.questions).toHaveLength(1);
    const drop = { kind: 'packet', packet: 0, what: 'drop' } as const;
    const lost = laboratory.answer({ kind: 'act', deed: drop, event: 0, timeUs: 0 });
    expect(lost.rows.some(({ status }) => status === 'dropped')).toBe(true);
    // The SYN was sent again and answered: the question still holds.
    expect(lost.questions).toHaveLength(1);
    const cut = { kind: 'link', link: 'client-server', change: { cut: true } } as const;
    expect(laboratory.answer({ kind: 'act', deed: cut, event: 0, timeUs: 0 }).questions).toEqual([]);
  });
});

describe('what is taken away', () => {
  it('a log has a line for every row, in either language', () => {
    const { rows } = run('lost-syn');
    for (const language of ['en', 'zh'] as const) {
      const lines = eventLog(rows, 'title', language).trimEnd().split('\n');
      expect(lines).toHaveLength(rows.length + 2);
      expect(lines.join('\n')).toContain(rows[1]?.say[language]);
    }
  });

  it('a picture is well-formed, shows every packet and names nothing outside itself', () => {
    const { rows, hosts } = run('lost-syn');
    const picture = ladderSvg(rows, { title: 'a < b & "c"', hosts, language: 'zh', isDark: true });
    expect(picture).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(picture.match(/seq=/g)?.length).toBe(rows.filter(({ protocol }) => protocol === 'tcp').length);
    expect(picture.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|script|NaN|undefined/);
    const opened = picture.match(/<(?!\/|!)[a-z]+[^>]*[^/]>/g)?.length;
    expect(picture.match(/<\/[a-z]+>/g)?.length).toBe(opened);
  });

  it('breaks lines by their width', () => {
    expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapped('服务器确认', 6)).toEqual(['服务器', '确认']);
    expect(wrapped('服务器，确认', 6)).toEqual(['服务器，', '确认']);
  });
});
