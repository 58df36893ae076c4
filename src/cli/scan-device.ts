/** A scan on the real network: from an address of our own behind a TUN device, or as a station on an Ethernet through a packet socket. */
import { Address } from '../base/address.ts';
import type { Device } from '../node/device.ts';
import { Driver } from '../node/driver.ts';
import { SystemTime } from '../node/driver-time.ts';
import { checkAddressText } from '../node/ip-command.ts';
import { openPacket } from '../node/packet.ts';
import { openTun } from '../node/tun.ts';
import { SCAN_END, type Scanner, type TargetRange } from '../scan/index.ts';
import { addressesOf } from './both-ends.ts';
import { ScanArgumentProblem } from './scan-arguments.ts';
import type { ScanCommandOptions } from './scan-options.ts';

/** Our and the kernel's IPv6 network behind a TUN device of a scan. */
const IPV6_NETWORK = 'fd00:9:2:';

/** The device, with what the scanner is told of it. */
export interface ScanDevice {
  readonly device: Device;
  readonly time: SystemTime;
  readonly mac: Parameters<Scanner['addInterface']>[0]['mac'] | undefined;
  readonly addresses: readonly string[];
  readonly gateway: string | null;
}

/** Opens what the options ask for. @throws DeviceError, ArgumentError, ScanArgumentProblem */
export async function openScanDevice(
  options: ScanCommandOptions,
  targets: readonly TargetRange[],
): Promise<ScanDevice> {
  if (options.interface !== undefined) return openStation(options, options.interface);
  const hasV6 = targets.some(({ family }) => family === 6);
  const { addresses, peers } = addressesOf({ ...options, ipv6: hasV6 }, IPV6_NETWORK);
  checkTargets(targets, peers);
  const name = typeof options.tun === 'string' ? options.tun : undefined;
  const time = new SystemTime();
  const device = await openTun({ addresses: peers, ...(name === undefined ? {} : { name }) });
  return { device, time, mac: undefined, addresses, gateway: null };
}

function openStation(options: ScanCommandOptions, name: string): ScanDevice {
  if (options.address === DEFAULT_ADDRESS) {
    throw new ScanArgumentProblem(
      { en: `-e ${name} needs an address of its own`, zh: `-e ${name} 需要一个独立的地址` },
      {
        en: 'give a free address of that network: --address 192.168.1.250/24, and --gateway for other networks',
        zh: '请给出该网络中未被占用的地址：--address 192.168.1.250/24；扫描其他网络还需 --gateway',
      },
    );
  }
  const addresses = options.address.split(',');
  for (const address of addresses) checkAddressText('--address', address);
  const time = new SystemTime();
  const device = openPacket({ interface: name, offload: false, sendsCrowds: true });
  return { device, time, mac: device.mac ?? undefined, addresses, gateway: options.gateway ?? null };
}

/** What `--address` is when nobody chose; see scan-options.ts. */
export const DEFAULT_ADDRESS = '10.9.2.2/24';

/** 127.0.0.1 is every machine's own: no packet of another address reaches it. */
function checkTargets(targets: readonly TargetRange[], peers: readonly string[]): void {
  for (const target of targets) {
    const first = target.at(0);
    if (!first.isLoopback) continue;
    const peer = peers
      .map((text) => text.split('/')[0] ?? '')
      .find((text) => text.includes(':') === (first.family === 6));
    throw new ScanArgumentProblem(
      {
        en: `${first.toString()} is reached by this machine alone, not from an address of ours`,
        zh: `${first.toString()} 只有本机自己能访问，从我们的地址到不了`,
      },
      {
        en: `scan ${peer ?? ''}: the same machine, as seen through the device`,
        zh: `请扫描 ${peer ?? ''}：这就是本机，只是经由该设备访问`,
      },
    );
  }
}

/** Runs a scan on the device until it is over or told to stop; the device is closed then. */
export class DeviceScan {
  private readonly scanner: Scanner;
  private readonly driver: Driver<Scanner>;
  private readonly opened: ScanDevice;
  private settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;

  constructor(opened: ScanDevice, scanner: Scanner) {
    const { device, mac, addresses, gateway, time } = opened;
    this.opened = opened;
    this.scanner = scanner;
    const { id } = scanner.addInterface({ capabilities: device.capabilities, ...(mac === undefined ? {} : { mac }) });
    for (const address of addresses) scanner.addAddress(id, address);
    if (gateway !== null) scanner.addRoute(Address.parse(gateway).family === 4 ? '0.0.0.0/0' : '::/0', gateway, id);
    this.driver = new Driver<Scanner>({
      stack: scanner,
      handler: {
        onEvent: (_scanner, events) => {
          if ((events & SCAN_END) !== 0) this.settle?.resolve();
        },
        onDeviceFailed: (_device, error) => this.settle?.reject(error),
      },
      time,
    });
  }

  nowUs(): number {
    return this.driver.nowUs();
  }

  /** Resolves when the scan is over. */
  async run(): Promise<void> {
    const { device } = this.opened;
    try {
      await new Promise<void>((resolve, reject) => {
        this.settle = { resolve, reject };
        this.driver.attachDevice(device, 0);
      });
    } finally {
      this.driver.close();
      device.close();
    }
  }

  /** Ends the scan early; what is known is reported. */
  stop(): void {
    this.scanner.stop(this.driver.nowUs());
    this.driver.kick();
  }
}
