/** Questions of the stories of scans: what a port answers, and what that tells. */
import { answerTo, appears, arrives, type Questions, rowOf, statesOf } from './question.ts';

const from = 'scanner';

export const SCANS: Questions = {
  'connect-scan': [
    {
      ask: {
        en: 'The scanner calls connect() on an open port. What does the program behind it notice?',
        zh: '扫描者对开放的端口调用 connect()。端口后面的程序会察觉什么？',
      },
      before: arrives({ from: 'client', flags: 'SYN' }),
      truth: (run) => (statesOf(run, 'server').has('ESTABLISHED') ? 'connection' : 'nothing'),
      choices: [
        {
          is: 'connection',
          say: { en: 'A connection, with the scanner’s address', zh: '一条连接，连同扫描者的地址' },
          why: {
            en: 'connect() finishes the handshake. accept() returns, and the program can write down who came.',
            zh: 'connect() 会把握手做完，accept() 随之返回，程序可以记下是谁来过。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '什么也没有' },
          why: {
            en: 'A half-open scan stays unseen: it never sends the third segment. That needs packets made by hand.',
            zh: '半开扫描才不被察觉：它不发第三个报文段，但那要自己构造分组。',
          },
        },
        {
          is: 'error',
          say: { en: 'An error of accept()', zh: 'accept() 报错' },
          why: {
            en: 'accept() gives a good connection. Only then comes the RST, with the first read.',
            zh: 'accept() 得到的是正常的连接。RST 随后才到，第一次读才会出错。',
          },
        },
      ],
    },
  ],
  'syn-scan': [
    {
      ask: {
        en: 'Ports 80 and 81 have answered. Now a SYN goes to port 443, which a packet filter hides. What comes back?',
        zh: '80 和 81 端口都有了回应。现在 SYN 发往 443 端口，那里有包过滤器挡着。会收到什么？',
      },
      before: arrives({ from, flags: 'SYN', nth: 3 }),
      truth: answerTo({ from, flags: 'SYN', nth: 3 }),
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'TCP itself always answers a SYN, yes or no. So silence betrays the filter.',
            zh: 'TCP 收到 SYN 总要回应，行或不行。所以没有回应，恰恰暴露了过滤器。',
          },
        },
        {
          is: 'RST,ACK',
          why: {
            en: 'That says: the SYN reached TCP, and nobody listens. Here it did not get that far.',
            zh: '那说明 SYN 到了 TCP，而没人监听。这里它根本没到。',
          },
        },
        {
          is: 'SYN,ACK',
          why: {
            en: 'For that a program would have to listen, and the SYN to reach it.',
            zh: '那得有程序在监听，而且 SYN 能到那里。',
          },
        },
      ],
    },
  ],
  'fin-scan': [
    {
      ask: {
        en: 'A bare FIN arrives at a port on which a program listens. What does the stack answer?',
        zh: '一个单独的 FIN 到达有程序监听的端口。协议栈怎么回应？',
      },
      before: arrives({ from, flags: 'FIN' }),
      truth: answerTo({ from, flags: 'FIN' }),
      choices: [
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'LISTEN looks for RST, ACK and SYN in turn. A segment with none of them is dropped. That gives the open port away.',
            zh: 'LISTEN 依次看 RST、ACK、SYN，一个都没有就丢弃。开放的端口就这样露了底。',
          },
        },
        {
          is: 'RST,ACK',
          why: {
            en: 'So answers a port where nobody listens. The difference is what the scan lives on.',
            zh: '没人监听的端口才这样。这种扫描靠的就是这个差别。',
          },
        },
        {
          is: 'ACK',
          why: {
            en: 'A FIN is acknowledged within a connection. Here there is none.',
            zh: '连接之内的 FIN 才会被确认，这里没有连接。',
          },
        },
      ],
    },
  ],
  'ack-scan': [
    {
      ask: {
        en: 'An ACK out of nowhere reaches port 80, where a program listens. What comes back?',
        zh: '一个凭空冒出的 ACK 到达 80 端口，那里有程序在监听。会收到什么？',
      },
      before: arrives({ from, flags: 'ACK' }),
      truth: answerTo({ from, flags: 'ACK' }),
      choices: [
        {
          is: 'RST',
          why: {
            en: 'From LISTEN nothing was ever sent, so nothing can be acknowledged. A closed port answers the same: the scan sees filters, not ports.',
            zh: 'LISTEN 什么都没发过，也就没有什么可确认的。关闭的端口回应也一样，所以它看得出过滤器，看不出端口。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'So it is when a filter takes the ACK. TCP itself must refuse it.',
            zh: '被过滤器拦下才是这样。到了 TCP 就必须拒绝。',
          },
        },
        {
          is: 'SYN,ACK',
          why: {
            en: 'Only a SYN opens. An ACK without a connection is a mistake, or a scan.',
            zh: '只有 SYN 才能建立连接。没有连接的 ACK，不是弄错就是扫描。',
          },
        },
      ],
    },
  ],
  'maimon-scan': [
    {
      ask: {
        en: 'FIN with ACK reaches an open port of a stack that follows the RFC. What comes back?',
        zh: 'FIN 加 ACK 到达开放的端口，协议栈遵守 RFC。会收到什么？',
      },
      before: arrives({ from, to: 'server', flags: 'FIN,ACK' }),
      truth: answerTo({ from, to: 'server', flags: 'FIN,ACK' }),
      choices: [
        {
          is: 'RST',
          why: {
            en: 'The ACK is looked at before anything else and reset. Open and closed look alike: against such a stack the scan is blind.',
            zh: '最先检查的是 ACK，直接复位。开放和关闭一个样，对这样的协议栈，这种扫描看不出什么。',
          },
        },
        {
          is: 'nothing',
          say: { en: 'Nothing', zh: '没有回应' },
          why: {
            en: 'So did systems descended from BSD, and so gave open ports away. The second half shows one.',
            zh: '源自 BSD 的老系统才这样，开放的端口因此暴露。后半段就有一个。',
          },
        },
        {
          is: 'ACK',
          why: {
            en: 'There is no connection whose FIN could be acknowledged.',
            zh: '没有连接，也就没有可以确认的 FIN。',
          },
        },
      ],
    },
  ],
  'window-scan': [
    {
      ask: {
        en: 'The open port will reset the probe. Which window does this stack write into its RST?',
        zh: '开放的端口会用 RST 回应探测。这个协议栈在 RST 里填的窗口是多少？',
      },
      before: appears({ from: 'server', flags: 'RST' }),
      truth: (run) => {
        const window = rowOf(run, { from: 'server', flags: 'RST' })?.window ?? null;
        return window === null ? null : window === 0 ? '0' : 'buffer';
      },
      choices: [
        {
          is: '0',
          why: {
            en: 'In a RST the window means nothing, so the same 0 goes out every time. Open and closed ports look alike.',
            zh: 'RST 里的窗口没有意义，所以一律填 0，开放与关闭看不出差别。',
          },
        },
        {
          is: 'buffer',
          say: { en: 'The listener’s buffer size', zh: '监听套接字的缓冲区大小' },
          why: {
            en: 'Old systems did that, and told who had a socket there. The second half shows one.',
            zh: '老系统会这样，等于说出哪里有套接字。后半段就有一个。',
          },
        },
        {
          is: 'echo',
          say: { en: 'The probe’s own window', zh: '探测报文里的窗口' },
          why: {
            en: 'A window says how much its sender can take. The scanner’s says nothing about the server.',
            zh: '窗口说的是自己能收多少，扫描者的窗口和服务器无关。',
          },
        },
      ],
    },
  ],
};
