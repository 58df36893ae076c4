/** `node --import woshou/register`: whole programs, in processes of their own, on a virtual network. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures');
const register = pathToFileURL(join(import.meta.dirname, '../../dist/register/index.js')).href;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], network?: string): Promise<Outcome> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env.NODE_OPTIONS;
  delete env.WOSHOU_NETWORK;
  if (network !== undefined) env.WOSHOU_NETWORK = network;
  return new Promise((resolve) => {
    const options = { cwd: fixtures, env, timeout: 60_000 };
    execFile(process.execPath, ['--import', register, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

async function tell(args: readonly string[], network?: string): Promise<unknown> {
  const { code, stdout, stderr } = await run(args, network);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const expected: Record<string, unknown> = {
  net: { echo: 'hello', taken: 'EADDRINUSE', refused: ['ECONNREFUSED', 'connect', '127.0.0.1', true] },
  pipe: 'through a pipe',
  uncaught: { errors: ['of the program'], length: 200_000 },
  fakeTimers: 'bye',
  http: 'GET /page',
  https: { length: 200_000, error: 'connect ECONNREFUSED 127.0.0.1:P' },
  http2: [120_000, 150_000],
  tls: { authorized: true, echo: 'secret' },
  dgram: { message: 'ping', address: '127.0.0.1', family: 'IPv4', size: 4 },
  dns: {
    local: { address: '127.0.0.1', family: 4 },
    error: ['ENOTFOUND', 'getaddrinfo', 'no-such-host.example'],
  },
  fetch: { status: 200, text: 'QUIET', cause: 'ECONNREFUSED' },
};

describe.each(['program.mjs', 'program.cjs'])('%s, registered, does as any program with', (program) => {
  it.each(Object.keys(expected))('%s', { timeout: 90_000 }, async (name) => {
    expect(await tell([program, name])).toEqual(expected[name]);
  });
});

describe('workers', () => {
  it.each(['worker.mjs', 'worker.cjs'])(
    '%s: are on the host of their program',
    { timeout: 90_000 },
    async (program) => {
      expect(await tell([program])).toEqual({
        nested: { fetched: 'main at /nested', threads: true },
        worker: {
          fetched: 'main at /worker',
          secret: 300_000,
          datagram: ['PING', '127.0.0.1'],
          name: '127.0.0.1',
          taken: 'EADDRINUSE',
        },
        fromMain: 'worker at /back',
        afterExit: 'ECONNREFUSED',
      });
    },
  );
});

describe('WOSHOU_NETWORK', () => {
  it('names the module that makes the network', { timeout: 90_000 }, async () => {
    expect(await tell(['address.mjs'], './two-hosts.mjs')).toEqual({
      message: 'connect ECONNREFUSED 10.0.1.2:80',
      isSlow: true,
    });
  });

  it.each([
    ['./nowhere.mjs', "WOSHOU_NETWORK: './nowhere.mjs': the module cannot be loaded"],
    ['./no-default.mjs', 'the module has no function as its default export'],
    ['./no-network.mjs', "host 'app' is a name: return its network as well"],
    ['./throws.mjs', 'its default export failed: out of hosts'],
  ])('says what is wrong with %s', { timeout: 90_000 }, async (network, message) => {
    const { code, stderr } = await run(['address.mjs'], network);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});
