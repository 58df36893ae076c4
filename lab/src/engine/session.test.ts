/** A run of a scene: it is what the player plays, interference changes it as the stack says, and going back gives the same. */
import { describe, expect, it } from 'vitest';
import { findScene, playScene, SCENES } from '../../../src/scenes/index.ts';
import type { Action, Deed } from './actions.ts';
import { FREE_STAGE } from './free-stage.ts';
import { Session } from './session.ts';

const UNTRIED = SCENES.filter((scene) => !scene.needsAuth && scene.group !== 'mechanisms');

function play(id: string, actions: Session['recipe']['actions'] = [], seed = 1): Session {
  const scene = id === FREE_STAGE.id ? FREE_STAGE : findScene(id);
  if (scene === null) throw new Error(id);
  return new Session(scene, { scene: id, seed, actions });
}

/** Everything a page sees, as text. */
function seen(session: Session): string {
  return JSON.stringify([session.moments, session.rows.rows(session.network.nowUs, false).rows]);
}

function packets(session: Session) {
  return session.rows.rows(session.network.nowUs, false).rows.filter(({ kind }) => kind === 'segment');
}

describe('a session', () => {
  it.each(UNTRIED.map(({ id }) => id))('%s is, left alone, what playScene plays', (id) => {
    const session = play(id);
    const scene = findScene(id);
    const played = scene === null ? null : playScene(scene);
    expect(session.problem).toBeNull();
    expect(session.stage.checks).toEqual(played?.checks);
    const { rows, pcapng } = session.stage.finish(session.scene.title.en);
    expect(rows.map((row) => row.say)).toEqual(played?.rows.map((row) => row.say));
    expect(Buffer.compare(pcapng, played?.pcapng ?? new Uint8Array())).toBe(0);
  });

  it('shows nothing of what is still to come', () => {
    const session = play('three-way-handshake');
    const rows = session.rows.rows(session.network.nowUs, false).rows;
    for (const row of rows) {
      for (const arrival of row.arrivals) expect(arrival.entry).toBeGreaterThan(row.entry);
      const born = session.moments.find((moment) => moment.entry > row.entry);
      expect(born?.timeUs).toBe(row.timeUs);
    }
    const first = session.moments[0];
    expect(first?.hosts.every((host) => host.connections.length === 0)).toBe(true);
  });
});

/** The moment at which packet `number` has just left. */
function departure(session: Session, number: number): { event: number; timeUs: number } {
  const row = packets(session).find(({ packet }) => packet === number);
  const moment = session.moments.find(({ entry }) => entry > (row?.entry ?? 0));
  return { event: moment?.event ?? 0, timeUs: moment?.timeUs ?? 0 };
}

describe('interference', () => {
  it('a dropped SYN is sent again a second later, and the scene says what came of its outcomes', () => {
    const session = play('three-way-handshake');
    const { session: after } = session.act({ kind: 'packet', packet: 0, what: 'drop', ...departure(session, 0) });
    const [first, second] = packets(after);
    expect([first?.flags, first?.status]).toEqual(['SYN', 'dropped']);
    expect([second?.flags, second?.isRepeat, second?.timer?.name]).toEqual(['SYN', true, 'retransmission']);
    expect(after.stage.checks.some((check) => !check.ok)).toBe(true);
  });

  it.each([
    ['delay', 'delayed', 1],
    ['duplicate', 'duplicated', 2],
    ['corrupt', 'corrupted', 1],
  ] as const)('%s', (what, status, arrivals) => {
    const session = play('three-way-handshake');
    const deed: Deed = { kind: 'packet', packet: 1, what, ...(what === 'delay' ? { ms: 100 } : {}) };
    const [, row] = packets(session.act({ ...deed, ...departure(session, 1) }).session);
    expect(row?.status).toBe(status);
    expect(row?.arrivals.length).toBe(arrivals);
  });

  it('a held packet arrives when it is released and not before', () => {
    const session = play('three-way-handshake');
    const moment = departure(session, 0);
    const held = session.act({ kind: 'packet', packet: 0, what: 'hold', ...moment }).session;
    const [row] = held.rows
      .rows(held.network.nowUs, false, held.network.watch.held)
      .rows.filter(({ packet }) => packet === 0);
    // Not lost, however late it is; and nothing says so.
    expect([row?.arrivals, row?.status]).toEqual([[], 'in-flight']);
    expect(row?.say.en).not.toMatch(/lost/);
    const then = held.moments.filter(({ timeUs }) => timeUs <= 500_000).at(-1);
    const release = { kind: 'packet', packet: 0, what: 'release', event: then?.event ?? 0, timeUs: 500_000 } as const;
    const freed = held.act(release).session;
    expect(packets(freed)[0]?.arrivals[0]?.timeUs).toBe(500_000);
    expect([...freed.network.watch.held]).toEqual([]);
  });

  it('two packets change places', () => {
    const first = play('fast-retransmit');
    const burst = packets(first).filter(({ from, length }) => from === 'client' && (length ?? 0) > 0);
    const [one, two] = [burst[4], burst[5]];
    const deed = { kind: 'packet', packet: one?.packet ?? 0, what: 'swap' } as const;
    const after = packets(first.act({ ...deed, ...departure(first, one?.packet ?? 0) }).session);
    const arrivalOf = (number = -1) => after.find(({ packet }) => packet === number)?.arrivals[0]?.entry ?? 0;
    expect(arrivalOf(one?.packet)).toBeGreaterThan(arrivalOf(two?.packet));
  });

  it('what is done later is forgotten when something is done before it', () => {
    const session = play('three-way-handshake');
    const late = session.act({ kind: 'packet', packet: 2, what: 'drop', ...departure(session, 2) }).session;
    const early = late.act({ kind: 'packet', packet: 0, what: 'drop', ...departure(late, 0) }).session;
    expect(early.recipe.actions.map((action) => action.kind === 'packet' && action.packet)).toEqual([0]);
  });
});

