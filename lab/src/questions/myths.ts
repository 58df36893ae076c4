/** Questions of the stories of what the blogs get wrong. */
import { allOf, answerTo, appears, arrives, flagsOf, gapUs, type Questions, rowOf, stateAt } from './question.ts';

export const MYTHS: Questions = {
  'myth-ack-of-fin': [
    {
      ask: {
        en: 'The client’s FIN has arrived, and the program takes its time. Which bits does the server’s answer carry?',
        zh: '客户端的 FIN 到了，而程序还要过一会儿才关。服务器的回应带哪些标志位？',
      },
      before: appears({ from: 'server', flags: 'ACK' }),
      truth: flagsOf({ from: 'server', kind: 'segment', nth: 2 }),
      choices: [
        {
          is: 'ACK',
          why: {
            en: 'It confirms and nothing more. The server’s own direction stays open until its program closes it.',
            zh: '只是确认，别无他意。服务器这个方向要等程序来关。',
          },
        },
        {
          is: 'FIN,ACK',
          why: {
            en: 'With FIN=1 it would close the second direction as well, and there would be no third step to wait for.',
            zh: 'FIN=1 就连第二个方向也关了，后面那一步也就不存在了。',
          },
        },
        {
          is: 'FIN',
          why: {
            en: 'After the handshake every segment carries ACK.',
            zh: '握手之后，每个报文段都带 ACK。',
          },
        },
      ],
    },
  ],
  'myth-fin-number-random': [
    {
      ask: {
        en: 'The client has sent 3000 bytes, numbered from 1 after the SYN. Which number will its FIN have?',
        zh: '客户端发了 3000 个字节，从 SYN 之后的 1 号数起。它的 FIN 是几号？',
      },
      before: appears({ from: 'client', flags: 'FIN,ACK', nth: 3 }),
      truth: (run) => {
        const seq = rowOf(run, { from: 'client', flags: 'FIN,ACK', nth: 3 })?.seq ?? null;
        return seq === null ? null : String(seq);
      },
      choices: [
        {
          is: '3001',
          why: {
            en: 'The bytes have the numbers 1 to 3000. The FIN simply takes the next one.',
            zh: '字节用掉了 1 到 3000 号，FIN 接着用下一个。',
          },
        },
        {
          is: 'random',
          say: { en: 'A random one', zh: '随机的' },
          why: {
            en: 'Only the first number of all, in the SYN, is random. From there everything is counted.',
            zh: '只有最开头 SYN 里的号是随机的，后面全是数出来的。',
          },
        },
        {
          is: '3000',
          why: {
            en: 'That is the last byte’s. A FIN with it would claim a number that is taken.',
            zh: '那是最后一个字节的号，FIN 不能再占用。',
          },
        },
      ],
    },
  ],
  'myth-four-segments': [
    {
      ask: {
        en: 'Third way: the program closes with SO_LINGER 0. How many segments does that take?',
        zh: '第三种：程序设 SO_LINGER 为 0 再关闭。要几个报文段？',
      },
      before: appears({ flags: 'RST,ACK' }),
      truth: (run) => {
        const reset = rowOf(run, { flags: 'RST,ACK' });
        const next = run.rows.find(({ flags, number }) => flags === 'SYN' && number > (reset?.number ?? 0));
        const between = allOf(run, { kind: 'segment' }).filter(
          ({ number }) => number >= (reset?.number ?? 0) && number < (next?.number ?? 0),
        );
        return reset === null ? null : String(between.length);
      },
      choices: [
        {
          is: '1',
          why: {
            en: 'One RST, and nobody answers a RST.',
            zh: '一个 RST 就完了，没有人回应 RST。',
          },
        },
        {
          is: '2',
          why: {
            en: 'A RST is not acknowledged: its sender has forgotten the connection already.',
            zh: 'RST 不需要确认：发的一方已经忘了这条连接。',
          },
        },
        {
          is: '4',
          why: {
            en: 'Four is what an orderly close with a pause takes. This is none.',
            zh: '有序关闭、中间又有停顿，才是四个。这里不是有序关闭。',
          },
        },
      ],
    },
  ],
  'myth-msl': [
    {
      ask: {
        en: 'The MSS is now 536 bytes instead of 1460. How long does TIME-WAIT last?',
        zh: 'MSS 从 1460 字节变成 536 字节。TIME-WAIT 要多久？',
      },
      before: appears({ kind: 'state', cause: '2-msl-timeout', nth: 2 }),
      truth: (run) => {
        const waits = [1, 2].map((nth) => {
          const fin = { from: 'server', flags: 'FIN,ACK', nth } as const;
          return gapUs(run, fin, { kind: 'state', cause: '2-msl-timeout', nth });
        });
        const [first = Number.NaN, second = Number.NaN] = waits;
        return Math.abs(first - second) < 100_000 ? 'same' : second < first ? 'shorter' : 'longer';
      },
      choices: [
        {
          is: 'same',
          say: { en: '60 s, as before', zh: '还是 60 秒' },
          why: {
            en: 'MSL is a time: how long a segment may wander in the network. The size of segments has no part in it.',
            zh: 'MSL 是时间，指报文段在网络里最多能存活多久，和报文段的大小无关。',
          },
        },
        {
          is: 'shorter',
          say: { en: 'Shorter: smaller segments', zh: '更短：报文段小了' },
          why: {
            en: 'MSS and MSL share two letters and nothing else.',
            zh: 'MSS 和 MSL 只是名字像，没有别的关系。',
          },
        },
        {
          is: 'longer',
          say: { en: 'Longer: more segments', zh: '更长：报文段多了' },
          why: {
            en: 'TIME-WAIT does not count segments. It waits for the oldest one that could still be under way.',
            zh: 'TIME-WAIT 不数报文段，等的是可能还在路上的最老的那个。',
          },
        },
      ],
    },
  ],
  'myth-two-way-flood': [
    {
      ask: {
        en: 'Four SYNs have come whose sender never answers. In which state are the entries that fill the queue?',
        zh: '来了四个 SYN，发送者从不回应。占满队列的那些表项处于什么状态？',
      },
      before: appears({ kind: 'note' }),
      truth: stateAt('server', { kind: 'note' }),
      choices: [
        {
          is: 'SYN-RECEIVED',
          why: {
            en: 'Each waits for its third step. So the three-way handshake is what a flood lives on, not what it lacks.',
            zh: '每一项都在等第三次握手。可见洪泛攻击利用的正是三次握手，而不是因为缺了它。',
          },
        },
        {
          is: 'ESTABLISHED',
          why: {
            en: 'With a two-step rule they would be, and each forged SYN would be a whole connection: cheaper still for the attacker.',
            zh: '两次握手才会这样：每个伪造的 SYN 直接就是一条完整的连接，攻击者更省事。',
          },
        },
        {
          is: 'LISTEN',
          why: {
            en: 'That is the listener’s own state. It needs no entries.',
            zh: '那是监听套接字的状态，不占队列。',
          },
        },
      ],
    },
  ],
  'myth-syn-ack-data': [
    {
      ask: {
        en: 'This SYN brings 5 bytes. How many bytes of data does the SYN+ACK carry?',
        zh: '这个 SYN 带来了 5 个字节。SYN+ACK 里会带几个字节的数据？',
      },
      before: appears({ flags: 'SYN,ACK', nth: 2 }),
      truth: (run) => {
        const length = rowOf(run, { flags: 'SYN,ACK', nth: 2 })?.length ?? null;
        return length === null ? null : String(length);
      },
      choices: [
        {
          is: '0',
          why: {
            en: 'The program has not even been told of the connection. Who should have written an answer?',
            zh: '程序还不知道有这条连接呢，谁来写回应？',
          },
        },
        {
          is: '5',
          why: {
            en: 'TCP echoes nothing. It says by a number how far it has received.',
            zh: 'TCP 不会把数据送回去，只用一个号说明收到了哪里。',
          },
        },
        {
          is: '6',
          say: { en: '6: the answer of the program', zh: '6：程序的回应' },
          why: {
            en: 'The answer has six bytes, but it is written only after accept(), and that is after the third step.',
            zh: '程序的回应确实是六个字节，但要等 accept() 之后，也就是第三次握手之后。',
          },
        },
      ],
    },
  ],
  'myth-urgent-jumps': [
    {
      ask: {
        en: 'The first segment is lost; the urgent byte behind it has arrived. How many bytes can the program read now?',
        zh: '第一个报文段丢了，后面的紧急字节到了。程序现在能读到几个字节？',
      },
      before: appears({ kind: 'note' }),
      truth: (run) => {
        const note = rowOf(run, { kind: 'note' });
        const now = run.moments.find(({ entry }) => note !== null && entry > note.entry);
        const server = now?.hosts.find(({ name }) => name === 'server');
        const readable = server?.connections[0]?.readable;
        return readable === undefined ? null : String(readable);
      },
      choices: [
        {
          is: '0',
          why: {
            en: 'A stream has no holes. Urgent or not, what stands behind a gap waits for it to be filled.',
            zh: '流里不能有缺口。紧急也好，不紧急也好，缺口后面的都得等。',
          },
        },
        {
          is: '1',
          say: { en: '1: the urgent one', zh: '1 个：紧急的那个' },
          why: {
            en: 'What has overtaken is only the notice that something urgent will come.',
            zh: '先到的只是通知：后面有紧急数据。',
          },
        },
        {
          is: '1449',
          say: { en: '1449: all that has arrived', zh: '1449 个：到了的都能读' },
          why: {
            en: 'They are in the buffer, and SACK would tell the sender so. But reading goes in order.',
            zh: '它们确实在缓冲区里，SACK 也会告诉发送方。但读要按顺序。',
          },
        },
      ],
    },
  ],
  'myth-open-port-fin': [
    {
      ask: {
        en: 'The open port ignored a bare FIN. Now a FIN with ACK comes. What does it answer?',
        zh: '开放的端口没有理会单独的 FIN。现在来的是 FIN 加 ACK。它怎么回应？',
      },
      before: arrives({ from: 'peer', flags: 'FIN,ACK' }),
      truth: answerTo({ from: 'peer', flags: 'FIN,ACK' }),
      choices: [
        {
          is: 'RST',
          why: {
            en: 'LISTEN looks at the ACK first, and an ACK can only be wrong there.',
            zh: 'LISTEN 先看 ACK，而在这个状态，ACK 只可能是错的。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing, again', zh: '还是没有回应' },
          why: {
            en: 'That rule is for segments without SYN, ACK and RST. “An open port ignores FINs” is too short.',
            zh: '那条规则只管不带 SYN、ACK、RST 的报文段。“开放端口不理 FIN”说得太简单了。',
          },
        },
        {
          is: 'ACK',
          why: {
            en: 'So it would be within a connection, as the second half shows.',
            zh: '在连接之内才是这样，后半段会看到。',
          },
        },
      ],
    },
  ],
  'myth-six-flags': [
    {
      ask: {
        en: 'Each control bit is sent alone, one after the other. How many are there in the TCP header of today?',
        zh: '每个控制位单独发一次。今天的 TCP 首部里一共有几个？',
      },
      before: appears({ from: 'peer', kind: 'segment' }),
      truth: (run) => {
        const alone = allOf(run, { from: 'peer', kind: 'segment' }).filter(({ flags }) => /^[A-Z]+$/.test(flags));
        return String(new Set(alone.map(({ flags }) => flags)).size);
      },
      choices: [
        {
          is: '9',
          why: {
            en: 'URG, ACK, PSH, RST, SYN, FIN, then ECE and CWR (RFC 3168), then AE (RFC 9768).',
            zh: 'URG、ACK、PSH、RST、SYN、FIN，后来加了 ECE 和 CWR（RFC 3168），再后来是 AE（RFC 9768）。',
          },
        },
        {
          is: '6',
          why: {
            en: 'So it was in RFC 793, in 1981. Many books have not noticed since.',
            zh: '那是 1981 年的 RFC 793。很多书一直没有更新。',
          },
        },
        {
          is: '8',
          why: {
            en: 'So lists RFC 9293: with ECE and CWR, but before AE.',
            zh: 'RFC 9293 列的是八个，有 ECE 和 CWR，那时还没有 AE。',
          },
        },
      ],
    },
  ],
};
