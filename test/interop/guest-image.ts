/**
 * What a guest of QEMU is started from: a kernel of Debian's, fetched as a package and unpacked beside the repository's other
 * caches (nothing is installed), and a first file system in memory with busybox, the modules of the network card, and a program
 * that does what it is told on the serial line. No root is needed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasCommand } from './namespace.ts';

/** Kernel for machines in clouds: smaller, with every virtio device. */
const PACKAGE = 'linux-image-cloud-amd64';
const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'guest-kernel');
const MODULES = ['virtio_pci', 'virtio_net'];
const NEEDED = ['qemu-system-x86_64', 'busybox', 'apt-get', 'apt-cache', 'dpkg-deb', 'tar', 'xz'];

/** Unpacked. */
export interface GuestKernel {
  readonly image: string;
  /** Of modules and what they need, in the order to load them. */
  readonly modules: readonly Uint8Array[];
}

/** Why no guest can be started here, or its kernel. */
export function findGuestKernel(): GuestKernel | string {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `a guest needs Linux on x64, this is ${process.arch}`;
  const missing = NEEDED.filter((command) => !hasCommand(command));
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (busybox().includes('/ld-linux')) return 'busybox is linked dynamically: install busybox-static';
  try {
    return readKernel(fetchKernel());
  } catch (error) {
    return `${PACKAGE} cannot be had: ${error instanceof Error ? error.message.trim().split('\n').at(-1) : error}`;
  }
}

function busybox(): Buffer {
  const path = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'busybox'));
  return readFileSync(path.find((file) => existsSync(file)) ?? '');
}

/** The folder of the newest kernel that apt knows, unpacked once. */
function fetchKernel(): string {
  const run = (program: string, args: readonly string[], cwd = CACHE): string =>
    execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 });
  mkdirSync(CACHE, { recursive: true });
  const [, name] = /Depends: (linux-image-\S+)/.exec(run('apt-cache', ['depends', PACKAGE])) ?? [];
  if (name === undefined) throw new Error('apt knows no such package');
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(join(CACHE, 'unpacking-'));
  try {
    run('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', name], work);
    const [archive = ''] = readdirSync(work);
    const wanted = ['./boot/vmlinuz-*', ...['virtio*', '*failover'].map((module) => `*/${module}.ko*`)];
    const tar = `dpkg-deb --fsys-tarfile "$0" | tar -x --wildcards ${wanted.map((one) => `'${one}'`).join(' ')}`;
    run('sh', ['-c', tar, archive], work);
    rmSync(join(work, archive));
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function readKernel(folder: string): GuestKernel {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const image = files.find((file) => basename(file).startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`no kernel in ${folder}`);
  const loaded = new Map<string, Uint8Array>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    const file = files.find((path) => [`${name}.ko`, `${name}.ko.xz`].includes(basename(path)));
    if (file === undefined) throw new Error(`no module ${name}`);
    const path = join(folder, file);
    const code = path.endsWith('.xz') ? execFileSync('xz', ['-dc', path], { maxBuffer: 1 << 26 }) : readFileSync(path);
    const [, needs = ''] = /\0depends=([^\0]*)\0/.exec(code.toString('latin1')) ?? [];
    for (const needed of needs.split(',')) if (needed !== '') load(needed);
    loaded.set(name, code);
  };
  for (const name of MODULES) load(name);
  return { image: join(folder, image), modules: [...loaded.values()] };
}

/**
 * Loads the modules, gives `eth0` its addresses, then reads lines from the serial line, carries each out and says how it ended.
 * @param addresses with prefix length
 */
function firstProgram(modules: number, addresses: readonly string[]): string {
  const configure = addresses.map((address) => `ip address add ${address} dev eth0`);
  const known = addresses
    .filter((address) => address.includes(':'))
    .map((address) => `until ip -6 route get ${address.split('/')[0]} | grep -q ^local; do usleep 10000; done`);
  return `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /www
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
for module in $(seq 0 ${modules - 1}); do insmod /modules/$module.ko; done
echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad
ip link set lo up; ip link set eth0 up
${[...configure, ...known].join('\n')}
stty -F /dev/ttyS0 -echo -onlcr
exec </dev/ttyS0 >/dev/ttyS0 2>&1
echo; echo '=ready='
while read -r line; do eval "$line"; printf '\\n=%d=\\n' $?; done
`;
}

/** The file system in memory, as the kernel takes it: a cpio archive of the kind `newc`. */
export function guestFiles(kernel: GuestKernel, addresses: readonly string[]): Uint8Array {
  const init = firstProgram(kernel.modules.length, addresses);
  const entries: [name: string, mode: number, data: Uint8Array][] = [
    ['bin', 0o040755, new Uint8Array()],
    ['modules', 0o040755, new Uint8Array()],
    ['bin/busybox', 0o100755, busybox()],
    ['init', 0o100755, Buffer.from(init)],
    ...kernel.modules.map((code, index): [string, number, Uint8Array] => [`modules/${index}.ko`, 0o100644, code]),
    ['TRAILER!!!', 0, new Uint8Array()],
  ];
  return Buffer.concat(entries.flatMap(([name, mode, data], index) => archiveEntry(index + 1, name, mode, data)));
}

function archiveEntry(inode: number, name: string, mode: number, data: Uint8Array): Uint8Array[] {
  const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  // inode, mode, owner and group, links, time, length, four device numbers, length of the name with its 0, no checksum.
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [padded(Buffer.from(header, 'latin1')), padded(data)];
}
