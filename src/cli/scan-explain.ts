/**
 * `--explain`: what of every probe was sent, what came back, and what that means by the RFCs, in sentences of both languages. Each probe
 * gets its lines when it is concluded, so that question and answer stand together.
 */
import type {
  AnswerFacts,
  DiscoveryWay,
  ProbeConcludedRecord,
  ProbeLabel,
  ProbeSentRecord,
  ScanListener,
  ScanRecord,
  StrangeRecord,
  TechniqueName,
} from '../scan/index.ts';
import { TECHNIQUES } from '../scan/index.ts';
import type { Text } from './language.ts';
import { STATE_WORDS } from './scan-words.ts';
import type { Screen } from './screen.ts';
import { wrap } from './text-layout.ts';

/** Probes whose conclusion is awaited, at most; older ones are told without what was sent. */
const AWAITED_MAX = 65_536;

/** Listens to a scan and writes lines. */
export class ScanExplainer implements ScanListener {
  private readonly screen: Screen;
  private readonly sent = new Map<string, ProbeSentRecord>();

  constructor(screen: Screen) {
    this.screen = screen;
  }

  observe(record: ScanRecord): void {
    if (record.event === 'sent') this.remember(record);
    else if (record.event === 'strange') this.strange(record);
    else this.concluded(record);
  }

  private remember(record: ProbeSentRecord): void {
    if (this.sent.size >= AWAITED_MAX)
      for (const key of this.sent.keys()) {
        this.sent.delete(key);
        break;
      }
    this.sent.set(keyOf(record), record);
  }

  private concluded(record: ProbeConcludedRecord): void {
    const { screen } = this;
    const sent = this.sent.get(keyOf(record));
    this.sent.delete(keyOf(record));
    const tries: Text =
      record.tryNumber > 1
        ? { en: ` (try ${record.tryNumber})`, zh: `（第 ${record.tryNumber} 次）` }
        : { en: '', zh: '' };
    screen.line(screen.colors.bold(`${placeOf(record)}${screen.say(tries)}`));
    if (sent !== undefined) this.indented('→', screen.say(sentText(sent)));
    this.indented('←', screen.say(answerText(record.answer, record.tryNumber)));
    this.indented('=', screen.say(meaning(record)));
    if (record.reply !== 'none') this.indented('→', screen.say(REPLIES[record.reply]));
  }

  private strange(record: StrangeRecord): void {
    const { screen } = this;
    screen.line(screen.colors.bold(placeOf(record)));
    this.indented('←', screen.say(answerText(record.answer, record.tryNumber)));
    this.indented('!', screen.say(STRANGE[record.kind]));
  }

  private indented(mark: string, text: string): void {
    const lines = wrap(text, Math.max(20, this.screen.width - 4));
    for (const [index, line] of lines.entries()) this.screen.line(` ${index === 0 ? mark : ' '} ${line}`);
  }
}

function keyOf({ address, technique, way, port }: ProbeLabel): string {
  return `${address} ${technique ?? way ?? ''} ${port}`;
}

function placeOf({ address, technique, way, port }: ProbeLabel): string {
  if (technique !== null) return `${address} ${port}/${TECHNIQUES[technique].protocol}`;
  return port === 0 ? address : `${address} ${port}/tcp (${way ?? ''})`;
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'];

/** `SYN,ACK`; a segment without any: `-`. */
export function flagsText(flags: number): string {
  const names = FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0);
  return names.length === 0 ? '-' : names.join(',');
}

