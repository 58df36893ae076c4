/**
 * A responder on a TUN device without any stack: answers ICMP and ICMPv6 echo and UDP to port 7 by turning packets round in
 * place. Opens `argv[2]`, waiting as `argv[3]` says, with the addresses that follow; prints `ready NAME` and ends when stdin
 * ends. With WOSHOU_TEST_USER it gives up its rights for that user's before it opens.
 */
import { openTun } from '../../../src/node/tun.ts';
import { turnRound } from './turn-round.ts';

const [name = 'woshou0', watch = 'auto', ...addresses] = process.argv.slice(2);
const user = Number(process.env.WOSHOU_TEST_USER ?? 0);
if (user !== 0) {
  process.seteuid?.(user);
  // The runner clears up after itself with the rights it had.
  process.prependListener('exit', () => process.seteuid?.(0));
}
const device = await openTun({ name, addresses, watch: watch as 'auto' | 'loop' | 'thread' });

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
