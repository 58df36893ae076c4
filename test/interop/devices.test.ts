/** Devices that need root, with the kernel at the other end: bulk through an echo, with and without offload; the plug pulled. */
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';

const obstacle = namespaceObstacle();
const PROGRAM = 'test/interop/programs/device-echo.ts';
const BYTES = 20_000_000;

/** Sends bytes to the echo and compares what comes back by its hash. */
const CLIENT = `
const [address, bytes] = process.argv.slice(1);
const { createHash, randomBytes } = require('node:crypto');
const block = randomBytes(65521);
const sent = createHash('sha256'), back = createHash('sha256');
let left = Number(bytes), count = 0;
const socket = require('node:net').connect({ host: address, port: 7, allowHalfOpen: true }, () => pump());
const pump = () => {
  while (left > 0) {
    const piece = block.subarray(0, Math.min(left, block.length));
    sent.update(piece);
    left -= piece.length;
    if (!socket.write(piece)) { socket.once('drain', pump); return; }
  }
  socket.end();
};
socket.on('data', (data) => { back.update(data); count += data.length; });
socket.on('end', () => { console.log(count, sent.digest('hex') === back.digest('hex')); socket.destroy(); });
socket.on('error', (error) => { console.log(error.message); });
`;

interface Counters {
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly sentFrames: number;
  readonly refusedFrames: number;
  readonly malformedFrames: number;
  readonly checksumErrors: number;
}

/** The program without rights and without native code, on a device that the launcher has opened. */
function startLauncher(namespace: NetworkNamespace, offload: string): RunningProgram {
  const program = [process.execPath, 'scripts/ts.mjs', PROGRAM, 'inherited', offload];
  const addresses = ['--address', '10.9.0.1/24', '--address', 'fd00:9::1/64'];
  const plain = offload === 'plain' ? ['--plain'] : [];
  return namespace.start('perl', [
    'launcher/tun-launcher.pl',
    '--name',
    'ws0',
    ...addresses,
    ...plain,
    '--',
    ...program,
  ]);
}