function sentText(sent: ProbeSentRecord): Text {
  if (sent.way === 'echo') return { en: 'echo request', zh: '回显请求' };
  if (sent.way === 'neighbor') {
    const how = sent.address.includes(':') ? 'neighbor solicitation' : 'ARP';
    return { en: `who has ${sent.address}? (${how})`, zh: `谁有 ${sent.address}？（${how}）` };
  }
  if (sent.technique === 'udp') {
    const size = sent.payloadLength;
    return { en: `datagram, ${size} octets of payload`, zh: `数据报，载荷 ${size} 字节` };
  }
  const numbers = `seq ${sent.seq >>> 0}${(sent.flags & 0x10) !== 0 ? ` ack ${sent.ack >>> 0}` : ''}`;
  const none: Text = { en: 'no flag at all', zh: '不带任何标志' };
  const flags = sent.flags === 0 ? none : { en: flagsText(sent.flags), zh: flagsText(sent.flags) };
  return {
    en: `segment with ${flags.en}, ${numbers}, from port ${sent.sourcePort}`,
    zh: `报文段，${flags.zh}，${numbers}，源端口 ${sent.sourcePort}`,
  };
}

function answerText(answer: AnswerFacts, tries: number): Text {
  switch (answer.kind) {
    case 'segment': {
      const numbers = `seq ${answer.seq >>> 0}, ack ${answer.ack >>> 0}, ${answer.window}`;
      return {
        en: `segment with ${flagsText(answer.flags)}, seq ${answer.seq >>> 0}, ack ${answer.ack >>> 0}, window ${answer.window}`,
        zh: `报文段，${flagsText(answer.flags)}，${numbers.replace(/, (\d+)$/, '，窗口 $1').replaceAll(', ', '，')}`,
      };
    }
    case 'datagram':
      return {
        en: `datagram, ${answer.payloadLength} octets of payload`,
        zh: `数据报，载荷 ${answer.payloadLength} 字节`,
      };
    case 'icmp':
      return {
        en: `ICMP type ${answer.type} code ${answer.code} from ${answer.from}`,
        zh: `来自 ${answer.from} 的 ICMP，类型 ${answer.type} 代码 ${answer.code}`,
      };
    case 'echo-reply':
      return { en: 'echo reply', zh: '回显应答' };
    case 'neighbor':
      return { en: `it is at ${answer.mac}`, zh: `它在 ${answer.mac}` };
    default:
      return {
        en: `nothing, after ${tries} ${tries === 1 ? 'try' : 'tries'}`,
        zh: `没有应答，共尝试 ${tries} 次`,
      };
  }
}

function meaning(record: ProbeConcludedRecord): Text {
  if (record.technique === null) return hostMeaning(record);
  const state = STATE_WORDS[record.state];
  const why = portMeaning(record.technique, record);
  return { en: `${state.en}: ${why.en}`, zh: `${state.zh}：${why.zh}` };
}

function hostMeaning({ answer, way }: ProbeConcludedRecord): Text {
  if (answer.kind === 'silence') return SILENT_HOST[way ?? 'echo'];
  if (answer.kind === 'icmp') {
    return {
      en: 'a router says that the host cannot be reached, or the host itself refuses',
      zh: '路由器说明主机不可达，或主机自己拒绝了',
    };
  }
  if (answer.kind === 'neighbor') {
    return {
      en: 'the host is up: a host must answer who asks for its address (RFC 826, RFC 4861 section 7.2.4)',
      zh: '主机在线：主机必须回答对自己地址的询问（RFC 826，RFC 4861 第 7.2.4 节）',
    };
  }
  if (answer.kind === 'echo-reply') {
    return {
      en: 'the host is up: every host answers echo requests (RFC 1122 section 3.2.2.6)',
      zh: '主机在线：主机都应回答回显请求（RFC 1122 第 3.2.2.6 节）',
    };
  }
  return {
    en: 'the host is up: whether the port listens or not, some TCP answered (RFC 9293 section 3.10.7)',
    zh: '主机在线：不管端口是否监听，都有 TCP 作出了应答（RFC 9293 第 3.10.7 节）',
  };
}