describe('the free stage', () => {
  const calls: Deed[] = [
    { kind: 'call', host: 'server', call: 'listen', port: 80 },
    { kind: 'call', host: 'client', call: 'connect', port: 80 },
    { kind: 'call', host: 'server', call: 'accept' },
    { kind: 'call', host: 'client', call: 'send', bytes: 60_000 },
    { kind: 'call', host: 'server', call: 'receive' },
    { kind: 'call', host: 'client', call: 'close' },
    { kind: 'call', host: 'server', call: 'close' },
  ];

  /** Each call when the one before it has had its effect. */
  function live(): Session {
    let session = play(FREE_STAGE.id);
    for (const deed of calls) {
      session.advance(5000, session.network.nowUs + 2_000_000);
      const { events, timeUs } = { events: session.moments.at(-1)?.event ?? 0, timeUs: session.network.nowUs };
      session = session.act({ ...deed, event: events, timeUs }).session;
    }
    session.advance(100_000);
    return session;
  }

  it('does what programs call, to the end of TIME-WAIT', () => {
    const session = live();
    const states = new Set(
      session.moments.flatMap(({ hosts }) => hosts.flatMap((h) => h.connections.map((c) => c.state))),
    );
    for (const state of ['SYN-SENT', 'ESTABLISHED', 'FIN-WAIT-2', 'CLOSE-WAIT', 'TIME-WAIT'])
      expect(states).toContain(state);
    expect(session.moments.at(-1)?.hosts.every(({ connections }) => connections.length === 0)).toBe(true);
    expect(session.isIdle).toBe(true);
  });

  it('is the same again from its recipe alone', () => {
    const session = live();
    const again = play(FREE_STAGE.id, session.recipe.actions);
    again.advance(100_000);
    expect(seen(again) === seen(session)).toBe(true);
  });

  it('is the same when it goes back to a snapshot and on again', () => {
    const session = live();
    const before = seen(session);
    const middle = session.moments[Math.floor(session.moments.length * 0.8)];
    const { session: back, from } = session.rewrite(session.recipe.actions, middle ?? { event: 0, timeUs: 0 });
    expect(from).toBeGreaterThan(0);
    expect(back.moments.length).toBeLessThan(session.moments.length + 1);
    back.advance(100_000);
    expect(seen(back) === before).toBe(true);
  });

  /** A transfer, played in pieces as a page asks for them. */
  function transfer(momentsMax: number): Session {
    const stream: Action = { kind: 'call', host: 'client', call: 'stream', bytes: 800_000, event: 0, timeUs: 1000 };
    const session = new Session(FREE_STAGE, { scene: FREE_STAGE.id, seed: 1, actions: [stream] }, null, momentsMax);
    for (let round = 0; round < 400 && session.advance(100); round++) session.rows.rows(session.network.nowUs, true);
    return session;
  }

  it('forgets the beginning of a long run, and what it keeps is the same', () => {
    const [whole, part] = [transfer(1e9), transfer(1000)];
    expect(part.forgotten).toBeGreaterThan(0);
    expect(part.moments.length).toBeLessThanOrEqual(1100);
    expect(part.forgotten + part.moments.length).toBe(whole.moments.length);
    expect(part.moments.slice(-300)).toEqual(whole.moments.slice(-300));
    // A row more or less at the edge of what is kept changes how rows are counted, and nothing else.
    const tail = (session: Session) =>
      packets(session)
        .slice(-5)
        .map(({ number, ...row }) => row);
    expect(tail(part)).toEqual(tail(whole));
  });

  it('has a snapshot for whatever it kept', () => {
    const session = transfer(600);
    expect(session.forgotten).toBeGreaterThan(0);
    const [first] = session.moments;
    if (first === undefined) throw new Error('nothing was kept');
    expect(session.rewrite(session.recipe.actions, first).session === session).toBe(true);
  });

  it('goes back in what it kept, and further back by playing from the beginning', () => {
    const session = transfer(600);
    const near = session.moments.at(-200);
    const far = { event: 40, timeUs: session.moments[0]?.timeUs ?? 0 };
    const text = JSON.stringify(session.moments.slice(-100));
    const back = session.rewrite(session.recipe.actions, near ?? far);
    expect(back.session).toBe(session);
    back.session.advance(100_000);
    expect(JSON.stringify(session.moments.slice(-100)) === text).toBe(true);
    const anew = session.rewrite(session.recipe.actions, far);
    expect(anew.session).not.toBe(session);
    anew.session.advance(100_000);
    expect(JSON.stringify(anew.session.moments.slice(-100)) === text).toBe(true);
  });
});
