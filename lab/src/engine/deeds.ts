/**
 * Carries out what a person does: a program's call, a setting, a slider, an order for a packet. Everything goes through the
 * stage, so that it leaves a row in the ladder. What cannot be done (nothing to accept, a port in use) is said in a row too.
 */

import type { Stage } from '../../../src/scenes/stage.ts';
import { BulkReceiver, BulkSender } from '../../../src/sim/applications.ts';
import type { Host } from '../../../src/sim/host.ts';
import type { NetworkLinkOptions } from '../../../src/sim/network-options.ts';
import { ListenSocket } from '../../../src/socket/listen-socket.ts';
import { StreamSocket } from '../../../src/socket/stream-socket.ts';
import { setTcpSetting } from '../../../src/stack/profile.ts';
import { Tcb } from '../../../src/tcp/tcb/tcb.ts';
import type { Action, Deed } from './actions.ts';
import type { LabNetwork } from './lab-network.ts';

const DEFAULT_PORT = 80;
const BYTES_MAX = 1 << 20;
const STREAM_PORT = 5001;
const STREAM_MAX = 4_000_000_000;

type Call = Extract<Deed, { kind: 'call' }>;

/** Does it now. Never throws: what was wrong becomes a row. */
export function carryOut(stage: Stage, network: LabNetwork, action: Action): void {
  try {
    attempt(stage, network, action);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    stage.note({ en: `That could not be done: ${reason}.`, zh: `这一步做不了：${reason}。` });
  }
}

function attempt(stage: Stage, network: LabNetwork, action: Action): void {
  switch (action.kind) {
    case 'packet':
      network.watch.order(action.packet, { what: action.what, ms: action.ms ?? 0 });
      return;
    case 'set':
      setTcpSetting(network.hostNamed(action.host).stack.tcp.settings, action.name, action.value);
      stage.act(action.host, {
        en: `now runs with ${action.name} = ${String(action.value)}`,
        zh: `的设置 ${action.name} 改为 ${String(action.value)}`,
      });
      return;
    case 'link':
      changeLink(stage, network, action.link, action.change);
      return;
    default:
      call(stage, network.hostNamed(action.host), action);
  }
}

function changeLink(stage: Stage, network: LabNetwork, name: string, change: NetworkLinkOptions): void {
  const link = network.linkNamed(name);
  const now = link.impairment.settingsOf(0);
  link.set(change);
  stage.linkMade(link, { ...now, ...change });
  const parts = Object.entries(change).map(([setting, value]) => `${setting} = ${String(value)}`);
  stage.note({ en: `The line is changed: ${parts.join(', ')}.`, zh: `改变了线路：${parts.join('、')}。` });
}

function call(stage: Stage, host: Host, action: Call): void {
  const port = action.port ?? DEFAULT_PORT;
  switch (action.call) {
    case 'listen':
      stage.listen(host, port, action.backlog === undefined ? {} : { backlog: action.backlog });
      return;
    case 'connect': {
      const to = action.to ?? stage.hostNames.find((name) => name !== host.name) ?? host.name;
      stage.connect(host, stage.network.hostNamed(to), port);
      return;
    }
    case 'stream':
      stream(stage, host, action);
      return;
    case 'crash':
      stage.crash(host);
      return;
    case 'restart':
      stage.restart(host);
      return;
    case 'unlisten':
      stage.unlisten(listenerOf(host, action.port));
      return;
    case 'accept':
      stage.accept(listenerOf(host, action.port));
      return;
    default:
      callOnConnection(stage, host, action);
  }
}

/** A whole program: opens a connection, sends so many octets and closes; the other end throws them away. */
function stream(stage: Stage, host: Host, action: Call): void {
  const bytes = Math.min(action.bytes ?? 1_000_000, STREAM_MAX);
  const to = stage.network.hostNamed(action.to ?? stage.hostNames.find((name) => name !== host.name) ?? host.name);
  const port = action.port ?? STREAM_PORT;
  stage.act(host.name, {
    en: `starts a program that sends ${bytes} bytes to port ${port} and closes`,
    zh: `启动一个程序，向端口 ${port} 发送 ${bytes} 字节，然后关闭`,
  });
  if ([...to.stack.tcp.listeners].every((listener) => listener.port !== port)) {
    to.start(new BulkReceiver(port, { isHashing: false }));
    stage.tape.changed('listening', stage.network.nowUs, to.name, port, true);
  }
  const remoteAddress = stage.addressOf(to, host);
  host.start(new BulkSender({ remoteAddress, remotePort: port }, bytes, false));
}

function callOnConnection(stage: Stage, host: Host, action: Call): void {
  const socket = socketOf(host, action.connection);
  switch (action.call) {
    case 'send':
      stage.write(socket, textOf(Math.min(action.bytes ?? 100, BYTES_MAX)));
      return;
    case 'receive':
      stage.read(socket);
      return;
    case 'shutdown':
      stage.shutdown(socket);
      return;
    case 'close':
      stage.close(socket);
      return;
    default:
      stage.abort(socket);
  }
}

function listenerOf(host: Host, port: number | undefined): ListenSocket {
  for (const listener of host.stack.tcp.listeners) {
    if ((port === undefined || listener.port === port) && listener.user instanceof ListenSocket) return listener.user;
  }
  throw new Error(`nobody listens on '${host.name}'`);
}

function socketOf(host: Host, id: number | undefined): StreamSocket {
  for (const entry of host.stack.tcp.connections) {
    if (!(entry instanceof Tcb) || (id !== undefined && entry.id !== id)) continue;
    if (entry.user instanceof StreamSocket) return entry.user;
  }
  throw new Error(`'${host.name}' holds no such connection`);
}

const SENTENCE = 'the quick brown fox jumps over the lazy dog. ';

function textOf(length: number): string {
  return SENTENCE.repeat(Math.ceil(length / SENTENCE.length)).slice(0, length);
}