const SILENT_HOST: Readonly<Record<DiscoveryWay, Text>> = {
  neighbor: { en: 'nobody on the link has this address', zh: '链路上没有谁使用这个地址' },
  echo: { en: 'no host, or echo requests are filtered', zh: '没有主机，或回显请求被过滤' },
  syn: { en: 'no host, or the SYN is filtered', zh: '没有主机，或 SYN 被过滤' },
  ack: { en: 'no host, or the ACK is filtered', zh: '没有主机，或 ACK 被过滤' },
};

function portMeaning(technique: TechniqueName, { answer, state }: ProbeConcludedRecord): Text {
  if (answer.kind === 'icmp') return icmpMeaning(technique, state === 'closed');
  if (answer.kind === 'silence') return SILENCE[technique];
  if (answer.kind === 'datagram') {
    return { en: 'a program answered the datagram', zh: '有程序回答了数据报' };
  }
  if (answer.kind !== 'segment') return { en: '', zh: '' };
  if ((answer.flags & 0x04) !== 0) return RESET[technique](answer.window);
  return (answer.flags & 0x10) !== 0
    ? {
        en: 'LISTEN answers a SYN by SYN and ACK and goes to SYN-RECEIVED (RFC 9293 section 3.10.7.2)',
        zh: 'LISTEN 状态收到 SYN 时以 SYN,ACK 应答，并进入 SYN-RECEIVED（RFC 9293 第 3.10.7.2 节）',
      }
    : {
        en: 'a SYN of its own: both ends open at once, which TCP allows (RFC 9293 section 3.5)',
        zh: '对方自己也发来 SYN：TCP 允许两端同时打开（RFC 9293 第 3.5 节）',
      };
}

function icmpMeaning(technique: TechniqueName, isClosed: boolean): Text {
  if (isClosed) {
    return {
      en: 'the host itself says that no program has this port (RFC 1122 section 4.1.3.1)',
      zh: '主机自己说明没有程序使用这个端口（RFC 1122 第 4.1.3.1 节）',
    };
  }
  return technique === 'udp'
    ? {
        en: 'somebody on the way refuses the datagram (RFC 1812 section 5.2.7.1)',
        zh: '途中有设备拒绝了数据报（RFC 1812 第 5.2.7.1 节）',
      }
    : {
        en: 'TCP itself refuses by RST (RFC 9293 section 3.10.7.1); an ICMP error is a filter’s refusal (RFC 1812 section 5.2.7.1)',
        zh: 'TCP 自身用 RST 拒绝（RFC 9293 第 3.10.7.1 节）；ICMP 差错说明是过滤设备拒绝的（RFC 1812 第 5.2.7.1 节）',
      };
}

const NO_ANSWER: Text = {
  en: 'CLOSED and LISTEN must both answer a SYN (RFC 9293 section 3.10.7); a filter swallows it',
  zh: 'CLOSED 和 LISTEN 状态都必须应答 SYN（RFC 9293 第 3.10.7 节）；无应答说明被过滤了',
};
const NO_ANSWER_ACK: Text = {
  en: 'CLOSED and LISTEN must both reset an ACK (RFC 9293 sections 3.10.7.1 and 3.10.7.2); a filter swallows it',
  zh: 'CLOSED 和 LISTEN 状态都必须对 ACK 回 RST（RFC 9293 第 3.10.7.1、3.10.7.2 节）；无应答说明被过滤了',
};
const NO_ANSWER_FIN: Text = {
  en: 'LISTEN drops a segment with neither SYN, ACK nor RST (RFC 9293 section 3.10.7.2), and so does a filter',
  zh: 'LISTEN 状态会丢弃既无 SYN、ACK 也无 RST 的报文段（RFC 9293 第 3.10.7.2 节），过滤设备也会',
};

