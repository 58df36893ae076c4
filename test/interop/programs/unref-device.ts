/** Opens a TUN device, lets it go with `unref` while packets wait in it, and so comes to its natural end. */
import { execFileSync } from 'node:child_process';
import { openTun } from '../../../src/node/tun.ts';

const device = await openTun({ name: 'ws0', addresses: ['10.9.0.1/24'] });
device.start({ framesArrived() {}, transmitReady() {}, deviceFailed() {} });
device.unref();
const send = "const s = require('node:dgram').createSocket('udp4'); s.send('x', 7, '10.9.0.2', () => s.close())";
process.on('exit', () => execFileSync(process.execPath, ['-e', send]));
process.stdout.write('ready\n');
