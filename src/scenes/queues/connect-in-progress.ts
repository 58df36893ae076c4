/** Non-blocking connect: it returns at once, and events tell the outcome (EINPROGRESS, "operation now in progress"). */

import type { Application, Host } from '../../sim/host.ts';
import type { EventSocket } from '../../sim/host-stack.ts';
import { SocketEvent } from '../../socket/socket-event.ts';
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';
import type { Text } from '../text.ts';

export const connectInProgress: Scene = {
  id: 'connect-in-progress',
  group: 'queues',
  title: { en: 'Operation now in progress', zh: '连接正在进行中（EINPROGRESS）' },
  summary: {
    en: 'A non-blocking connect() returns before anything has happened on the network. “Operation now in progress” is no error; events tell later how it ended: connected, refused, or no answer.',
    zh: '非阻塞的 connect() 在网络上还什么都没发生时就返回了。“operation now in progress”不是错误；结果由后来的事件告知：连上了、被拒绝，或者没有回答。',
  },
  play(stage) {
    const { client, server, link } = stage.pair({
      client: { settings: { tcp: { syn_retries: 2, syn_linear_timeouts: 0 } } },
    });
    const events = client.start(new EventLog());
    stage.listen(server, 80);
    const startMs = stage.nowMs;
    const good = stage.connect(client, server, 80);
    const returned = good.stateName === 'SYN-SENT' && good.error === null && stage.packets().length === 0;
    stage.act('client', {
      en: 'gets control back at once: the operation is now in progress, and not one packet has left yet',
      zh: '的调用立即返回：操作正在进行，此时一个分组都还没有发出',
    });
    stage.until(() => events.of(good) !== 0, 60_000);
    tell(stage, good, events);
    const tookMs = stage.nowMs - startMs;
    const refused = stage.connect(client, server, 81);
    stage.until(() => events.of(refused) !== 0, 60_000);
    tell(stage, refused, events);
    stage.pass(100);
    link.rule({ from: client, destinationPort: 82 }, 'drop');
    stage.note({
      en: 'Port 82 is behind a firewall that drops everything. syn_retries is set to 2 here; the default takes two minutes.',
      zh: '端口 82 前面有防火墙，丢弃一切。这里把 syn_retries 设为 2；按默认值要等两分钟左右。',
    });
    const silent = stage.connect(client, server, 82);
    stage.until(() => events.of(silent) !== 0);
    tell(stage, silent, events);
    stage.check(
      {
        en: 'connect() returned before any packet was sent, without an error',
        zh: 'connect() 在发出任何分组之前就已返回，没有报错',
      },
      returned,
    );
    stage.check(
      {
        en: 'Success: the events “connected” and “writable” after one round trip',
        zh: '成功：一个往返之后得到“已连接”和“可写”事件',
      },
      events.of(good) === (SocketEvent.connected | SocketEvent.writable) && tookMs === 40,
    );
    stage.check(
      { en: 'Closed port: the event “error”, ECONNREFUSED', zh: '端口未开放：得到“出错”事件，错误为 ECONNREFUSED' },
      (events.of(refused) & SocketEvent.error) !== 0 && refused.error?.code === 'ECONNREFUSED',
    );
    stage.check(
      {
        en: 'Silence: the event “error”, ETIMEDOUT, after the last SYN',
        zh: '没有回答：最后一个 SYN 之后得到“出错”事件，错误为 ETIMEDOUT',
      },
      (events.of(silent) & SocketEvent.error) !== 0 && silent.error?.code === 'ETIMEDOUT',
    );
  },
};

/** A program that only keeps what it was told. */
class EventLog implements Application {
  private readonly bits = new Map<EventSocket, number>();

  onEvent(_host: Host, socket: EventSocket, events: number): void {
    this.bits.set(socket, this.of(socket) | events);
  }

  /** All SocketEvent bits of a socket so far. */
  of(socket: EventSocket): number {
    return this.bits.get(socket) ?? 0;
  }
}

const EVENT_WORDS: readonly (readonly [bit: number, words: Text])[] = [
  [SocketEvent.connected, { en: 'connected', zh: '已连接' }],
  [SocketEvent.writable, { en: 'writable', zh: '可写' }],
  [SocketEvent.error, { en: 'error', zh: '出错' }],
];

function tell(stage: Stage, socket: StreamSocket, events: EventLog): void {
  const words = EVENT_WORDS.filter(([bit]) => (events.of(socket) & bit) !== 0).map(([, text]) => text);
  const code = socket.error?.code;
  const en = `${words.map((text) => text.en).join(', ')}${code === undefined ? '' : ` (${code})`}`;
  const zh = `${words.map((text) => text.zh).join('、')}${code === undefined ? '' : `（${code}）`}`;
  stage.act('client', {
    en: `is told about port ${socket.remotePort}: ${en}`,
    zh: `得到端口 ${socket.remotePort} 的事件：${zh}`,
  });
}
