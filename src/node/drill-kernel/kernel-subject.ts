/**
 * The Linux kernel as what a script is played against: a network namespace of this process' own, a TUN device in it whose other end
 * is the script, sockets of the kernel, real time. Everything goes when the process ends; one process plays one script.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import { Slot } from '../../base/slot.ts';
import type { CodeValue } from '../../drill/code/code-values.ts';
import { DrillError } from '../../drill/drill-error.ts';
import type { Flow } from '../../drill/flow.ts';
import { CODE_CONSTANTS } from '../../drill/info-names.ts';
import { type LivePacket, readPacket } from '../../drill/live-packet.ts';
import { type DrillSettings, prefixLengthOf } from '../../drill/script-settings.ts';
import type { ShellTarget } from '../../drill/shell/shell-target.ts';
import type { Subject, Surroundings } from '../../drill/subject.ts';
import { POSIX } from '../../socket/posix/constants.ts';
import { DeviceError } from '../device-error.ts';
import { int32, loadNative, type NativeCalls } from '../native.ts';
import { attachTun } from '../tun-attach.ts';
import { ConnectionStates } from './connection-states.ts';
import { kernelFigures } from './kernel-info.ts';
import { KernelSockets } from './kernel-sockets.ts';
import { type Libc, loadLibc } from './libc.ts';
import { viewOf } from './structures.ts';

const DEVICE = 'tun0';
const CLONE_NEWNET = 0x4000_0000;
const SLOT_BYTES = 70_000;
/** _IOW('T', 208, unsigned int): checksums and segmentation are left to whoever reads, so that what is sent as one is seen as one. */
const TUNSETOFFLOAD = /^(mips|ppc)/.test(process.arch) ? 0x8004_54d0 : 0x4004_54d0;
const OFFLOADS = 0x1 | 0x2 | 0x4 | 0x8;
/** How often a call that sleeps is tried again. */
const RETRY_US = 500;
const ANY_TIME_US = 10_000_000;
const WARM_UP_ROUNDS = 5;
/** States by the kernel's numbers. */
const TIME_WAIT = 6;
const CLOSE = 7;
/** FIN-WAIT-1, LAST-ACK, CLOSING: something is still to be acknowledged. */
const UNFINISHED: readonly number[] = [4, 9, 11];

