/**
 * Every capture that we write, read by tshark: nothing malformed, no wrong sum, and no segment that it takes for sent again unless
 * our own account of it says why. Captures of the command line on devices are looked at where they are made (`damagedFrames`).
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Session } from '../../lab/src/engine/session.ts';
import { createNet } from '../../src/net/index.ts';
import { NodeTcpAuth } from '../../src/node/tcp-auth.ts';
import { findScene, type LadderRow, playScene, SCENES } from '../../src/scenes/index.ts';
import { type Network, setFailureFolder, withNetwork } from '../../src/test/index.ts';
import { damagedFrames, isSpotless, noTshark, repeatedSegments } from '../support/tshark.ts';

/** Scenes at a time: tshark takes a while to start. */
const AT_ONCE = 4;
/** Scenes in which tshark sees repeats where there are none, or where somebody else's hand made them. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'blind-reset': 'an attacker has used the sequence numbers before',
  'half-open-restart': 'a new incarnation on the same ports',
  'old-duplicate-syn': 'a new incarnation on the same ports',
  'why-2msl': 'a new incarnation on the same ports, with the same numbers',
  'why-isn-moves': 'a new incarnation on the same ports, with the same numbers',
  'simultaneous-open': 'both SYNs are sent again, with an ACK',
  'myth-open-port-fin': 'a peer made by hand',
};

const folder = mkdtempSync(join(tmpdir(), 'woshou-captures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, bytes: Uint8Array): string {
  const file = join(folder, `${name}.pcapng`);
  writeFileSync(file, bytes);
  return file;
}

/** Repeats that tshark sees and the ladder does not know, by their comments. */
async function unexplained(file: string, rows: readonly LadderRow[]): Promise<string[]> {
  const known = new Set(rows.filter(({ isRepeat }) => isRepeat).map(({ say }) => say.en));
  return (await repeatedSegments(file, 'frame', 'frame.comment')).filter((comment) => !known.has(comment));
}

/** Scenes in which a host says nothing to what it has no room for; their repeats are in the ladder. */
const OVERFLOWING = ['accept-queue'];

/** Whether everything arrived in its time and was taken, and nobody made packets by hand. */
function isQuiet(rows: readonly LadderRow[]): boolean {
  const packets = rows.filter(({ kind }) => kind === 'segment');
  return packets.every((row) => row.status === 'delivered' && row.dropReason === null && !row.isCrafted);
}

// Skipped, with the reason in the title, without tshark.
describe.skipIf(noTshark !== null)(`captures${noTshark === null ? '' : ` (skipped: ${noTshark})`}`, () => {
  it('of every scene', async () => {
    const left = [...SCENES];
    const wrong: string[] = [];
    const readOne = async (): Promise<void> => {
      for (let scene = left.shift(); scene !== undefined; scene = left.shift()) {
        const { rows, pcapng } = playScene(scene, { auth: new NodeTcpAuth() });
        const file = written(scene.id, pcapng);
        if (await isSpotless(file)) continue;
        wrong.push(...(await damagedFrames(file)).map((line) => `${scene?.id}: damaged: ${line}`));
        if (scene.id in EXPLAINED) continue;
        const isLossless = isQuiet(rows) && !OVERFLOWING.includes(scene.id);
        const repeats = isLossless ? await repeatedSegments(file) : await unexplained(file, rows);
        wrong.push(...repeats.map((line) => `${scene?.id}: repeated: ${line}`));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, readOne));
    expect(wrong).toEqual([]);
  }, 600_000);

  it('that the lab gives away, after a packet was dropped by hand', async () => {
    const scene = findScene('four-way-close');
    if (scene === null) throw new Error('the scene is gone');
    const begun = new Session(scene, { scene: scene.id, seed: 1, actions: [] });
    const moment = begun.moments.find(({ entry }) => entry > 0) ?? { event: 0, timeUs: 0 };
    const { event, timeUs } = moment;
    const { session } = begun.act({ kind: 'packet', packet: 0, what: 'drop', event, timeUs });
    const { rows, pcapng } = session.stage.finish(scene.title.en);
    const file = written('lab', pcapng);
    expect(await damagedFrames(file)).toEqual([]);
    expect((await repeatedSegments(file)).length).toBeGreaterThan(0);
    expect(await unexplained(file, rows)).toEqual([]);
  });

  describe('of woshou/test, left by a test that fails', () => {
    /** A test that carries octets both ways and then fails; the file its report names, and how often segments were sent again. */
    async function recording(loss: number): Promise<{ file: string; again: number }> {
      setFailureFolder(folder);
      let again = 0;
      const failing = withNetwork({ seed: 7, leaks: 'ignore' }, async (network) => {
        const hosts = [network.host('client'), network.host('server')] as const;
        network.link(...hosts, { delayMs: 5, loss });
        await echoOnce(network);
        again = hosts.reduce((sum, host) => sum + host.stack.counters.tcp.RetransSegs, 0);
        throw new Error('on purpose');
      });
      const { message } = await failing.then(
        () => new Error('it did not fail'),
        (error: Error) => error,
      );
      setFailureFolder(null);
      return { file: /recording: (.*)/.exec(message)?.[1] ?? message, again };
    }

    it('on a line without losses: nothing sent again', async () => {
      const { file, again } = await recording(0);
      expect(again).toBe(0);
      expect(await damagedFrames(file)).toEqual([]);
      expect(await repeatedSegments(file)).toEqual([]);
    });

    it('on a line with losses: sent again as often as our stacks have counted', async () => {
      const { file, again } = await recording(0.02);
      expect(again).toBeGreaterThan(0);
      expect(await damagedFrames(file)).toEqual([]);
      const repeated = await repeatedSegments(file);
      expect(repeated.length).toBeGreaterThan(0);
      expect(repeated.length).toBeLessThanOrEqual(again);
    });
  });
});

async function echoOnce(network: Network): Promise<void> {
  const server = createNet(network.hostNamed('server')).createServer((socket) => socket.pipe(socket));
  server.listen(0);
  await once(server, 'listening');
  const client = createNet(network.hostNamed('client'));
  const { port } = server.address() as AddressInfo;
  const socket: Socket = client.connect({ host: 'server', port });
  const data = randomBytes(200_000);
  let left = data.length;
  socket.on('data', (piece) => {
    left -= piece.length;
    if (left === 0) socket.end();
  });
  socket.write(data);
  await once(socket, 'close');
  server.close();
}
