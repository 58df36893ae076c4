/** Questions of the stories of opening in which somebody doubts: old segments, crashes, forged numbers, imagined rules. */
import { answerTo, arrives, checked, type Questions, receiverOf, rowOf, statesOf } from './question.ts';

export const OPENING_DOUBTS: Questions = {
  'four-segment-open': [
    {
      ask: {
        en: 'A bare ACK of its SYN reaches the client, without a SYN in it. In which state is the client then?',
        zh: '到达客户端的是单独一个 ACK，确认了它的 SYN，本身却不带 SYN。这时客户端处于什么状态？',
      },
      before: arrives({ from: 'peer', flags: 'ACK' }),
      truth: receiverOf({ from: 'peer', flags: 'ACK' }),
      choices: [
        {
          is: 'SYN-SENT',
          why: {
            en: 'Its own SYN has arrived, that much is known. But without the other end’s number it cannot receive a single byte.',
            zh: '自己的 SYN 到了，这一点可以肯定。但不知道对方的序列号，一个字节也没法收。',
          },
        },
        {
          is: 'ESTABLISHED',
          why: {
            en: 'For that both numbers must be known. The peer’s own is in its SYN, which has not come yet.',
            zh: '那要双方的序列号都知道才行。对方的号写在它的 SYN 里，还没到呢。',
          },
        },
        {
          is: 'CLOSED',
          why: {
            en: 'Only a RST, or an ACK of something never sent, would be a reason. This ACK fits.',
            zh: '收到 RST，或者确认号对不上，才有理由中止。这个 ACK 是对的。',
          },
        },
      ],
    },
  ],
  'why-three': [
    {
      ask: {
        en: 'The client gave up long ago; now its old SYN reaches the real server on the left. What does the program there get?',
        zh: '客户端早就放弃了，旧 SYN 现在才到达左边真实的服务器。那里的程序会得到什么？',
      },
      before: arrives({ from: 'client', to: 'server', flags: 'SYN' }),
      truth: (run) =>
        statesOf(run, 'server').has('ESTABLISHED')
          ? 'a connection'
          : statesOf(run, 'server').has('SYN-RECEIVED')
            ? 'nothing'
            : null,
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '什么也没有' },
          why: {
            en: 'The server waits for a third step. The client knows nothing of this SYN and answers RST; the entry is removed, and no program ever hears of it.',
            zh: '服务器还要等第三次握手。客户端不认得这个 SYN，回了 RST，半连接随之删除，程序毫不知情。',
          },
        },
        {
          is: 'a connection',
          say: { en: 'A connection without a peer', zh: '一条没有对端的连接' },
          why: {
            en: 'That is what a two-step rule would give it, as the right side shows.',
            zh: '如果两次握手就算数，就会这样。右边演示的正是这个。',
          },
        },
        {
          is: 'an error',
          say: { en: 'An error', zh: '一个错误' },
          why: {
            en: 'An error belongs to a connection, and the program never had one. The stack settles it alone.',
            zh: '有连接才有错误可报，而程序手里根本没有连接。这件事协议栈自己就处理了。',
          },
        },
      ],
    },
    {
      ask: {
        en: 'WHAT IF a SYN alone were enough? The same old SYN reaches the server on the right, and the client’s RST will be lost. What is left there?',
        zh: '【假如】只凭 SYN 就算建立连接呢？同样的旧 SYN 到达右边的服务器，而客户端的 RST 会丢失。那里会留下什么？',
      },
      before: arrives({ to: 'two-way', flags: 'SYN' }),
      truth: (run) =>
        receiverOf({ to: 'two-way', flags: 'SYN' })(run) === 'ESTABLISHED' &&
        rowOf(run, { to: 'two-way', flags: 'RST', status: 'dropped' }) !== null
          ? 'ghost'
          : 'nothing',
      choices: [
        {
          is: 'ghost',
          say: { en: 'A connection to nobody, for ever', zh: '一条没有对端的连接，永远留着' },
          why: {
            en: 'The server believed at once and waits for nothing. Only the RST could have told it, and nobody repeats a RST.',
            zh: '服务器收到就信了，什么也不等。能纠正它的只有 RST，而 RST 丢了不会重发。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing: it asks again', zh: '不会留下：它会再问一次' },
          why: {
            en: 'Asking again is what a server does that waits for a third step. This one has what it wanted.',
            zh: '会再问一次的，是还在等第三次握手的服务器。这一台觉得已经齐了。',
          },
        },
        {
          is: 'timeout',
          say: { en: 'A connection until some timer ends it', zh: '一条连接，到某个定时器超时为止' },
          why: {
            en: 'An open connection on which nothing is sent has no timer. Keep-alive is off unless a program turns it on.',
            zh: '连接建立后，没有数据要发就没有定时器。保活默认是关的，程序不开就没有。',
          },
        },
      ],
    },
  ],
  'old-duplicate-syn': [
    {
      ask: {
        en: 'The server has answered the old SYN. Its SYN+ACK acknowledges a number the client did not send this time. What does the client do?',
        zh: '服务器回应的是旧 SYN，SYN+ACK 确认的号，这一次客户端根本没有发过。客户端会怎么做？',
      },
      before: arrives({ from: 'server', flags: 'SYN,ACK' }),
      truth: answerTo({ from: 'server', flags: 'SYN,ACK' }),
      choices: [
        {
          is: 'RST',
          why: {
            en: 'The number gives the old SYN away. RST makes the server forget it, and the client stays in SYN-SENT to try again.',
            zh: '确认号一对，就知道那是旧 SYN 引来的。回 RST 让服务器忘掉它，自己留在 SYN-SENT 继续等。',
          },
        },
        {
          is: 'ACK',
          why: {
            en: 'That would finish a handshake begun with the wrong number: every byte would then be off by the difference.',
            zh: '那等于用错误的号完成了握手，之后每个字节的序号都会错位。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing, it waits', zh: '不理会，继续等' },
          why: {
            en: 'Then the server would hold on to the old SYN and could not take the new one. It has to be told.',
            zh: '那样服务器会一直守着旧 SYN，新的就进不来。必须告诉它。',
          },
        },
      ],
    },
  ],
  'why-isn-moves': [
    {
      ask: {
        en: 'On the left, the old answer comes five seconds late, into a new connection between the same addresses and ports. What does the client do with it?',
        zh: '左边：迟到五秒的旧回答，闯进了四元组相同的新连接。客户端会怎么处理？',
      },
      before: arrives({ from: 'server', isData: true }),
      truth: answerTo({ from: 'server', isData: true }),
      choices: [
        {
          is: 'ACK',
          say: { en: 'It drops it and repeats its ACK', zh: '丢弃，再回一个 ACK' },
          why: {
            en: 'Between the two connections the server’s number moved on by several hundred thousand, a quarter of a million each second. The old bytes lie far before the window.',
            zh: '两次连接之间，服务器的初始序列号已经前进了几十万（每秒二十五万）。旧字节远在接收窗口之前。',
          },
        },
        {
          is: 'taken',
          say: { en: 'It gives it to the program', zh: '交给程序' },
          why: {
            en: 'Only bytes inside the window are given to the program, and these numbers are long past.',
            zh: '只有落在窗口内的字节才交给程序，而这些号早就过去了。',
          },
        },
        {
          is: 'RST',
          say: { en: 'It answers with RST', zh: '回一个 RST' },
          why: {
            en: 'The segment belongs to a connection it knows, by address and port. What is outside of the window gets an ACK, or any stray copy could end a connection.',
            zh: '按地址和端口看，它属于一条现有的连接。窗口之外的报文段只会引来 ACK，否则随便一个迟到的副本就能断掉连接。',
          },
        },
      ],
    },
    {
      ask: {
        en: 'On the right, WHAT IF both ends began every connection with one million? The same late answer: what happens to it?',
        zh: '右边【假如】两端每次都从一百万开始：同样迟到的旧回答，会怎样？',
      },
      before: arrives({ from: 'one-isn', isData: true }),
      truth: checked(2, 'taken'),
      choices: [
        {
          is: 'taken',
          say: { en: 'The program reads it as the new answer', zh: '程序把它当成新回答读走' },
          why: {
            en: 'Sequence and acknowledgment numbers are exactly those that are expected now. Nothing else in a segment tells one connection from the next.',
            zh: '序列号和确认号都正好是现在等待的。除此之外，报文段里没有任何东西能区分前后两次连接。',
          },
        },
        {
          is: 'refused',
          say: { en: 'It is refused as too old', zh: '太旧了，不接受' },
          why: {
            en: 'A segment carries no date. Timestamps would help, where both ends use them; TIME-WAIT would too, but after a RST there is none.',
            zh: '报文段上没有日期。双方都用时间戳就能分清；TIME-WAIT 也能防住，可 RST 之后没有 TIME-WAIT。',
          },
        },
        {
          is: 'checksum',
          say: { en: 'Its checksum is wrong in the new connection', zh: '在新连接里校验和对不上' },
          why: {
            en: 'The checksum covers addresses, ports, numbers and data, and all of them fit.',
            zh: '校验和算的是地址、端口、序列号和数据，这些全都对得上。',
          },
        },
      ],
    },
    {
      ask: {
        en: 'The true new answer comes right behind it. What becomes of that?',
        zh: '真正的新回答紧跟着到了。它会怎样？',
      },
      before: arrives({ from: 'one-isn', isData: true, nth: 3 }),
      truth: checked(3, 'lost'),
      choices: [
        {
          is: 'lost',
          say: { en: 'It is thrown away as a repetition', zh: '被当成重复数据丢掉' },
          why: {
            en: 'Bytes with these numbers are there already. The ACK for the old ones even tells the server that the new ones arrived.',
            zh: '这些号的字节已经收过了。先前对旧数据的确认，甚至让服务器以为新回答已经送到。',
          },
        },
        {
          is: 'replaces',
          say: { en: 'It takes the place of the old one', zh: '顶替旧的' },
          why: {
            en: 'The program has had those bytes in its stream. What came first stays.',
            zh: '那些字节已经进了数据流，先到的算数。',
          },
        },
        {
          is: 'behind',
          say: { en: 'The program reads it behind the old one', zh: '排在旧的后面，程序接着读到' },
          why: {
            en: 'Only bytes with higher numbers would be appended. These have the very same.',
            zh: '号更大的字节才会接在后面，而它们的号一模一样。',
          },
        },
      ],
    },
  ],
  'why-isn-random': [
    {
      ask: {
        en: 'The attacker saw each server’s number a second ago and adds a second’s ticks. On the left the number has a secret hash of addresses and ports in it. What comes of the guess there?',
        zh: '攻击者一秒前看过两台服务器的号，各加上一秒的滴答数。左边的号里还加了对地址和端口的密钥散列。在左边会怎样？',
      },
      before: arrives({ from: 'attacker', to: 'server', flags: 'PSH,ACK' }),
      truth: answerTo({ from: 'attacker', to: 'server', flags: 'PSH,ACK' }),
      choices: [
        {
          is: 'RST',
          say: { en: 'It is wrong: the server answers with RST', zh: '猜错了：服务器回 RST' },
          why: {
            en: 'The hash shifts the clock differently for every pair of addresses and ports. What the attacker saw for its own says nothing about the other’s.',
            zh: '每一组地址和端口，散列值都不同。攻击者看到的是自己那一组的号，推不出别人的。',
          },
        },
        {
          is: 'ACK',
          say: { en: 'It is right', zh: '猜中了' },
          why: {
            en: 'The chance is one in 4.3 billion, unless somebody knows the key.',
            zh: '不知道密钥，猜中的机会只有约四十三亿分之一。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'It is dropped in silence', zh: '悄悄丢弃' },
          why: {
            en: 'In SYN-RECEIVED a wrong acknowledgment is answered: RST, to the address written in the segment.',
            zh: '在 SYN-RECEIVED 收到错误的确认号，要回 RST，发给报文段里写的那个地址。',
          },
        },
      ],
    },
    {
      ask: {
        en: 'On the right, WHAT IF the number came from the clock alone? The same guess, the number seen plus a second’s ticks: what comes of it there?',
        zh: '右边【假如】初始序列号只取自时钟。同样的猜法，看到的号加上一秒的滴答数，在那里会怎样？',
      },
      before: arrives({ from: 'attacker', to: 'clock-isn', flags: 'PSH,ACK' }),
      truth: (run) =>
        receiverOf({ from: 'attacker', to: 'clock-isn', flags: 'PSH,ACK' })(run) === 'ESTABLISHED'
          ? 'believed'
          : 'reset',
      choices: [
        {
          is: 'believed',
          say: { en: 'The server believes it', zh: '服务器信了' },
          why: {
            en: 'The clock is no secret: one honest SYN tells it. The attacker need not see the answer to know its number.',
            zh: '时钟不是秘密，正常连一次就知道了。不用看到回应，也算得出里面的号。',
          },
        },
        {
          is: 'reset',
          say: { en: 'The server answers with RST', zh: '服务器回 RST' },
          why: {
            en: 'It does so when the number is wrong. Here it is right to the tick.',
            zh: '号不对才会这样。这里分毫不差。',
          },
        },
        {
          is: 'seen',
          say: { en: 'The address gives it away', zh: '源地址露馅' },
          why: {
            en: 'A source address is what the sender wrote there. Nothing checks it, which is why the sequence number has to.',
            zh: '源地址写什么都行，没有谁去核对。正因为如此，才要靠序列号把关。',
          },
        },
      ],
    },
  ],
  'half-open-restart': [
    {
      ask: {
        en: 'The client has crashed, booted, and sends a SYN for the same ports. The server is still ESTABLISHED. What does it answer?',
        zh: '客户端崩溃后重启，用同样的端口发来 SYN，而服务器还在 ESTABLISHED。它怎么回应？',
      },
      before: arrives({ from: 'client', flags: 'SYN', nth: 2 }),
      truth: answerTo({ from: 'client', flags: 'SYN', nth: 2 }),
      choices: [
        {
          is: 'ACK',
          say: { en: 'An ACK of its old numbers', zh: '一个 ACK，用的还是旧序列号' },
          why: {
            en: 'It does not believe a SYN in the middle of a connection: anybody could forge one. The true client will refuse that ACK with RST.',
            zh: '连接进行中冒出的 SYN 不能轻信，谁都能伪造。真正的客户端看到这个 ACK 会回 RST，事情就清楚了。',
          },
        },
        {
          is: 'SYN,ACK',
          why: {
            en: 'That would throw away a living connection on the word of one unverified packet.',
            zh: '那等于凭一个没有核实的分组，就扔掉一条活着的连接。',
          },
        },
        {
          is: 'RST',
          why: {
            en: 'It did once, in old stacks. Then one forged SYN was enough to cut any connection (RFC 5961).',
            zh: '以前的协议栈会这样。于是伪造一个 SYN 就能掐断任何连接，所以改了（RFC 5961）。',
          },
        },
      ],
    },
  ],
};
