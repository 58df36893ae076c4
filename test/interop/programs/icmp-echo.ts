/**
 * A responder on a TUN device without any stack: answers ICMP and ICMPv6 echo and UDP to port 7 by turning packets round in
 * place. Opens `argv[2]`, waiting as `argv[3]` says, with the addresses that follow; prints `ready NAME` and ends when stdin
 * ends. With WOSHOU_TEST_USER it gives up its rights for that user's before it opens.
 */
import type { Slot } from '../../../src/base/slot.ts';
import { openTun } from '../../../src/node/tun.ts';

const [name = 'woshou0', watch = 'auto', ...addresses] = process.argv.slice(2);
const user = Number(process.env.WOSHOU_TEST_USER ?? 0);
if (user !== 0) {
  process.seteuid?.(user);
  // The runner clears up after itself with the rights it had.
  process.prependListener('exit', () => process.seteuid?.(0));
}
const device = await openTun({ name, addresses, watch: watch as 'auto' | 'loop' | 'thread' });

/** Turns an echo request or a datagram in `slot` into its answer; false when it is neither. */
function turnRound(slot: Slot): boolean {
  const { view } = slot.memory;
  const at = slot.offset;
  const isV6 = view.getUint8(at) >>> 4 === 6;
  const [source, size, header] = isV6 ? [at + 8, 16, 40] : [at + 12, 4, (view.getUint8(at) & 15) * 4];
  if (slot.length < header + 8) return false;
  const protocol = view.getUint8(at + (isV6 ? 6 : 9));
  const transport = at + header;
  if (protocol === 17 && view.getUint16(transport + 2) === 7) {
    view.setUint16(transport + 2, view.getUint16(transport));
    view.setUint16(transport, 7);
  } else if (
    (protocol === 1 && view.getUint8(transport) === 8) ||
    (protocol === 58 && view.getUint8(transport) === 128)
  ) {
    // The type goes from 8 to 0 or from 128 to 129: the checksum changes by the same in the other direction.
    const change = isV6 ? 0xfeff : 0x0800;
    view.setUint8(transport, isV6 ? 129 : 0);
    const sum = view.getUint16(transport + 2) + change;
    view.setUint16(transport + 2, (sum & 0xffff) + (sum >>> 16));
  } else return false;
  for (let index = 0; index < size; index += 4) {
    const word = view.getUint32(source + index);
    view.setUint32(source + index, view.getUint32(source + size + index));
    view.setUint32(source + size + index, word);
  }
  return true;
}

device.start({
  framesArrived(slots, count) {
    for (const slot of slots.slice(0, count)) {
      if (!turnRound(slot)) continue;
      const reply = device.transmitSlot();
      if (reply?.copyFrom(slot)) device.commit();
    }
    device.flush();
  },
  transmitReady() {},
  deviceFailed(error) {
    process.stdout.write(`failed ${'code' in error ? String(error.code) : ''}\n`);
    process.stdin.destroy();
  },
});
process.stdin.resume().on('end', () => {
  const startMs = performance.now();
  device.close();
  process.on('exit', () => {
    const statistics = JSON.stringify(device.statistics);
    process.stdout.write(`closed ${Math.round(performance.now() - startMs)} ${statistics}\n`);
  });
});
process.stdout.write(`ready ${device.name}\n`);
