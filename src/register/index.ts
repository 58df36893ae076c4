/**
 * woshou/register: `node --import woshou/register app.js` puts a program, as it is, on a virtual network. What it does with
 * net, tls, http, https, http2, dgram, dns and fetch goes through this process's own TCP/IP; nothing reaches the machine's.
 */
import net from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { dgramOver, type Lookup } from '../dgram/create.ts';
import { LocalUdpPorts } from '../dgram/local-udp-port.ts';
import type { UdpPorts } from '../dgram/udp-port.ts';
import type { Dns } from '../dns/create.ts';
import { dnsIn } from '../dns/dns-in.ts';
import { type DnsEnvironment, environmentOf, machineTimer } from '../dns/environment.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { WorkerBridge } from './bridge.ts';
import { publish, replaceDgram, replaceDns } from './builtins.ts';
import { LocalTcpPorts } from './local-tcp-port.ts';
import { NETWORK_VARIABLE, setUpNetwork } from './network-setup.ts';
import { patchNet } from './patch-net.ts';
import { RemoteLink } from './remote.ts';
import { RemoteTcpPorts, RemoteUdpPorts } from './remote-ports.ts';
import type { TcpPorts } from './tcp-port.ts';
import { linkOfThisWorker, linkWorkers } from './worker-link.ts';

export type { RegisteredNetwork } from './network-setup.ts';

/** The host the program is on, for programs that know of it; null in workers, whose sockets are those of this host. */
export const host: SocketHost | null = isMainThread ? await registerProgram() : registerWorker();

async function registerProgram(): Promise<SocketHost> {
  const { host: own, dnsServers } = await setUpNetwork(process.env[NETWORK_VARIABLE], process.cwd());
  const tcp = new LocalTcpPorts(own);
  const udp = new LocalUdpPorts(own);
  const environment = replaceModules(tcp, udp, dnsServers, (dgram) => environmentOf(own, dgram, net));
  const { addressesOf, namesOf } = environment;
  const network = { tcp, udp, names: { addressesOf, namesOf } };
  linkWorkers(
    (end) => {
      const bridge = new WorkerBridge(network, end);
      return () => bridge.finish();
    },
    dnsServers,
    import.meta.url,
  );
  publish();
  return own;
}

/** A worker's sockets are those of the program's host: it asks the main thread for them. */
function registerWorker(): null {
  const end = linkOfThisWorker();
  const link = new RemoteLink(end);
  replaceModules(new RemoteTcpPorts(link), new RemoteUdpPorts(link), end.dnsServers, (dgram) => ({
    dgram,
    net,
    addressesOf: (name) => link.names('addressesOf', name),
    namesOf: (address) => link.names('namesOf', address),
    setTimer: machineTimer,
  }));
  linkWorkers(
    (owner) => {
      link.attach(owner);
      return null;
    },
    end.dnsServers,
    import.meta.url,
  );
  publish();
  return null;
}

function replaceModules(
  tcp: TcpPorts,
  udp: UdpPorts,
  dnsServers: readonly string[],
  environmentFor: (dgram: DnsEnvironment['dgram']) => DnsEnvironment,
): DnsEnvironment {
  let dns: Dns | null = null;
  const lookup: Lookup = (...args) => (dns as unknown as { lookup: Lookup }).lookup(...args);
  const dgram = dgramOver(udp, lookup);
  const environment = environmentFor(dgram);
  dns = dnsIn(environment, { servers: dnsServers });
  patchNet(tcp);
  replaceDgram(dgram);
  replaceDns(dns);
  return environment;
}
