/** The ladders of the stories everybody knows, line by line: packets, numbers, states, and the sentences they are told in. */
import { describe, expect, it } from 'vitest';
import { findScene, type LadderRow, playScene } from './index.ts';
import type { StatePair } from './ladder-row.ts';

function rowsOf(id: string): readonly LadderRow[] {
  const scene = findScene(id);
  if (scene === null) throw new Error(`no scene ${id}`);
  return playScene(scene).rows;
}

function arrow(state: StatePair | null): string {
  if (state === null) return '-';
  return state.before === state.after ? state.after : `${state.before}>${state.after}`;
}

/** Packets as `from flags seq/ack+length status: sender's states | receiver's states`. */
function packets(id: string): string[] {
  return rowsOf(id)
    .filter((row) => row.kind === 'segment')
    .map((row) => {
      if (row.protocol !== 'tcp') return `${row.from} ${row.summary}`;
      const status = row.status === 'delivered' ? '' : ` ${row.status}`;
      const numbers = `${row.seq ?? '?'}/${row.ack ?? '-'}+${row.length ?? 0}`;
      return `${row.from} ${row.flags} ${numbers}${status}: ${arrow(row.fromState)} | ${arrow(row.toState)}`;
    });
}

const HANDSHAKE = [
  'client SYN 0/-+0: CLOSED>SYN-SENT | LISTEN>SYN-RECEIVED',
  'server SYN,ACK 0/1+0: SYN-RECEIVED | SYN-SENT>ESTABLISHED',
  'client ACK 1/1+0: ESTABLISHED | SYN-RECEIVED>ESTABLISHED',
];

describe('ladders', () => {
  it('life: ARP, three steps, a page, four steps', () => {
    expect(packets('life')).toEqual([
      'client ARP who has 10.0.1.2? tell 10.0.1.1',
      'server ARP 10.0.1.2 is at 02:00:00:01:00:02',
      // The SYN had to wait for the hardware address, the state did not.
      'client SYN 0/-+0: SYN-SENT | LISTEN>SYN-RECEIVED',
      ...HANDSHAKE.slice(1),
      'client PSH,ACK 1/1+56: ESTABLISHED | ESTABLISHED',
      'server ACK 1/57+0: ESTABLISHED | ESTABLISHED',
      'server PSH,ACK 1/57+98: ESTABLISHED | ESTABLISHED',
      'client ACK 57/99+0: ESTABLISHED | ESTABLISHED',
      'client FIN,ACK 57/99+0: ESTABLISHED>FIN-WAIT-1 | ESTABLISHED>CLOSE-WAIT',
      'server ACK 99/58+0: CLOSE-WAIT | FIN-WAIT-1>FIN-WAIT-2',
      'server FIN,ACK 99/58+0: CLOSE-WAIT>LAST-ACK | FIN-WAIT-2>TIME-WAIT',
      'client ACK 58/100+0: TIME-WAIT | LAST-ACK>CLOSED',
    ]);
  });

  it('simultaneous open: four segments, one connection', () => {
    const opening = packets('simultaneous-open').slice(0, 4);
    expect([...opening].sort()).toEqual([
      'a SYN 0/-+0: CLOSED>SYN-SENT | SYN-SENT>SYN-RECEIVED',
      'a SYN,ACK 0/1+0: SYN-RECEIVED | SYN-RECEIVED>ESTABLISHED',
      'b SYN 0/-+0: CLOSED>SYN-SENT | SYN-SENT>SYN-RECEIVED',
      'b SYN,ACK 0/1+0: SYN-RECEIVED | SYN-RECEIVED>ESTABLISHED',
    ]);
  });

  it('simultaneous open: the first data behind it is no third step', () => {
    const first = rowsOf('simultaneous-open').find((row) => row.payload === 'ping');
    expect(first?.say).toEqual({ en: 'A sends 4 bytes (seq 1).', zh: 'A 发送 4 字节数据（序列号 1）。' });
  });

  it('lost last ACK: the FIN again, answered from TIME-WAIT', () => {
    expect(packets('lost-last-ack').slice(-4)).toEqual([
      'server FIN,ACK 1/2+0: CLOSE-WAIT>LAST-ACK | FIN-WAIT-2>TIME-WAIT',
      'client ACK 2/2+0 dropped: TIME-WAIT | -',
      'server FIN,ACK 1/2+0: LAST-ACK | TIME-WAIT',
      'client ACK 2/2+0: TIME-WAIT | LAST-ACK>CLOSED',
    ]);
  });

  it('half-open: an ACK of old numbers, a RST, and a handshake like any other', () => {
    expect(packets('half-open-restart')).toEqual([
      ...HANDSHAKE,
      'client SYN 0/-+0: CLOSED>SYN-SENT | ESTABLISHED',
      'server ACK 1/-+0: ESTABLISHED | SYN-SENT',
      'client RST ?/-+0: SYN-SENT | ESTABLISHED>CLOSED',
      'client SYN 0/-+0: SYN-SENT | LISTEN>SYN-RECEIVED',
      ...HANDSHAKE.slice(1),
    ]);
  });

  it('a cookie comes back: the ACK makes the connection out of nothing but itself', () => {
    const rows = packets('syn-flood-cookies');
    expect(rows).toContain('client ACK 1/1+0: ESTABLISHED | LISTEN>ESTABLISHED');
    expect(rows).toContain('client PSH,ACK 1/1+5: ESTABLISHED | ESTABLISHED');
  });

  it('tells the close in plain sentences of both languages', () => {
    const said = rowsOf('four-way-close')
      .filter((row) => row.kind !== 'note' && row.timeUs > 100_000)
      .map((row) => row.say);
    expect(said).toEqual([
      { en: 'The client calls close().', zh: '客户端调用 close()。' },
      {
        en: 'The client closes its direction: FIN; the server goes from ESTABLISHED to CLOSE-WAIT.',
        zh: '客户端关闭自己这一方向：发送 FIN；服务器由 ESTABLISHED 进入 CLOSE-WAIT。',
      },
      {
        en: 'The server acknowledges the FIN (ack 2); the client goes from FIN-WAIT-1 to FIN-WAIT-2.',
        zh: '服务器确认对方的 FIN（确认号 2）；客户端由 FIN-WAIT-1 进入 FIN-WAIT-2。',
      },
      { en: 'The server calls close().', zh: '服务器调用 close()。' },
      {
        en: 'The server has nothing more to send either: FIN; the client goes from FIN-WAIT-2 to TIME-WAIT.',
        zh: '服务器也没有数据要发了：发送 FIN；客户端由 FIN-WAIT-2 进入 TIME-WAIT。',
      },
      {
        en: 'The client acknowledges the FIN (ack 2); the server goes from LAST-ACK to CLOSED.',
        zh: '客户端确认对方的 FIN（确认号 2）；服务器由 LAST-ACK 进入 CLOSED。',
      },
      {
        en: 'The client: the wait of 2 MSL is over; TIME-WAIT becomes CLOSED.',
        zh: '客户端：2 MSL 的等待结束，状态由 TIME-WAIT 变为 CLOSED。',
      },
    ]);
  });
});
