/**
 * The builder of stories in pairs: one mechanism of TCP, played with it and without it on the real stack over the same
 * path. Both plays measure the same number, say it, and check that it lies on their side of a bound; the two bounds lie
 * apart, so a mechanism that changes nothing fails one of the two checks.
 */

import type { NetworkLinkOptions } from '../../sim/network-options.ts';
import type { ListenSocket } from '../../socket/listen-socket.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { TcpAuthOptions } from '../../tcp/auth/keys.ts';
import type { ProfileName, TcpSettings } from '../../tcp/settings.ts';
import type { Scene } from '../scene.ts';
import type { Stage, StagePair } from '../stage.ts';
import type { Text } from '../text.ts';

type Changes = Partial<Omit<TcpSettings, 'profile'>>;

/** What a play has to act with. */
export interface MechanismStage extends StagePair {
  readonly stage: Stage;
  readonly listener: ListenSocket;
  /** The play with the mechanism. */
  readonly isOn: boolean;
  /** What both ends open their sockets with. */
  readonly sockets: { readonly auth?: TcpAuthOptions };
}

/** One mechanism, as data and a play. */
export interface Mechanism {
  readonly id: string;
  readonly title: Text;
  /** What the mechanism does about what happens here. */
  readonly summary: Text;
  /** What happens without it. */
  readonly summaryOff: Text;
  /** TCP settings of both hosts in both plays, and what is added with and without the mechanism. */
  readonly settings?: Changes;
  /** Of both hosts, default `linux`. */
  readonly profile?: ProfileName;
  readonly with: Changes;
  readonly without: Changes;
  readonly link?: NetworkLinkOptions;
  /** Keys of both ends in the play with the mechanism; the hosts can compute signatures then. */
  readonly keys?: TcpAuthOptions;
  /** Sockets the listener answers with Fast Open. */
  readonly fastOpen?: number;
  readonly measure: {
    readonly name: Text;
    readonly unit: Text;
    /** Whether the mechanism makes the number smaller or larger. */
    readonly better: 'smaller' | 'larger';
    /** The worst number with the mechanism, and the best without. */
    readonly with: number;
    readonly without: number;
  };
  /** Acts, and returns the number. NaN when the play did not come to its end. */
  act(acting: MechanismStage): number;
}

/** The two numbers' names and bounds, for the test that compares them. */
export interface MechanismPair {
  readonly mechanism: Mechanism;
  readonly on: Scene;
  readonly off: Scene;
}

/** The two stories of a mechanism: `<id>` and `<id>-off`. */
export function mechanismScenes(mechanism: Mechanism): MechanismPair {
  const { id, title, summary, summaryOff, keys } = mechanism;
  const needs = keys === undefined ? {} : { needsAuth: true };
  return {
    mechanism,
    on: {
      id,
      group: 'mechanisms',
      title,
      summary,
      ...needs,
      play: (stage) => playMechanism(stage, mechanism, true),
    },
    off: {
      id: `${id}-off`,
      group: 'mechanisms',
      title: { en: `The same without it: ${title.en}`, zh: `对照，没有它时：${title.zh}` },
      summary: summaryOff,
      ...needs,
      play: (stage) => playMechanism(stage, mechanism, false),
    },
  };
}

function playMechanism(stage: Stage, mechanism: Mechanism, isOn: boolean): void {
  const { measure } = mechanism;
  const tcp = { ...mechanism.settings, ...(isOn ? mechanism.with : mechanism.without) };
  const { keys, profile = 'linux' } = mechanism;
  const host = { settings: { tcp }, profile, ...(keys === undefined ? {} : { auth: stage.auth }) };
  const sockets = keys === undefined || !isOn ? {} : { auth: keys };
  const pair = stage.pair({
    client: host,
    server: host,
    ...(mechanism.link === undefined ? {} : { link: mechanism.link }),
  });
  const fastOpen = mechanism.fastOpen ?? 0;
  const listener = stage.listen(pair.server, 80, fastOpen === 0 ? sockets : { fastOpen });
  const value = mechanism.act({ stage, ...pair, listener, isOn, sockets });
  const { name, unit } = measure;
  stage.measured = { name, value, unit };
  stage.note({
    en: `Measured: ${name.en}: ${figure(value)} ${unit.en}.`,
    zh: `测量结果：${name.zh} ${figure(value)} ${unit.zh}。`,
  });
  const bound = isOn ? measure.with : measure.without;
  const isUpper = (measure.better === 'smaller') === isOn;
  stage.check(
    {
      en: `${name.en}: ${isUpper ? 'at most' : 'at least'} ${figure(bound)} ${unit.en}`,
      zh: `${name.zh}，${isUpper ? '至多' : '至少'} ${figure(bound)} ${unit.zh}`,
    },
    isUpper ? value <= bound : value >= bound,
  );
}

/** A number as people write it: three digits are enough below 100. */
function figure(value: number): string {
  return Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

// --- what several plays do ---

/** Octets of a full segment with timestamps, over an MTU of 1500. */
export const MSS = 1448;

const ZEROS = new Uint8Array(65_536);

/** A handshake, and a moment of quiet behind it. */
export function opened(acting: MechanismStage): [StreamSocket, StreamSocket] {
  const { stage, client, server, listener } = acting;
  const sockets = stage.open(client, server, listener, acting.sockets);
  stage.pass(100);
  return sockets;
}

/**
 * Sends octets as fast as TCP takes them, to a program that reads at once.
 * @returns milliseconds until the last one was read, NaN when that took longer than `limitMs`
 */
export function transfer(
  stage: Stage,
  from: StreamSocket,
  to: StreamSocket,
  octets: number,
  limitMs = 600_000,
): number {
  const flow = startFlow(stage, from, octets);
  const startMs = stage.nowMs;
  const isDone = stage.until(() => pump(flow, from, to) >= octets, limitMs);
  return isDone ? stage.nowMs - startMs : Number.NaN;
}

/** Sends for so long. @returns octets that were read in that time */
export function transferFor(stage: Stage, from: StreamSocket, to: StreamSocket, forMs: number): number {
  const flow = startFlow(stage, from, 2 ** 40);
  stage.until(() => pump(flow, from, to) < 0, forMs);
  return flow.received;
}

interface Flow {
  left: number;
  received: number;
}

function startFlow(stage: Stage, from: StreamSocket, octets: number): Flow {
  const flow = { left: octets, received: 0 };
  stage.act(
    from.stack.name,
    octets < 2 ** 40
      ? { en: `sends ${octets} bytes`, zh: `开始发送 ${octets} 字节` }
      : { en: 'sends as much as it can', zh: '开始全速发送' },
  );
  write(flow, from);
  return flow;
}

function pump(flow: Flow, from: StreamSocket, to: StreamSocket): number {
  write(flow, from);
  const count = to.readableLength;
  if (count > 0) to.discard(count);
  flow.received += count;
  return flow.received;
}

function write(flow: Flow, from: StreamSocket): void {
  while (flow.left > 0 && from.writableLength > 0) {
    flow.left -= from.write(ZEROS, 0, Math.min(ZEROS.length, flow.left));
  }
}

/** Segments with payload that `socket` has sent again so far. */
export function sentAgain(socket: StreamSocket): number {
  return socket.tcpInfo().totalRetrans;
}

/** Reads what comes for `forMs`, until `octets` are there. @returns octets read */
export function receivedWithin(stage: Stage, accepted: StreamSocket, octets: number, forMs: number): number {
  let received = 0;
  stage.until(() => {
    const count = accepted.readableLength;
    accepted.discard(count);
    received += count;
    return received === octets;
  }, forMs);
  return received;
}
