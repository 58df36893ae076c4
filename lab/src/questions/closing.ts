/** Questions of the stories of closing: the ordinary close, its shorter forms, and lost segments. */
import { allOf, answerTo, appears, arrives, flagsOf, type Questions, receiverOf, rowOf } from './question.ts';

const FIN = { from: 'client', flags: 'FIN,ACK' } as const;

/** How many segments there are from the client's FIN on, it included. */
function closeLength(run: Parameters<typeof allOf>[0]): number {
  const fin = rowOf(run, FIN);
  return allOf(run, { kind: 'segment' }).filter(({ number }) => number >= (fin?.number ?? Number.POSITIVE_INFINITY))
    .length;
}

export const CLOSING: Questions = {
  'four-way-close': [
    {
      ask: {
        en: 'The client’s FIN arrives. What does the server’s stack send at once?',
        zh: '客户端的 FIN 到了。服务器的协议栈马上会发什么？',
      },
      before: arrives(FIN),
      truth: answerTo(FIN),
      choices: [
        {
          is: 'ACK',
          why: {
            en: 'The FIN says that the client sends no more, and that is acknowledged. Whether the server has more to say only its program knows.',
            zh: 'FIN 表示客户端不再发数据，先确认这一点。服务器还有没有话说，只有程序才知道。',
          },
        },
        {
          is: 'FIN,ACK',
          why: {
            en: 'That closes the other direction too, which is the program’s decision: it has not called close() yet.',
            zh: '那就连另一个方向也关了。这要由程序决定，而程序还没有调用 close()。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing, until the program closes', zh: '等程序关闭之前什么都不发' },
          why: {
            en: 'A FIN takes a sequence number. Unacknowledged it would be sent again and again.',
            zh: 'FIN 占一个序列号，不确认就会被一再重发。',
          },
        },
      ],
    },
  ],
  'three-segment-close': [
    {
      ask: {
        en: 'This server’s program closes the very moment the FIN is there. How many segments does the whole close take?',
        zh: '这台服务器上的程序一见到 FIN 就立刻关闭。整个关闭过程一共几个报文段？',
      },
      before: appears({ from: 'server', flags: 'FIN,ACK' }),
      truth: (run) => String(closeLength(run)),
      choices: [
        {
          is: '3',
          why: {
            en: 'The ACK had not gone out yet, so it travels with the FIN. Four jobs, three segments.',
            zh: 'ACK 还没发出去，就和 FIN 合在了一起。事情是四件，报文段只有三个。',
          },
        },
        {
          is: '4',
          why: {
            en: 'So it is when the program takes its time: the ACK leaves alone, and the FIN follows later.',
            zh: '程序慢一步才是这样：ACK 先走，FIN 随后再来。',
          },
        },
        {
          is: '2',
          why: {
            en: 'Then nobody would have acknowledged the second FIN, and the server would repeat it.',
            zh: '那样第二个 FIN 就没人确认，服务器会重发。',
          },
        },
      ],
    },
  ],
  'half-close': [
    {
      ask: {
        en: 'The client has shut down its direction, and its FIN is acknowledged. The server now writes 14 bytes. What becomes of them?',
        zh: '客户端已关闭自己的写方向，FIN 也被确认了。服务器这时写入 14 个字节，会怎样？',
      },
      before: appears({ from: 'server', isData: true }),
      truth: (run) => {
        if (allOf(run, { kind: 'segment' }).some(({ flags }) => flags.includes('RST'))) return 'refused';
        const data = rowOf(run, { from: 'server', isData: true });
        const read = run.rows.find(
          (row) => row.kind === 'event' && row.from === 'client' && row.say.en.includes('reads'),
        );
        return data !== null && read !== undefined && read.entry > data.entry ? 'read' : 'lost';
      },
      choices: [
        {
          is: 'read',
          say: { en: 'The client’s program reads them', zh: '客户端的程序照常读到' },
          why: {
            en: 'A connection is two streams. A FIN ends one of them; the other runs on for as long as the server likes.',
            zh: '一条连接是两个单向的流。FIN 只结束其中一个，另一个想用多久就用多久。',
          },
        },
        {
          is: 'refused',
          say: { en: 'The client answers with RST', zh: '客户端回 RST' },
          why: {
            en: 'So it is after close(), when nobody is left to read. shutdown() for writing keeps the reading side.',
            zh: '调用 close() 之后没有人读了，才会这样。只关写方向的 shutdown() 还保留着读。',
          },
        },
        {
          is: 'lost',
          say: { en: 'They are acknowledged and thrown away', zh: '确认后丢弃' },
          why: {
            en: 'TCP never acknowledges what it throws away: an ACK is a promise that the bytes can be read.',
            zh: 'TCP 不会确认自己要丢的数据：ACK 意味着这些字节读得到。',
          },
        },
      ],
    },
  ],
  'simultaneous-close': [
    {
      ask: {
        en: 'The server has sent its own FIN and is in FIN-WAIT-1. Before the ACK of it, the client’s FIN arrives. Which state is next?',
        zh: '服务器已发出 FIN，处于 FIN-WAIT-1。它的 FIN 还没有得到确认，客户端的 FIN 先到了。接下来是什么状态？',
      },
      before: arrives(FIN),
      truth: receiverOf(FIN),
      choices: [
        {
          is: 'CLOSING',
          why: {
            en: 'Both FINs have been sent and one has been received. Only the ACK of one’s own is missing.',
            zh: '两个 FIN 都发了，对方的也收到了，只差对自己 FIN 的确认。',
          },
        },
        {
          is: 'TIME-WAIT',
          why: {
            en: 'That is next, when the ACK comes. Would the FIN carry that ACK, FIN-WAIT-1 went there directly.',
            zh: '等 ACK 到了才是。如果 FIN 里带着这个确认，就会从 FIN-WAIT-1 直接过去。',
          },
        },
        {
          is: 'CLOSE-WAIT',
          why: {
            en: 'There waits one whose program has not closed yet. This one has.',
            zh: '那是程序还没关闭的一方。这一方已经关闭了。',
          },
        },
      ],
    },
  ],
  'lost-fin': [
    {
      ask: { en: 'The FIN is lost. How does the close go on?', zh: 'FIN 丢了。关闭过程怎样继续？' },
      before: appears({ ...FIN, nth: 2 }),
      truth: (run) => {
        const again = rowOf(run, { ...FIN, nth: 2 });
        return again?.isRepeat && again.timer?.name === 'retransmission' ? 'timer' : 'other';
      },
      choices: [
        {
          is: 'timer',
          say: { en: 'The client’s timer repeats the FIN', zh: '客户端定时器超时，重发 FIN' },
          why: {
            en: 'A FIN takes a sequence number, so it is guarded like a byte of data.',
            zh: 'FIN 占一个序列号，所以和数据一样，有重传定时器保护。',
          },
        },
        {
          is: 'program',
          say: { en: 'The program must call close() again', zh: '程序得再调用一次 close()' },
          why: {
            en: 'The program has said its word and may even have ended. Delivering it is the stack’s affair.',
            zh: '程序该说的已经说了，甚至可能已经退出。送到为止是协议栈的事。',
          },
        },
        {
          is: 'server',
          say: { en: 'The server asks where it is', zh: '服务器来问' },
          why: {
            en: 'The server cannot know that a FIN was under way. To it the client is merely silent.',
            zh: '服务器不知道有个 FIN 在路上。在它看来，客户端只是没说话。',
          },
        },
      ],
    },
  ],
  'lost-last-ack': [
    {
      ask: {
        en: 'The last ACK is lost. What does the server do in LAST-ACK?',
        zh: '最后一个 ACK 丢了。处于 LAST-ACK 的服务器会怎样？',
      },
      before: appears({ from: 'server', flags: 'FIN,ACK', nth: 2 }),
      truth: (run) => {
        const acks = allOf(run, { kind: 'segment' });
        const lost = acks.findIndex(({ status }) => status === 'dropped');
        const next = acks[lost + 1];
        return next?.from === 'server' && next.isRepeat && next.flags === 'FIN,ACK' ? 'repeats' : 'waits';
      },
      choices: [
        {
          is: 'repeats',
          say: { en: 'It repeats its FIN', zh: '重发 FIN' },
          why: {
            en: 'Its FIN is unacknowledged, so its timer runs. For this the client is still there, in TIME-WAIT.',
            zh: '它的 FIN 没得到确认，定时器到点就重发。客户端留在 TIME-WAIT，正是为了应付这件事。',
          },
        },
        {
          is: 'closes',
          say: { en: 'It closes after a while', zh: '过一会儿自行关闭' },
          why: {
            en: 'Only when every repetition has failed. Until then it cannot know whether the client got the end of the stream.',
            zh: '多次重发都没有回音才会。在那之前，它不知道客户端有没有收到流的结尾。',
          },
        },
        {
          is: 'waits',
          say: { en: 'It waits for the ACK to be repeated', zh: '等客户端重发 ACK' },
          why: {
            en: 'An ACK is never repeated on its own: nobody acknowledges an ACK, so its sender cannot miss anything.',
            zh: 'ACK 不会自己重发：没有人确认 ACK，发的一方不会知道它丢了。',
          },
        },
      ],
    },
  ],
  'time-wait-2msl': [
    {
      ask: {
        en: 'A late copy of the order reaches the server in TIME-WAIT. What does it do with it?',
        zh: '迟到的副本到达服务器，而服务器处于 TIME-WAIT。怎么处理？',
      },
      before: arrives({ from: 'client', isData: true }),
      truth: answerTo({ from: 'client', isData: true }),
      choices: [
        {
          is: 'ACK',
          say: { en: 'It answers with an ACK; no program sees it', zh: '回一个 ACK，程序看不到它' },
          why: {
            en: 'The bytes lie before what it expects, so they are old. The ACK says what it has; nothing is delivered a second time.',
            zh: '这些字节在它期待的号之前，是旧的。回 ACK 说明收到哪里了，数据不会再交付一遍。',
          },
        },
        {
          is: 'delivered',
          say: { en: 'The program gets the order a second time', zh: '程序又收到一遍命令' },
          why: {
            en: 'That could happen if the four-tuple were free and a new connection had taken it. TIME-WAIT keeps it occupied.',
            zh: '如果四元组已经空出来，又被新连接占用，才可能这样。TIME-WAIT 就是占住它。',
          },
        },
        {
          is: 'RST',
          why: {
            en: 'So would a host that remembers nothing. The client does it a moment later: for it the connection is gone.',
            zh: '什么都不记得的主机才会这样。紧接着客户端就会这样做：在它那里连接已经不在了。',
          },
        },
      ],
    },
  ],
  'time-wait-reuse': [
    {
      ask: {
        en: 'The client comes back from the same port while the server is in TIME-WAIT. Its SYN has a newer timestamp. Which state does the server take?',
        zh: '服务器还在 TIME-WAIT，客户端又从同一个端口连过来，SYN 的时间戳更新。服务器会转到什么状态？',
      },
      before: arrives({ from: 'client', flags: 'SYN', nth: 2 }),
      truth: receiverOf({ from: 'client', flags: 'SYN', nth: 2 }),
      choices: [
        {
          is: 'SYN-RECEIVED',
          why: {
            en: 'The timestamp proves that the SYN is younger than everything in the old connection. So the wait may end early.',
            zh: '时间戳证明这个 SYN 比旧连接里的一切都新，可以提前结束等待。',
          },
        },
        {
          is: 'TIME-WAIT',
          why: {
            en: 'There it stays when the SYN might be old: with neither a newer timestamp nor a higher sequence number.',
            zh: '时间戳不更新、序列号也不更大的 SYN，可能是旧的，那才留在原状态。',
          },
        },
        {
          is: 'CLOSED',
          why: {
            en: 'The server listens on that port: nobody is refused.',
            zh: '服务器在监听这个端口，没有理由拒绝。',
          },
        },
      ],
    },
  ],
  'abort-linger-0': [
    {
      ask: {
        en: 'SO_LINGER is 0, and the program calls close(). What leaves the client?',
        zh: 'SO_LINGER 设为 0，程序调用 close()。客户端发出什么？',
      },
      before: appears({ from: 'client', kind: 'segment', nth: 3 }),
      truth: flagsOf({ from: 'client', kind: 'segment', nth: 3 }),
      choices: [
        {
          is: 'RST,ACK',
          why: {
            en: 'The program gave up every promise about its data. RST ends both directions at once, without TIME-WAIT.',
            zh: '程序等于放弃了对数据的一切保证。RST 一下子结束两个方向，也没有 TIME-WAIT。',
          },
        },
        {
          is: 'FIN,ACK',
          why: {
            en: 'So it would be without the option: an orderly end, all data delivered.',
            zh: '不设这个选项才是这样：有序结束，数据全部送到。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '什么也不发' },
          why: {
            en: 'Then the server would wait for a client that no longer exists.',
            zh: '那样服务器会一直等一个已经不存在的客户端。',
          },
        },
      ],
    },
  ],
};
