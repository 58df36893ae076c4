/** The stage and its ladder: what became of packets, whose they are, which row tells what. */
import { describe, expect, it } from 'vitest';
import { HandMadePeer, hasFlags, type SeenSegment } from './hand-made.ts';
import { playScene } from './index.ts';
import type { Scene } from './scene.ts';
import { Stage } from './stage.ts';

const SAID = { en: 'Look here.', zh: '看这里。' };

function open(stage: Stage) {
  const settings = { tcp: { early_retrans: 0 } };
  const pair = stage.pair({ client: { settings }, server: { settings } });
  const listener = stage.listen(pair.server, 80);
  const [socket, accepted] = stage.open(pair.client, pair.server, listener);
  stage.pass(100);
  return { ...pair, listener, socket, accepted };
}

/** Answers every SYN with a RST, as a rule of its own. */
class Refuser extends HandMadePeer {
  protected override segmentArrived(segment: SeenSegment): void {
    if (!hasFlags(segment, 'SYN')) return;
    this.claim(segment, 'LISTEN', 'CLOSED');
    const { from: to, toPort: fromPort, fromPort: toPort } = segment;
    this.send({ flags: 'RST+ACK', to, fromPort, toPort, seq: 0, ack: segment.seq + 1 });
  }
}

describe('the ladder', () => {
  it('tells what became of each packet', () => {
    const stage = new Stage(1);
    const { client, link, socket, accepted } = open(stage);
    link.rule({ from: client, payloadMin: 1, nth: 1 }, 'drop');
    link.rule({ from: client, payloadMin: 1, nth: 3 }, 'duplicate');
    link.rule({ from: client, payloadMin: 1, nth: 4 }, { delayMs: 100 });
    stage.write(socket, 'one');
    stage.until(() => accepted.readableLength === 3);
    stage.pass(100);
    for (const word of ['two', 'six']) {
      stage.write(socket, word);
      stage.pass(150);
    }
    link.set({ corrupt: 1 }, client);
    stage.write(socket, 'ten');
    stage.pass(5);
    link.set({ corrupt: 0 }, client);
    stage.pass(16);
    stage.write(accepted, 'under way');
    stage.pass(5);
    const rows = stage.packets().filter((row) => (row.length ?? 0) > 0);
    expect(rows.map((row) => `${row.payload} ${row.status}`)).toEqual([
      'one dropped',
      'one delivered',
      'two duplicated',
      'six delayed',
      'ten corrupted',
      'under way in-flight',
    ]);
    expect(rows[1]).toMatchObject({
      isRepeat: true,
      timer: { name: 'retransmission', count: 1 },
      reason: 'retransmission',
    });
    expect(rows[3]?.arrivedUs).toBe((rows[3]?.timeUs ?? 0) + 120_000);
    expect(rows[4]?.dropReason).toMatch(/checksum/i);
    expect(rows[0]?.say.en).toMatch(/lost on the way/);
  });

  it('counts numbers from the SYN, scales windows and names options', () => {
    const stage = new Stage(3);
    open(stage);
    const [syn, synAck, ack] = stage.packets();
    expect(syn).toMatchObject({
      seq: 0,
      ack: null,
      window: 44 * 1460,
      options: 'MSS 1460, WS 10, SACK ok, TS',
      isRepeat: false,
    });
    expect(synAck).toMatchObject({ seq: 0, ack: 1, ackAbsolute: ((syn?.seqAbsolute ?? 0) + 1) % 2 ** 32 });
    expect(ack).toMatchObject({ seq: 1, ack: 1, options: 'TS' });
    expect(ack?.window).toBe(63 << 10);
  });

  it('tells a state change by the packet that caused or followed it, and by a row of its own without one', () => {
    const stage = new Stage(1);
    const { socket, accepted } = open(stage);
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.close(accepted);
    stage.settle();
    const rows = stage.rows();
    const fin = rows.find((row) => row.flags === 'FIN,ACK');
    expect(fin?.fromState).toEqual({ before: 'ESTABLISHED', after: 'FIN-WAIT-1' });
    expect(fin?.toState).toEqual({ before: 'ESTABLISHED', after: 'CLOSE-WAIT' });
    const alone = rows.filter((row) => row.kind === 'state');
    expect(alone.map((row) => [row.from, row.fromState?.before, row.fromState?.after, row.cause])).toEqual([
      ['client', 'TIME-WAIT', 'CLOSED', '2-msl-timeout'],
    ]);
  });

  it('marks what was made by hand and shows what the peer claims', () => {
    const stage = new Stage(1);
    const client = stage.host('client');
    const peer = stage.handMade('peer', new Refuser());
    stage.whatIf(peer);
    stage.link(client, peer);
    const socket = stage.connect(client, peer, 9);
    stage.pass(100);
    expect(socket.error?.code).toBe('ECONNREFUSED');
    const [syn, reset] = stage.packets();
    expect(syn).toMatchObject({ isCrafted: false, isWhatIf: false, toState: { before: 'LISTEN', after: 'CLOSED' } });
    expect(reset).toMatchObject({ isCrafted: true, isWhatIf: true, toState: { before: 'SYN-SENT', after: 'CLOSED' } });
  });

  it('gives the scene’s words to the next packet, and notes a row', () => {
    const stage = new Stage(1);
    const { socket } = open(stage);
    stage.say(SAID);
    stage.write(socket, 'x');
    stage.pass(100);
    stage.note(SAID);
    stage.say(SAID);
    const rows = stage.rows();
    expect(rows.filter((row) => row.aside !== null).map((row) => row.payload)).toEqual(['x']);
    // Words no packet came for are a note at the end.
    expect(rows.slice(-2).map((row) => [row.kind, row.say])).toEqual([
      ['note', SAID],
      ['note', SAID],
    ]);
  });

  it('forgets the states of a host that crashed', () => {
    const stage = new Stage(1);
    const { client, server, socket } = open(stage);
    stage.crash(server);
    stage.write(socket, 'x');
    stage.pass(100);
    expect(stage.packets().at(-1)).toMatchObject({ status: 'dropped', toState: null });
    expect(stage.packets().at(-1)?.arrivedUs).not.toBeNull();
    stage.restart(server);
    stage.until(() => socket.stateName === 'CLOSED');
    expect(stage.packets().at(-1)).toMatchObject({ flags: 'RST', fromState: { before: 'CLOSED', after: 'CLOSED' } });
    expect(client.stack.tcp.connections.size).toBe(0);
  });
});

describe('playScene', () => {
  const scene: Scene = {
    id: 'test-scene',
    group: 'life',
    title: SAID,
    summary: SAID,
    play(stage) {
      open(stage);
      stage.check(SAID, false);
      stage.verdict = SAID;
    },
  };

  it('reports outcomes that did not come true, and the verdict', () => {
    const result = playScene(scene, { seed: 5 });
    expect(result).toMatchObject({
      id: 'test-scene',
      seed: 5,
      checks: [{ ok: false }],
      verdict: SAID,
      hosts: ['client', 'server'],
    });
    expect(playScene(scene, { seed: 6 }).rows[2]?.seqAbsolute).not.toBe(result.rows[2]?.seqAbsolute);
  });

  it('refuses a seed that is no integer', () => {
    expect(() => playScene(scene, { seed: 1.5 })).toThrow(/seed/);
  });
});
