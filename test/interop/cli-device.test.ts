/** `woshou serve` on other devices than TUN: a TAP device, a packet socket; what cannot be is refused in a line. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { damagedFrames, noTshark } from '../support/tshark.ts';
import { hasCommand, NetworkNamespace, namespaceObstacle } from './namespace.ts';

const obstacle = namespaceObstacle(['curl']);

// Skipped, with the reason in the title, where no namespace or device can be made or curl is missing.
describe.skipIf(obstacle !== null)(`serve --device${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  it('tap: serves a page, draws the ladder without ARP, keeps Ethernet frames', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'woshou-'));
    try {
      await NetworkNamespace.with(async (namespace) => {
        const pcap = join(folder, 'tap.pcapng');
        const server = namespace.startCli(['serve', '--device', 'tap', '--tun', 'ws0', '--pcap', pcap]);
        await server.line(/^ready /);
        const { stdout } = await namespace.exec('curl', [
          '-s',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          'http://10.9.0.2/',
        ]);
        expect(stdout).toBe('200');
        server.child.kill('SIGINT');
        const result = await server.ended;
        expect(result).toMatchObject({ code: 0, stderr: '' });
        expect(result.stdout).toContain('SYN');
        expect(result.stdout).not.toContain('ARP');
        // The block behind the section's header describes the interface: block type 1, link type 1 (Ethernet).
        const capture = readFileSync(pcap);
        const described = capture.readUInt32LE(4);
        expect([capture.readUInt32LE(described), capture.readUInt16LE(described + 8)]).toEqual([1, 1]);
        if (noTshark === null) expect(await damagedFrames(pcap, 'ip.src==10.9.0.2')).toEqual([]);
        else console.log(`the packets were not looked at: ${noTshark}`);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('packet:INTERFACE: a station of its own on a cable between two namespaces', async () => {
    await NetworkNamespace.with(async (own) =>
      NetworkNamespace.with(async (peer) => {
        own.run('ip', ['link', 'add', 'veth1', 'type', 'veth', 'peer', 'name', 'veth0', 'netns', peer.name]);
        own.run('ip', ['link', 'set', 'veth1', 'up']);
        peer.run('ip', ['address', 'add', '10.9.0.1/24', 'dev', 'veth0']);
        peer.run('ip', ['link', 'set', 'veth0', 'up']);
        const server = own.startCli(['serve', '-q', '--device', 'packet:veth1']);
        await server.line(/^ready /);
        const { stdout } = await peer.exec('curl', [
          '-s',
          '-w',
          '%{size_download}',
          '-o',
          '/dev/null',
          'http://10.9.0.2/bytes/3000000',
        ]);
        expect(stdout).toBe('3000000');
        server.child.kill('SIGINT');
        expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
      }),
    );
  });

  it.each([
    ['floppy', /'floppy' is no device; say tun, tap, packet:INTERFACE or qemu:PATH/],
    ['packet:nosuch', /there is no interface nosuch/],
    ['packet:lo', /interface lo is no Ethernet/],
    ['packet:', /'packet:' is no device/],
  ])('%s is refused', async (device, message) => {
    await NetworkNamespace.with(async (namespace) => {
      const { code, stderr, stdout } = await namespace.startCli(['serve', '--device', device, '--lang', 'en']).ended;
      expect(stderr + stdout).toMatch(message);
      expect(code).not.toBe(0);
    });
  });

  // Skipped without ping, which tells that the address is answered for.
  it.skipIf(!hasCommand('ping'))('tap: answers ping, so address resolution works both ways', async () => {
    await NetworkNamespace.with(async (namespace) => {
      const server = namespace.startCli(['serve', '-q', '-6', '--device', 'tap']);
      await server.line(/^ready /);
      for (const address of ['10.9.0.2', 'fd00:9::2']) {
        const { stdout } = await namespace.exec('ping', ['-n', '-c', '3', '-i', '0.05', '-W', '3', address]);
        expect(stdout).toContain('3 received');
      }
      server.child.kill('SIGINT');
      expect((await server.ended).code).toBe(0);
    });
  });
});
