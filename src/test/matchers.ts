/**
 * Assertions about what TCP did, for any framework whose `expect.extend` takes `{ pass, message }`. The subject says whose
 * doing is meant: a network (everybody), a host, a link, or one of `network.connections`.
 */
import { ArgumentError } from '../base/errors.ts';
import { Host } from '../sim/host.ts';
import { NetworkLink } from '../sim/network-link.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { openSockets } from './leaks.ts';
import { Network } from './network.ts';
import { NETWORK_HOST, type TracedConnection, type TracedSegment } from './trace.ts';

/** What a matcher answers. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What a framework tells a matcher. */
export interface MatcherContext {
  readonly isNot?: boolean;
  readonly currentTestName?: string | undefined;
}

/** Whose doing is looked at. */
export type Subject = Network | Host | NetworkLink | TracedConnection;

/** The subject's part of the trace. */
interface View {
  readonly network: Network;
  readonly title: string;
  readonly connections: readonly TracedConnection[];
  /** Sent by the subject. */
  readonly segments: readonly TracedSegment[];
  readonly host: Host | null;
}

type Matcher<Args extends unknown[]> = (this: MatcherContext, subject: Subject, ...args: Args) => MatcherResult;

/** For `expect.extend`. Counts without an argument mean at least one. */
export const matchers = {
  /** A connection was opened: SYN, SYN-ACK and the ACK of it arrived. */
  toHaveHandshaken(this: MatcherContext, subject: Subject): MatcherResult {
    const view = viewOf(subject);
    const opened = view.connections.filter((connection) => connection.isHandshaken).length;
    return answer(this, view, opened > 0, 'have completed a handshake', `${opened} of ${view.connections.length} did`);
  },

  /** SYNs, FINs or data were sent again; `count`: exactly so often. */
  toHaveRetransmitted(this: MatcherContext, subject: Subject, count?: number): MatcherResult {
    const view = viewOf(subject);
    const found = view.segments.filter((segment) => segment.isRepeat && segment.from !== NETWORK_HOST).length;
    return counted(this, view, found, count, 'have retransmitted');
  },

  /** Segments never arrived; `count`: exactly so many. Those still on their way do not count. */
  toHaveLostSegments(this: MatcherContext, subject: Subject, count?: number): MatcherResult {
    const view = viewOf(subject);
    return counted(this, view, view.segments.filter((segment) => segment.isLost).length, count, 'have lost segments');
  },

  /** So many TCP segments were sent, ACKs and repetitions included. */
  toHaveSentSegments(this: MatcherContext, subject: Subject, count?: number): MatcherResult {
    const view = viewOf(subject);
    const found = view.segments.filter((segment) => segment.from !== NETWORK_HOST).length;
    return counted(this, view, found, count, 'have sent segments');
  },

  /**
   * Every connection that has ended was ended by `who`, whose FIN or RST was first: `client` or `server` of the connection,
   * a host's name, or `network`.
   */
  toHaveClosedBy(this: MatcherContext, subject: Subject, who: string): MatcherResult {
    const view = viewOf(subject);
    const known = ['client', 'server', NETWORK_HOST, ...view.network.hosts.map((host) => host.name)];
    if (!known.includes(who)) {
      throw new ArgumentError('who', `there is no '${String(who)}'; there are ${[...new Set(known)].join(', ')}`);
    }
    const ended = view.connections.filter((connection) => connection.closedBy !== null);
    const pass = ended.length > 0 && ended.every((connection) => isClosedBy(connection, who));
    const by = ended.map((connection) => `${connection.client} → ${connection.server} by ${connection.closedBy}`);
    const found = ended.length === 0 ? 'nobody has closed' : `closed: ${by.join(', ')}`;
    return answer(this, view, pass, `have been closed by ${who}`, found);
  },

  /** A RST has arrived: at the subject, if it is a host. `by`: from this host, or `network` for faults and firewalls. */
  toHaveBeenReset(this: MatcherContext, subject: Subject, by?: string): MatcherResult {
    const view = viewOf(subject);
    const resets = view.connections
      .flatMap((connection) => connection.segments)
      .filter((segment) => (segment.flags & TcpFlag.rst) !== 0 && segment.arrivedUs !== null)
      .filter((segment) => view.host === null || segment.to === view.host.name);
    const pass = resets.some((segment) => by === undefined || segment.from === by);
    const from = [...new Set(resets.map((segment) => segment.from))];
    const found = resets.length === 0 ? 'no RST has arrived' : `RSTs came from ${from.join(', ')}`;
    return answer(this, view, pass, `have been reset${by === undefined ? '' : ` by ${by}`}`, found);
  },

  /** Sockets are open: of the host, or of all hosts. With `not` the check for leaks. */
  toHaveOpenSockets(this: MatcherContext, subject: Subject, count?: number): MatcherResult {
    const view = viewOf(subject);
    const open = view.host === null ? view.network.leaks : openSockets(view.host);
    const result = counted(this, view, open.length, count, 'have open sockets');
    return { pass: result.pass, message: () => [...open.map((line) => `  ${line}`), result.message()].join('\n') };
  },

  /** Nothing outside timers, promises and the network's sockets was used: the run repeats byte for byte. */
  toBeDeterministic(this: MatcherContext, subject: Subject): MatcherResult {
    const view = viewOf(subject);
    const { determinism } = view.network;
    return answer(this, view, view.network.outsideResources.length === 0, 'be deterministic', determinism);
  },
} satisfies Record<string, Matcher<never[]>>;

