/**
 * iperf3 against our stack, which carries what it hears on to iperf3's server and back: our stack as the listening end and as the
 * connecting one, upwards, downwards, both at once, several streams.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';
import { Station } from './station.ts';

const obstacle = namespaceObstacle(['iperf3']);
const OCTETS = 20_971_520;
const [SERVER_PORT, OUT_PORT] = [5201, 5202];

/** What matters here of iperf3's report. */
interface Report {
  readonly error?: string;
  readonly end: {
    readonly streams: readonly unknown[];
    readonly sum_sent: { readonly bytes: number };
    readonly sum_received: { readonly bytes: number };
    readonly sum_received_bidir_reverse?: { readonly bytes: number };
  };
}

// Skipped, with the reason in the title, where no namespace or device can be made or iperf3 is missing.
describe.skipIf(obstacle !== null)(`iperf3${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  let namespace: NetworkNamespace;
  let server: RunningProgram;
  let station: Station;

  beforeAll(async () => {
    namespace = NetworkNamespace.create();
    server = namespace.start('iperf3', ['-s', '-p', String(SERVER_PORT)]);
    await namespace.untilListening(SERVER_PORT);
    station = await Station.start(namespace);
    await station.carryIn(SERVER_PORT, ['127.0.0.1', SERVER_PORT]);
    await station.carryOut(OUT_PORT, ['10.9.0.1', SERVER_PORT]);
  });

  afterAll(() => namespace?.delete());

  async function iperf(...args: string[]): Promise<Report> {
    const { stdout } = await namespace.exec('iperf3', [...args, '-n', String(OCTETS), '--json'], 60_000);
    return JSON.parse(stdout) as Report;
  }

  const listening = ['-c', '10.9.0.2'];
  const connecting = ['-c', '127.0.0.1', '-p', String(OUT_PORT)];

  it.each([
    ['our stack listens, upwards', listening, 1],
    ['our stack listens, three streams, IPv6', ['-6', '-c', 'fd00:9::2', '-P', '3'], 3],
    ['our stack connects, upwards', connecting, 1],
  ])('%s', async (_, args, streams) => {
    const { error, end } = await iperf(...args);
    expect([error, end.streams.length]).toEqual([undefined, streams]);
    expect(end.sum_sent.bytes).toBeGreaterThanOrEqual(OCTETS);
    // The client ends when it has written everything; the server does not wait for what is still on its way.
    expect(end.sum_received.bytes).toBeGreaterThan(OCTETS / 10);
  });

  it.each([
    ['our stack listens, downwards', [...listening, '-R']],
    ['our stack connects, downwards, three streams', [...connecting, '-R', '-P', '3']],
  ])('%s: everything arrives', async (_, args) => {
    const { error, end } = await iperf(...args);
    expect(error).toBe(undefined);
    // Several streams together may do a little more than was asked for.
    expect(end.sum_received.bytes).toBeGreaterThanOrEqual(OCTETS);
    expect(end.sum_sent.bytes).toBeGreaterThanOrEqual(end.sum_received.bytes);
  });

  it('both ways at once', async () => {
    const { error, end } = await iperf(...listening, '--bidir');
    expect(error).toBe(undefined);
    expect(end.sum_received.bytes).toBeGreaterThan(0);
    expect(end.sum_received_bidir_reverse?.bytes).toBeGreaterThan(0);
  });

  it('nothing was damaged', async () => {
    const { Tcp } = await station.counters();
    expect([Tcp?.InErrs, Tcp?.InCsumErrors]).toEqual([0, 0]);
    expect(await station.end()).toMatchObject({ code: 0, stderr: '' });
    server.kill();
  });
});
