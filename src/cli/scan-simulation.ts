/**
 * A network to be scanned that is not there: hosts with real stacks behind a switch, under one virtual clock, and the scanner as one more
 * host. Hosts come from a preset or are described by hand: `web: open=22,80 udp=53 drop=1000-2000 reject=25 rest=closed`.
 */
import { ArgumentError } from '../base/errors.ts';
import { SeededRandom } from '../base/random.ts';
import { parsePorts, Scanner, type ScanOptions } from '../scan/index.ts';
import { EchoServer, type Host, Network, StandInFactory } from '../sim/index.ts';
import { DatagramSocket } from '../socket/datagram-socket.ts';
import type { FilterVerdict, PacketFilter } from '../stack/packet-filter.ts';

/** A host by its ports; whatever is not named is closed unless `rest` says otherwise. */
export interface SimulatedHost {
  readonly name: string;
  readonly open: Uint16Array;
  readonly udp: Uint16Array;
  readonly filters: readonly { readonly verdict: FilterVerdict; readonly ports: Uint16Array }[];
  readonly rest: FilterVerdict | null;
  /** Nobody answers for it at all. */
  readonly isDown: boolean;
}

/** What `--sim` shows without any host described: each kind of port once. */
export const PRESET: readonly string[] = [
  'web: open=22,80,443 udp=53',
  'mail: open=25,143,993 reject=22 drop=1-20',
  'database: open=5432 drop=22,111,3306 udp=161',
  'fortress: open=443 rest=drop',
  'polite: open=22,8080 rest=reject',
];

/** Reads a description. @throws ArgumentError, ExpressionError */
export function parseSimulatedHost(text: string): SimulatedHost {
  const colon = text.indexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(name)) throw new ArgumentError('--sim-host', `'${name}' is no name; ${FORM}`);
  let open: Uint16Array = new Uint16Array(0);
  let udp: Uint16Array = new Uint16Array(0);
  let rest: FilterVerdict | null = null;
  let isDown = false;
  const filters: { verdict: FilterVerdict; ports: Uint16Array }[] = [];
  for (const word of colon < 0
    ? []
    : text
        .slice(colon + 1)
        .trim()
        .split(/\s+/)) {
    const [key = '', value = ''] = word.split('=');
    if (key === 'open') open = parsePorts(value).tcp;
    else if (key === 'udp') udp = parsePorts(value).udp;
    else if (key === 'down') isDown = true;
    else if (key === 'rest' && value in REST) rest = REST[value] ?? null;
    else if (key in VERDICTS) filters.push({ verdict: VERDICTS[key] ?? 'drop', ports: parsePorts(value).tcp });
    else if (word !== '') throw new ArgumentError('--sim-host', `'${word}' is not understood; ${FORM}`);
  }
  return { name, open, udp, filters, rest, isDown };
}

const FORM =
  'write it like web: open=22,80 udp=53 drop=1000-2000 reject=25 prohibit=23 reset=21 rest=drop|reject|prohibit|closed, or web: down';

const VERDICTS: Readonly<Record<string, FilterVerdict>> = {
  drop: 'drop',
  reject: 'port-unreachable',
  prohibit: 'admin-prohibited',
};
const REST: Readonly<Record<string, FilterVerdict | null>> = { ...VERDICTS, closed: null };

/** How the simulated network is made. */
export interface SimulationOptions {
  readonly hosts: readonly SimulatedHost[];
  readonly seed: number;
  /** Share of packets lost each way, 0 to 1, and delay one way in milliseconds. */
  readonly loss: number;
  readonly delayMs: number;
}

/** The network with its scanner. */
export class ScanSimulation {
  readonly network: Network;
  readonly scanner: Scanner;
  /** The hosts' addresses in order, IPv4 and IPv6. */
  readonly addresses: readonly { readonly name: string; readonly ipv4: string; readonly ipv6: string }[];

  constructor(options: SimulationOptions, scan: ScanOptions) {
    this.addresses = options.hosts.map(({ name }, index) => ({
      name,
      ipv4: `10.0.1.${index + 2}`,
      ipv6: `fd00:0:0:1::${(index + 2).toString(16)}`,
    }));
    this.scanner = new Scanner(scan, new SeededRandom(options.seed));
    const stackFactory = new StandInFactory();
    stackFactory.standIns.set(SCANNER, this.scanner);
    this.network = new Network({ seed: options.seed, stackFactory });
    const own = this.network.host(SCANNER);
    const hosts = options.hosts.map((host) => this.network.host(host.name));
    this.network.switch([own, ...hosts], {
      loss: options.loss,
      delayMs: options.delayMs,
      linkFrames: 4096,
    });
    for (const [index, host] of hosts.entries()) {
      const description = options.hosts[index];
      if (description !== undefined) furnish(host, description);
    }
  }

  /** Runs until the scan is over, for so many events at most. True when the scan is over. */
  run(maxEvents: number): boolean {
    this.network.run({ maxEvents, until: () => this.scanner.isFinished });
    return this.scanner.isFinished;
  }
}

const SCANNER = 'scanner';

function furnish(host: Host, { open, udp, filters, rest, isDown }: SimulatedHost): void {
  if (isDown) {
    host.crash();
    return;
  }
  for (const port of open) host.start(new EchoServer(port));
  const sockets = [...udp].map((port) => new DatagramSocket(host.stack, { port }));
  for (const socket of sockets) answerDatagrams(host, socket);
  const { filter } = host.stack;
  for (const { verdict, ports } of filters) for (const port of ports) filter.add({ port, verdict });
  if (rest !== null) addRest(filter, rest, open, udp);
}

function addRest(filter: PacketFilter, verdict: FilterVerdict, open: Uint16Array, udp: Uint16Array): void {
  for (const port of open) filter.add({ protocol: 'tcp', port, verdict: 'pass' });
  for (const port of udp) filter.add({ protocol: 'udp', port, verdict: 'pass' });
  filter.add({ verdict });
}

function answerDatagrams(host: Host, socket: DatagramSocket): void {
  const echo = {
    onEvent(): void {
      for (let message = socket.receiveFrom(); message !== null; message = socket.receiveFrom()) {
        socket.sendTo(message.bytes, message.address, message.port);
      }
    },
  };
  host.start(echo);
  host.own(socket, echo);
}
