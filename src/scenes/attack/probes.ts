/** What the scenes of scans share: a host with an open, a closed and a filtered port, and a hand that probes it and judges the answers as the scanner does. */
import { type PortStateName, portStateName, stateOf } from '../../scan/port-state.ts';
import { judgeSegment, TECHNIQUES, type TechniqueName } from '../../scan/technique.ts';
import type { Host } from '../../sim/host.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { HandMadePeer, hasFlags, type SeenSegment } from '../hand-made.ts';
import type { Stage } from '../stage.ts';
import type { Text } from '../text.ts';

/** A program listens. */
export const OPEN = 80;
/** Nobody listens. */
export const CLOSED = 81;
/** The packet filter drops all there is for it. */
export const FILTERED = 443;
/** Nobody listens, and the packet filter drops SYNs alone. */
export const SYN_FILTERED = 8080;

const ANSWER_MS = 100;

const PORTS: ReadonlyMap<number, Text> = new Map([
  [OPEN, { en: `port ${OPEN}, where a program listens`, zh: `有程序监听的端口 ${OPEN}` }],
  [CLOSED, { en: `port ${CLOSED}, where nobody listens`, zh: `没有程序监听的端口 ${CLOSED}` }],
  [FILTERED, { en: `port ${FILTERED}, which the packet filter hides`, zh: `被包过滤器拦住的端口 ${FILTERED}` }],
  [
    SYN_FILTERED,
    {
      en: `port ${SYN_FILTERED}, for which the packet filter drops only SYNs`,
      zh: `包过滤器只拦 SYN 的端口 ${SYN_FILTERED}`,
    },
  ],
]);

/** One probe of a scene: what should come of it, and the rule behind it. */
export interface Probe {
  readonly technique: TechniqueName;
  readonly port: number;
  /** What the scanner must say of the port. */
  readonly state: PortStateName;
  readonly why: Text;
}

/** Puts the packet filter of a scanned host up. */
export function guard(host: Host): void {
  host.stack.filter.add({ protocol: 'tcp', port: FILTERED, verdict: 'drop' });
  host.stack.filter.add({ protocol: 'tcp', port: SYN_FILTERED, onlySyn: true, verdict: 'drop' });
}

/** A system of the nineties, by hand: its open ports drop a FIN whatever comes with it, and its RSTs show the window of a socket that listens. */
export class OldSystem extends HandMadePeer {
  protected override segmentArrived(segment: SeenSegment): void {
    const isOpen = segment.toPort === OPEN;
    if (isOpen && hasFlags(segment, 'FIN')) return;
    const [fromPort, toPort] = [segment.toPort, segment.fromPort];
    this.send({ flags: 'RST', to: segment.from, fromPort, toPort, seq: segment.ack, window: isOpen ? 4096 : 0 });
  }
}

/** The scanner, without a TCP of its own, and what it looks at. */
export class Scan {
  readonly server: Host;
  readonly listener: ListenSocket;
  private readonly stage: Stage;
  private readonly hand = new HandMadePeer();
  private readonly scanner: Host;
  private nextPort = 40_001;

  constructor(stage: Stage) {
    this.stage = stage;
    this.scanner = stage.handMade('scanner', this.hand);
    this.server = stage.host('server');
    stage.link(this.scanner, this.server);
    guard(this.server);
    this.listener = stage.listen(this.server, OPEN);
  }

  /** A second host, played by hand. */
  oldSystem(): Host {
    const host = this.stage.handMade('old-system', new OldSystem());
    this.stage.link(this.scanner, host);
    return host;
  }

  /** Sends all the probes one by one; each has its verdict told, and checked. */
  run(probes: readonly Probe[], target: Host = this.server): void {
    for (const probe of probes) {
      const state = this.probe(probe, target);
      const { en, zh } = probe.why;
      this.stage.note({ en: `Verdict: ${state}. ${en}`, zh: `判定：${state}。${zh}` });
      const port = PORTS.get(probe.port) ?? { en: '', zh: '' };
      const flags = flagsOf(probe.technique);
      const host: Text = target === this.server ? { en: '', zh: '' } : { en: 'the old system, ', zh: '老系统，' };
      this.stage.check(
        {
          en: `${flags.en} to ${host.en}${port.en}: ${probe.state}`,
          zh: `${flags.zh}发往${host.zh}${port.zh}：${probe.state}`,
        },
        state === probe.state,
      );
    }
  }

  /** One probe. A half-open connection that comes of it is taken down at once, as a scanner's kernel does. */
  private probe({ technique: name, port }: Probe, target: Host): PortStateName {
    const { stage, hand } = this;
    const technique = TECHNIQUES[name];
    const to = stage.addressOf(target, this.scanner);
    const fromPort = this.nextPort++;
    const [flags, where] = [flagsOf(name), PORTS.get(port) ?? { en: '', zh: '' }];
    stage.say({ en: `${flags.en} to ${where.en}.`, zh: `${flags.zh}，发往${where.zh}。` });
    const ack = technique.flags & TcpFlag.ack ? 5000 : 0;
    hand.send({ flags: bitNames(technique.flags), to, fromPort, toPort: port, seq: 1000, ack });
    stage.pass(ANSWER_MS);
    const answer = hand.received.find((segment) => segment.toPort === fromPort);
    if (answer === undefined) return portStateName(technique.silence);
    if (hasFlags(answer, 'SYN')) {
      stage.say({
        en: 'It has seen enough. The handshake is never finished, and the program on the server never hears of it.',
        zh: '目的已经达到。握手到此为止，服务器上的程序根本不知道有人来过。',
      });
      hand.send({ flags: 'RST', to, fromPort, toPort: port, seq: answer.ack });
      stage.pass(ANSWER_MS);
    }
    return portStateName(stateOf(judgeSegment(technique, answer.flags, answer.window)));
  }
}

function bitNames(flags: number): string {
  return Object.entries(TcpFlag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name.toUpperCase())
    .join('+');
}

function flagsOf(name: TechniqueName): Text {
  const names = bitNames(TECHNIQUES[name].flags);
  if (names === '') return { en: 'NULL (no control bit at all)', zh: 'NULL 报文段（一个控制位也没有）' };
  if (name === 'xmas') return { en: `Xmas (${names})`, zh: `Xmas 报文段（${names}）` };
  return { en: names, zh: `${names} 报文段` };
}