/** The matchers as a framework's `expect(subject)` offers them. */
export interface NetworkMatchers<Returned = void> {
  toHaveHandshaken(): Returned;
  toHaveRetransmitted(count?: number): Returned;
  toHaveLostSegments(count?: number): Returned;
  toHaveSentSegments(count?: number): Returned;
  toHaveClosedBy(who: 'client' | 'server' | 'network' | (string & {})): Returned;
  toHaveBeenReset(by?: string): Returned;
  toHaveOpenSockets(count?: number): Returned;
  toBeDeterministic(): Returned;
}

function viewOf(subject: unknown): View {
  if (subject instanceof Network) {
    const connections = subject.connections;
    const title = `network '${subject.name}'`;
    return { network: subject, title, connections, segments: segmentsOf(connections), host: null };
  }
  if (subject instanceof Host) return hostView(subject);
  if (subject instanceof NetworkLink) {
    const network = networkOf(subject.hosts[0]?.network);
    const connections = network.connections.filter(({ segments }) => segments.some((one) => one.link === subject.name));
    const segments = segmentsOf(connections).filter((segment) => segment.link === subject.name);
    return { network, title: `link '${subject.name}'`, connections, segments, host: null };
  }
  if (!isConnection(subject)) {
    throw new ArgumentError('subject', 'must be a network of woshou/test, one of its hosts, links or connections');
  }
  const title = `connection ${subject.client} → ${subject.server}`;
  return {
    network: networkOf(subject.network),
    title,
    connections: [subject],
    segments: subject.segments,
    host: null,
  };
}

function hostView(host: Host): View {
  const network = networkOf(host.network);
  const { name } = host;
  const connections = network.connections.filter(
    ({ clientHost, serverHost }) => clientHost === name || serverHost === name,
  );
  const segments = segmentsOf(connections).filter((segment) => segment.from === name);
  return { network, title: `host '${name}'`, connections, segments, host };
}

function networkOf(network: unknown): Network {
  if (network instanceof Network) return network;
  throw new ArgumentError('subject', "its network is not of woshou/test; import Network from 'woshou/test'");
}

function isConnection(value: unknown): value is TracedConnection {
  return typeof value === 'object' && value !== null && 'segments' in value && 'closedBy' in value;
}

function segmentsOf(connections: readonly TracedConnection[]): TracedSegment[] {
  return connections.flatMap((connection) => connection.segments);
}

function isClosedBy(connection: TracedConnection, who: string): boolean {
  if (who === 'client') return connection.closedBy === connection.clientHost;
  if (who === 'server') return connection.closedBy === connection.serverHost;
  return connection.closedBy === who;
}

function counted(
  context: MatcherContext,
  view: View,
  found: number,
  wanted: number | undefined,
  what: string,
): MatcherResult {
  const pass = wanted === undefined ? found > 0 : found === wanted;
  const expected = wanted === undefined ? what : `${what}: ${wanted}`;
  return answer(context, view, pass, expected, `found ${found}`);
}

function answer(context: MatcherContext, view: View, pass: boolean, expected: string, found: string): MatcherResult {
  return {
    pass,
    message: () => {
      const not = pass ? 'not ' : '';
      const report = view.network.report(context.currentTestName, view.connections);
      return `expected ${view.title} ${not}to ${expected}, ${found}\n${report}`;
    },
  };
}
