/** The receiver's buffer is full: zero window, probes, the window update and what happens when it is lost (RFC 9293 section 3.8.6.1). */
import type { StreamSocket } from '../../socket/stream-socket.ts';
import type { LadderRow } from '../ladder.ts';
import type { Scene } from '../scene.ts';
import type { Stage, StagePair } from '../stage.ts';

/** Three full segments. */
const BUFFER = 3 * 1448;
const TEXT = 'x'.repeat(BUFFER + 1000);

export const zeroWindow: Scene = {
  id: 'zero-window',
  group: 'life',
  title: { en: 'Zero window, and the probe that asks again', zh: '零窗口与窗口探测' },
  summary: {
    en: 'A program that does not read closes the window. The news that it is open again may be lost, and ACKs are not repeated; so the sender has to ask.',
    zh: '程序不读数据，窗口就会关闭。“窗口重新打开”的通知可能丢失，而确认丢了不会重传，所以发送方必须主动去问。',
  },
  play(stage) {
    const { client, server, link } = stage.pair({
      client: { profile: 'rfc', settings: { tcp: { window_scaling: false } } },
      server: { settings: { tcp: { window_scaling: false } } },
    });
    const listener = stage.listen(server, 80, { receiveBufferSize: BUFFER });
    const [socket, accepted] = stage.open(client, server, listener, { receiveBufferSize: BUFFER });
    stage.pass(100);
    closesItsWindow(stage, socket, accepted);
    losesTheWindowUpdate(stage, { server, link }, socket, accepted);
    probesWithoutData(stage, socket, accepted);
  },
};

/** Act 1: the buffer fills, and the client begins to ask. */
function closesItsWindow(stage: Stage, socket: StreamSocket, accepted: StreamSocket): void {
  stage.note({
    en: `The server’s program does not read. Its buffer holds ${BUFFER} bytes, and that is the window it offers.`,
    zh: `服务器上的程序不读数据。它的接收缓冲区有 ${BUFFER} 字节，这也就是它通告的窗口。`,
  });
  stage.write(socket, TEXT);
  stage.until(() => probes(stage.packets(), 'client').length >= 3);
  stage.pass(100);
  const asked = probes(stage.packets(), 'client');
  const closed = stage.packets({ from: 'server' }).filter((row) => row.window === 0);
  stage.check(
    { en: 'The server announced a window of 0', zh: '服务器通告了零窗口' },
    closed.length > 0 && accepted.readableLength === BUFFER,
  );
  stage.check(
    {
      en: 'The client probed with one byte, each time after a longer wait',
      zh: '客户端每次用 1 字节探测，间隔越来越长',
    },
    asked.length === 3 && asked.every((row) => row.length === 1) && growing(asked),
  );
  stage.check(
    {
      en: 'The server answered each probe with a window of 0 and did not take the byte',
      zh: '服务器对每次探测都回答窗口为 0，也没有收下那个字节',
    },
    closed.length === 1 + asked.length && closed.every((row) => row.ack === BUFFER + 1),
  );
}

/** Act 2: the window opens, the news is lost, the next probe finds out. */
function losesTheWindowUpdate(
  stage: Stage,
  { server, link }: Pick<StagePair, 'server' | 'link'>,
  socket: StreamSocket,
  accepted: StreamSocket,
): void {
  stage.note({
    en: 'Now the program reads. The server announces the open window, and the network loses the announcement.',
    zh: '现在程序读数据了。服务器通告窗口已打开，但这个通告在网络中丢失。',
  });
  link.rule({ from: server, protocol: 'tcp', first: 1 }, 'drop');
  let text = stage.read(accepted);
  stage.pass(100);
  stage.say({
    en: 'Without this probe both ends would wait for each other for ever.',
    zh: '如果没有这次探测，双方就会永远互相等待，形成死锁。',
  });
  stage.until(() => accepted.readableLength > 0);
  stage.until(() => socket.unacknowledgedLength === 0);
  text += stage.read(accepted);
  const update = stage.packets({ from: 'server' }).find((row) => row.reason === 'window-update');
  stage.check(
    { en: 'The window update was lost', zh: '窗口更新确实丢失了' },
    update?.status === 'dropped' && update.window === BUFFER,
  );
  stage.check({ en: 'All data arrived all the same', zh: '数据仍然全部送达' }, text === TEXT);
}

/** Act 3: the other direction, with the probe of Linux. */
function probesWithoutData(stage: Stage, socket: StreamSocket, accepted: StreamSocket): void {
  stage.note({
    en: 'The other direction: the server’s stack follows Linux, whose probe is empty and carries an old sequence number. The answer is the same.',
    zh: '再看反方向：服务器按 Linux 的做法，探测报文段不带数据，只用一个旧的序列号；得到的回答是一样的。',
  });
  stage.write(accepted, TEXT);
  stage.until(() => probes(stage.packets(), 'server').length >= 1);
  stage.pass(100);
  const back = stage.read(socket);
  stage.until(() => accepted.unacknowledgedLength === 0);
  stage.pass(300);
  const rest = stage.read(socket);
  const empty = probes(stage.packets(), 'server');
  stage.check(
    {
      en: 'The Linux probe has no data and carries the sequence number just before the next one',
      zh: 'Linux 的探测不带数据，序列号取“下一个序列号减一”',
    },
    empty.length >= 1 && empty.every((row) => row.length === 0 && row.seq === BUFFER),
  );
  stage.check(
    { en: 'This time the window update arrived and data went on at once', zh: '这次窗口更新送达，数据立刻继续发送' },
    back + rest === TEXT,
  );
}

function probes(rows: readonly LadderRow[], from: string): LadderRow[] {
  return rows.filter((row) => row.from === from && row.reason === 'zero-window-probe');
}

function growing(rows: readonly LadderRow[]): boolean {
  const gaps = rows.slice(1).map((row, index) => row.timeUs - (rows[index]?.timeUs ?? 0));
  return gaps.every((gap, index) => gap > (gaps[index - 1] ?? 0) * 1.9);
}
