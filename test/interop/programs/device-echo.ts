/**
 * Our stack on a device of the kind in `argv[2]` (`tun`, `tap`, `packet`, `inherited`), at 10.9.0.2 and fd00:9::2, with an echo of TCP at port 7.
 * `argv[3]` is `offload`, `software`, `plain` or, of a packet socket, `crowds`. Prints `ready NAME OFFLOADS`, at the end `closed` with the device's counters as JSON.
 */

import type { Device } from '../../../src/node/device.ts';
import { openInheritedTun, openPacket, openTap, openTun } from '../../../src/node/index.ts';
import { DeviceHost } from '../../support/device-hosts.ts';

const [kind = '', offload = ''] = process.argv.slice(2);
const isOffloading = offload === 'software' ? ('software' as const) : offload === 'offload';
const options = { name: 'ws0', addresses: ['10.9.0.1/24', 'fd00:9::1/64'], offload: isOffloading };
const device = await open();
const host = new DeviceHost(device, '10.9.0.2/24', 'fd00:9::2/64');
host.net.createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket)).listen(7);
const timer = setInterval(() => {
  if (host.failures.length === 0) return;
  clearInterval(timer);
  process.stdout.write(`failed ${host.failures.map((error) => ('code' in error ? error.code : error)).join(' ')}\n`);
  process.stdin.destroy();
}, 20);
process.stdin.resume().on('close', () => {
  clearInterval(timer);
  host.close();
  const { tcp } = host.stack.counters;
  process.stdout.write(`closed ${JSON.stringify({ ...device.statistics, checksumErrors: tcp.InCsumErrors })}\n`);
});
const { tso4, tso6, uso, checksum } = device.capabilities;
function open(): Device | Promise<Device> {
  if (kind === 'packet') {
    return openPacket({ interface: 'veth1', offload: isOffloading, sendsCrowds: offload === 'crowds' });
  }
  if (kind === 'inherited') return openInheritedTun();
  return kind === 'tap' ? openTap(options) : openTun(options);
}

process.stdout.write(`ready ${device.name} ${JSON.stringify({ tso4, tso6, uso, checksum })}\n`);
