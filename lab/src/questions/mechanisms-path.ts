/** Questions of mechanisms of the beginning, of buffers and of the path. */
import { pairQuestions } from './pairs.ts';

export const MECHANISMS_PATH = pairQuestions({
  'initial-window': {
    ask: {
      en: 'A page of ten segments, 20 ms each way. Look at the initial window in the story: when is all of it there?',
      zh: '网页有十个报文段，单程 20 毫秒。先看故事里的初始窗口：整页什么时候到齐？',
    },
    on: {
      say: { en: 'After 20 ms', zh: '20 毫秒后' },
      why: {
        en: 'With a window of ten everything leaves at once: half a round trip.',
        zh: '窗口是十，一次全部发出，半个往返就到。',
      },
      to: 60,
    },
    off: {
      say: { en: 'After 100 ms', zh: '100 毫秒后' },
      why: {
        en: 'With a window of three: three, then six, then the last one. Two round trips of waiting come on top.',
        zh: '窗口是三：先发三个，再发六个，再发最后一个，多等两个往返。',
      },
      from: 60,
      to: 250,
    },
    neither: {
      say: { en: 'After 380 ms', zh: '380 毫秒后' },
      why: {
        en: 'One segment in each round trip is stop-and-wait. No TCP starts with a window of one any more.',
        zh: '一个往返只发一个，那是停等协议。如今的 TCP 起步窗口都不止一。',
      },
      from: 250,
    },
  },
  'fast-open': {
    ask: {
      en: 'The second connection to this server, 20 ms each way. When does the server have the request?',
      zh: '第二次连接这台服务器，单程 20 毫秒。服务器什么时候拿到请求？',
    },
    on: {
      say: { en: '20 ms after connect()', zh: 'connect() 之后 20 毫秒' },
      why: {
        en: 'With Fast Open the request rides on the SYN, and a cookie proves that the client has been here before.',
        zh: '有 Fast Open，请求随 SYN 一起走，cookie 证明客户端来过。',
      },
      to: 40,
    },
    off: {
      say: { en: '60 ms after connect()', zh: 'connect() 之后 60 毫秒' },
      why: {
        en: 'Without it: SYN, SYN+ACK, and only the third segment carries the request.',
        zh: '没有它：SYN、SYN+ACK，第三个报文段才带上请求。',
      },
      from: 55,
      to: 100,
    },
    neither: {
      say: { en: '100 ms after connect()', zh: 'connect() 之后 100 毫秒' },
      why: {
        en: 'Nobody waits until the server confirms the third ACK: data may travel with it.',
        zh: '不必等服务器确认第三次握手，数据可以随它一起走。',
      },
      from: 100,
    },
  },
  'window-scale': {
    ask: {
      en: 'A round trip of 200 ms on a fast line. How much arrives within 0.7 seconds?',
      zh: '往返 200 毫秒，线路很快。0.7 秒内能收到多少？',
    },
    on: {
      say: { en: 'About a megabyte', zh: '约一兆字节' },
      why: {
        en: 'With window scale the receiver can offer more than the 16 bits of the field can say.',
        zh: '有窗口扩大，接收方给得出比 16 位字段更大的窗口。',
      },
      from: 400_000,
    },
    off: {
      say: { en: 'About 260 kB', zh: '约 260 千字节' },
      why: {
        en: 'Without it: 65,535 bytes at most in each round trip, whatever the line can do.',
        zh: '没有它，一个往返最多 65535 字节，线路再快也没用。',
      },
      from: 100_000,
      to: 400_000,
    },
    neither: {
      say: { en: 'About 64 kB in all', zh: '总共约 64 千字节' },
      why: {
        en: 'The window limits what is on its way at a time, not the sum: every ACK opens it again.',
        zh: '窗口限制的是同时在路上的量，不是总量。每来一个 ACK，又能接着发。',
      },
      to: 100_000,
    },
  },
  'receive-window-tuning': {
    ask: {
      en: 'The receive window begins with 64 KB, the round trip is 200 ms. How much arrives within 0.9 seconds?',
      zh: '接收窗口起初是 64 KB，往返 200 毫秒。0.9 秒内能收到多少？',
    },
    on: {
      say: { en: 'More than a megabyte', zh: '一兆字节以上' },
      why: {
        en: 'With tuning the receiver sees how much its program reads in a round trip, and offers twice as much.',
        zh: '有自动调节，接收方看程序一个往返读多少，就给出两倍的窗口。',
      },
      from: 800_000,
    },
    off: {
      say: { en: 'About 300 kB', zh: '约 300 千字节' },
      why: {
        en: 'With a fixed window: 64 KB in each round trip, four times and a bit.',
        zh: '窗口不变：每个往返 64 KB，四个多往返。',
      },
      from: 150_000,
      to: 800_000,
    },
    neither: {
      say: { en: '64 kB', zh: '64 千字节' },
      why: {
        en: 'The program reads at once, so the window never closes for good.',
        zh: '程序随到随读，窗口不会一直关着。',
      },
      to: 150_000,
    },
  },
  'send-buffer-tuning': {
    ask: {
      en: 'The send buffer begins with 64 KiB, the round trip is 200 ms. How much arrives within 0.65 seconds?',
      zh: '发送缓冲区起初是 64 KiB，往返 200 毫秒。0.65 秒内能收到多少？',
    },
    on: {
      say: { en: 'About 400 kB', zh: '约 400 千字节' },
      why: {
        en: 'With tuning the buffer grows with the congestion window: what is on its way and what comes next both fit.',
        zh: '有自动调节，缓冲区随拥塞窗口增大，在路上的和下一批都放得下。',
      },
      from: 300_000,
    },
    off: {
      say: { en: 'About 190 kB', zh: '约 190 千字节' },
      why: {
        en: 'With a fixed buffer: what was sent stays in it until it is acknowledged, so no more than 64 KiB is on its way.',
        zh: '缓冲区不变：发出的数据得到确认之前一直占着它，在路上的最多 64 KiB。',
      },
      from: 100_000,
      to: 300_000,
    },
    neither: {
      say: { en: '64 KiB', zh: '64 KiB' },
      why: {
        en: 'ACKs make room: the buffer is filled again in each round trip.',
        zh: 'ACK 会腾出空间，每个往返都能再装满一次。',
      },
      to: 100_000,
    },
  },
  'notsent-lowat': {
    ask: {
      en: 'Pictures are being sent over 2 Mbit/s, and something urgent turns up. When does it arrive?',
      zh: '正以 2 Mbit/s 发图片，忽然有急事要发。它什么时候到？',
    },
    on: {
      say: { en: 'After about 190 ms', zh: '约 190 毫秒后' },
      why: {
        en: 'With TCP_NOTSENT_LOWAT only what is on its way and 4 KiB are before it. The rest of the pictures still waits in the program.',
        zh: '有 TCP_NOTSENT_LOWAT，排在它前面的只有在路上的和 4 KiB，其余图片还在程序手里。',
      },
      from: 100,
      to: 300,
    },
    off: {
      say: { en: 'After more than 400 ms', zh: '400 多毫秒后' },
      why: {
        en: 'Without it the send buffer is full of pictures, and nothing overtakes within a stream.',
        zh: '没有它，发送缓冲区里全是图片，而流里的数据不能插队。',
      },
      from: 400,
    },
    neither: {
      say: { en: 'After 20 ms, one way', zh: '20 毫秒后，即单程时间' },
      why: {
        en: 'For that the line would have to be empty. What has been sent cannot be called back.',
        zh: '那得线路是空的。已经发出的收不回来。',
      },
      to: 100,
    },
  },
  'mtu-probing': {
    ask: {
      en: 'A router drops every packet above 1,280 bytes without a word. How much has arrived after 30 seconds?',
      zh: '路由器丢掉所有超过 1280 字节的分组，一声不吭。30 秒后到了多少？',
    },
    on: {
      say: { en: 'All 28,960 bytes', zh: '28960 字节，全部' },
      why: {
        en: 'With probing the sender tries smaller segments after some timeouts, and they get through.',
        zh: '有探测：超时几次之后，发送方改用小报文段试试，就通了。',
      },
      from: 28_960,
    },
    off: {
      say: { en: 'Nothing', zh: '一个字节也没有' },
      why: {
        en: 'Without it the same large segment is repeated again and again. The handshake worked because its segments are small.',
        zh: '没有探测，就一遍遍重发同样大的报文段。握手能成功，是因为那些报文段小。',
      },
      to: 1,
    },
    neither: {
      say: { en: 'The beginning, cut at 1,280 bytes', zh: '开头一部分，截到 1280 字节' },
      why: {
        en: 'Routers cut nothing off. They may fragment, but this packet forbids it, as all of TCP’s do.',
        zh: '路由器不会截短。它可以分片，但 TCP 的分组都写明不许分片。',
      },
      from: 1,
      to: 28_960,
    },
  },
  'path-mtu-discovery': {
    ask: {
      en: 'A router on the way takes 1,280 bytes at most and reports by ICMP. Look in the story whether the report gets through. How much arrives?',
      zh: '途中的路由器最多放行 1280 字节，并用 ICMP 报告。看看故事里报告能否送到。最后到了多少？',
    },
    on: {
      say: { en: 'All 28,960 bytes', zh: '28960 字节，全部' },
      why: {
        en: 'When the report comes, the sender cuts its segments to the size in it.',
        zh: '报告送到了，发送方就按里面的大小切分报文段。',
      },
      from: 28_960,
    },
    off: {
      say: { en: 'Nothing', zh: '一个字节也没有' },
      why: {
        en: 'When a firewall swallows it, the sender never learns why its segments vanish.',
        zh: '报告被防火墙吞掉，发送方就永远不知道报文段为什么消失。',
      },
      to: 1,
    },
    neither: {
      say: { en: 'All but the first segment', zh: '除第一个报文段以外的全部' },
      why: {
        en: 'A stream with a hole is not delivered, and TCP repeats what is lost.',
        zh: '有缺口的流不会交付，丢了的 TCP 会重发。',
      },
      from: 1,
      to: 28_960,
    },
  },
  'user-timeout-option': {
    ask: {
      en: 'The line is down for twenty minutes while data is under way. How much arrives when it is back?',
      zh: '数据还在路上，线路断了二十分钟。恢复之后能收到多少？',
    },
    on: {
      say: { en: 'All of it', zh: '全部' },
      why: {
        en: 'When both have agreed on an hour (RFC 5482), neither gives up.',
        zh: '双方约好等一小时（RFC 5482），谁也不会放弃。',
      },
      from: 28_960,
    },
    off: {
      say: { en: 'Nothing', zh: '什么也没有' },
      why: {
        en: 'With the defaults the sender gives up after a quarter of an hour or so.',
        zh: '按默认设置，大约一刻钟后发送方就放弃了。',
      },
      to: 1,
    },
    neither: {
      say: { en: 'What the line still held', zh: '线路里剩下的那部分' },
      why: {
        en: 'A line that is down holds nothing. What was on it is lost and must be sent again.',
        zh: '断了的线路存不住东西，上面的都丢了，得重发。',
      },
      from: 1,
      to: 28_960,
    },
  },
});
