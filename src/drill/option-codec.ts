/** TCP options of a script as octets, and live options as text. */
import { FAST_OPEN_MAGIC } from '../wire/tcp-options.ts';
import { TcpOptionKind } from '../wire/tcp-segment.ts';
import type { DrillOption } from './ast.ts';
import { DrillError } from './drill-error.ts';
import type { SequenceMap, TimestampMap } from './flow.ts';
import type { LiveOption } from './live-packet.ts';

/** What numbers in options are translated with. */
export interface OptionMaps {
  /** Numbers that SACK blocks are in: of the side the segment goes to. */
  readonly sequence: SequenceMap;
  readonly isSyn: boolean;
  /** Translates a timestamp's value and echo. */
  timestamps(value: number, echo: number): { readonly value: number; readonly echo: number };
}

/** Kind and body of each option, in order. */
export function encodeOptions(options: readonly DrillOption[], maps: OptionMaps): LiveOption[] {
  return options.map((option) => encodeOption(option, maps));
}

/** The octets of a list, which have to fill whole words. @throws DrillError */
export function listBytes(options: readonly LiveOption[]): Uint8Array {
  const bytes: number[] = [];
  for (const { kind, body } of options) {
    bytes.push(kind);
    if (kind > 1) bytes.push(body.length + 2, ...body);
  }
  if (bytes.length % 4 !== 0 || bytes.length > 40) {
    throw new DrillError(
      `options take ${bytes.length} octets; the list has to be a multiple of 4, at most 40: add nop`,
    );
  }
  return Uint8Array.from(bytes);
}

function encodeOption(option: DrillOption, maps: OptionMaps): LiveOption {
  switch (option.kind) {
    case 'eol':
      return live(TcpOptionKind.endOfList, []);
    case 'nop':
      return live(TcpOptionKind.noOperation, []);
    case 'mss':
      return live(TcpOptionKind.maximumSegmentSize, octets(option.mss, 2));
    case 'wscale':
      return live(TcpOptionKind.windowScale, [option.shift]);
    case 'sack-permitted':
      return live(TcpOptionKind.sackPermitted, []);
    case 'sack': {
      const edges = option.blocks.flatMap(({ left, right }) => [left, right]);
      return live(
        TcpOptionKind.sack,
        edges.flatMap((edge) => octets(maps.sequence.toLive(edge, maps.isSyn), 4)),
      );
    }
    case 'timestamps': {
      const { value, echo } = maps.timestamps(option.value, option.echo);
      return live(TcpOptionKind.timestamps, [...octets(value, 4), ...octets(echo, 4)]);
    }
    case 'fast-open':
      return { kind: TcpOptionKind.fastOpen, body: option.cookie };
    case 'experimental':
      return live(TcpOptionKind.experiment, [...octets(option.identifier, 2), ...option.data]);
    case 'md5':
      return { kind: TcpOptionKind.md5, body: option.digest ?? new Uint8Array(16) };
    case 'accecn':
      return live(
        option.optionKind,
        option.counters.flatMap((counter) => octets(counter, 3)),
      );
  }
}

function live(kind: number, body: readonly number[]): LiveOption {
  return { kind, body: Uint8Array.from(body) };
}

function octets(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** (count - 1 - index)) & 0xff);
}

/** A big-endian number in an option's body. */
export function numberAt(body: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index++) value = value * 256 + (body[at + index] ?? 0);
  return value;
}

/** Options as a script would write them. */
export function optionsText(
  options: readonly LiveOption[] | null,
  sequence: SequenceMap,
  timestamps: TimestampMap | null,
): string {
  if (options === null) return '<broken>';
  return options.length === 0 ? '' : `<${options.map((option) => optionText(option, sequence, timestamps)).join(',')}>`;
}

function optionText({ kind, body }: LiveOption, sequence: SequenceMap, timestamps: TimestampMap | null): string {
  switch (kind) {
    case TcpOptionKind.endOfList:
      return 'eol';
    case TcpOptionKind.noOperation:
      return 'nop';
    case TcpOptionKind.maximumSegmentSize:
      return `mss ${numberAt(body, 0, 2)}`;
    case TcpOptionKind.windowScale:
      return `wscale ${numberAt(body, 0, 1)}`;
    case TcpOptionKind.sackPermitted:
      return 'sackOK';
    case TcpOptionKind.sack: {
      const blocks: string[] = [];
      for (let at = 0; at + 8 <= body.length; at += 8) {
        const edge = (from: number): number => sequence.toScript(numberAt(body, from, 4), false);
        blocks.push(`${edge(at)}:${edge(at + 4)}`);
      }
      return `sack ${blocks.join(' ')}`;
    }
    case TcpOptionKind.timestamps: {
      const value = numberAt(body, 0, 4);
      return `TS val ${timestamps?.toScript(value) ?? value} ecr ${numberAt(body, 4, 4)}`;
    }
    case TcpOptionKind.fastOpen:
      return `FO ${hex(body)}`.trimEnd();
    case TcpOptionKind.experiment:
      return numberAt(body, 0, 2) === FAST_OPEN_MAGIC ? `FOEXP ${hex(body.subarray(2))}`.trimEnd() : `exp ${hex(body)}`;
    case TcpOptionKind.md5:
      return `md5 ${hex(body)}`;
    case TcpOptionKind.accEcn0:
    case TcpOptionKind.accEcn1:
      return accEcnText(kind, body);
    default:
      return `kind ${kind} ${hex(body)}`.trimEnd();
  }
}

function accEcnText(kind: number, body: Uint8Array): string {
  const names = kind === TcpOptionKind.accEcn0 ? ['e0b', 'ceb', 'e1b'] : ['e1b', 'ceb', 'e0b'];
  const counters = names
    .slice(0, Math.floor(body.length / 3))
    .map((name, index) => `${name} ${numberAt(body, index * 3, 3)}`);
  return `ECN ${counters.join(' ')}`.trimEnd();
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('');
}
