/** Questions of the stories of layers. */
import { appears, checked, type Questions, rowOf } from './question.ts';

export const LAYERS: Questions = {
  'arp-first': [
    {
      ask: {
        en: 'The client connects to the same server a second time. What leaves first now?',
        zh: '客户端第二次连接同一台服务器。这次最先发出什么？',
      },
      before: appears({ from: 'client', flags: 'SYN', nth: 2 }),
      truth: (run) => {
        const note = rowOf(run, { kind: 'note' });
        const next = run.rows.find(({ kind, entry }) => kind === 'segment' && entry > (note?.entry ?? 0));
        return next === undefined ? null : next.protocol === 'tcp' ? next.flags : next.protocol;
      },
      choices: [
        {
          is: 'SYN',
          why: {
            en: 'The hardware address is remembered in the ARP cache. Nobody is asked again while the entry is fresh.',
            zh: '硬件地址已存在 ARP 缓存里，没过期就不用再问。',
          },
        },
        {
          is: 'arp',
          say: { en: 'An ARP question', zh: 'ARP 询问' },
          why: {
            en: 'Asking before every connection would double the traffic for nothing.',
            zh: '每次连接都问一遍，白白多一倍流量。',
          },
        },
        {
          is: 'both',
          say: { en: 'Both at once', zh: '两个一起发' },
          why: {
            en: 'A frame with an unknown receiver cannot leave, and with a known one there is nothing to ask.',
            zh: '不知道地址，帧发不出去；知道地址，就没什么可问的。',
          },
        },
      ],
    },
  ],
  layers: [
    {
      ask: {
        en: 'The frame with the HTTP request is about to be taken apart. Which of the seven OSI layers own no byte of it?',
        zh: '马上要拆开带 HTTP 请求的帧。OSI 七层里，哪几层在里面一个字节也没有？',
      },
      before: appears({ kind: 'note' }),
      truth: checked(4, '6, 5 and 1'),
      choices: [
        {
          is: '6, 5 and 1',
          say: { en: '6, 5 and 1', zh: '第 6、5、1 层' },
          why: {
            en: 'HTTP does the work of layers 5 to 7 in one, and layer 1 has signals, not bytes.',
            zh: 'HTTP 一个协议就干了 5 到 7 层的活，而第 1 层是信号，不是字节。',
          },
        },
        {
          is: 'none',
          say: { en: 'None: each adds its header', zh: '没有：每层都加自己的首部' },
          why: {
            en: 'So the drawings say. In the frame there are Ethernet, IPv4, TCP and HTTP: four.',
            zh: '示意图是这么画的。真正的帧里只有以太网、IPv4、TCP、HTTP 四样。',
          },
        },
        {
          is: '7 and 6',
          say: { en: '7 and 6', zh: '第 7、6 层' },
          why: {
            en: 'The request itself belongs to layer 7. It is what all the rest is carried for.',
            zh: '请求本身就属于第 7 层，其余各层都是为了运送它。',
          },
        },
      ],
    },
  ],
};
