/** The TUN device alone, without the stack: a responder of a few lines against the kernel's ping and sockets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasCommand, NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';

const obstacle = namespaceObstacle();
const PROGRAM = 'test/interop/programs/icmp-echo.ts';
const ADDRESSES = ['10.9.0.1/24', 'fd00:9::1/64'];

/** Sends `count` datagrams of `size` bytes to the echo port, one after the other, and prints how many came back whole. */
const UDP_CLIENT = `
const [address, count, size] = process.argv.slice(1);
const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
const payload = Buffer.alloc(Number(size), 'woshou');
let whole = 0;
const timer = setTimeout(() => finish(), 8000);
const finish = () => { clearTimeout(timer); socket.close(); console.log('whole ' + whole); };
const next = () => socket.send(payload, 7, address);
socket.on('message', (data) => { if (data.equals(payload)) whole++; if (whole === Number(count)) finish(); else next(); });
next();
`;

/**
 * Starts the responder where /dev/net/tun may be opened by all, as on most systems. The device file is changed only in the
 * mount namespace that `ip netns exec` makes for the one program.
 */
function startUnprivileged(
  namespace: NetworkNamespace,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): RunningProgram {
  const script =
    'file=$(mktemp -u) && mknod -m 666 "$file" c 10 200 && mount --bind "$file" /dev/net/tun && rm "$file" && exec "$@"';
  return namespace.start('sh', ['-c', script, 'sh', process.execPath, 'scripts/ts.mjs', PROGRAM, ...args], env);
}

// Skipped, with the reason in the title, where no namespace or device can be made.
describe.skipIf(obstacle !== null)(`TUN device${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  for (const watch of ['loop', 'thread'] as const) {
    describe(`waiting on the ${watch}`, () => {
      let namespace: NetworkNamespace;
      let responder: RunningProgram;

      beforeAll(async () => {
        namespace = NetworkNamespace.create();
        responder = namespace.startScript(PROGRAM, ['ws%d', watch, ...ADDRESSES]);
        expect(await responder.line(/^ready /)).toBe('ready ws0');
      });

      afterAll(() => namespace?.delete());

      for (const address of ['10.9.0.2', 'fd00:9::2']) {
        // Skipped without ping; the datagrams below need no other program.
        it.skipIf(!hasCommand('ping'))(`answers ping -c 3 ${address}`, async () => {
          const result = await namespace.exec('ping', ['-n', '-c', '3', '-i', '0.05', '-W', '2', address]);
          expect(result.stdout).toContain('3 packets transmitted, 3 received, 0% packet loss');
          expect(result.code).toBe(0);
        });

        it(`carries 200 datagrams of 1400 bytes to ${address} and back`, async () => {
          const result = await namespace.exec(process.execPath, ['-e', UDP_CLIENT, address, '200', '1400']);
          expect(result.stdout.trim()).toBe('whole 200');
        });
      }

      it('has the MTU asked for and refuses a second process the same interface', async () => {
        expect(namespace.run('ip', ['-o', 'link', 'show', 'ws0'])).toContain('mtu 1500');
        expect(namespace.run('ip', ['-o', 'link', 'show', 'ws0'])).toContain('qlen 5000');
        const second = namespace.startScript(PROGRAM, ['ws0', watch]);
        const result = await second.finish();
        expect(result.code).not.toBe(0);
        expect(result.stderr).toContain('ERR_DEVICE_BUSY');
      });

      it('is gone from the kernel within half a second of close', async () => {
        const result = await responder.finish();
        const [, closeMs = '', statistics = '{}'] = /^closed (\d+) (.*)$/m.exec(result.stdout) ?? [];
        expect(result.code).toBe(0);
        expect(Number(closeMs)).toBeLessThan(500);
        expect(JSON.parse(statistics)).toMatchObject({ refusedFrames: 0 });
        expect(namespace.run('ip', ['-o', 'link'])).not.toContain('ws0');
      });
    });
  }

  it('without rights: refuses to make a device and says how root prepares one, which it then can use', async () => {
    await NetworkNamespace.with(async (namespace) => {
      const user = { WOSHOU_TEST_USER: '65534' };
      const refused = await startUnprivileged(namespace, ['ws0', 'auto', ...ADDRESSES], user).finish();
      expect(refused.stderr).toContain('ERR_DEVICE_PERMISSION');
      expect(refused.stderr).toContain('`sudo ip tuntap add dev ws0 mode tun user $USER`');
      namespace.run('ip', ['tuntap', 'add', 'dev', 'ws0', 'mode', 'tun', 'user', '65534']);
      const early = await startUnprivileged(namespace, ['ws0', 'auto', ...ADDRESSES], user).finish();
      expect(early.stderr).toContain('run `sudo ip address add 10.9.0.1/24 dev ws0` first');
      for (const address of ADDRESSES) namespace.run('ip', ['address', 'add', address, 'dev', 'ws0']);
      namespace.run('ip', ['link', 'set', 'ws0', 'up']);
      const responder = startUnprivileged(namespace, ['ws0', 'auto', ...ADDRESSES], user);
      await responder.line(/^ready /);
      const result = await namespace.exec(process.execPath, ['-e', UDP_CLIENT, 'fd00:9::2', '10', '100']);
      expect(result.stdout.trim()).toBe('whole 10');
      expect((await responder.finish()).code).toBe(0);
      // Root made it, root keeps it.
      expect(namespace.run('ip', ['-o', 'link'])).toContain('ws0');
    });
  });

  it('does not keep the process alive after unref, and ends quietly though packets wait', async () => {
    await NetworkNamespace.with(async (namespace) => {
      const result = await namespace.startScript('test/interop/programs/unref-device.ts').ended;
      expect(result).toEqual({ code: 0, stdout: 'ready\n', stderr: '' });
    });
  });

  it('tells its receiver when the interface is deleted under it', async () => {
    await NetworkNamespace.with(async (namespace) => {
      const responder = namespace.startScript(PROGRAM, ['ws0', 'loop', ...ADDRESSES]);
      await responder.line(/^ready /);
      namespace.run('ip', ['link', 'delete', 'ws0']);
      expect(await responder.line(/^failed /, 5000)).toBe('failed ERR_DEVICE_CLOSED');
      expect((await responder.ended).code).toBe(0);
    });
  });
});
