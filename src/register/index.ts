/**
 * woshou/register: `node --import woshou/register app.js` puts a program, as it is, on a virtual network. What it does with
 * net, tls, http, https, http2, dgram, dns and fetch goes through this process's own TCP/IP; nothing reaches the machine's.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { dgramOver, lookupAmong } from '../dgram/create.ts';
import { LocalUdpPorts } from '../dgram/local-udp-port.ts';
import { LocalTcpPorts } from './local-tcp-port.ts';
import { NETWORK_VARIABLE, setUpNetwork } from './network-setup.ts';
import { patchNet } from './patch-net.ts';

const { host } = await setUpNetwork(process.env[NETWORK_VARIABLE], process.cwd());
const require = createRequire(import.meta.url);
const udp = new LocalUdpPorts(host);
patchNet(new LocalTcpPorts(host));
Object.assign(require('node:dgram'), dgramOver(udp, lookupAmong(udp)));
syncBuiltinESMExports();
