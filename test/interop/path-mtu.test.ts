/**
 * Our stack sends over a kernel that routes between 1500 and 1300 bytes: its real messages are believed, and where they get
 * lost (a black hole) probing gets the transfer through. Two namespaces: router with our stack beside it, and receiver.
 */
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';

const obstacle = namespaceObstacle(['sysctl']);
const OCTETS = 3_000_000;
/** Busy machines are slow; whoever is through ends earlier. */
const PATIENCE_MS = 60_000;

/** Takes everything, then says how much it was and closes. */
const RECEIVER = `
const server = require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
  let count = 0;
  socket.on('data', (data) => { count += data.length; });
  socket.on('end', () => { console.log('received ' + count); socket.end(); });
  socket.on('error', () => {});
});
server.listen(5001, '::', () => console.log('listening'));
`;

/** Resolves neighbors beforehand: ends when both addresses have refused a connection, which takes a way there and back. */
const KNOCK = `
for (const host of ['10.9.1.2', 'fd00:91::2']) {
  const knock = () => require('node:net').connect(5002, host).on('error', ({ code }) => code === 'ECONNREFUSED' || knock());
  knock();
}
`;

interface Result {
  readonly ms: number;
  readonly mss: number;
  readonly left: number;
  readonly error: string | null;
  readonly TCPTimeouts: number;
  readonly TCPSynRetrans: number;
  readonly TCPMTUPSuccess: number;
  readonly TCPMTUPFail: number;
}

/** The receiver's link to the router takes 1300 bytes at the router's end only: the MSS does not give it away. */
async function join(router: NetworkNamespace, receiver: NetworkNamespace): Promise<void> {
  router.run('ip', [
    'link',
    'add',
    'narrow',
    'mtu',
    '1500',
    'type',
    'veth',
    'peer',
    'name',
    'wide',
    'netns',
    receiver.name,
  ]);
  for (const [namespace, name, host] of [
    [receiver, 'wide', 2],
    [router, 'narrow', 1],
  ] as const) {
    namespace.run('ip', ['link', 'set', name, 'up']);
    namespace.run('ip', ['address', 'add', `10.9.1.${host}/24`, 'dev', name]);
  }
  await router.addAddress('fd00:91::1/64', 'narrow');
  await receiver.addAddress('fd00:91::2/64', 'wide');
  router.run('ip', ['link', 'set', 'narrow', 'mtu', '1300']);
  for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) router.run('sysctl', ['-qw', `${key}=1`]);
  receiver.run('ip', ['route', 'add', 'default', 'via', '10.9.1.1']);
  receiver.run('ip', ['-6', 'route', 'add', 'default', 'via', 'fd00:91::1']);
}

async function transfer(family: 4 | 6, isSilent: boolean, probing: number, limitMs: number): Promise<Result> {
  return await NetworkNamespace.with((router) =>
    NetworkNamespace.with(async (receiver) => {
      await join(router, receiver);
      expect(await router.exec(process.execPath, ['-e', KNOCK])).toEqual({ code: 0, stdout: '', stderr: '' });
      if (isSilent) {
        // What the router says to our stack has nowhere to go.
        for (const [version, protocol, stack] of [
          ['-4', 'icmp', '10.9.0.2'],
          ['-6', 'ipv6-icmp', 'fd00:9::2'],
        ] as const) {
          router.run('ip', [
            version,
            'rule',
            'add',
            'ipproto',
            protocol,
            'to',
            stack,
            'lookup',
            '66',
            'priority',
            '10',
          ]);
          router.run('ip', [version, 'route', 'add', 'blackhole', 'default', 'table', '66']);
        }
      }
      const server: RunningProgram = receiver.start(process.execPath, ['-e', RECEIVER]);
      await server.line(/^listening/);
      const address = family === 4 ? '10.9.1.2' : 'fd00:91::2';
      const args = [address, String(OCTETS), String(probing), String(limitMs)];
      const sender = router.startScript('test/interop/programs/path-mtu-sender.ts', args);
      const line = await sender.line(/^\{/, limitMs + 20_000);
      const result = JSON.parse(line) as Result;
      console.log(`IPv${family}, ${isSilent ? 'silent' : 'answering'}, mtu_probing ${probing}: ${line}`);
      if (result.left === 0) expect(await server.line(/^received/)).toBe(`received ${OCTETS}`);
      expect((await sender.finish()).stderr).toBe('');
      return result;
    }),
  );
}

// Skipped, with the reason in the title, where no namespace or device can be made or sysctl is missing.
describe.skipIf(obstacle !== null)(`path MTU${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  for (const family of [4, 6] as const) {
    const header = family === 4 ? 40 : 60;

    it(`the kernel's own message over IPv${family} is believed at once`, async () => {
      const { left, error, mss, TCPTimeouts, TCPSynRetrans } = await transfer(family, false, 0, PATIENCE_MS);
      expect([left, error, mss]).toEqual([0, null, 1300 - header - 12]);
      // None is needed; a busy machine may let a timer run out.
      expect(TCPTimeouts - TCPSynRetrans).toBeLessThanOrEqual(2);
    });

    it(`a black hole over IPv${family} stops a connection without probing`, async () => {
      const { left, error } = await transfer(family, true, 0, 4_000);
      expect([left, error]).toEqual([OCTETS, null]);
    });

    it.each([1, 2])(`and does not with mtu_probing %i, IPv${family}`, async (probing) => {
      const { left, error, mss, TCPMTUPSuccess } = await transfer(family, true, probing, PATIENCE_MS);
      expect([left, error, TCPMTUPSuccess > 0]).toEqual([0, null, true]);
      expect([mss <= 1300 - header - 12, mss > 1300 - header - 12 - 8]).toEqual([true, true]);
    });
  }
});
