/**
 * Addresses, MTU and state of the kernel's side of a device, set with the `ip` command (iproute2). What is already as
 * wanted is left alone, so that a device prepared by root can be used without privileges.
 */
import { execFile } from 'node:child_process';
import { Address } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { DeviceError } from './device-error.ts';

/** The kernel's side of a device. */
export interface KernelSide {
  /** Largest IP packet in bytes, 576 to 65535 (1280 at least for IPv6). */
  readonly mtu: number;
  /** The kernel's own addresses with prefix length such as `10.9.0.1/24`; ours are others in the same network. */
  readonly addresses: readonly string[];
}

/**
 * Checks the form of an address with prefix length.
 * @throws ArgumentError when it is not `address/length`.
 */
export function checkAddressText(argument: string, text: string): void {
  const [address = '', length = '', ...rest] = text.split('/');
  const parsed = Address.tryParse(address);
  const isLength = /^\d{1,3}$/.test(length) && Number(length) <= (parsed?.family === 4 ? 32 : 128);
  if (parsed === null || !isLength || rest.length > 0) {
    throw new ArgumentError(argument, `'${text}' is not an address with prefix length; write for example 10.9.0.1/24`);
  }
}

/** As `checkAddressText` for every address, and the MTU. */
export function checkKernelSide(side: KernelSide): void {
  const hasIpv6 = side.addresses.some((text) => text.includes(':'));
  checkInteger('mtu', side.mtu, hasIpv6 ? 1280 : 576, 65535);
  for (const text of side.addresses) checkAddressText('addresses', text);
}

/**
 * Brings the kernel's side up as wanted.
 * @throws DeviceError ERR_DEVICE_CONFIGURATION naming the command that failed.
 */
export async function configureKernelSide(device: string, wanted: KernelSide): Promise<void> {
  const present = await readKernelSide(device);
  for (const text of wanted.addresses) {
    if (present.addresses.includes(text)) continue;
    // The only other station is ours: the kernel need not ask first whether the address is free, and can use it at once.
    await ip(['address', 'add', text, 'dev', device, ...(text.includes(':') ? ['nodad'] : [])]);
  }
  if (present.mtu !== wanted.mtu) await ip(['link', 'set', 'dev', device, 'mtu', String(wanted.mtu)]);
  // Root may have chosen a longer one; who is not root makes do with a shorter one.
  if (present.queueLength < QUEUE_LENGTH) {
    await ip(['link', 'set', 'dev', device, 'txqueuelen', String(QUEUE_LENGTH)]).catch(() => '');
  }
  if (!present.isUp) await ip(['link', 'set', 'dev', device, 'up']);
  for (const text of wanted.addresses) if (text.includes(':')) await untilLocal(text.split('/')[0] ?? '');
}

/**
 * Resolves when the kernel takes packets to this IPv6 address of its own. It says yes to an address first and makes it known to
 * its routing later, in a work queue: a first SYN in between would find nobody, and be sent again a second later.
 */
async function untilLocal(address: string): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const route = await ip(['-6', 'route', 'get', address]).catch(() => '');
    if (route.startsWith('local ')) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * Packets that wait for us at most. The kernel's 500 are gone in 5 ms at 100,000 a second, and a process that shares a processor does not run for longer than that;
 * with much more than this, what waits is old when it is read.
 */
const QUEUE_LENGTH = 5000;

/** A second or two. Whoever waits longer has a kernel that keeps the address for other reasons; then it is as it is. */
const MOST_TURNS = 150;

interface PresentSide extends KernelSide {
  readonly isUp: boolean;
  readonly queueLength: number;
}

async function readKernelSide(device: string): Promise<PresentSide> {
  const text = await ip(['-j', 'address', 'show', 'dev', device]);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  const link = (Array.isArray(parsed) ? parsed[0] : null) as IpLink | null | undefined;
  const addresses = (link?.addr_info ?? []).map((info) => `${info.local ?? ''}/${info.prefixlen ?? ''}`);
  const isUp = (link?.flags ?? []).includes('UP');
  return { mtu: link?.mtu ?? 0, addresses, isUp, queueLength: link?.txqlen ?? QUEUE_LENGTH };
}

interface IpLink {
  mtu?: number;
  txqlen?: number;
  flags?: string[];
  addr_info?: { local?: string; prefixlen?: number }[];
}

function ip(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('ip', args, { encoding: 'utf8', timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(explain(args, error, stderr));
    });
  });
}

function explain(args: readonly string[], error: Error & { code?: unknown }, stderr: string): DeviceError {
  const command = `ip ${args.join(' ')}`;
  if (error.code === 'ENOENT') {
    return new DeviceError('ERR_DEVICE_CONFIGURATION', 'the `ip` command is missing', 'install iproute2', 'ENOENT');
  }
  const said = stderr.trim().split('\n')[0] ?? '';
  const isRefused = /not permitted/.test(said);
  return new DeviceError(
    isRefused ? 'ERR_DEVICE_PERMISSION' : 'ERR_DEVICE_CONFIGURATION',
    `\`${command}\` failed: ${said === '' ? error.message : said}`,
    isRefused ? `run \`sudo ${command}\` first` : '',
    isRefused ? 'EPERM' : '',
  );
}
