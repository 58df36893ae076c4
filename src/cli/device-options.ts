/** The options of commands that run our stack on a device of this machine: `serve` and `connect`. */
import type { Command } from 'commander';
import { numberFrom } from './number-options.ts';
import type { Screen } from './screen.ts';

/** Each command has a network of its own (`10.9.0`), so that one can run beside the other. */
export function addDeviceOptions(command: Command, screen: Screen, network: string): Command {
  return command
    .option(
      '--address <address>',
      screen.say({ en: 'our address and prefix length', zh: '我们的地址和前缀长度' }),
      `${network}.2/24`,
    )
    .option('--peer <address>', screen.say({ en: 'the address of the kernel', zh: '内核一端的地址' }), `${network}.1`)
    .option(
      '--device <device>',
      screen.say({
        en: 'tun, tap, packet:INTERFACE or qemu:PATH (see docs/guides/devices.md)',
        zh: 'tun、tap、packet:接口名 或 qemu:套接字路径（见 docs/guides/devices.md）',
      }),
      'tun',
    )
    .option('--pcap <file>', screen.say({ en: 'write the packets to a pcapng file', zh: '把分组写入 pcapng 文件' }))
    .option(
      '--all',
      screen.say({ en: 'draw every segment, also of long transfers', zh: '画出每一个报文段，大量传输时也不省略' }),
    )
    .option(
      '--loss <percent>',
      screen.say({ en: 'lose this share of the packets', zh: '让这么多百分比的分组丢失' }),
      numberFrom(0, 100),
      0,
    )
    .option(
      '--delay <ms>',
      screen.say({ en: 'delay packets, one way', zh: '让分组单程延迟这么多毫秒' }),
      numberFrom(0, 60_000),
      0,
    )
    .option('-q, --quiet', screen.say({ en: 'draw nothing', zh: '不画图' }));
}