/** Why this process cannot test the kernel, or null when it can. */
export function kernelObstacle(): string | null {
  if (process.platform !== 'linux') return `--kernel needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return '--kernel makes a network namespace and a TUN device: run as root or with sudo';
  return null;
}

/** @throws DeviceError telling what this machine lacks */
export function kernelSubject(surroundings: Surroundings): Subject {
  const libc = loadLibc();
  if (libc.unshare(CLONE_NEWNET) < 0) {
    const errno = libc.errno();
    throw new DeviceError(
      'ERR_DEVICE_PERMISSION',
      `no network namespace could be made (${errno})`,
      'run as root',
      errno,
    );
  }
  return new KernelSubject(surroundings, libc, loadNative());
}

class KernelSubject implements Subject {
  readonly sockets: KernelSockets;
  readonly sent: LivePacket[] = [];
  readonly isIdle = false;
  readonly anyTimeUs = ANY_TIME_US;
  readonly shell: ShellTarget;
  private readonly surroundings: Surroundings;
  private readonly libc: Libc;
  private readonly tunFd: number;
  private readonly states: ConnectionStates;
  private readonly slot = Slot.allocate(SLOT_BYTES, false);
  private readonly address: number;
  /** The last figures of each connection, for code that asks about one that is over. */
  private readonly figuresOf = new WeakMap<Flow, Map<string, CodeValue>>();

  constructor(surroundings: Surroundings, libc: Libc, native: NativeCalls) {
    this.surroundings = surroundings;
    this.shell = this.makeShell();
    this.libc = libc;
    this.tunFd = attachTun(native, { name: DEVICE, kind: 'tun', offload: false, isQueue: false }).fd;
    if (native.ioctlNumber(this.tunFd, TUNSETOFFLOAD, OFFLOADS) < 0)
      surroundings.note('the TUN device leaves segmentation to the kernel: large segments are seen in pieces');
    this.address = libc.addressOf(this.slot.memory.u8);
    configure(surroundings.settings);
    this.states = new ConnectionStates(libc, surroundings.settings.local, surroundings.settings.remote);
    this.sockets = new KernelSockets(libc, () => this.nowUs, { watch: (fd) => this.watchLinger(fd) });
  }

  get nowUs(): number {
    return performance.now() * 1000;
  }

  private makeShell(): ShellTarget {
    return {
      family: this.surroundings.settings.family,
      sysctl: readSetting,
      counters: kernelCounters,
      seenCounters: new Map(),
      setSysctl: (key, value) => this.setSysctl(key, value),
      flushMetrics: () => run('ip', ['tcp_metrics', 'flush', 'all']),
      setMtu: (mtu) => run('ip', ['link', 'set', 'dev', DEVICE, 'mtu', String(mtu)]),
      setRoute: (metrics) => {
        const family = this.surroundings.settings.family === 6 ? ['-6'] : [];
        run('ip', [...family, 'route', 'replace', 'default', 'dev', DEVICE, ...[...metrics].flat()]);
      },
      setQueue: (isPaced) => run('tc', ['qdisc', 'replace', 'dev', DEVICE, 'root', isPaced ? 'fq' : 'pfifo']),
      sleep: (durationUs) => this.advance(this.nowUs + durationUs),
      note: (text) => this.surroundings.note(text),
    };
  }

  private setSysctl(key: string, value: string): void {
    if (!key.startsWith('net.')) throw new DrillError(`${key} is no setting of a network stack`);
    if (key === 'net.ipv4.tcp_congestion_control') {
      this.sockets.congestionControl = value;
      return;
    }
    try {
      writeFileSync(`/proc/sys/${key.replaceAll('.', '/')}`, value);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Not every setting belongs to a namespace, and not every kernel has every setting.
      if (code === 'ENOENT' || code === 'EACCES') this.surroundings.note(`sysctl: this namespace has no ${key}`);
      else throw new DrillError(`sysctl: ${key}=${value} is refused (${code})`);
    }
  }

  /** What is done for the first time takes its time: once before the clock of the script begins. */
  start(): void {
    const { sockets } = this;
    const fd = sockets.socket(POSIX.AF_INET, POSIX.SOCK_STREAM).result;
    sockets.setsockopt(fd, POSIX.SOL_SOCKET, POSIX.SO_REUSEADDR, 1);
    sockets.recv(fd, new Uint8Array(1), POSIX.MSG_DONTWAIT);
    sockets.send(fd, new Uint8Array(1), POSIX.MSG_DONTWAIT);
    kernelFigures(this.libc, fd);
    sockets.close(fd);
    sockets.streams.length = 0;
    this.states.stateOf(1, 1);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.advance(this.nowUs + 1000);
  }

  end(): void {
    this.sockets.closeAll();
    this.states.close();
    closeSync(this.tunFd);
  }

  advance(untilUs: number, stop: () => boolean = () => false): void {
    const timeout = new Uint8Array(16);
    const entries = new Uint8Array(8);
    for (;;) {
      this.settle();
      const leftUs = untilUs - this.nowUs;
      if (stop() || leftUs <= 0) return;
      const waitUs = this.sockets.isWaiting ? Math.min(RETRY_US, leftUs) : leftUs;
      viewOf(entries).setInt32(0, this.tunFd, true);
      viewOf(entries).setInt16(4, 1, true);
      viewOf(timeout).setBigInt64(0, BigInt(Math.floor(waitUs / 1e6)), true);
      viewOf(timeout).setBigInt64(8, BigInt(Math.floor((waitUs % 1e6) * 1000)), true);
      this.libc.ppoll(entries, 1, timeout, 0);
    }
  }

  injectAll(packets: readonly Uint8Array[]): void {
    for (const packet of packets) {
      if (this.libc.write(this.tunFd, packet, packet.length) < 0)
        throw new DrillError(`the kernel refuses a packet of ${packet.length} octets (${this.libc.errno()})`);
    }
    this.settle();
  }

  settle(): void {
    for (let round = 0; round < 2; round++) {
      this.drain();
      this.sockets.step();
      this.surroundings.afterStep();
    }
  }

  private drain(): void {
    const { slot } = this;
    for (;;) {
      const length = this.libc.read(this.tunFd, this.address + slot.offset, slot.capacity);
      if (length <= 0) return;
      slot.reset();
      slot.length = length;
      this.sent.push(readPacket(slot, this.nowUs, false));
    }
  }

  // --- looking inside ---

  stateOf({ localPort, remotePort }: Flow): 'living' | 'time-wait' | 'none' {
    const state = this.states.stateOf(localPort, remotePort);
    if (state === null) return 'none';
    return state === TIME_WAIT ? 'time-wait' : 'living';
  }

  remember(flow: Flow): void {
    const fd = this.descriptorOf(flow);
    if (fd >= 0) this.figuresOf.set(flow, kernelFigures(this.libc, fd));
  }

  figures(flow: Flow | null): ReadonlyMap<string, CodeValue> {
    const names = new Map<string, CodeValue>(CODE_CONSTANTS);
    if (flow === null) return names;
    this.remember(flow);
    for (const [name, value] of this.figuresOf.get(flow) ?? []) names.set(name, value);
    // No descriptor leads to a connection that is closed, or not accepted yet.
    const state = this.descriptorOf(flow) < 0 ? (this.states.stateOf(flow.localPort, flow.remotePort) ?? CLOSE) : null;
    if (state !== null) names.set('tcpi_state', state);
    return names;
  }

  /** The open socket that is connected to the flow's peer; the only other one when none is. */
  private descriptorOf({ remotePort }: Flow): number {
    const name = new Uint8Array(128);
    const { streams } = this.sockets;
    for (const fd of [...streams].reverse()) {
      if (this.libc.getpeername(fd, name, int32(name.length)) === 0 && viewOf(name).getUint16(2) === remotePort)
        return fd;
    }
    // A connection that has failed has no peer any more.
    const [only = -1] = streams;
    return streams.length === 1 && this.libc.fcntl(only, POSIX.F_GETFL, 0) >= 0 ? only : -1;
  }

  private watchLinger(fd: number): () => boolean {
    const name = new Uint8Array(128);
    if (this.libc.getpeername(fd, name, int32(name.length)) < 0) return () => false;
    const remotePort = viewOf(name).getUint16(2);
    if (this.libc.getsockname(fd, name, int32(name.length)) < 0) return () => false;
    const localPort = viewOf(name).getUint16(2);
    return () => UNFINISHED.includes(this.states.stateOf(localPort, remotePort) ?? 0);
  }
}

/** Addresses and routes of the device, and a namespace without habits of its own. */
function configure({ family, local, mtu }: DrillSettings): void {
  const side = `${local.toString()}/${prefixLengthOf(family)}`;
  const lines = [
    'link set lo up',
    `link set dev ${DEVICE} mtu ${mtu} up`,
    `address add ${side} dev ${DEVICE}${family === 6 ? ' nodad' : ''}`,
    `route add default dev ${DEVICE}`,
    ...(mtu >= 1280 ? [`route add ::/0 dev ${DEVICE}`] : []),
  ];
  try {
    writeFileSync(`/proc/sys/net/ipv6/conf/${DEVICE}/router_solicitations`, '0');
  } catch {
    // Without IPv6 nobody asks for routers.
  }
  run('ip', ['-batch', '-'], lines.join('\n'));
  if (family === 6) untilKnown(local.toString());
}

/** Of an IPv6 address the kernel's routing learns only after a while; a packet in between would find nobody. */
function untilKnown(address: string): void {
  const args = ['-6', 'route', 'get', address];
  for (let turn = 0; turn < 200; turn++) {
    if (spawnSync('ip', args, { encoding: 'utf8' }).stdout.startsWith('local ')) return;
  }
}

function run(program: string, args: readonly string[], input = ''): void {
  try {
    execFileSync(program, args, { input, stdio: ['pipe', 'pipe', 'pipe'], timeout: 10_000 });
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    throw new DrillError(`${program} ${args.join(' ')}: ${String(stderr ?? error).trim()}`);
  }
}

/** Null: this namespace has no such setting. */
function readSetting(key: string): string | null {
  try {
    return readFileSync(`/proc/sys/${key.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Of this namespace: pairs of lines, names in the first, values in the second. */
function kernelCounters(): ReadonlyMap<string, number> {
  const counters = new Map<string, number>();
  for (const file of ['/proc/net/snmp', '/proc/net/netstat']) {
    const lines = readFileSync(file, 'utf8').split('\n');
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const [group = '', ...names] = (lines[at] ?? '').split(' ');
      const values = (lines[at + 1] ?? '').split(' ').slice(1);
      for (const [index, name] of names.entries())
        counters.set(`${group.replace(':', '')}${name}`, Number(values[index]));
    }
  }
  return counters;
}
