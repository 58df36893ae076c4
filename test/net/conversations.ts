/**
 * Random conversations, step by step, on Node's own net and on ours: after each step both are quiet, and both ends must have seen
 * the same. fast-check prints the seed and the shortest conversation that differs.
 */
import type { Server, Socket } from 'node:net';
import fc from 'fast-check';
import { expectAlike, listen, type Stage } from './both.ts';

const ACTIONS = [
  'write',
  'write',
  'corked',
  'end',
  'end with data',
  'destroy',
  'destroy with error',
  'destroySoon',
  'resetAndDestroy',
  'pause',
  'resume',
  'setEncoding',
] as const;

interface Step {
  readonly end: 'client' | 'server';
  readonly action: (typeof ACTIONS)[number];
  readonly length: number;
}

interface Options {
  readonly serverHalfOpen: boolean;
  readonly clientHalfOpen: boolean;
  readonly pauseOnConnect: boolean;
  readonly answers: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    end: fc.constantFrom('client', 'server'),
    action: fc.constantFrom(...ACTIONS),
    length: fc.integer({ min: 0, max: 3000 }),
  }),
  { minLength: 1, maxLength: 7 },
);

const options: fc.Arbitrary<Options> = fc.record({
  serverHalfOpen: fc.boolean(),
  clientHalfOpen: fc.boolean(),
  pauseOnConnect: fc.boolean(),
  answers: fc.boolean(),
});

/** Both ends are in this process: a few turns of the loop are enough for all that is under way. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function act(socket: Socket, { action, length }: Step, log: (...words: unknown[]) => void): void {
  const told = (error?: Error | null): void => log('callback of', action, error?.message ?? 'fine');
  const data = Buffer.alloc(length, 120);
  if (action === 'write') log(socket.write(data, told));
  else if (action === 'corked') {
    socket.cork();
    log(socket.write(data, told), socket.write('xyz', told));
    socket.uncork();
  } else if (action === 'end') socket.end(() => told());
  else if (action === 'end with data') socket.end(data, () => told());
  else if (action === 'destroy') socket.destroy();
  else if (action === 'destroy with error') socket.destroy(new Error('enough'));
  else if (action === 'destroySoon') socket.destroySoon();
  else if (action === 'resetAndDestroy') socket.resetAndDestroy();
  else if (action === 'pause') socket.pause();
  else if (action === 'resume') socket.resume();
  else socket.setEncoding('utf8');
}

function state(socket: Socket): string {
  const { readyState, bytesRead, bytesWritten, destroyed, closed, writableLength, writableFinished } = socket;
  const { readableEnded, readableFlowing, readableLength, writableEnded, errored, pending, remotePort } = socket;
  return JSON.stringify({
    readyState,
    bytesRead,
    bytesWritten,
    destroyed,
    closed,
    writableLength,
    writableFinished,
    writableEnded,
    readableEnded,
    readableFlowing,
    readableLength,
    pending,
    errored: errored?.message,
    hasPeer: remotePort !== undefined,
  });
}

function follow(socket: Socket, log: (...words: unknown[]) => void, answers: boolean): void {
  for (const event of ['end', 'finish', 'drain'] as const) socket.on(event, () => log(event));
  socket.on('close', (hadError) => log('close', hadError));
  socket.on('error', (error) => log(error));
  socket.on('data', () => {
    if (answers && socket.writable && socket.bytesRead < 10_000) socket.write('answer');
  });
}

async function converse(stage: Stage, given: Options, all: readonly Step[]): Promise<void> {
  const lines = { client: [] as string[], server: [] as string[] };
  const logOf =
    (end: 'client' | 'server') =>
    (...words: unknown[]): void => {
      lines[end].push(words.map((word) => (word instanceof Error ? word.message : String(word))).join(' '));
    };
  const { serverHalfOpen, clientHalfOpen, pauseOnConnect, answers } = given;
  const server: Server = stage.server.createServer({ allowHalfOpen: serverHalfOpen, pauseOnConnect });
  const port = await listen(server);
  const accepted = new Promise<Socket>((resolve) => server.on('connection', resolve));
  const client = stage.client.connect({ port, host: stage.address, allowHalfOpen: clientHalfOpen });
  await new Promise((resolve) => client.once('connect', resolve));
  const ends = { client, server: await accepted };
  follow(client, logOf('client'), answers);
  follow(ends.server, logOf('server'), false);
  await quiet();
  for (const step of all) {
    act(ends[step.end], step, logOf(step.end));
    await quiet();
    for (const end of ['client', 'server'] as const) {
      stage.log(`${step.end} ${step.action}, ${end}: ${lines[end].splice(0).join('; ')} ${state(ends[end])}`);
    }
  }
  client.destroy();
  ends.server.destroy();
  server.close();
}

/** Both ways must have gone alike. */
export const conversationsGoAlike = fc.asyncProperty(options, steps, (given, all) =>
  expectAlike((stage) => converse(stage, given, all)),
);
