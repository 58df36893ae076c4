/** Questions of mechanisms that repair losses, and of those that find out that nothing was lost. */
import { pairQuestions } from './pairs.ts';

export const MECHANISMS_LOSS = pairQuestions({
  sack: {
    ask: {
      en: 'Four of thirty segments are lost; a round trip takes 40 ms. When has everything arrived?',
      zh: '三十个报文段丢了四个，往返 40 毫秒。什么时候全部到齐？',
    },
    on: {
      say: { en: 'After about 100 ms', zh: '约 100 毫秒后' },
      why: {
        en: 'With SACK the sender sees all four holes at once and fills them in one round trip.',
        zh: '有 SACK，发送方一眼看到四个缺口，一个往返全部补上。',
      },
      from: 70,
      to: 180,
    },
    off: {
      say: { en: 'After about 220 ms', zh: '约 220 毫秒后' },
      why: {
        en: 'Without it an ACK names the first hole only: one hole in each round trip.',
        zh: '没有它，ACK 只说得出第一个缺口，一个往返补一个。',
      },
      from: 180,
    },
    neither: {
      say: { en: 'After 20 ms, as without loss', zh: '20 毫秒后，和没丢一样' },
      why: {
        en: 'What is lost has to be noticed and sent again: that costs at least a round trip.',
        zh: '丢了的要先发现、再重发，至少要一个往返。',
      },
      to: 70,
    },
  },
  'tail-loss-probe': {
    ask: {
      en: 'The last two of eight segments are lost, and nothing follows that could draw duplicate ACKs. When is everything there?',
      zh: '八个报文段里最后两个丢了，后面没有东西能引出重复 ACK。什么时候到齐？',
    },
    on: {
      say: { en: 'After about 180 ms', zh: '约 180 毫秒后' },
      why: {
        en: 'With the probe: after two round trips of silence the last segment goes out again, and its SACK shows the hole.',
        zh: '有尾部探测：安静两个往返之后，把最后一个再发一次，它的 SACK 就暴露了缺口。',
      },
      from: 100,
      to: 250,
    },
    off: {
      say: { en: 'After about 340 ms', zh: '约 340 毫秒后' },
      why: {
        en: 'Without it only the retransmission timer is left, and that waits 200 ms at least.',
        zh: '没有它，只能等重传定时器，至少 200 毫秒。',
      },
      from: 250,
    },
    neither: {
      say: { en: 'After about 60 ms', zh: '约 60 毫秒后' },
      why: {
        en: 'That is fast retransmit, which needs three duplicate ACKs. Here there are none.',
        zh: '快速重传才这么快，但要三个重复 ACK，这里一个也没有。',
      },
      to: 100,
    },
  },
  'rack-lost-retransmission': {
    ask: {
      en: 'A segment is lost, and its retransmission too. When has everything arrived?',
      zh: '一个报文段丢了，重发的那个也丢了。什么时候全部到齐？',
    },
    on: {
      say: { en: 'After about 150 ms', zh: '约 150 毫秒后' },
      why: {
        en: 'With RACK: something sent later than the retransmission has arrived, so that is lost as well. No timer is needed.',
        zh: '有 RACK：比重发还晚发出的都到了，可见重发的也丢了，不用等定时器。',
      },
      from: 90,
      to: 200,
    },
    off: {
      say: { en: 'After more than 400 ms', zh: '400 多毫秒后' },
      why: {
        en: 'Counting duplicate ACKs works once for each segment. The second loss waits for the timer.',
        zh: '数重复 ACK，对同一个报文段只灵一次。第二次丢失只能等定时器。',
      },
      from: 270,
    },
    neither: {
      say: { en: 'After about 60 ms', zh: '约 60 毫秒后' },
      why: {
        en: 'So it is when the first retransmission gets through.',
        zh: '第一次重发就送到才是这样。',
      },
      to: 90,
    },
  },
  'rack-short-flight': {
    ask: {
      en: 'Three segments, and the first is lost: two duplicate ACKs, never three. When is the loss repaired?',
      zh: '一共三个报文段，第一个丢了：只有两个重复 ACK，凑不够三个。什么时候补上？',
    },
    on: {
      say: { en: 'After about 70 ms', zh: '约 70 毫秒后' },
      why: {
        en: 'RACK does not count. It waits a quarter of a round trip for a late arrival and then repeats.',
        zh: 'RACK 不数个数。多等四分之一个往返，还没到就重发。',
      },
      to: 120,
    },
    off: {
      say: { en: 'After about 260 ms', zh: '约 260 毫秒后' },
      why: {
        en: 'Who counts to three waits for the timer.',
        zh: '非要数到三，就只能等定时器。',
      },
      from: 200,
      to: 600,
    },
    neither: {
      say: { en: 'After a second', zh: '一秒后' },
      why: {
        en: 'That is the time-out before anything was measured. This connection knows its round trip.',
        zh: '一秒是还没测过往返时间时的超时值，而这条连接已经测过了。',
      },
      from: 600,
    },
  },
  'limited-transmit': {
    ask: {
      en: 'A window of three, the first of them lost: two duplicate ACKs, and more data is waiting. When is everything there?',
      zh: '窗口是三，第一个丢了：只有两个重复 ACK，而后面还有数据等着发。什么时候全部到齐？',
    },
    on: {
      say: { en: 'After about 140 ms', zh: '约 140 毫秒后' },
      why: {
        en: 'With limited transmit each duplicate lets one new segment go, and what that brings back makes three.',
        zh: '有受限传输，每个重复 ACK 放行一个新报文段，它引回的 ACK 就凑够了三个。',
      },
      from: 70,
      to: 250,
    },
    off: {
      say: { en: 'After about 380 ms', zh: '约 380 毫秒后' },
      why: {
        en: 'Without it the window is full and nothing more comes back: only the timer is left.',
        zh: '没有它，窗口满了发不出新的，也就没有新的 ACK，只剩定时器。',
      },
      from: 300,
    },
    neither: {
      say: { en: 'After about 60 ms', zh: '约 60 毫秒后' },
      why: {
        en: 'So quickly only what is not lost arrives.',
        zh: '只有没丢的才这么快。',
      },
      to: 70,
    },
  },
  prr: {
    ask: {
      en: 'Thirty segments in a row are lost: far less is under way than the new window allows. How many leave within one millisecond?',
      zh: '连着丢了三十个：路上的远少于新窗口允许的量。一毫秒之内会发出几个？',
    },
    on: {
      say: { en: 'Two', zh: '两个' },
      why: {
        en: 'With PRR each ACK lets one or two segments go, until the window is full again.',
        zh: '有 PRR，每来一个 ACK 只放行一两个，慢慢补满窗口。',
      },
      from: 1,
      to: 4,
    },
    off: {
      say: { en: 'Thirteen', zh: '十三个' },
      why: {
        en: 'Without it the difference is filled at once: a burst into the queue that has just overflowed.',
        zh: '没有它，差多少就一下子补多少，正好冲进刚溢出的队列。',
      },
      from: 10,
      to: 25,
    },
    neither: {
      say: { en: 'Thirty: all that are lost', zh: '三十个：丢了的全部' },
      why: {
        en: 'The window was cut for just that reason. Thirty at once would overflow the queue again.',
        zh: '缩小窗口就是为了避免这个。一下子发三十个，队列又要溢出。',
      },
      from: 25,
    },
  },
  'f-rto': {
    ask: {
      en: 'The path stalls for 400 ms; nothing is lost, but the timer runs out. How many segments are sent again for nothing?',
      zh: '路径卡住 400 毫秒，什么也没丢，但定时器超时了。白白重发了几个报文段？',
    },
    on: {
      say: { en: 'One', zh: '一个' },
      why: {
        en: 'With F-RTO: one is repeated, then new data is sent, and the next ACK shows that the originals are arriving.',
        zh: '有 F-RTO：先重发一个，再发新数据，下一个 ACK 就说明原来的正在陆续到达。',
      },
      from: 1,
      to: 2,
    },
    off: {
      say: { en: 'Ten', zh: '十个' },
      why: {
        en: 'Without it every ACK of a late original releases a repetition of what comes next anyway.',
        zh: '没有它，每个迟到的 ACK 都引出一次重发，而那些马上就要被确认了。',
      },
      from: 3,
    },
    neither: {
      say: { en: 'None', zh: '一个也没有' },
      why: {
        en: 'When the timer runs out the sender knows nothing better than to repeat one.',
        zh: '定时器一超时，发送方至少得重发一个，它还不知道真相。',
      },
      to: 1,
    },
  },
  'reordering-window': {
    ask: {
      en: 'Three segments of forty are 8 ms late, none is lost. How many are sent again?',
      zh: '四十个报文段里有三个晚到 8 毫秒，一个没丢。会重发几个？',
    },
    on: {
      say: { en: 'None', zh: '一个也不重发' },
      why: {
        en: 'With the window each gets a quarter of a round trip of grace, 10 ms here.',
        zh: '有乱序窗口，每个都多等四分之一个往返，这里是 10 毫秒。',
      },
      to: 1,
    },
    off: {
      say: { en: 'Three', zh: '三个' },
      why: {
        en: 'Without it, that later ones have come is proof enough.',
        zh: '没有它，只要后面的到了，就认定前面的丢了。',
      },
      from: 2,
      to: 6,
    },
    neither: {
      say: { en: 'All that came after them', zh: '它们后面的全部' },
      why: {
        en: 'So did go-back-N. SACK tells TCP what has arrived.',
        zh: '那是回退 N 步。TCP 有 SACK，知道哪些已经到了。',
      },
      from: 6,
    },
  },
  'timestamps-undo': {
    ask: {
      en: 'A segment was only late, but has been sent again and the window was cut. How large is the congestion window afterwards?',
      zh: '报文段只是迟到，却被重发了，窗口也缩小了。之后拥塞窗口有多大？',
    },
    on: {
      say: { en: 'About 20 segments, as before', zh: '约 20 个报文段，恢复原样' },
      why: {
        en: 'With timestamps the ACK shows that it is for the original. The cut was for nothing and is undone.',
        zh: '有时间戳，ACK 表明它对应的是原来那个。既然错怪了，就撤销缩减。',
      },
      from: 18,
    },
    off: {
      say: { en: 'About 10 segments', zh: '约 10 个报文段' },
      why: {
        en: 'Without them nobody knows for which copy the ACK is, and the cut stays.',
        zh: '没有时间戳，分不清确认的是哪一份，窗口就一直缩着。',
      },
      from: 5,
      to: 18,
    },
    neither: {
      say: { en: 'One segment', zh: '一个报文段' },
      why: {
        en: 'So it is after a time-out. This loss was seen by other segments arriving.',
        zh: '定时器超时才会缩到一。这里是从别的报文段到达看出来的。',
      },
      to: 5,
    },
  },
  'dsack-undo': {
    ask: {
      en: 'Without timestamps: a late segment is sent again, both copies arrive. How large is the congestion window afterwards?',
      zh: '没有时间戳：迟到的报文段被重发，两份都到了。之后拥塞窗口有多大？',
    },
    on: {
      say: { en: 'About 20 segments, as before', zh: '约 20 个报文段，恢复原样' },
      why: {
        en: 'With D-SACK the receiver reports the second copy. So nothing was lost, and the cut is undone.',
        zh: '有 D-SACK，接收方报告收到了两份。可见什么都没丢，缩减撤销。',
      },
      from: 18,
    },
    off: {
      say: { en: 'About 10 segments', zh: '约 10 个报文段' },
      why: {
        en: 'When the receiver says nothing of the second copy, the sender goes on believing in a loss.',
        zh: '接收方不提第二份，发送方就一直以为真的丢了。',
      },
      from: 5,
      to: 18,
    },
    neither: {
      say: { en: 'One segment', zh: '一个报文段' },
      why: {
        en: 'That is what a time-out does. No timer ran out here.',
        zh: '那是超时的后果，而这里没有定时器超时。',
      },
      to: 5,
    },
  },
});
