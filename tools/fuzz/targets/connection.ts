/**
 * A live connection in any state: an input is a setting and then segments, raw packets, ICMP errors, time and calls of the user. Whatever
 * comes, nothing throws but what a call is documented to throw, time moves on, memory stays within its bounds, RCV.NXT and
 * SND.UNA never move back, what waits has a timer, and what is sent is well formed with right checksums.
 */
import { WoshouError } from '../../../src/base/errors.ts';
import type { StreamSocket } from '../../../src/socket/index.ts';
import { Tcb, TcpState } from '../../../src/tcp/index.ts';
import { OURS, OURS6, THEIRS, THEIRS6, text } from '../../../test/requirements/bench.ts';
import { buildIcmpError, type Packet } from '../../../test/requirements/wire.ts';
import { ALL_STATES, type SegmentPeer } from '../../../test/support/segment-peer.ts';
import { tcbTrouble } from '../../../test/support/tcb-watch.ts';
import { readPacket } from '../../../test/support/wire-reader.ts';
import { mendPacket } from '../mend.ts';
import { InputReader, must, type Target } from '../target.ts';
import { BUFFER, MSS, STAGES, setStage, TIMESTAMPS } from './connection-stage.ts';

/** Packets one operation may bring forth: no segment calls for more, and no timeout. */
const ANSWERS_MAX = 3_000;
const CONNECTIONS_MAX = 600;
const SEGMENT_OPTIONS: readonly [readonly number[], ...(readonly number[])[]] = [
  [],
  [...TIMESTAMPS],
  [8, 10, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 0],
  [8, 10, 0, 0, 0x7f, 0, 0, 0, 0, 1],
  [5, 10, 0, 0, 0, 0, 0, 0, 0, 1],
  [...MSS, 4, 2, 3, 3, 2],
  [28, 4, 0, 30],
  [28, 4, 0x80, 1],
  [34, 10, 1, 2, 3, 4, 5, 6, 7, 8],
  [172, 11, 0, 0, 1, 0, 0, 1, 0, 0, 1],
  [19, 18, ...new Array<number>(16).fill(7)],
  [29, 16, 1, 1, ...new Array<number>(12).fill(7)],
];
const FLAGS = 'FSRPAUECN';
const WAITS_MS = [1, 10, 40, 200, 1_000, 5_000, 61_000, 7_300_000, 90_000_000, 2_300_000_000] as const;

export const CONNECTION_TARGET: Target = {
  name: 'connection',
  covers: ['src/tcp/input/segment-arrives', 'src/tcp/'],
  maxLength: 300,
  isText: false,
  seeds: () => [
    ...Array.from({ length: STAGES }, (_, stage) => [0, 1, 9, 24, 41].map((kind) => seedFor(stage, kind))).flat(),
    ...[16, 17].flatMap((kind) => [echoing(kind), filling(kind)]),
  ],
  run: (bytes) => new Run(new InputReader(bytes)).play(),
};

/** A segment at RCV.NXT with the ACK at SND.NXT, `data` an index. */
function segment(flags: number, data = 0): number[] {
  return [0, 0, flags, 16, 0, 0, 0, data, 0];
}

/** The usual life from a state on: text, an ACK, calls, time, a FIN. */
function seedFor(state: number, kind: number): Uint8Array {
  const calls = [6, 0, 40, 6, 1, 20];
  return Uint8Array.of(
    ...[state, kind, 1],
    ...[...segment(16), ...segment(24, 3), ...calls, 4, 3, ...segment(16), 5, 3, 4, 5, 0, 0],
    ...[...segment(17), 6, 3, 0, 4, 4, ...segment(16), 6, 6, 1, 4, 6],
  );
}

/** From SYN-SENT on with a peer that agrees to ECN. */
function echoing(kind: number): Uint8Array {
  const state = ALL_STATES.indexOf('SYN-SENT');
  return Uint8Array.of(state, kind, 0, ...segment(82), 6, 0, 40, ...segment(80), ...segment(152, 3), ...segment(16));
}

