/** Questions of the stories of closing that go wrong: nobody closes, nobody waits, nobody remembers. */
import { allOf, answerTo, appears, arrives, checked, flagsOf, type Questions, rowOf, stateAt } from './question.ts';

export const CLOSING_DOUBTS: Questions = {
  'why-2msl': [
    {
      ask: {
        en: 'The late order reaches the server on the left, which is in TIME-WAIT. What does it do with it?',
        zh: '迟到的命令到达左边的服务器，它处于 TIME-WAIT。会怎么处理？',
      },
      before: arrives({ from: 'client', to: 'server', isData: true }),
      truth: answerTo({ from: 'client', to: 'server', isData: true }),
      choices: [
        {
          is: 'ACK',
          say: { en: 'It answers with an ACK, and no program sees it', zh: '回一个 ACK，没有程序看到它' },
          why: {
            en: 'The pair of addresses and ports still belongs to the old connection, and in it these bytes have long been read.',
            zh: '这个四元组还属于旧连接，而在旧连接里，这些字节早就读过了。',
          },
        },
        {
          is: 'delivered',
          say: { en: 'It hands it to the program again', zh: '再交给程序一遍' },
          why: {
            en: 'TIME-WAIT has no program any more, and it remembers up to which number everything has come.',
            zh: 'TIME-WAIT 已经没有程序了，而且它记得收到了哪个号为止。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'It drops it in silence', zh: '悄悄丢弃' },
          why: {
            en: 'The sender may have missed the ACK of it, so what is old is acknowledged once more.',
            zh: '发送方也许没收到确认，所以旧的数据要再确认一次。',
          },
        },
      ],
    },
    {
      ask: {
        en: 'On the right, WHAT IF nobody waits: a new connection stands there, with the same numbers. The late order arrives. What happens to it?',
        zh: '右边【假如】谁也不等：新连接已经建立，序列号碰巧一样。迟到的命令到了，会怎样？',
      },
      before: arrives({ from: 'client', to: 'no-wait', isData: true }),
      truth: checked(1, 'taken'),
      choices: [
        {
          is: 'taken',
          say: { en: 'The program of the new connection reads it', zh: '新连接的程序读到它' },
          why: {
            en: 'Addresses, ports and number fit. Nothing in a segment says to which incarnation of a connection it belongs.',
            zh: '地址、端口、序号全都对得上。报文段里没有任何东西说明它属于第几次连接。',
          },
        },
        {
          is: 'dropped',
          say: { en: 'It is dropped as old', zh: '认出是旧的，丢弃' },
          why: {
            en: 'By what? Its number is just the one that is expected. Timestamps could tell, when both ends use them.',
            zh: '凭什么认出来？号正好是期待的那个。双方都用时间戳，才分得清。',
          },
        },
        {
          is: 'reset',
          say: { en: 'It resets the new connection', zh: '使新连接复位' },
          why: {
            en: 'Data in the window is simply received. A RST answers what does not fit any connection.',
            zh: '落在窗口内的数据直接收下。对不上任何连接的报文段，才会引来 RST。',
          },
        },
      ],
    },
    {
      ask: { en: 'How long does the server on the left wait in all?', zh: '左边的服务器一共要等多久？' },
      before: appears({ kind: 'state', from: 'server', cause: '2-msl-timeout' }),
      truth: (run) => {
        const over = rowOf(run, { kind: 'state', from: 'server', cause: '2-msl-timeout' });
        const began = run.rows.find(({ to, toState }) => to === 'server' && toState?.before === 'FIN-WAIT-2');
        const waitedUs = (over?.timeUs ?? 0) - (began?.arrivedUs ?? 0);
        return Math.abs(waitedUs - 60_000_000) < 100_000 ? '60 s' : 'other';
      },
      choices: [
        {
          is: '60 s',
          say: { en: '60 seconds', zh: '60 秒' },
          why: {
            en: 'Linux takes 30 seconds for the longest life of a segment (MSL) and waits for twice that: there and back.',
            zh: 'Linux 把报文段的最长寿命（MSL）算作 30 秒，等它的两倍：一去一回。',
          },
        },
        {
          is: 'rtt',
          say: { en: 'One round trip', zh: '一个往返时间' },
          why: {
            en: 'An ordinary packet is back by then. TIME-WAIT is about extraordinary ones, which were held up somewhere.',
            zh: '正常的分组这时确实回来了。TIME-WAIT 要防的是在哪里耽搁了的那些。',
          },
        },
        {
          is: 'fin',
          say: { en: 'Until the client confirms', zh: '等客户端确认为止' },
          why: {
            en: 'The last ACK is confirmed by nobody. If the confirmation needed one as well, there would be no end.',
            zh: '最后一个 ACK 没有人确认。如果还要确认，就没完没了了。',
          },
        },
      ],
    },
  ],
  'close-wait-leak': [
    {
      ask: {
        en: 'Three clients have gone, and the server’s program forgets to close. In which state are its ends an hour later?',
        zh: '三个客户端都走了，服务器上的程序忘了关闭。一小时后，服务器这一端处于什么状态？',
      },
      before: appears({ kind: 'note', nth: 2 }),
      truth: stateAt('server', { kind: 'note', nth: 2 }),
      choices: [
        {
          is: 'CLOSE-WAIT',
          why: {
            en: 'No timer ends CLOSE-WAIT: TCP waits for its own program, and that may take as long as it likes.',
            zh: '没有定时器管 CLOSE-WAIT：TCP 等的是自己的程序，程序不关就一直等。',
          },
        },
        {
          is: 'CLOSED',
          why: {
            en: 'The clients did that: fin_timeout ended their FIN-WAIT-2. For CLOSE-WAIT there is nothing of the kind.',
            zh: '客户端那边是这样：fin_timeout 结束了 FIN-WAIT-2。CLOSE-WAIT 没有类似的超时。',
          },
        },
        {
          is: 'LAST-ACK',
          why: {
            en: 'One gets there by close(), which is just what the program forgot.',
            zh: '要调用 close() 才会到那里，而程序忘的正是它。',
          },
        },
      ],
    },
  ],
  'fin-wait-2-orphan': [
    {
      ask: {
        en: 'Two connections are in FIN-WAIT-2: for one the program called shutdown() and still reads, the other it let go by close(). What happens to them within a minute?',
        zh: '两条连接都在 FIN-WAIT-2：一条程序只 shutdown() 了写方向，还在读；另一条程序已经 close()。一分钟之内会怎样？',
      },
      before: appears({ kind: 'state', cause: 'fin-timeout' }),
      truth: (run) => {
        const gone = allOf(run, { kind: 'state', cause: 'fin-timeout' }).length;
        const view = run.moments.at(-1)?.hosts.find(({ name }) => name === 'client');
        const isHeld = view?.connections.some(({ isOrphan, state }) => !isOrphan && state === 'FIN-WAIT-2') ?? false;
        return gone === 1 && isHeld ? 'orphan' : gone === 0 ? 'none' : 'both';
      },
      choices: [
        {
          is: 'orphan',
          say: { en: 'Only the orphan is given up', zh: '只有没人要的那条被放弃' },
          why: {
            en: 'Nobody would read what still comes for it; fin_timeout ends it. The other has a reader, who may wait for hours.',
            zh: '它再来什么也没人读了，fin_timeout 到了就结束。另一条还有人读，等几个小时也可以。',
          },
        },
        {
          is: 'both',
          say: { en: 'Both are given up', zh: '两条都被放弃' },
          why: {
            en: 'FIN-WAIT-2 has no limit in the RFC. A half-closed connection may carry data the other way for days.',
            zh: 'RFC 没有给 FIN-WAIT-2 设期限。半关闭的连接在另一个方向上传几天数据也行。',
          },
        },
        {
          is: 'none',
          say: { en: 'Neither: both wait for a FIN', zh: '都不会：都在等 FIN' },
          why: {
            en: 'By the letter of the RFC yes. But a peer that never closes could then fill a host with orphans, so stacks set a limit.',
            zh: '照 RFC 的字面是这样。但对端老不关闭，就能用孤儿连接把主机占满，所以实际的协议栈都设了期限。',
          },
        },
      ],
    },
  ],
  'rst-mid-stream': [
    {
      ask: {
        en: 'The client closes while received data is still unread. What does its stack send?',
        zh: '客户端关闭时，收到的数据还没读完。协议栈会发什么？',
      },
      before: appears({ from: 'client', kind: 'segment', nth: 3 }),
      truth: flagsOf({ from: 'client', kind: 'segment', nth: 3 }),
      choices: [
        {
          is: 'RST,ACK',
          why: {
            en: 'Data is thrown away, and the server must learn that. An orderly FIN would claim that all was well.',
            zh: '数据被扔掉了，必须让服务器知道。发 FIN 就像在说一切正常。',
          },
        },
        {
          is: 'FIN,ACK',
          why: {
            en: 'So it is when everything was read. Here the server would believe that its data had reached a program.',
            zh: '数据都读完了才是这样。在这里发 FIN，服务器会以为程序已经读到了它的数据。',
          },
        },
        {
          is: 'ACK',
          say: { en: 'An ACK with window 0', zh: '窗口为 0 的 ACK' },
          why: {
            en: 'That means “wait, I shall read later”. Nobody will.',
            zh: '那意思是“等一等，我过会儿再读”。可是不会再有人读了。',
          },
        },
      ],
    },
  ],
  'rst-half-open-peer': [
    {
      ask: {
        en: 'The server has booted again and remembers nothing. Data of the old connection arrives. What does it answer?',
        zh: '服务器重启后什么都不记得了。旧连接的数据到了，它怎么回应？',
      },
      before: arrives({ from: 'client', isData: true, nth: 4 }),
      truth: answerTo({ from: 'client', isData: true, nth: 4 }),
      choices: [
        {
          is: 'RST',
          why: {
            en: 'It knows of no such connection, and says so. That is how the client learns of the crash at last.',
            zh: '它不认得这条连接，就照实说。客户端这才知道对方崩溃过。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '不回应' },
          why: {
            en: 'So it was while the server was down: nobody was there to answer, and the client kept repeating.',
            zh: '还没启动的时候是这样：没有人回应，客户端只能一遍遍重发。',
          },
        },
        {
          is: 'SYN,ACK',
          why: {
            en: 'That answers a SYN. This segment belongs to a conversation of which the server knows no beginning.',
            zh: '那是对 SYN 的回应。这个报文段属于一段对话，而服务器不知道它的开头。',
          },
        },
      ],
    },
  ],
};
