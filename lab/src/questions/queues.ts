/** Questions of the stories of queues and of attacks on them. */
import { answerTo, appears, arrives, type Questions, rowOf } from './question.ts';

const SYN = { from: 'client', flags: 'SYN' } as const;

export const QUEUES: Questions = {
  'connect-in-progress': [
    {
      ask: {
        en: 'A non-blocking connect() has just returned “operation now in progress”. What has left the client by then?',
        zh: '非阻塞的 connect() 刚返回“正在进行中”。这时客户端已经发出了什么？',
      },
      before: appears({ kind: 'event', nth: 3 }),
      truth: (run) => {
        const back = rowOf(run, { kind: 'event', nth: 3 });
        const syn = rowOf(run, SYN);
        return back === null || syn === null ? null : syn.entry > back.entry ? 'nothing' : 'SYN';
      },
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '什么也没有' },
          why: {
            en: 'The call only starts the operation. The stack sends when it gets its turn, and events tell later how it ended.',
            zh: '这个调用只是发起操作。轮到协议栈时才会发送，结果以后由事件通知。',
          },
        },
        {
          is: 'SYN',
          say: { en: 'The SYN', zh: 'SYN' },
          why: {
            en: 'It follows a moment later. A program must not rely on either.',
            zh: '紧接着才发。程序不应该依赖这个先后。',
          },
        },
        {
          is: 'handshake',
          say: { en: 'The whole handshake', zh: '整个握手' },
          why: {
            en: 'That is what a blocking connect() waits for. It takes a round trip, in which a non-blocking program does something else.',
            zh: '阻塞的 connect() 才等到握手完成。那要一个往返时间，非阻塞的程序正好去做别的事。',
          },
        },
      ],
    },
  ],
  'syn-queue': [
    {
      ask: {
        en: 'The SYN queue is full, and a fourth SYN arrives. What does it get?',
        zh: '半连接队列已满，第四个 SYN 到了。它会得到什么回应？',
      },
      before: arrives({ ...SYN, nth: 4 }),
      truth: answerTo({ ...SYN, nth: 4 }),
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'It is dropped in silence. The client’s timer will repeat it, and by then there may be room.',
            zh: '悄悄丢弃。客户端的定时器会重发，到那时也许就有空位了。',
          },
        },
        {
          is: 'RST,ACK',
          why: {
            en: 'RST says “nobody listens here”, and the client would give up at once. The server is only busy.',
            zh: 'RST 的意思是“这里没人监听”，客户端会立刻放弃。而服务器只是忙。',
          },
        },
        {
          is: 'SYN,ACK',
          why: {
            en: 'Without room for an entry the server could not recognize the third ACK. With SYN cookies it could.',
            zh: '没有地方记下来，第三次握手来了也认不出。用 SYN cookie 才行。',
          },
        },
      ],
    },
  ],
  'accept-queue': [
    {
      ask: {
        en: 'The accept queue is full, and the fourth client’s third ACK arrives. In which state does the server keep its connection?',
        zh: '全连接队列已满，第四个客户端的第三次握手到了。服务器上这条连接处于什么状态？',
      },
      before: arrives({ from: 'client', flags: 'ACK', nth: 4 }),
      truth: (run) => {
        const ack = rowOf(run, { from: 'client', flags: 'ACK', nth: 4 });
        if (ack === null) return null;
        if (ack.toState !== null) return ack.toState.after;
        return answerTo({ from: 'client', flags: 'ACK', nth: 4 })(run) === 'nothing' ? 'SYN-RECEIVED' : 'CLOSED';
      },
      choices: [
        {
          is: 'SYN-RECEIVED',
          why: {
            en: 'The ACK is ignored as if it had been lost. The server will repeat its SYN+ACK and hope for room by then.',
            zh: '这个 ACK 被当作没收到。服务器会重发 SYN+ACK，盼着那时有空位。',
          },
        },
        {
          is: 'ESTABLISHED',
          why: {
            en: 'That is what the client believes. Here there is no place to put a finished connection.',
            zh: '客户端以为是这样。而服务器这边，已经没有地方放建立好的连接了。',
          },
        },
        {
          is: 'CLOSED',
          why: {
            en: 'So it is with abort_on_overflow, which answers with RST. By default the server is patient.',
            zh: '打开 abort_on_overflow 才会这样，回一个 RST。默认情况下服务器更有耐心。',
          },
        },
      ],
    },
  ],
  'accept-queue-reset': [
    {
      ask: {
        en: 'The queue is full again, but abort_on_overflow is on. What does the fourth client’s third ACK get?',
        zh: '队列又满了，不过这次打开了 abort_on_overflow。第四个客户端的第三次握手会得到什么回应？',
      },
      before: arrives({ from: 'client', flags: 'ACK', nth: 4 }),
      truth: answerTo({ from: 'client', flags: 'ACK', nth: 4 }),
      choices: [
        {
          is: 'RST',
          why: {
            en: 'The client learns at once that it is not served. Its connect() had already succeeded, so the error comes with the next call.',
            zh: '客户端马上就知道进不来。它的 connect() 早已成功，所以错误要到下一次调用才报告。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'So it is by default, as the scene before showed: short bursts then pass unnoticed.',
            zh: '默认是这样，前一个场景已经看过：短暂的高峰就这样不声不响地过去了。',
          },
        },
        {
          is: 'FIN,ACK',
          why: {
            en: 'FIN ends a conversation in good order. This one never began.',
            zh: 'FIN 是好好地结束对话，而这里对话还没开始。',
          },
        },
      ],
    },
  ],
  'syn-flood': [
    {
      ask: {
        en: 'Forged SYNs have filled the queue. Now an honest client’s SYN arrives. What does it get?',
        zh: '伪造的 SYN 已经占满队列。这时一个正常客户端的 SYN 到了。它会得到什么？',
      },
      before: arrives(SYN),
      truth: answerTo(SYN),
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'The server cannot tell it from the forged ones. It is dropped like any SYN that finds the queue full.',
            zh: '服务器分不出谁是伪造的。队列满了，来的 SYN 一律丢弃。',
          },
        },
        {
          is: 'SYN,ACK',
          why: {
            en: 'For that it would need a place in the queue, or cookies: the next scene turns them on.',
            zh: '那得队列里有空位，或者用 cookie：下一个场景就会打开。',
          },
        },
        {
          is: 'RST,ACK',
          why: {
            en: 'The port is open and the server willing. It only has no room to remember.',
            zh: '端口是开着的，服务器也愿意，只是没有地方记。',
          },
        },
      ],
    },
  ],
  'syn-flood-cookies': [
    {
      ask: {
        en: 'The queue is full, but cookies are on. The honest client’s SYN arrives. What does the server keep of it after its answer?',
        zh: '队列满了，但打开了 cookie。正常客户端的 SYN 到了。服务器回应之后，会记下什么？',
      },
      before: arrives(SYN),
      truth: (run) => {
        const states = rowOf(run, SYN)?.toState ?? null;
        if (answerTo(SYN)(run) !== 'SYN,ACK') return 'refused';
        return states === null || states.before === states.after ? 'nothing' : 'entry';
      },
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing at all', zh: '什么也不记' },
          why: {
            en: 'All it must know is folded into the initial number of its SYN+ACK. Only who receives that can bring it back.',
            zh: '该知道的都编进了 SYN+ACK 的初始序列号。真正收到它的客户端，才能把号带回来。',
          },
        },
        {
          is: 'entry',
          say: { en: 'An entry in the SYN queue', zh: '半连接队列里的一项' },
          why: {
            en: 'The queue is full of forged entries. A cookie is for just that case.',
            zh: '队列已被伪造的占满，cookie 正是为这种情况准备的。',
          },
        },
        {
          is: 'refused',
          say: { en: 'Nothing: it does not answer', zh: '不记，也不回应' },
          why: {
            en: 'So it was without cookies. With them every SYN gets its answer, forged or not.',
            zh: '没有 cookie 才是这样。有了它，每个 SYN 都有回应，不管真假。',
          },
        },
      ],
    },
  ],
  'third-ack-of-a-cookie': [
    {
      ask: {
        en: 'A correct cookie comes back, but three minutes late. What does the server do?',
        zh: '带回来的 cookie 是对的，但晚了三分钟。服务器怎么处理？',
      },
      before: arrives({ from: 'peer', flags: 'ACK', nth: 4 }),
      truth: answerTo({ from: 'peer', flags: 'ACK', nth: 4 }),
      choices: [
        {
          is: 'RST',
          say: { en: 'It refuses it with RST', zh: '拒绝，回 RST' },
          why: {
            en: 'The time is part of the cookie. Otherwise one could collect cookies today and flood with them tomorrow.',
            zh: 'cookie 里编进了时间。否则今天攒下一批，明天就能拿来攻击。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'It takes it: the number is right', zh: '接受：号是对的' },
          why: {
            en: 'Right once. A minute is more than a handshake needs; what comes later is not trusted.',
            zh: '曾经是对的。握手用不了一分钟，过了时限就不再可信。',
          },
        },
        {
          is: 'SYN,ACK',
          say: { en: 'It sends a fresh cookie', zh: '发一个新的 cookie' },
          why: {
            en: 'That answers a SYN. The server remembers nobody to whom it could send one.',
            zh: '那是对 SYN 的回应。服务器谁也没记，不知道该发给谁。',
          },
        },
      ],
    },
  ],
  'blind-reset': [
    {
      ask: {
        en: 'A forged RST arrives: inside the window, but not the exact next number. What does the server do?',
        zh: '伪造的 RST 到了：号在窗口之内，却不是正好下一个。服务器怎么处理？',
      },
      before: arrives({ from: 'attacker', nth: 2 }),
      truth: answerTo({ from: 'attacker', nth: 2 }),
      choices: [
        {
          is: 'ACK',
          say: { en: 'It asks the true client by an ACK', zh: '发 ACK 向真正的客户端核实' },
          why: {
            en: 'A client that really has reset answers with a RST of the exact number. One that has not stays silent.',
            zh: '客户端如果真的复位了，会回一个号码准确的 RST；没有，就不吭声。',
          },
        },
        {
          is: 'closed',
          say: { en: 'It ends the connection', zh: '结束连接' },
          why: {
            en: 'So did stacks before RFC 5961: with a window of 65535 one guess in 65,000 was good enough.',
            zh: 'RFC 5961 之前是这样：窗口 65535，猜六万多次就能中一次。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'It drops the RST in silence', zh: '悄悄丢弃' },
          why: {
            en: 'That is for numbers outside the window. Inside, the RST might be a true one that overtook data.',
            zh: '窗口之外的才这样。窗口之内的，可能真是客户端发的，只是赶在了数据前面。',
          },
        },
      ],
    },
  ],
};