/** Nobody reads until the window is closed. */
function filling(kind: number): Uint8Array {
  const state = ALL_STATES.indexOf('ESTABLISHED');
  const text = [0, 1, 2, 3, 4, 5].flatMap(() => segment(24, 4));
  return Uint8Array.of(state, kind, 0, 6, 16, 3, ...text, ...segment(17), ...segment(24, 1), 6, 1, 255, ...segment(20));
}

class Run {
  private readonly input: InputReader;
  private readonly peer: SegmentPeer;
  private readonly isV6: boolean;
  private lastSent: Packet | null = null;
  private watched: Tcb | null = null;
  private rcvNxt = 0;
  private sndUna = 0;

  constructor(input: InputReader) {
    this.input = input;
    const { peer, isV6 } = setStage(input);
    this.peer = peer;
    this.isV6 = isV6;
  }

  play(): void {
    for (let left = 60; left > 0 && !this.input.isEmpty; left--) {
      this.operation();
      this.look();
    }
  }

  private operation(): void {
    const { input, peer } = this;
    switch (input.u8() & 7) {
      case 0:
      case 1:
      case 2:
        this.segment();
        return;
      case 3: {
        const packet = input.take(input.u8());
        mendPacket(packet);
        if (packet.length > 0) peer.bench.give(packet);
        return;
      }
      case 4:
        peer.bench.run(input.pick(WAITS_MS as unknown as [number]));
        return;
      case 5:
        this.icmpError();
        return;
      default:
        this.call();
    }
  }

  private segment(): void {
    const { input, peer } = this;
    const bits = input.u16();
    const tcb = this.tcb();
    const flags = [...FLAGS].filter((_, bit) => (bits >> bit) & 1).join('');
    const place = input.u8();
    const seqs = [0, tcb === null ? 0 : (tcb.rcvNxt - peer.rcvNxt) | 0, BUFFER, 0x4000_0000, -1];
    const acks = [
      0,
      tcb === null ? 0 : (tcb.sndNxt - peer.sndNxt) | 0,
      tcb === null ? 0 : (tcb.sndUna - peer.sndNxt) | 0,
      0x4000_0000,
    ];
    const seq = (seqs[place % seqs.length] ?? 0) + ((input.u8() << 24) >> 24);
    const ack = (acks[(place >> 4) % acks.length] ?? 0) + ((input.u8() << 24) >> 24);
    const shape = input.u8();
    peer.send({
      flags,
      seq: seq | 0,
      ack: ack | 0,
      window: [65_535, 0, 1, 100, 2_000][shape % 5] ?? 0,
      urgent: [0, 1, 100, 65_535][(shape >> 3) & 3] ?? 0,
      data: [0, 1, 10, 100, 1_000, 1_440][input.u8() % 6] ?? 0,
      options: input.pick(SEGMENT_OPTIONS),
    });
  }

  /** An error about what was sent last. */
  private icmpError(): void {
    const { input, lastSent, isV6 } = this;
    const [type, code, word] = [input.u8(), input.u8(), input.u16()];
    if (lastSent === null) return;
    const quoted = lastSent.bytes.slice();
    const at = input.u8();
    if (at > 0 && at < quoted.length) quoted[at] = input.u8();
    const [theirs, ours] = isV6 ? [THEIRS6, OURS6] : [THEIRS, OURS];
    this.peer.bench.give(buildIcmpError(theirs, ours, type, code, quoted, word));
  }

  private call(): void {
    const { input, peer } = this;
    if (peer.socket === null) peer.socket = peer.listener?.accept() ?? null;
    const what = input.u8();
    const amount = input.u8();
    try {
      if (peer.socket === null) {
        if (what % 16 === 3) peer.listener?.close();
      } else CALLS[what % CALLS.length]?.(peer.socket, amount);
    } catch (error) {
      // What a call may say no to; a broken assertion is never an answer.
      if (!(error instanceof WoshouError) || error.code === 'ERR_ASSERTION') throw error;
    }
  }

