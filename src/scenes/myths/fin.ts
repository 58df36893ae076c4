/** Claims about the FIN: what its ACK carries, where its number comes from, how many segments a close takes. */
import type { LadderRow } from '../ladder-row.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';

export const ackOfFin: Scene = {
  id: 'myth-ack-of-fin',
  group: 'myths',
  title: { en: 'Claim: the ACK of a FIN carries FIN=1', zh: '误传：对 FIN 的确认报文段里 FIN=1' },
  summary: {
    en: 'Many tables of the four-way close give the second segment FIN=1 as well. Here a program takes its time before it closes, and the segments are looked at one by one.',
    zh: '不少讲“四次挥手”的表格，把第二个报文段也写成 FIN=1。这里让服务器上的程序过一会儿才关闭，再逐个查看报文段。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.pass(100);
    stage.close(socket);
    stage.until(() => accepted.stateName === 'CLOSE-WAIT');
    stage.say({ en: 'The packet in question: look at its control bits.', zh: '关键就是这个报文段：看它的控制位。' });
    // The acknowledgment of a lone FIN leaves with the next tick.
    stage.pass(1001);
    const second = stage.packets({ from: 'server' }).at(-1);
    const stateBetween = accepted.stateName;
    stage.close(accepted);
    stage.pass(200);
    const fins = stage.packets({ from: 'server' }).filter((row) => row.flags.includes('FIN'));
    stage.check(
      { en: 'The ACK of the FIN carries ACK and nothing else', zh: '对 FIN 的确认只有 ACK 置 1，没有别的' },
      second?.flags === 'ACK' && second.ack === 2,
    );
    stage.check(
      {
        en: 'Between ACK and FIN the server was in CLOSE-WAIT and could still send',
        zh: '在发出 ACK 之后、发出 FIN 之前，服务器处于 CLOSE-WAIT，仍可发送数据',
      },
      stateBetween === 'CLOSE-WAIT',
    );
    stage.check(
      {
        en: 'The server’s FIN is a segment of its own, sent a second later by the program’s close()',
        zh: '服务器的 FIN 是另外一个报文段，一秒后程序调用 close() 才发出',
      },
      fins.length === 1 && (fins[0]?.timeUs ?? 0) - (second?.timeUs ?? 0) >= 1_000_000,
    );
    stage.verdict = {
      en: 'Wrong. An ACK with FIN=1 would close the second direction as well. FIN and ACK share a segment only when the program closes before the ACK has gone out; then the close takes three segments, not four.',
      zh: '错。确认报文段若带 FIN=1，就等于把第二个方向也一并关闭了。只有程序赶在确认发出之前就关闭，FIN 与 ACK 才会合在一个报文段里，那样挥手只有三次，不是四次。',
    };
  },
};

export const finNumber: Scene = {
  id: 'myth-fin-number-random',
  group: 'myths',
  title: { en: 'Claim: the FIN’s sequence number is random', zh: '误传：FIN 的序列号是随机的' },
  summary: {
    en: 'Drawings of the close write seq=u and seq=w, and some explain u and w as random numbers. Three connections send different amounts of data and then close.',
    zh: '挥手示意图里写着 seq=u、seq=w，有人解释说 u 和 w 是随机数。这里用三条连接各发送不同长度的数据，然后关闭。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const sizes = [0, 5, 3000];
    const fins: (LadderRow | undefined)[] = [];
    const acks: (LadderRow | undefined)[] = [];
    for (const size of sizes) {
      const [socket] = stage.open(client, server, listener);
      stage.pass(100);
      if (size > 0) stage.write(socket, 'x'.repeat(size));
      stage.until(() => socket.unacknowledgedLength === 0);
      stage.pass(100);
      stage.say({
        en: `${size} bytes were sent, so the FIN has number 1 + ${size}, counted from the SYN.`,
        zh: `已发送 ${size} 字节，所以从 SYN 数起，FIN 的序列号是 1 + ${size}。`,
      });
      stage.close(socket);
      stage.pass(100);
      fins.push(
        stage
          .packets({ from: 'client' })
          .filter((row) => row.flags.includes('FIN'))
          .at(-1),
      );
      acks.push(stage.packets({ from: 'server' }).at(-1));
    }
    stage.check(
      { en: 'Each FIN has the number after the last byte', zh: '每个 FIN 的序列号都紧接在最后一个字节之后' },
      fins.every((row, index) => row?.length === 0 && row.seq === 1 + (sizes[index] ?? 0)),
    );
    stage.check(
      { en: 'It takes up one number: the ACK is one higher', zh: 'FIN 占用一个序列号：确认号比它大 1' },
      acks.every((row, index) => row?.ack === 2 + (sizes[index] ?? 0)),
    );
    stage.check(
      {
        en: 'In the header, too, it is the initial number plus 1 plus the bytes',
        zh: '首部里的实际数值，也正是初始序列号加 1 再加字节数',
      },
      fins.every((row, index) => isAfterIsn(stage, row, sizes[index] ?? 0)),
    );
    stage.verdict = {
      en: 'Wrong. Only the initial number in the SYN is random. From there every byte counts one, the SYN and the FIN count one each, and the FIN’s number follows from that.',
      zh: '错。随机的只有 SYN 里的初始序列号。此后每个字节占一个序列号，SYN 和 FIN 也各占一个，FIN 的序列号由此就完全确定了。',
    };
  },
};

