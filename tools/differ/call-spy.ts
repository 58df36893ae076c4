/** Sockets as a script's calls see them, with an eye on what the last call was told: it fills in what a script compares. */
import type { Subject } from '../../src/drill/subject.ts';
import { POSIX } from '../../src/socket/posix/constants.ts';
import type { EpollWaitCall } from '../../src/socket/posix/epoll-file.ts';
import type { PollEntry } from '../../src/socket/posix/poll-call.ts';
import type { ControlMessage, OptionValue, PosixCall } from '../../src/socket/posix/posix-call.ts';

type Method = (...args: readonly unknown[]) => PosixCall;

export class CallSpy implements Pick<Subject, 'sockets' | 'nowUs'> {
  readonly sockets: Subject['sockets'];
  private readonly subject: Subject;
  private last: { readonly name: string; readonly args: readonly unknown[]; readonly call: PosixCall } | null = null;

  constructor(subject: Subject) {
    this.subject = subject;
    this.sockets = new Proxy(subject.sockets, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as Method | undefined;
        if (typeof method !== 'function') return method;
        return (...args: readonly unknown[]): PosixCall => {
          const call = method.apply(target, args as unknown[]);
          this.last = { name: String(name), args, call };
          return call;
        };
      },
    });
  }

  get nowUs(): number {
    return this.subject.nowUs;
  }

  /** Puts what the last call told where `@` stands. */
  fill(text: string): string {
    const told = this.told();
    let at = 0;
    return text.replace(/@/g, () => told[at++] ?? '0');
  }

  private told(): string[] {
    if (this.last === null) return [];
    const { name, args, call } = this.last;
    switch (name) {
      case 'poll':
        return (args[0] as readonly PollEntry[]).map(({ revents }) => bitsText('POLL', revents));
      case 'epollWait': {
        const { events } = call as PosixCall & Pick<EpollWaitCall, 'events'>;
        return [events.map(({ events: bits, data }) => `{events=${bitsText('EPOLL', bits)}, fd=${data}}`).join(', ')];
      }
      case 'recvmsg':
        return [call.control.map(controlText).join(', '), String(call.messageFlags)];
      default:
        return call.value === null ? [] : [valueText(call.value)];
    }
  }
}

function controlText({ level, type, data }: ControlMessage): string {
  return `{cmsg_level=${level}, cmsg_type=${type}, cmsg_data=[${data}]}`;
}

function valueText(value: OptionValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `"${value}"`;
  if (value instanceof Uint8Array)
    return `"${[...value].map((octet) => `\\x${octet.toString(16).padStart(2, '0')}`).join('')}"`;
  return 'onoff' in value ? `{onoff=${value.onoff}, linger=${value.linger}}` : '0';
}

/** `POLLIN|POLLOUT`; 0 for none. */
export function bitsText(prefix: 'POLL' | 'EPOLL', value: number): string {
  const names = Object.entries(POSIX as Readonly<Record<string, number>>)
    .filter(([name, bit]) => BITS.test(name) && name.startsWith(prefix) && (value & bit) !== 0)
    .map(([name]) => name);
  return names.length === 0 ? String(value) : names.join('|');
}

const BITS = /^E?POLL(?:IN|OUT|ERR|HUP|RDHUP|PRI|NVAL|(?:RD|WR)(?:NORM|BAND))$/;