  private look(): void {
    const { bench } = this.peer;
    const packets = bench.takePackets();
    must(packets.length <= ANSWERS_MAX, `${packets.length} packets after one operation`);
    for (const packet of packets) {
      if (packet.segment !== null) must(packet.segment.isChecksumRight, 'a segment was sent with a wrong checksum');
      else if (packet.protocol !== 253) {
        const wrong = readPacket(packet.bytes).layers.find(({ reason, name }) => reason !== 0 && name !== 'quoted');
        must(wrong === undefined, `a packet was sent whose ${wrong?.name} is not well formed`);
      }
    }
    this.lastSent = packets.at(-1) ?? this.lastSent;
    let connections = 0;
    for (const entry of bench.stack.tcp.connections) {
      connections++;
      if (!(entry instanceof Tcb)) continue;
      const trouble = tcbTrouble(entry);
      must(trouble === null, `${entry.state}: ${trouble}`);
      must((entry.receiveBuffer?.length ?? 0) <= 8 << 20, 'the receive buffer holds more than it may');
    }
    must(connections <= CONNECTIONS_MAX, `${connections} connections`);
    this.lookForward();
  }

  /** RCV.NXT and SND.UNA of a synchronized connection never move back. */
  private lookForward(): void {
    const tcb = this.tcb();
    if (tcb === null || tcb.state < TcpState.established) {
      this.watched = null;
      return;
    }
    if (tcb === this.watched) {
      must(((tcb.rcvNxt - this.rcvNxt) | 0) >= 0, 'RCV.NXT moved back');
      must(((tcb.sndUna - this.sndUna) | 0) >= 0, 'SND.UNA moved back');
    }
    this.watched = tcb;
    this.rcvNxt = tcb.rcvNxt;
    this.sndUna = tcb.sndUna;
  }

  private tcb(): Tcb | null {
    for (const entry of this.peer.bench.stack.tcp.connections) if (entry instanceof Tcb) return entry;
    return null;
  }
}

type Call = (socket: StreamSocket, amount: number) => void;

const CALLS: readonly Call[] = [
  (socket, amount) => socket.write(text(amount * 20)),
  (socket, amount) => socket.read(new Uint8Array(amount * 20 + 1)),
  (socket, amount) => socket.write(text(amount)),
  (socket) => socket.shutdownWrite(),
  (socket, amount) => socket.writeUrgent(text(1 + (amount & 31))),
  (socket) => socket.readUrgent(),
  (socket, amount) => {
    if (amount & 1) socket.close();
  },
  (socket, amount) => {
    if (amount === 77) socket.abort();
  },
  (socket) => socket.shutdownRead(),
  (socket, amount) => {
    socket.noDelay = (amount & 1) === 1;
    socket.cork = (amount & 2) === 2;
  },
  (socket, amount) => {
    socket.userTimeoutMs = amount * 100;
  },
  (socket, amount) => socket.setKeepAlive(amount & 1 ? { idleMs: 1_000 + amount, intervalMs: 1_000 } : null),
  (socket, amount) => {
    socket.receiveBufferSize = 300 + amount * 100;
  },
  (socket, amount) => {
    socket.congestionControl = ['reno', 'cubic', 'bbr'][amount % 3] ?? 'reno';
  },
  (socket, amount) => {
    socket.urgentOutOfBand = (amount & 1) === 1;
    socket.softErrorReports = (amount & 2) === 2;
    socket.lingerMs = amount - 1;
  },
  (socket, amount) => {
    socket.userTimeoutOption = amount * 10;
  },
  (socket, amount) => {
    socket.peek(new Uint8Array(amount + 1));
    socket.discard(Math.min(amount, socket.readableLength));
    socket.tcpInfo();
  },
];
