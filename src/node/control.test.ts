/** Both ends of the control socket, and everything a client or a file system can do to it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findControlServers, requestControl } from './control-client.ts';
import { controlFolder, defaultControlPath, REQUEST_BYTES_MAX } from './control-protocol.ts';
import { type ControlProvider, type ControlServer, startControlServer } from './control-server.ts';

const provider: ControlProvider = {
  describeSockets: () => [{ state: 'ESTABLISHED', local: '10.9.0.2:80' }],
  describeCounters: () => ({ TcpRetransSegs: 3 }),
};

let folder: string;
let path: string;
const servers: ControlServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-control-'));
  path = join(folder, 'woshou-1.sock');
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function serve(own: ControlProvider = provider): Promise<ControlServer> {
  const server = await startControlServer(own, { path });
  servers.push(server);
  return server;
}

/** Writes raw bytes and returns everything that comes back until the server closes or `lines` lines are there. */
function talk(bytes: string | Buffer, lines: number): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path, () => socket.write(bytes));
    const finish = (): void => {
      socket.destroy();
      resolve(
        text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as unknown),
      );
    };
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.split('\n').length > lines) finish();
    });
    socket.on('end', finish);
    socket.on('error', reject);
  });
}

describe('control socket', () => {
  it('answers ping, ss and nstat with what the provider says', async () => {
    await serve();
    expect(await requestControl(path, 'ping')).toEqual({ pid: process.pid });
    expect(await requestControl(path, 'ss')).toEqual(provider.describeSockets());
    expect(await requestControl(path, 'nstat')).toEqual({ TcpRetransSegs: 3 });
  });

  it('is open to its owner only, and gone after close', async () => {
    const server = await serve();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await server.close();
    await server.close();
    expect(existsSync(path)).toBe(false);
    await expect(requestControl(path, 'ping')).rejects.toMatchObject({ code: 'ERR_CONTROL_NOT_RUNNING' });
  });

  it('does not change the mask for other files', async () => {
    const before = process.umask();
    await serve();
    expect(process.umask()).toBe(before);
  });

  it.each([
    ['no JSON', '{"cmd":', 'bad-json'],
    ['another JSON value', '7', 'bad-request'],
    ['null', 'null', 'bad-request'],
    ['no command', '{"command":"ss"}', 'bad-request'],
    ['a command that is no text', '{"cmd":["ss"]}', 'bad-request'],
    ['an unknown command', '{"cmd":"shutdown"}', 'unknown-command'],
    ['a name every object has', '{"cmd":"constructor"}', 'unknown-command'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00]), 'bad-json'],
  ])('answers %s with an error and goes on with the next line', async (_what, line, code) => {
    await serve();
    const request = Buffer.concat([Buffer.from(line), Buffer.from('\r\n\n{"cmd":"ping"}\n')]);
    const replies = await talk(request, 2);
    expect(replies).toMatchObject([
      { ok: false, error: { code } },
      { ok: true, cmd: 'ping' },
    ]);
  });

  it.each([
    ['with an end', `${'x'.repeat(REQUEST_BYTES_MAX + 1)}\n`],
    ['without an end', 'x'.repeat(200_000)],
  ])('refuses a line that is too long %s, and closes', async (_what, bytes) => {
    await serve();
    expect(await talk(bytes, 9)).toMatchObject([{ ok: false, error: { code: 'line-too-long' } }]);
    expect(await requestControl(path, 'ping')).toEqual({ pid: process.pid });
  });

  it('takes a request that comes byte by byte, and many at once', async () => {
    await serve();
    const socket = connect(path);
    const reply = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
    for (const letter of '{"cmd":"nstat"}\n') {
      socket.write(letter);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(JSON.parse(await reply)).toMatchObject({ ok: true, data: { TcpRetransSegs: 3 } });
    socket.destroy();
    expect(await talk('{"cmd":"ping"}\n'.repeat(500), 500)).toHaveLength(500);
  });

  it('holds back a client that asks and does not read, and serves it all when it does', async () => {
    let asked = 0;
    const large = 'x'.repeat(100_000);
    const describeSockets = (): string => {
      asked++;
      return large;
    };
    await serve({ ...provider, describeSockets });
    const socket = connect(path, () => socket.write('{"cmd":"ss"}\n'.repeat(100)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toBeLessThan(20);
    let received = 0;
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received += chunk.length;
        if (received >= 100 * large.length) resolve();
      });
    });
    expect(asked).toBe(100);
    socket.destroy();
  });

  it('survives a provider that throws or gives what JSON cannot carry', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await serve({
      describeSockets: () => {
        throw new Error('no stack');
      },
      describeCounters: () => circular,
    });
    await expect(requestControl(path, 'ss')).rejects.toThrow(/ss: no stack/);
    await expect(requestControl(path, 'nstat')).rejects.toMatchObject({ code: 'ERR_CONTROL_REFUSED' });
    expect(await requestControl(path, 'ping')).toEqual({ pid: process.pid });
  });

  it('replaces the socket of a dead process, and neither a live one nor another file', async () => {
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', script])).toThrow();
    expect(existsSync(path)).toBe(true);
    await serve();
    await expect(startControlServer(provider, { path })).rejects.toMatchObject({ code: 'ERR_CONTROL_IN_USE' });
    expect(await requestControl(path, 'ping')).toEqual({ pid: process.pid });
    const file = join(folder, 'woshou-2.sock');
    writeFileSync(file, 'kept');
    await expect(startControlServer(provider, { path: file })).rejects.toThrow(/not a socket/);
    expect(existsSync(file)).toBe(true);
  });

  it('names a path that is too long or lies nowhere', async () => {
    await expect(startControlServer(provider, { path: join(folder, 'x'.repeat(120)) })).rejects.toThrow(/107 bytes/);
    const nowhere = join(folder, 'no', 'w.sock');
    await expect(startControlServer(provider, { path: nowhere })).rejects.toMatchObject({ code: 'ERR_CONTROL_SYSTEM' });
  });
});

describe('control client', () => {
  it.each([
    ['something else', 'HTTP/1.1 400\n', 'ERR_CONTROL_PROTOCOL'],
    ['null', 'null\n', 'ERR_CONTROL_PROTOCOL'],
    ['half an answer', '{"ok":true', 'ERR_CONTROL_PROTOCOL'],
  ])('tells when the server says %s', async (_what, text, code) => {
    const other = createServer((socket) => socket.end(text));
    await new Promise<void>((resolve) => other.listen(path, resolve));
    await expect(requestControl(path, 'ping')).rejects.toMatchObject({ code });
    other.close();
  });

  it('does not wait for ever', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    await expect(requestControl(path, 'ping', { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'ERR_CONTROL_TIMEOUT',
    });
    silent.close();
  });

  it('finds running servers and clears away what dead ones left', async () => {
    await serve();
    const dead = join(folder, 'woshou-4194999.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(dead)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', script])).toThrow();
    writeFileSync(join(folder, 'woshou-77.sock'), 'a file');
    expect(await findControlServers(folder)).toEqual([{ path, pid: 1 }]);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(join(folder, 'woshou-77.sock'))).toBe(true);
    expect(await findControlServers(join(folder, 'nowhere'))).toEqual([]);
  });

  it('prefers the private folder of the user', () => {
    expect(controlFolder({ XDG_RUNTIME_DIR: '/run/user/7' })).toBe('/run/user/7');
    expect(controlFolder({})).toBe(tmpdir());
    expect(defaultControlPath(12, '/x')).toBe('/x/woshou-12.sock');
  });
});
