/**
 * ECN with the kernel as client and as server: both agree, CE that a wire between them sets is told and answered, and nothing
 * is lost. Accurate ECN is tried where the kernel knows it.
 */
import { describe, expect, it } from 'vitest';
import { EcnMode } from '../../src/tcp/index.ts';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const PROGRAM = 'test/interop/programs/ecn.ts';
const obstacle = namespaceObstacle(['python3', 'sysctl']);
/** Busy machines start programs slowly. */
const PATIENCE_MS = 60_000;
/** TCPI_OPT_ECN and TCPI_OPT_ECN_SEEN of struct tcp_info, whose sixth octet has the options. */
const ECN = 8;
const ECN_SEEN = 16;

/** Sends two megabytes; prints the options and ssthresh (offset 76) of tcp_info, when everything has arrived. */
const KERNEL_SENDER = `
import socket, struct, sys
address = sys.argv[1]
connection = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
connection.connect((address, 5001))
connection.sendall(b'w' * 2000000)
connection.shutdown(socket.SHUT_WR)
connection.recv(1)
info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
print('info', info[5], struct.unpack_from('I', info, 76)[0], flush=True)
`;

/** Reads to the end, closes; prints the options of tcp_info and how many octets came. */
const KERNEL_RECEIVER = `
import socket
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
listener.bind(('::', 5001))
listener.listen(1)
print('listening', flush=True)
connection, _ = listener.accept()
total = 0
while True:
    data = connection.recv(65536)
    if not data: break
    total += len(data)
info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
print('info', info[5], total, flush=True)
connection.close()
`;

interface Report {
  readonly mode: number;
  readonly isEctSeen: boolean;
  readonly TCPSackRecovery: number;
  readonly marked: number;
  readonly received: number;
  readonly deliveredCe: number;
  readonly ssthresh: number;
}

function setEcn(namespace: NetworkNamespace, value: number): void {
  namespace.run('sysctl', ['-qw', `net.ipv4.tcp_ecn=${value}`]);
}

function kernelCounter(namespace: NetworkNamespace, name: string): number {
  const lines = namespace.run('cat', ['/proc/net/netstat', '/proc/net/snmp']).split('\n');
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const at = (lines[index] ?? '').split(' ').indexOf(name);
    if (at > 0) return Number((lines[index + 1] ?? '').split(' ')[at]);
  }
  throw new Error(`the kernel does not count ${name}`);
}

/** The highest kind of ECN this kernel can be asked for: whether 3, Accurate ECN, is among them, or its words why not. */
async function accurateObstacle(): Promise<string | null> {
  return NetworkNamespace.with(async (namespace) => {
    const { code, stderr } = await namespace.exec('sysctl', ['-w', 'net.ipv4.tcp_ecn=3']);
    return code === 0 && stderr === '' ? null : `this kernel refuses tcp_ecn=3: ${stderr.trim()}`;
  });
}

async function kernelSends(
  address: string,
  kernelEcn: number,
  ourEcn: number,
): Promise<{ info: number[]; ours: Report; again: number; told: number }> {
  return NetworkNamespace.with(async (namespace) => {
    setEcn(namespace, kernelEcn);
    const program = namespace.startScript(PROGRAM, [String(ourEcn), 'receive']);
    await program.line(/^ready ws0$/, PATIENCE_MS);
    const { stdout, stderr } = await namespace.exec('python3', ['-c', KERNEL_SENDER, address], PATIENCE_MS);
    expect(stderr).toBe('');
    const ours = JSON.parse(await program.line(/^\{/, PATIENCE_MS)) as Report;
    const info = stdout.trim().split(' ').slice(1).map(Number);
    // Probes and timeouts of a machine that was busy are no losses.
    const again = kernelCounter(namespace, 'TCPSackRecovery');
    return { info, ours, again, told: kernelCounter(namespace, 'TCPDeliveredCE') };
  });
}

async function weSend(address: string, kernelEcn: number, ourEcn: number): Promise<{ info: number[]; ours: Report }> {
  return NetworkNamespace.with(async (namespace) => {
    setEcn(namespace, kernelEcn);
    const kernel = namespace.start('python3', ['-c', KERNEL_RECEIVER]);
    await kernel.line(/^listening$/, PATIENCE_MS);
    const program = namespace.startScript(PROGRAM, [String(ourEcn), 'send', address]);
    const info = (await kernel.line(/^info /, PATIENCE_MS)).split(' ').slice(1).map(Number);
    return { info, ours: JSON.parse(await program.line(/^\{/, PATIENCE_MS)) as Report };
  });
}

// Skipped, with the reason in the title, where no namespace or device can be made.
describe.skipIf(obstacle !== null)(`ECN with the kernel${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  it.each(['10.9.0.2', 'fd00:9::2'])(
    'the kernel asks, we agree at %s; it answers the marks that we tell',
    async (address) => {
      // On a busy machine the kernel may have sent everything, in super-segments, before it hears of a mark: another flow then.
      let isReduced = false;
      for (let flow = 0; flow < 3 && !isReduced; flow++) {
        const { info, ours, again, told } = await kernelSends(address, 1, 2);
        const [options = 0, ssthresh = 0] = info;
        expect(options & ECN).toBe(ECN);
        expect(ours).toMatchObject({ mode: EcnMode.classic, isEctSeen: true, received: 2_000_000 });
        expect(ours.marked).toBeGreaterThan(0);
        expect(told).toBeGreaterThan(0);
        expect(again).toBe(0);
        isReduced = ssthresh < 2 ** 31 - 1;
      }
      // A window that was reduced, without a single loss.
      expect(isReduced).toBe(true);
    },
  );

  it.each(['10.9.0.1', 'fd00:9::1'])(
    'we ask, the kernel agrees at %s; we answer the marks that it tells',
    async (address) => {
      const { info, ours } = await weSend(address, 2, 1);
      expect((info[0] ?? 0) & (ECN | ECN_SEEN)).toBe(ECN | ECN_SEEN);
      expect(info[1]).toBe(2_000_000);
      expect(ours.mode).toBe(EcnMode.classic);
      expect(ours.marked).toBeGreaterThan(0);
      expect(ours.deliveredCe).toBeGreaterThan(0);
      expect(ours.ssthresh).toBeLessThan(2 ** 31 - 1);
      expect(ours.TCPSackRecovery).toBe(0);
    },
  );

  it('one end without it: neither uses it', async () => {
    const client = await kernelSends('10.9.0.2', 1, 0);
    expect((client.info[0] ?? 0) & ECN).toBe(0);
    expect(client.ours.marked).toBe(0);
    const server = await weSend('10.9.0.1', 0, 1);
    expect((server.info[0] ?? 0) & ECN).toBe(0);
    expect(server.ours.marked).toBe(0);
  });

  it('we ask for Accurate ECN: a kernel that knows RFC 3168 answers so', async () => {
    const why = await accurateObstacle();
    const { info, ours } = await weSend('10.9.0.1', why === null ? 3 : 1, 3);
    expect(info[1]).toBe(2_000_000);
    expect(ours.mode).toBe(why === null ? EcnMode.accurate : EcnMode.classic);
    expect(ours.deliveredCe).toBeGreaterThan(0);
    expect(ours.TCPSackRecovery).toBe(0);
    if (why !== null) console.info(`Accurate ECN with the kernel was not tried: ${why}`);
  });
});
