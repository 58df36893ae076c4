/**
 * RFC 7413 against the kernel, both ways: its client with our server, our client with its server. The cookie is asked for first;
 * from then on data goes with the SYN. Both sides count by the same names.
 */
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const obstacle = namespaceObstacle(['python3']);
const PROGRAM = 'test/interop/programs/fast-open.ts';
const KEY = 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4';

/** Three connections with MSG_FASTOPEN; prints what came back and TCPI_OPT_SYN_DATA of each. */
const KERNEL_CLIENT = `
import socket, sys
address = sys.argv[1]
family = socket.AF_INET6 if ':' in address else socket.AF_INET
for round in range(3):
    connection = socket.socket(family)
    connection.sendto(b'hello' * (1 + round), socket.MSG_FASTOPEN, (address, 80))
    back = connection.recv(100)
    options = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5]
    print('round', round, len(back), bool(options & 32), flush=True)
    connection.close()
`;

/** Answers each connection with what it said; prints how many octets were there at accept. */
const KERNEL_SERVER = `
import socket
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
listener.bind(('::', 80))
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
listener.listen(16)
print('listening', flush=True)
while True:
    connection, _ = listener.accept()
    connection.sendall(connection.recv(100))
    connection.recv(100)
    connection.close()
`;

function withNamespace(use: (namespace: NetworkNamespace) => Promise<void>): Promise<void> {
  return NetworkNamespace.with(async (namespace) => {
    const set = (name: string, value: string): string => namespace.run('sysctl', ['-qw', `net.ipv4.${name}=${value}`]);
    set('tcp_fastopen', '3');
    set('tcp_fastopen_key', KEY);
    await use(namespace);
  });
}

/** What the kernel of the namespace has counted. */
function kernelCounters(namespace: NetworkNamespace): Map<string, number> {
  const lines = namespace
    .run('cat', ['/proc/net/netstat'])
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'));
  const [names = [], values = []] = lines.map((line) => line.split(' ').slice(1));
  return new Map(names.map((name, index) => [name, Number(values[index])]));
}

// Skipped, with the reason in the title, where no namespace or device can be made.
describe.skipIf(obstacle !== null)(`Fast Open${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  it.each(['10.9.0.2', 'fd00:9::2'])('the kernel opens fast to our server at %s', async (address) => {
    await withNamespace(async (namespace) => {
      const program = namespace.startScript(PROGRAM, ['server']);
      await program.line(/^ready ws0$/);
      const { stdout, stderr } = await namespace.exec('python3', ['-c', KERNEL_CLIENT, address]);
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n')).toEqual(['round 0 5 False', 'round 1 10 True', 'round 2 15 True']);
      const ours = (await program.finish()).stdout;
      expect(ours.match(/^early .*$/gm)).toEqual([
        'early ESTABLISHED 5',
        'early SYN-RECEIVED 10',
        'early SYN-RECEIVED 15',
      ]);
      expect(ours.match(/^TCPFastOpen.*$/gm)).toEqual(['TCPFastOpenPassive 2', 'TCPFastOpenCookieReqd 1']);
      const counters = kernelCounters(namespace);
      expect([counters.get('TCPFastOpenActive'), counters.get('TCPFastOpenActiveFail')]).toEqual([2, 0]);
    });
  });

  it.each(['10.9.0.1', 'fd00:9::1'])('we open fast to a server of the kernel at %s', async (address) => {
    await withNamespace(async (namespace) => {
      const server = namespace.start('python3', ['-c', KERNEL_SERVER]);
      await server.line(/^listening$/);
      const program = namespace.startScript(PROGRAM, ['client', address]);
      await program.line(/^opened 3 /);
      const ours = (await program.finish()).stdout;
      expect(ours.match(/^opened .*$/gm)).toEqual(['opened 1 false 5', 'opened 2 true 5', 'opened 3 true 5']);
      expect(ours.match(/^TCPFastOpen.*$/gm)).toEqual(['TCPFastOpenActive 2']);
      const counters = kernelCounters(namespace);
      expect([counters.get('TCPFastOpenPassive'), counters.get('TCPFastOpenCookieReqd')]).toEqual([2, 1]);
      server.kill();
    });
  });

  // Cookies of one key are the same whoever makes them: hosts of both kinds can stand behind one address.
  it('the kernel’s cookie opens fast here, with the key of both', async () => {
    await withNamespace(async (namespace) => {
      namespace.run('ip', ['address', 'add', '10.9.0.2/32', 'dev', 'lo']);
      namespace.run('ip', ['address', 'add', '10.9.0.1/32', 'dev', 'lo']);
      // First the kernel itself is 10.9.0.2 and gives the cookie; then our stack takes the address over.
      const kernel = namespace.start('python3', ['-c', KERNEL_SERVER]);
      await kernel.line(/^listening$/);
      const ask = `import socket
connection = socket.socket()
connection.bind(('10.9.0.1', 0))
connection.sendto(b'x', socket.MSG_FASTOPEN, ('10.9.0.2', 80))
connection.recv(10)`;
      const asked = await namespace.exec('python3', ['-c', ask]);
      expect(asked.stderr).toBe('');
      kernel.kill();
      await kernel.ended;
      namespace.run('ip', ['address', 'del', '10.9.0.2/32', 'dev', 'lo']);
      namespace.run('ip', ['address', 'del', '10.9.0.1/32', 'dev', 'lo']);
      const program = namespace.startScript(PROGRAM, ['server']);
      await program.line(/^ready ws0$/);
      const { stdout } = await namespace.exec('python3', ['-c', KERNEL_CLIENT, '10.9.0.2']);
      expect(stdout.split('\n')[0]).toBe('round 0 5 True');
      const ours = (await program.finish()).stdout;
      expect(ours).not.toContain('TCPFastOpenCookieReqd');
      expect(ours).toContain('TCPFastOpenPassive 3');
    });
  });
});