const SILENCE: Readonly<Record<TechniqueName, Text>> = {
  syn: NO_ANSWER,
  connect: NO_ANSWER,
  ack: NO_ANSWER_ACK,
  window: NO_ANSWER_ACK,
  fin: NO_ANSWER_FIN,
  null: NO_ANSWER_FIN,
  xmas: NO_ANSWER_FIN,
  maimon: {
    en: 'by the RFC LISTEN resets a FIN with ACK (RFC 9293 section 3.10.7.2); some systems drop it, and so does a filter',
    zh: '按 RFC，LISTEN 状态应对 FIN,ACK 回 RST（RFC 9293 第 3.10.7.2 节）；有些系统会丢弃，过滤设备也会',
  },
  udp: {
    en: 'a program that has nothing to say, or a filter: UDP owes no answer',
    zh: '可能是程序没有回答，也可能被过滤：UDP 并不要求应答',
  },
};

const CLOSED_RESETS: Text = {
  en: 'CLOSED resets every segment but a reset (RFC 9293 section 3.10.7.1)',
  zh: 'CLOSED 状态对除 RST 以外的任何报文段都回 RST（RFC 9293 第 3.10.7.1 节）',
};
const closedResets = (): Text => CLOSED_RESETS;

const RESET: Readonly<Record<TechniqueName, (window: number) => Text>> = {
  syn: closedResets,
  connect: closedResets,
  fin: closedResets,
  null: closedResets,
  xmas: closedResets,
  udp: closedResets,
  maimon: () => ({
    en: 'CLOSED resets a FIN with ACK (RFC 9293 section 3.10.7.1); systems that follow the RFC do so in LISTEN too',
    zh: 'CLOSED 状态对 FIN,ACK 回 RST（RFC 9293 第 3.10.7.1 节）；遵守 RFC 的系统在 LISTEN 状态也一样',
  }),
  ack: () => ({
    en: 'CLOSED and LISTEN both reset an ACK (RFC 9293 sections 3.10.7.1 and 3.10.7.2): the probe got there, nothing more is known',
    zh: 'CLOSED 和 LISTEN 状态都对 ACK 回 RST（RFC 9293 第 3.10.7.1、3.10.7.2 节）：探测到达了，仅此而已',
  }),
  window: (window) =>
    window > 0
      ? {
          en: 'the reset carries the window of a socket, as old systems do for ports that listen',
          zh: 'RST 带有套接字的窗口值，老系统对监听端口会这样',
        }
      : {
          en: 'the window of the reset is 0, as of a port without socket (most systems always say 0)',
          zh: 'RST 的窗口为 0，像没有套接字的端口（多数系统总是 0）',
        },
};

const REPLIES: Readonly<Record<'rst' | 'ack-rst', Text>> = {
  rst: {
    en: 'reset: the half-open connection at the other end is gone at once (RFC 9293 section 3.10.7.4)',
    zh: '发送 RST：对方的半开连接立即消失（RFC 9293 第 3.10.7.4 节）',
  },
  'ack-rst': {
    en: 'ACK completes the handshake, a reset ends the connection (RFC 9293 sections 3.5 and 3.10.7.4)',
    zh: 'ACK 完成握手，随后 RST 结束连接（RFC 9293 第 3.5、3.10.7.4 节）',
  },
};

const STRANGE: Readonly<Record<StrangeRecord['kind'], Text>> = {
  forged: {
    en: 'ignored: it does not acknowledge what we sent; forged, or of another connection (RFC 9293 section 3.10.7.3)',
    zh: '忽略：它确认的不是我们发送的内容，可能是伪造的或属于别的连接（RFC 9293 第 3.10.7.3 节）',
  },
  'forged-error': {
    en: 'ignored: it quotes a packet we never sent (RFC 5927 section 4.1)',
    zh: '忽略：它引用了我们从未发送的分组（RFC 5927 第 4.1 节）',
  },
  duplicate: { en: 'a repetition, already answered', zh: '重复的应答，之前已经收到' },
  contradicted: {
    en: 'the port answers after all: an ICMP error had said otherwise and is not believed any more',
    zh: '端口其实有应答：之前的 ICMP 差错不实，不再采信',
  },
};