function isAfterIsn(stage: Stage, fin: LadderRow | undefined, size: number): boolean {
  const syn = stage.packets({ from: 'client', flags: 'SYN' }).find((row) => row.source === fin?.source);
  return ((syn?.seqAbsolute ?? 0) + 1 + size) >>> 0 === fin?.seqAbsolute;
}

export const fourSegments: Scene = {
  id: 'myth-four-segments',
  group: 'myths',
  title: { en: 'Claim: a close always takes four segments', zh: '误传：关闭连接总要四次挥手' },
  summary: {
    en: 'Four connections are closed in four ways: a slow program, a quick one, an abort, and both ends at once. The segments of each close are counted.',
    zh: '用四种方式关闭四条连接：程序反应慢、程序反应快、直接中止、双方同时关闭，再数一数各用了几个报文段。',
  },
  play(stage) {
    const { client, server } = stage.pair();
    const listener = stage.listen(server, 80);
    const counts: string[] = [];
    const close = (way: (pair: ReturnType<Stage['open']>) => void): void => {
      const pair = stage.open(client, server, listener);
      stage.pass(100);
      const before = stage.packets().length;
      way(pair);
      stage.pass(200);
      counts.push(flagsSince(stage, before));
    };
    close(([socket, accepted]) => {
      stage.note({
        en: 'First: the server’s program closes half a second later.',
        zh: '第一种：服务器上的程序半秒后才关闭。',
      });
      stage.close(socket);
      stage.until(() => accepted.stateName === 'CLOSE-WAIT');
      stage.pass(500);
      stage.close(accepted);
    });
    close(([socket, accepted]) => {
      stage.note({
        en: 'Second: the server’s program closes the moment the FIN is there.',
        zh: '第二种：FIN 一到，服务器上的程序立即关闭。',
      });
      stage.close(socket);
      stage.until(() => accepted.stateName === 'CLOSE-WAIT');
      stage.close(accepted);
    });
    close(([socket]) => {
      stage.note({
        en: 'Third: the client’s program closes with SO_LINGER 0.',
        zh: '第三种：客户端程序把 SO_LINGER 设为 0 后关闭。',
      });
      socket.lingerMs = 0;
      stage.close(socket);
    });
    close(([socket, accepted]) => {
      stage.note({ en: 'Fourth: both programs close at the same moment.', zh: '第四种：双方程序同时关闭。' });
      stage.close(socket);
      stage.close(accepted);
    });
    const [slow, quick, abort, both] = counts;
    stage.check(
      { en: 'Slow program: FIN, ACK, FIN, ACK', zh: '程序反应慢：FIN、ACK、FIN、ACK' },
      slow === 'FIN,ACK ACK FIN,ACK ACK',
    );
    stage.check(
      { en: 'Quick program: three segments, FIN and ACK share one', zh: '程序反应快：三个报文段，FIN 与 ACK 合二为一' },
      quick === 'FIN,ACK FIN,ACK ACK',
    );
    stage.check({ en: 'Abort: a single RST', zh: '中止：只有一个 RST' }, abort === 'RST,ACK' || abort === 'RST');
    stage.check(
      { en: 'Both at once: two FINs cross, then two ACKs', zh: '同时关闭：两个 FIN 交错而过，随后是两个 ACK' },
      both === 'FIN,ACK FIN,ACK ACK ACK',
    );
    stage.verdict = {
      en: 'Wrong. Four is what a half-closed pause between the two directions costs. Three are common, one is enough for an abort, and lost segments make it more.',
      zh: '错。四次是因为两个方向先后关闭，中间有半关闭的间隔。三次很常见，中止连接只需一个 RST，有报文段丢失时则会更多。',
    };
  },
};

function flagsSince(stage: Stage, from: number): string {
  return stage
    .packets()
    .slice(from)
    .map((row) => row.flags)
    .join(' ');
}
