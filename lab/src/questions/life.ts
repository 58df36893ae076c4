/** Questions of the stories of a connection's life: repetition, windows, silence. */
import { allOf, answerTo, appears, arrives, gapUs, type Questions, rowOf, statesOf } from './question.ts';

const DATA = { from: 'client', isData: true } as const;

export const LIFE: Questions = {
  retransmission: [
    {
      ask: {
        en: 'The first wait was 240 ms, and the repetition is lost too. How long will the client wait now?',
        zh: '第一次等了 240 毫秒，重发的也丢了。这一次客户端会等多久？',
      },
      before: appears({ ...DATA, nth: 3 }),
      truth: (run) => {
        const first = gapUs(run, { ...DATA, nth: 1 }, { ...DATA, nth: 2 });
        const ratio = gapUs(run, { ...DATA, nth: 2 }, { ...DATA, nth: 3 }) / first;
        return ratio > 1.9 && ratio < 2.1 ? 'twice' : ratio < 1.1 ? 'same' : 'other';
      },
      choices: [
        {
          is: 'twice',
          say: { en: 'Twice as long', zh: '两倍' },
          why: {
            en: 'The network may be overloaded; then impatience makes it worse. So each wait is twice the one before.',
            zh: '网络也许正拥塞，越着急越糟，所以每次都等上一次的两倍。',
          },
        },
        {
          is: 'same',
          say: { en: 'As long as before', zh: '和上次一样' },
          why: {
            en: 'When thousands of senders do that, a congested network never recovers.',
            zh: '成千上万的发送方都这样做，拥塞的网络就缓不过来了。',
          },
        },
        {
          is: 'less',
          say: { en: 'Less: it is urgent now', zh: '更短：现在更急了' },
          why: {
            en: 'The round trip has not become shorter. An ACK would only be overtaken by more copies.',
            zh: '往返时间并没有变短，ACK 还没回来，只会多发出几个副本。',
          },
        },
      ],
    },
  ],
  'retransmission-limit': [
    {
      ask: {
        en: 'The program with the limit of 10 seconds has its error. How long does the other connection, with the defaults, go on trying?',
        zh: '设了 10 秒期限的程序已经得到错误。另一条用默认设置的连接，还会试多久？',
      },
      before: appears({ ...DATA, nth: 15 }),
      truth: (run) => {
        const gaveUp = allOf(run, { kind: 'state', from: 'client', cause: 'retransmission-timeout' }).at(-1);
        const seconds = ((gaveUp?.timeUs ?? 0) - (rowOf(run, DATA)?.timeUs ?? 0)) / 1_000_000;
        return seconds > 780 && seconds < 1200 ? 'quarter' : seconds < 120 ? 'minute' : 'other';
      },
      choices: [
        {
          is: 'quarter',
          say: { en: 'About a quarter of an hour', zh: '大约一刻钟' },
          why: {
            en: 'Fifteen repetitions, each wait twice the one before and none longer than two minutes, add up to that.',
            zh: '重发十五次，间隔逐次加倍，最长两分钟，加起来就是这么久。',
          },
        },
        {
          is: 'minute',
          say: { en: 'About a minute', zh: '大约一分钟' },
          why: {
            en: 'A router that boots takes longer than that. The RFC asks for at least 100 seconds.',
            zh: '路由器重启一次都不止这么久。RFC 要求至少 100 秒。',
          },
        },
        {
          is: 'ever',
          say: { en: 'For ever', zh: '永远试下去' },
          why: {
            en: 'Then every machine that was ever switched off would leave a connection behind at all its peers.',
            zh: '那样每台关掉的机器，都会在所有对端留下一条永远不结束的连接。',
          },
        },
      ],
    },
  ],
  'fast-retransmit': [
    {
      ask: {
        en: 'One segment of eight is lost, and duplicate ACKs are coming back. What makes the sender repeat it?',
        zh: '八个报文段丢了一个，重复的 ACK 正在返回。是什么让发送方重发？',
      },
      before: appears({ ...DATA, isRepeat: true }),
      truth: (run) => {
        const again = rowOf(run, { ...DATA, isRepeat: true });
        if (again === null) return null;
        const original = allOf(run, DATA).find(({ seq }) => seq === again.seq);
        const sinceUs = again.timeUs - (original?.timeUs ?? 0);
        return again.timer === null && sinceUs < 100_000 ? 'duplicates' : 'timer';
      },
      choices: [
        {
          is: 'duplicates',
          say: { en: 'The third duplicate ACK', zh: '第三个重复 ACK' },
          why: {
            en: 'One or two may only mean that packets changed places. Three say: something is missing, and what came later has arrived.',
            zh: '一两个重复，可能只是分组换了先后。三个就说明：中间缺了一段，而后面的已经到了。',
          },
        },
        {
          is: 'timer',
          say: { en: 'The retransmission timer', zh: '重传定时器超时' },
          why: {
            en: 'It would have done so in the end, after at least 200 ms. The duplicates are there within one round trip.',
            zh: '它最后也会，但至少要 200 毫秒。重复 ACK 一个往返之内就到了。',
          },
        },
        {
          is: 'request',
          say: { en: 'A request of the receiver', zh: '接收方要求重发' },
          why: {
            en: 'TCP has no such request. The receiver can only say again what it expects, and what lies behind the hole.',
            zh: 'TCP 没有这种请求。接收方只能再说一遍自己期待什么，以及缺口后面有了什么。',
          },
        },
      ],
    },
  ],
  'zero-window': [
    {
      ask: {
        en: 'The window is open again, but the network lost the news. Who gets things going?',
        zh: '窗口重新打开了，可这个消息在网络里丢了。由谁来打破僵局？',
      },
      before: appears({ from: 'client', reason: 'zero-window-probe', nth: 4 }),
      truth: (run) => {
        const lost = rowOf(run, { from: 'server', reason: 'window-update', status: 'dropped' });
        const next = run.rows.find(({ kind, number }) => kind === 'segment' && number > (lost?.number ?? 0));
        return lost === null || next === undefined ? null : next.reason === 'zero-window-probe' ? 'probe' : 'update';
      },
      choices: [
        {
          is: 'probe',
          say: { en: 'The sender, with a probe', zh: '发送方，发一个探测' },
          why: {
            en: 'Its persist timer makes it ask, ever more seldom, for as long as the window is closed. The answer tells the new window.',
            zh: '只要窗口还是 0，它的坚持定时器就会让它去问，间隔越来越长。回应里就有新的窗口。',
          },
        },
        {
          is: 'update',
          say: { en: 'The receiver, which repeats its news', zh: '接收方，把消息再发一次' },
          why: {
            en: 'The news is an ACK, and ACKs are not repeated. The receiver believes that it was heard.',
            zh: '这个消息是 ACK，而 ACK 不重发。接收方以为对方已经知道了。',
          },
        },
        {
          is: 'nobody',
          say: { en: 'Nobody: both wait for ever', zh: '没有谁：双方永远等下去' },
          why: {
            en: 'So it would be without the probe. That is why it exists.',
            zh: '没有探测就会这样，所以才要有探测。',
          },
        },
      ],
    },
  ],
  'keep-alive': [
    {
      ask: {
        en: 'The server’s program hangs, its stack is fine. What does the keep-alive probe get?',
        zh: '服务器上的程序卡死了，协议栈没事。保活探测会得到什么？',
      },
      before: arrives({ reason: 'keep-alive' }),
      truth: answerTo({ reason: 'keep-alive' }),
      choices: [
        {
          is: 'ACK',
          why: {
            en: 'The stack answers without asking its program. Keep-alive proves that a machine is there, not that anybody works on it.',
            zh: '协议栈自己就回了，不用问程序。保活证明的是机器在，不是程序在干活。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'So it will be after the crash. A hanging program only does not read; ACKs are not its business.',
            zh: '机器崩溃之后才会。程序卡死只是不读数据，ACK 不归它管。',
          },
        },
        {
          is: 'RST',
          why: {
            en: 'That comes from a stack that knows no such connection. This one knows it well.',
            zh: '不认得这条连接的协议栈才会回 RST。这里连接好好的。',
          },
        },
      ],
    },
  ],
  heartbeat: [
    {
      ask: {
        en: 'The NAT has forgotten the silent connection. What do its two ends think of it?',
        zh: 'NAT 已经忘了那条没有动静的连接。连接的两端怎么看？',
      },
      before: appears({ kind: 'note' }),
      truth: (run) => {
        const note = rowOf(run, { kind: 'note' });
        const now = run.moments.find(({ entry }) => note !== null && entry > note.entry);
        const views = now?.hosts.filter(({ name }) => name === 'client' || name === 'server') ?? [];
        const states = views.flatMap(({ connections }) => connections.map(({ state }) => state));
        return states.length === 4 && states.every((state) => state === 'ESTABLISHED') ? 'open' : 'other';
      },
      choices: [
        {
          is: 'open',
          say: { en: 'Both believe that it is open', zh: '两端都以为连接还在' },
          why: {
            en: 'The NAT told nobody. A TCP connection is what two ends remember, and neither has heard anything that speaks against it.',
            zh: 'NAT 谁也没通知。TCP 连接就是两端各自的记忆，没有任何消息说它不在了。',
          },
        },
        {
          is: 'reset',
          say: { en: 'Both have been reset', zh: '两端都被复位' },
          why: {
            en: 'A considerate NAT might send RSTs. Most drop the entry in silence, and this one does.',
            zh: '体贴的 NAT 也许会发 RST，但多数只是悄悄删掉表项，这里也是。',
          },
        },
        {
          is: 'one',
          say: { en: 'The client knows, the server does not', zh: '客户端知道，服务器不知道' },
          why: {
            en: 'The NAT stands on the client’s side, but it is a machine of its own and says nothing to either.',
            zh: 'NAT 虽在客户端一侧，却是另一台机器，对哪一边都没说。',
          },
        },
      ],
    },
  ],
  urgent: [
    {
      ask: {
        en: '“abc”, then an urgent “!”, then “def” are on their way. This program reads urgent data in line. In which order does it get the bytes?',
        zh: '先后写入“abc”、紧急的“!”和“def”。这个程序在数据流里读紧急数据。它读到的顺序是什么？',
      },
      before: appears({ flags: 'PSH,URG,ACK' }),
      truth: (run) => (run.checks[1]?.ok ? 'abc!def' : 'other'),
      choices: [
        {
          is: 'abc!def',
          why: {
            en: 'URG marks a place in the stream and moves nothing. The bytes stay in the order of writing.',
            zh: 'URG 只在流里标出一个位置，并不挪动任何字节，顺序就是写入的顺序。',
          },
        },
        {
          is: '!abcdef',
          why: {
            en: 'The notice that something urgent comes may be early. The byte itself overtakes nothing.',
            zh: '“有紧急数据”的通知可能早到，但字节本身不会插队。',
          },
        },
        {
          is: 'abcdef',
          say: { en: 'abcdef, and “!” separately', zh: 'abcdef，“!”另外取' },
          why: {
            en: 'So it is for a program that asks for out-of-band reading, as sockets do by default. This one does not.',
            zh: '按带外方式读的程序才是这样，这也是套接字的默认。这个程序不是。',
          },
        },
      ],
    },
  ],
  push: [
    {
      ask: {
        en: 'One write of 4000 bytes leaves in three segments. Which of them carry PSH?',
        zh: '一次写入 4000 字节，分三个报文段发出。哪些带 PSH？',
      },
      before: appears(DATA),
      truth: (run) =>
        allOf(run, DATA)
          .slice(0, 3)
          .map(({ flags }) => (flags.includes('PSH') ? 'P' : '–'))
          .join(''),
      choices: [
        {
          is: '––P',
          say: { en: 'Only the last', zh: '只有最后一个' },
          why: {
            en: 'The stack sets it when its send buffer is empty: no more for now, hand it over.',
            zh: '发送缓冲区发空了，协议栈就置 PSH：暂时没有了，交上去吧。',
          },
        },
        {
          is: 'PPP',
          say: { en: 'All three', zh: '三个都带' },
          why: {
            en: 'Then it would say nothing. While more is waiting, there is no hurry.',
            zh: '那就等于没说。后面还有数据在排队，用不着催。',
          },
        },
        {
          is: '–––',
          say: { en: 'None: the program did not ask for it', zh: '都不带：程序没有要求' },
          why: {
            en: 'Sockets have no call for it. The stack decides alone.',
            zh: '套接字没有这样的调用，全由协议栈自己决定。',
          },
        },
      ],
    },
  ],
  'nagle-and-delayed-ack': [
    {
      ask: {
        en: 'A request is written in two small pieces; the first has just left. When does the second leave?',
        zh: '一个请求分两次写入，每次都很小，第一段刚刚发出。第二段什么时候发？',
      },
      before: appears({ ...DATA, nth: 2 }),
      truth: (run) => {
        const second = rowOf(run, { ...DATA, nth: 2 });
        const ack = run.rows.find((row) => row.from === 'server' && row.flags === 'ACK');
        const waitUs = gapUs(run, { ...DATA, nth: 1 }, { ...DATA, nth: 2 });
        if (second === null || ack === undefined || !statesOf(run, 'server').has('ESTABLISHED')) return null;
        return waitUs < 1000 ? 'at once' : second.timeUs === ack.arrivedUs && waitUs > 200_000 ? 'after ack' : 'other';
      },
      choices: [
        {
          is: 'after ack',
          say: { en: 'When the first is acknowledged, 0.2 s later', zh: '等第一段被确认，要 0.2 秒以后' },
          why: {
            en: 'Nagle waits for the ACK, and the receiver holds that back in the hope of an answer to send with it. Each waits for the other.',
            zh: 'Nagle 在等 ACK，而接收方把 ACK 压着，想和回应一起发。两边互相等。',
          },
        },
        {
          is: 'at once',
          say: { en: 'At once', zh: '立刻' },
          why: {
            en: 'So it is with TCP_NODELAY, as the second part of the scene shows.',
            zh: '设了 TCP_NODELAY 才是这样，场景的第二段就是。',
          },
        },
        {
          is: 'rtt',
          say: { en: 'After one round trip, 0.04 s later', zh: '一个往返之后，0.04 秒' },
          why: {
            en: 'So it would be if the receiver acknowledged at once. For a single small segment it does not.',
            zh: '接收方马上确认就是这样。但只收到一个小报文段，它不会马上确认。',
          },
        },
      ],
    },
  ],
};
