/** Questions of mechanisms of congestion control: windows, marks, the spacing of segments. */
import { pairQuestions } from './pairs.ts';

export const MECHANISMS_CONGESTION = pairQuestions({
  cubic: {
    ask: {
      en: 'One loss on a path of 200 ms, with a window of about 60 segments. How large is the window one second after it was seen?',
      zh: '往返 200 毫秒的路径，窗口约 60 个报文段，丢了一个。发现丢失一秒后，窗口有多大？',
    },
    on: {
      say: { en: 'Over 40 segments', zh: '40 多个以上' },
      why: {
        en: 'CUBIC gives up three tenths and comes back along a curve of time, which a long path does not slow down.',
        zh: 'CUBIC 只让出三成，再沿着以时间为准的曲线回升，路径长也不慢。',
      },
      from: 40,
      to: 90,
    },
    off: {
      say: { en: 'Under 40 segments', zh: '不到 40 个' },
      why: {
        en: 'Reno halves, and then adds one segment in each round trip: five in a second.',
        zh: 'Reno 减半，然后每个往返加一个，一秒才加五个。',
      },
      from: 5,
      to: 40,
    },
    neither: {
      say: { en: 'One segment', zh: '一个' },
      why: {
        en: 'A single loss is repaired without the timer, and only the timer takes the window down to one.',
        zh: '只丢一个，不用等定时器就补上了。只有超时才会把窗口降到一。',
      },
      to: 5,
    },
  },
  hystart: {
    ask: {
      en: 'Slow start meets a queue with room for 60 packets. How many are lost in the queue?',
      zh: '慢启动遇上容量 60 个分组的队列。队列里会丢几个？',
    },
    on: {
      say: { en: 'A handful', zh: '几个' },
      why: {
        en: 'HyStart sees round trips grow, which is the queue filling, and stops doubling.',
        zh: 'HyStart 看到往返时间变长，知道队列在堆积，就不再加倍。',
      },
      from: 1,
      to: 20,
    },
    off: {
      say: { en: 'About sixty', zh: '约六十个' },
      why: {
        en: 'Without it the window doubles once more after the queue is full: all of that doubling is too much.',
        zh: '没有它，队列满了还要再翻一倍，翻出来的全是多余的。',
      },
      from: 40,
    },
    neither: {
      say: { en: 'None', zh: '一个也不丢' },
      why: {
        en: 'Even who listens to round trips hears of the queue one round trip late.',
        zh: '就算盯着往返时间，队列的消息也要晚一个往返才知道。',
      },
      to: 1,
    },
  },
  bbr: {
    ask: {
      en: 'A line of 10 Mbit/s loses every fiftieth packet, without any congestion. How fast is the transfer?',
      zh: '10 Mbit/s 的线路每五十个分组丢一个，和拥塞无关。传输有多快？',
    },
    on: {
      say: { en: 'About 5.5 Mbit/s', zh: '约 5.5 Mbit/s' },
      why: {
        en: 'BBR goes by the rate at which data arrives; such losses do not make it slow down. The start and the repairs still cost time.',
        zh: 'BBR 看的是送达速率，这样的丢失不会让它减速。起步和补发仍要花时间。',
      },
      from: 4,
      to: 9,
    },
    off: {
      say: { en: 'Below 2 Mbit/s', zh: '不到 2 Mbit/s' },
      why: {
        en: 'CUBIC takes every loss for congestion and steps back each time.',
        zh: 'CUBIC 把每次丢失都当成拥塞，一次次后退。',
      },
      to: 3,
    },
    neither: {
      say: { en: '9.8 Mbit/s: a fiftieth less', zh: '9.8 Mbit/s：少五十分之一' },
      why: {
        en: 'So much would be left if nobody had to find out about the losses and the rate.',
        zh: '丢失和速率都不用花时间去发现，才能剩下这么多。',
      },
      from: 9,
    },
  },
  'restart-after-idle': {
    ask: {
      en: 'Ten seconds of rest, and meanwhile the path has become narrow: room for 25 packets. Sixty segments follow. How many are lost in the queue?',
      zh: '歇了十秒，其间路径变窄，队列只容得下 25 个分组。接着要发六十个报文段。队列里丢几个？',
    },
    on: {
      say: { en: 'None', zh: '一个也不丢' },
      why: {
        en: 'With the restart the window begins small again and feels its way.',
        zh: '空闲后从小窗口重新开始，一点点试探。',
      },
      to: 5,
    },
    off: {
      say: { en: 'More than thirty', zh: '三十多个' },
      why: {
        en: 'With the old window all sixty leave at once: 25 find room, one leaves meanwhile.',
        zh: '沿用旧窗口，六十个一起发出，队列只容得下 25 个左右。',
      },
      from: 20,
      to: 50,
    },
    neither: {
      say: { en: 'All sixty', zh: '六十个全丢' },
      why: {
        en: 'A full queue drops what finds no room. What is in it is delivered.',
        zh: '队列满了只丢装不下的，已经在里面的照样送到。',
      },
      from: 50,
    },
  },
  'window-validation': {
    ask: {
      en: 'A film in pieces of 60 segments, one every five seconds, 20 ms each way. How long does the fourth piece take?',
      zh: '影片每五秒一块，每块 60 个报文段，单程 20 毫秒。第四块要多久？',
    },
    on: {
      say: { en: '20 ms', zh: '20 毫秒' },
      why: {
        en: 'With validation the window that the last piece has proved is kept, and the piece leaves at once.',
        zh: '上一块证明过的窗口保留着，这一块一次发出。',
      },
      to: 70,
    },
    off: {
      say: { en: '100 ms', zh: '100 毫秒' },
      why: {
        en: 'Without it each pause sends the window back to its initial size: ten, twenty, the rest.',
        zh: '没有它，每次停顿都退回初始窗口：十个、二十个、其余的。',
      },
      from: 70,
      to: 1000,
    },
    neither: {
      say: { en: 'Five seconds', zh: '五秒' },
      why: {
        en: 'The pause lies between the pieces, not within them.',
        zh: '停顿在块与块之间，不在块里面。',
      },
      from: 1000,
    },
  },
  ecn: {
    ask: {
      en: 'A router wants senders to slow down. How many segments have to be sent again?',
      zh: '路由器想让发送方慢下来。有几个报文段要重传？',
    },
    on: {
      say: { en: 'None', zh: '一个也没有' },
      why: {
        en: 'With ECN it marks the packets, and they arrive all the same.',
        zh: '有 ECN，它只给分组打标记，分组照样送到。',
      },
      to: 1,
    },
    off: {
      say: { en: 'Some thirty', zh: '三十个左右' },
      why: {
        en: 'Without ECN dropping is the only word it has.',
        zh: '没有 ECN，它只能靠丢包来表达。',
      },
      from: 3,
      to: 100,
    },
    neither: {
      say: { en: 'All two hundred', zh: '两百个全部' },
      why: {
        en: 'One hint is enough: a single mark or loss in a round trip makes the window smaller.',
        zh: '一个提示就够了：一个往返里有一次标记或丢失，窗口就会缩小。',
      },
      from: 100,
    },
  },
  abe: {
    ask: {
      en: 'Reno has been marked twice by a short queue. How large is its window after the second mark?',
      zh: 'Reno 在一个短队列上被标记了两次。第二次之后窗口有多大？',
    },
    on: {
      say: { en: 'About 18 segments', zh: '约 18 个报文段' },
      why: {
        en: 'With alternative backoff a mark costs a fifth: it came early, the queue is short.',
        zh: '有 ABE，标记只让窗口缩五分之一：标记来得早，队列还短。',
      },
      from: 16,
    },
    off: {
      say: { en: 'About 13 segments', zh: '约 13 个报文段' },
      why: {
        en: 'Without it a mark costs half, like a loss.',
        zh: '没有它，标记和丢失一样，减半。',
      },
      from: 5,
      to: 16,
    },
    neither: {
      say: { en: 'One segment', zh: '一个报文段' },
      why: {
        en: 'A mark is the mildest hint there is. Only a time-out goes down to one.',
        zh: '标记是最轻的提示，只有超时才会降到一。',
      },
      to: 5,
    },
  },
  dctcp: {
    ask: {
      en: 'A queue marks early, at 3 Mbit/s. How much of that does the transfer reach?',
      zh: '链路 3 Mbit/s，队列早早打标记。传输能达到多少？',
    },
    on: {
      say: { en: 'About 2.7 Mbit/s', zh: '约 2.7 Mbit/s' },
      why: {
        en: 'DCTCP steps back by half the share of marked segments: few marks, a small step.',
        zh: 'DCTCP 按标记所占比例的一半后退：标记少，退得就少。',
      },
      from: 2.5,
    },
    off: {
      say: { en: 'About 2.2 Mbit/s', zh: '约 2.2 Mbit/s' },
      why: {
        en: 'Reno takes one mark for as much as ten and halves its window each time.',
        zh: 'Reno 不管标记多少，每次都减半。',
      },
      from: 1,
      to: 2.5,
    },
    neither: {
      say: { en: 'Below 1 Mbit/s', zh: '不到 1 Mbit/s' },
      why: {
        en: 'Even halving keeps the line busy for most of the time.',
        zh: '就算减半，大部分时间线路也没闲着。',
      },
      to: 1,
    },
  },
  'accurate-ecn': {
    ask: {
      en: 'Six segments of one round trip are marked. By how many is the sender’s count of marks wrong?',
      zh: '一个往返里有六个报文段被标记。发送方数出来的标记数差多少？',
    },
    on: {
      say: { en: 'By none', zh: '不差' },
      why: {
        en: 'With accurate ECN three header bits carry a counter.',
        zh: '有精确 ECN，首部三个比特带着一个计数器。',
      },
      to: 1,
    },
    off: {
      say: { en: 'By more than five', zh: '差五个以上' },
      why: {
        en: 'Classic ECN has one bit, which stands on every ACK until the sender answers. It says “marked”, not how often.',
        zh: '经典 ECN 只有一个比特，在发送方回应之前每个 ACK 都带着它，只说“有标记”，不说有几个。',
      },
      from: 5,
    },
    neither: {
      say: { en: 'By one', zh: '差一个' },
      why: {
        en: 'The counter of accurate ECN misses none as long as ACKs arrive, and one bit cannot come so close.',
        zh: '只要 ACK 到得了，计数器一个也不会漏；而单个比特做不到这么准。',
      },
      from: 1,
      to: 5,
    },
  },
  pacing: {
    ask: {
      en: 'A window of 40 segments is free, the queue on the way holds 20. How many are lost?',
      zh: '窗口空着 40 个报文段，途中的队列容得下 20 个。会丢几个？',
    },
    on: {
      say: { en: 'None', zh: '一个也不丢' },
      why: {
        en: 'Paced, they leave one by one over the round trip, and the queue drains between them.',
        zh: '有节奏地发，分散在整个往返时间里，队列来得及排空。',
      },
      to: 1,
    },
    off: {
      say: { en: 'About twenty', zh: '约二十个' },
      why: {
        en: 'All at the same moment: half of them find no room.',
        zh: '同一时刻全部发出，一半装不下。',
      },
      from: 10,
      to: 30,
    },
    neither: {
      say: { en: 'All forty', zh: '四十个全丢' },
      why: {
        en: 'A queue takes what fits and drops only the rest.',
        zh: '队列装得下的照收，只丢多出来的。',
      },
      from: 30,
    },
  },
});