// Skipped, with the reason in the title, where no namespace or device can be made.
describe.skipIf(obstacle !== null)(`devices${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  let namespaces: NetworkNamespace[] = [];

  afterEach(() => {
    for (const namespace of namespaces) namespace.delete();
    namespaces = [];
  });

  /** The program's namespace and the kernel's: one, or two with a cable between them. */
  async function start(kind: string, offload: string): Promise<[RunningProgram, NetworkNamespace]> {
    const own = NetworkNamespace.create();
    namespaces.push(own);
    let kernel = own;
    if (kind === 'packet') {
      kernel = NetworkNamespace.create();
      namespaces.push(kernel);
      const names = ['veth1', 'netns', own.name, 'type', 'veth', 'peer', 'name', 'veth0', 'netns', kernel.name];
      own.run('ip', ['link', 'add', ...names]);
      own.run('ip', ['link', 'set', 'veth1', 'up']);
      for (const address of ['10.9.0.1/24', 'fd00:9::1/64']) await kernel.addAddress(address, 'veth0');
    }
    if (kind === 'inherited') return [startLauncher(own, offload), kernel];
    return [own.startScript(PROGRAM, [kind, offload]), kernel];
  }

  it.each([
    ['tun', 'offload', true],
    ['tun', 'plain', false],
    ['tun', 'software', false],
    ['tap', 'offload', true],
    ['tap', 'plain', false],
    ['packet', 'offload', true],
    ['packet', 'plain', false],
    ['packet', 'crowds', false],
    ['inherited', 'offload', true],
    ['inherited', 'plain', false],
  ])('%s, %s: 20 MB to the echo and back over both families, every byte right', async (kind, offload, has) => {
    const [program, kernel] = await start(kind, offload);
    const [, , offloads = ''] = (await program.line(/^ready /)).split(' ');
    // What the launcher opens without offload is cut and put together in software.
    const hasSegments = has || kind === 'inherited' || offload === 'software';
    expect(JSON.parse(offloads)).toEqual({
      tso4: hasSegments,
      tso6: hasSegments,
      uso: hasSegments,
      checksum: hasSegments,
    });
    for (const address of ['10.9.0.2', 'fd00:9::2']) {
      const { stdout } = await kernel.exec(process.execPath, ['-e', CLIENT, address, String(BYTES)], 60_000);
      expect(stdout).toBe(`${BYTES} true\n`);
    }
    const result = await program.finish();
    expect(result.stderr).toBe('');
    const counters = JSON.parse(/^closed (.*)$/m.exec(result.stdout)?.[1] ?? '{}') as Counters;
    expect(counters).toMatchObject({ refusedFrames: 0, malformedFrames: 0, checksumErrors: 0 });
    // With offload most bytes come in super-segments: far fewer frames than there were segments.
    if (has && kind !== 'packet') expect(counters.receivedBytes / counters.receivedFrames).toBeGreaterThan(3000);
    expect(result.code).toBe(0);
  });

  it.each(['tun', 'tap', 'packet', 'inherited'])('%s: says that the interface is gone', async (kind) => {
    const [program] = await start(kind, 'offload');
    await program.line(/^ready /);
    namespaces[0]?.run('ip', ['link', 'delete', kind === 'packet' ? 'veth1' : 'ws0']);
    expect(await program.line(/^failed /, 5000)).toBe('failed ERR_DEVICE_CLOSED');
    expect((await program.ended).code).toBe(0);
  });

  it('packet: waits while the interface is set down, and goes on when it is up again', async () => {
    const [program, kernel] = await start('packet', 'offload');
    await program.line(/^ready /);
    namespaces[0]?.run('ip', ['link', 'set', 'veth1', 'down']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    namespaces[0]?.run('ip', ['link', 'set', 'veth1', 'up']);
    const { stdout } = await kernel.exec(process.execPath, ['-e', CLIENT, '10.9.0.2', '1000'], 20_000);
    expect(stdout).toBe('1000 true\n');
    expect((await program.finish()).code).toBe(0);
  });

  it('inherited: the launcher gives up its rights, and when it is killed the device says so', async () => {
    const namespace = NetworkNamespace.create();
    namespaces.push(namespace);
    const program = `
      import { openInheritedTun } from 'woshou/node';
      const device = openInheritedTun();
      device.start({
        framesArrived() {},
        transmitReady() {},
        deviceFailed: (error) => console.log('failed', error.code),
      });
      console.log('ready', device.name, process.getuid(), process.ppid);`;
    const args = ['--user', 'nobody', '--', process.execPath, '--input-type=module', '-e', program];
    const running = namespace.start('perl', ['launcher/tun-launcher.pl', '--name', 'ws0', ...args]);
    const [, name, uid, launcher] = (await running.line(/^ready /)).split(' ');
    expect(name).toBe('ws0');
    expect(Number(uid)).toBeGreaterThan(0);
    process.kill(Number(launcher), 'SIGKILL');
    expect(await running.line(/^failed /)).toBe('failed ERR_DEVICE_CLOSED');
    await running.ended;
    expect(namespace.run('ip', ['-o', 'link'])).not.toContain('ws0');
  });

  it.each([
    [['--mtu', '99', '--', 'true'], /--mtu takes 576 to 65535/],
    [['--name', 'ws0'], /no program; write -- node app.js/],
    [['--frob', '1', '--', 'true'], /--frob is not known/],
    [['--user', 'no-such-user', '--', 'true'], /there is no user no-such-user/],
    [['--', '/no/such/program'], /no such program|No such file/],
  ])('the launcher refuses %j and leaves no device', async (args, message) => {
    await NetworkNamespace.with(async (namespace) => {
      const { code, stderr } = await namespace.exec('perl', ['launcher/tun-launcher.pl', ...args]);
      expect(stderr).toMatch(message);
      expect(code).not.toBe(0);
      expect(namespace.run('ip', ['-o', 'link'])).not.toMatch(/ws0|woshou/);
    });
  });
});
