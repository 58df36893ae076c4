/** Questions of the stories of opening: the ordinary handshake and what may be lost of it. */
import { allOf, answerTo, appears, arrives, type Questions, receiverOf, rowOf, stateAt } from './question.ts';

const SYN = { from: 'client', flags: 'SYN' } as const;
const SYN_ACK = { from: 'server', flags: 'SYN,ACK' } as const;

export const OPENING: Questions = {
  life: [
    {
      ask: {
        en: 'The program has called connect(). What leaves the client first?',
        zh: '程序已经调用 connect()。客户端最先发出的是什么？',
      },
      before: appears({ kind: 'segment' }),
      truth: (run) => {
        const first = rowOf(run, { kind: 'segment' });
        return first === null ? null : first.protocol === 'tcp' ? first.flags : first.protocol;
      },
      choices: [
        {
          is: 'arp',
          say: { en: 'An ARP question', zh: 'ARP 询问' },
          why: {
            en: 'A frame needs the hardware address of its receiver, and only the IP address is known. So that is asked for first.',
            zh: '以太网帧要写明对方的硬件地址，而客户端只知道 IP 地址，所以得先问。',
          },
        },
        {
          is: 'SYN',
          say: { en: 'The SYN', zh: 'SYN' },
          why: {
            en: 'The SYN is ready but cannot be framed: nobody knows yet which hardware address to send it to. It waits for the ARP answer.',
            zh: 'SYN 已经备好，却装不进帧：还不知道该送到哪个硬件地址，只能等 ARP 的回应。',
          },
        },
        {
          is: 'dns',
          say: { en: 'A DNS question', zh: 'DNS 查询' },
          why: {
            en: 'There is no name to resolve: the program gave an IP address.',
            zh: '程序给的就是 IP 地址，没有域名需要解析。',
          },
        },
      ],
    },
  ],
  'three-way-handshake': [
    {
      ask: {
        en: 'The SYN carries the sequence number x. Which acknowledgment number will the SYN+ACK carry?',
        zh: 'SYN 的序列号是 x。SYN+ACK 里的确认号会是多少？',
      },
      before: appears(SYN_ACK),
      truth: (run) => {
        const plus = (rowOf(run, SYN_ACK)?.ackAbsolute ?? 0) - (rowOf(run, SYN)?.seqAbsolute ?? 0);
        return plus === 1 ? 'x + 1' : plus === 0 ? 'x' : 'other';
      },
      choices: [
        {
          is: 'x + 1',
          why: {
            en: 'A SYN takes one sequence number, as a byte of data would. The acknowledgment names the next one that is expected.',
            zh: 'SYN 和一个字节的数据一样，要占一个序列号；确认号写的是下一个期待收到的号。',
          },
        },
        {
          is: 'x',
          why: {
            en: 'An acknowledgment number never names what has come but what comes next. With x the server would say that it is still waiting for the SYN.',
            zh: '确认号写的不是“已收到哪个”，而是“下一个要哪个”。写 x 等于说 SYN 还没收到。',
          },
        },
        {
          is: 'y + 1',
          say: { en: 'Its own number y, plus 1', zh: '自己的序列号 y 加 1' },
          why: {
            en: 'That is what the client will acknowledge in the third step. Each end confirms the other’s number, not its own.',
            zh: '那是第三次握手时客户端要确认的。双方确认的都是对方的号，不是自己的。',
          },
        },
      ],
    },
  ],
  'lost-syn': [
    {
      ask: { en: 'The SYN is lost. Who notices, and how?', zh: 'SYN 丢了。谁会发现？怎么发现？' },
      before: appears({ ...SYN, nth: 2 }),
      truth: (run) => {
        const next = rowOf(run, { kind: 'segment', nth: 2 });
        return next?.timer?.name === 'retransmission' ? `${next.from} by its timer` : null;
      },
      choices: [
        {
          is: 'client by its timer',
          say: { en: 'The client: its timer runs out', zh: '客户端：定时器超时' },
          why: {
            en: 'It set a timer when it sent the SYN. When no answer comes within a second, it sends the same SYN again.',
            zh: '发出 SYN 时它就启动了定时器，一秒内等不到回应，便把同一个 SYN 再发一次。',
          },
        },
        {
          is: 'server by its timer',
          say: { en: 'The server: it misses the SYN', zh: '服务器：没等到 SYN' },
          why: {
            en: 'A listening server expects nothing in particular. It cannot miss what it never heard of.',
            zh: '监听中的服务器并没有在等谁，从没听说过的 SYN，谈不上“没等到”。',
          },
        },
        {
          is: 'network',
          say: { en: 'The network reports it', zh: '由网络报告' },
          why: {
            en: 'IP promises nothing: a router that drops a packet because its queue is full tells nobody.',
            zh: 'IP 不作任何保证：路由器队列满了，丢掉分组也不会通知谁。',
          },
        },
      ],
    },
  ],
  'lost-syn-ack': [
    {
      ask: {
        en: 'The client repeats its SYN, and the server still has the half-open connection. What does it answer?',
        zh: '客户端重发了 SYN，而服务器上的半连接还在。服务器怎么回应？',
      },
      before: arrives({ ...SYN, nth: 2 }),
      truth: (run) => {
        const [first, second] = allOf(run, SYN_ACK);
        return first === undefined || second === undefined
          ? 'nothing'
          : first.seqAbsolute === second.seqAbsolute
            ? 'same number'
            : 'new number';
      },
      choices: [
        {
          is: 'same number',
          say: { en: 'The same SYN+ACK once more', zh: '把原来的 SYN+ACK 再发一次' },
          why: {
            en: 'The SYN has the number the server knows already, so it is a repetition: the answer is repeated too, with the same initial number.',
            zh: 'SYN 的序列号是它见过的，说明只是重发，于是把回应也重发一次，初始序列号不变。',
          },
        },
        {
          is: 'new number',
          say: { en: 'A SYN+ACK with a new number', zh: '换一个新序列号的 SYN+ACK' },
          why: {
            en: 'Then two answers with different numbers could be under way at once, and the client could believe the wrong one. One connection has one initial number.',
            zh: '那样网络里可能同时有两个号不同的回应，客户端就可能信错。一条连接只有一个初始序列号。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing: it has answered already', zh: '不回应：已经回过了' },
          why: {
            en: 'A repeated SYN shows that the answer did not get through. Keeping silent would leave both waiting.',
            zh: 'SYN 重发，正说明回应没有送到。不吭声，双方只会一直等下去。',
          },
        },
      ],
    },
  ],
  'lost-third-ack': [
    {
      ask: {
        en: 'The client sends the third ACK, and it is lost. In which state is the server half a second later?',
        zh: '客户端发出第三次握手的 ACK，但它丢了。半秒之后，服务器处于什么状态？',
      },
      before: appears({ from: 'client', flags: 'ACK' }),
      truth: stateAt('server', { kind: 'note' }),
      choices: [
        {
          is: 'SYN-RECEIVED',
          why: {
            en: 'Nothing has reached it since the SYN. It keeps the connection in its SYN queue and will repeat the SYN+ACK.',
            zh: '收到 SYN 之后再没有东西到达。连接留在半连接队列里，等定时器到点就重发 SYN+ACK。',
          },
        },
        {
          is: 'ESTABLISHED',
          why: {
            en: 'That is what the client is in. What the client believes the server can learn only from a segment, and that segment is gone.',
            zh: '那是客户端的状态。客户端怎么想，服务器只能从报文段得知，而这个报文段丢了。',
          },
        },
        {
          is: 'LISTEN',
          why: {
            en: 'The listening socket stays in LISTEN, but this connection has an entry of its own, which has left that state with the SYN.',
            zh: '监听套接字当然还在 LISTEN，但这条连接有自己的表项，收到 SYN 时就已离开这个状态。',
          },
        },
        {
          is: 'CLOSED',
          why: {
            en: 'It gives up only when several repetitions of its SYN+ACK have stayed unanswered, which takes about a minute.',
            zh: '要等 SYN+ACK 重发好几次都没有回音，它才会放弃，那大约是一分钟以后的事。',
          },
        },
      ],
    },
  ],
  'data-with-third-ack': [
    {
      ask: {
        en: 'The program has written 17 bytes right after connect(). With which segment do they leave?',
        zh: '程序在 connect() 之后马上写了 17 个字节。它们会随哪个报文段发出？',
      },
      before: appears({ isData: true }),
      truth: (run) => {
        const data = rowOf(run, { isData: true });
        if (data === null) return null;
        return data.flags.includes('SYN') ? 'first' : data.toState?.before === 'SYN-RECEIVED' ? 'third' : 'fourth';
      },
      choices: [
        {
          is: 'third',
          say: { en: 'With the third', zh: '第三个' },
          why: {
            en: 'When the client sends it, it is ESTABLISHED: it knows the server’s number, and any segment may carry data.',
            zh: '发第三个报文段时客户端已是 ESTABLISHED，知道了对方的序列号，报文段里就可以带数据。',
          },
        },
        {
          is: 'first',
          say: { en: 'With the SYN', zh: '随 SYN' },
          why: {
            en: 'The RFC allows it, but a stack does not do it on its own: the SYN had to be sent before anybody knew whether the server is there.',
            zh: 'RFC 允许这样做，但协议栈不会擅自这么做：发 SYN 的时候，还不知道对方在不在。',
          },
        },
        {
          is: 'fourth',
          say: { en: 'With a fourth, after the handshake', zh: '握手完成后的第四个' },
          why: {
            en: 'An ACK that travels alone costs as much as one with data. Nothing forbids the third to carry some, so nobody waits.',
            zh: '单独发一个 ACK 并不比捎上数据便宜。第三个报文段允许带数据，何必再等。',
          },
        },
      ],
    },
  ],
  'data-with-syn': [
    {
      ask: {
        en: 'This SYN carries 17 bytes. When can the server’s program read them?',
        zh: '这个 SYN 带着 17 个字节。服务器上的程序什么时候能读到？',
      },
      before: arrives({ flags: 'SYN,PSH' }),
      truth: (run) => {
        const views = run.moments.flatMap(({ hosts }) => hosts.filter(({ name }) => name === 'server'));
        const first = views.flatMap(({ connections }) => connections).find(({ readable }) => readable > 0);
        return first === undefined ? 'never' : first.state === 'ESTABLISHED' ? 'after the third' : 'at once';
      },
      choices: [
        {
          is: 'after the third',
          say: { en: 'After the third segment', zh: '第三个报文段到了以后' },
          why: {
            en: 'Until then the SYN might be an old duplicate or a forgery. The stack keeps the bytes and hands them over when the handshake is complete.',
            zh: '在那之前，这个 SYN 可能是旧的副本，也可能是伪造的。协议栈先存着，握手完成再交给程序。',
          },
        },
        {
          is: 'at once',
          say: { en: 'At once', zh: '立刻' },
          why: {
            en: 'Then an old SYN that turns up late would run its order a second time. TCP Fast Open allows it, and needs a cookie for that.',
            zh: '那么迟到的旧 SYN 会让同一条命令执行两遍。TCP Fast Open 允许这样，但要先凭 cookie 证明身份。',
          },
        },
        {
          is: 'never',
          say: { en: 'Never: data in a SYN is dropped', zh: '读不到：SYN 里的数据一律丢弃' },
          why: {
            en: 'A stack may keep only the SYN and let the data be sent again, but this one acknowledges and keeps it.',
            zh: '协议栈可以只收 SYN，让对方重发数据；但这里的协议栈连数据一起确认，并且留着。',
          },
        },
      ],
    },
  ],
  'rst-from-closed-port': [
    {
      ask: {
        en: 'Nobody listens on port 81. What does the SYN get?',
        zh: '81 端口没有程序在监听。SYN 会得到什么回应？',
      },
      before: arrives(SYN),
      truth: answerTo(SYN),
      choices: [
        {
          is: 'RST,ACK',
          why: {
            en: 'The stack itself answers: no connection, no listener, so RST. It acknowledges the SYN, or the client would not believe it.',
            zh: '由协议栈直接回应：既没有连接也没有监听者，就发 RST。它确认了 SYN，否则客户端不会当真。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'Silence would mean that a packet filter took the SYN. A TCP that receives it must answer.',
            zh: '没有回应，多半是被防火墙拦了。TCP 只要收到 SYN 就必须回应。',
          },
        },
        {
          is: 'icmp',
          say: { en: 'ICMP “port unreachable”', zh: 'ICMP“端口不可达”' },
          why: {
            en: 'That is how UDP says it, which has no segment of its own for refusing. TCP has RST.',
            zh: '那是 UDP 的办法，因为 UDP 没有表示拒绝的报文。TCP 有 RST。',
          },
        },
      ],
    },
  ],
  'simultaneous-open': [
    {
      ask: {
        en: 'Both ends are in SYN-SENT, and a SYN without ACK arrives. Which state comes next?',
        zh: '双方都在 SYN-SENT，这时收到一个不带 ACK 的 SYN。接下来是什么状态？',
      },
      before: arrives({ from: 'a', flags: 'SYN' }),
      truth: receiverOf({ from: 'a', flags: 'SYN' }),
      choices: [
        {
          is: 'SYN-RECEIVED',
          why: {
            en: 'It knows the peer’s number now, but nobody has confirmed its own. It answers SYN+ACK and waits for that.',
            zh: '对方的序列号知道了，自己的却还没人确认。于是回 SYN+ACK，等对方确认。',
          },
        },
        {
          is: 'ESTABLISHED',
          why: {
            en: 'From SYN-SENT one gets there only by a SYN that also acknowledges one’s own SYN. This one was sent before its sender had heard of it.',
            zh: '从 SYN-SENT 直接到这里，收到的 SYN 必须同时确认自己的 SYN。而对方发它的时候，还没收到我们的 SYN。',
          },
        },
        {
          is: 'CLOSED',
          why: {
            en: 'Nobody listens, but both have asked for this very connection: there is no reason to refuse.',
            zh: '虽然没有人在监听，但双方要的正是这条连接，没有理由拒绝。',
          },
        },
      ],
    },
  ],
};
