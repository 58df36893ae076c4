/** Sends one segment of the matrix and holds what came of it against the oracle. */
import { text } from '../requirements/bench.ts';
import type { Segment as Sent } from '../requirements/wire.ts';
import type { Conversation } from './conversation.ts';
import type { Options } from './options.ts';
import { judge } from './oracle.ts';
import { length, type Outcome, type Reply, type Segment, type State } from './segment.ts';

/** What was seen. */
export interface Seen {
  readonly state: State;
  readonly now: readonly Sent[];
  readonly later: readonly Sent[];
  readonly error: string | null;
  readonly established: boolean;
  readonly octets: number;
  readonly fin: boolean;
}

/** Null when one of the oracle's outcomes is what happened; otherwise what was seen and what was expected. */
export function compare(talk: Conversation, segment: Segment, options: Options): string | null {
  const outcomes = judge(talk.tcb, segment, options);
  const seen = play(talk, segment);
  const reasons = outcomes.map((outcome) => differs(talk, outcome, seen));
  if (reasons.includes(null)) return null;
  const expected = outcomes.map((outcome, at) => `  not ${describeOutcome(outcome)}: ${reasons[at]}`);
  return `seen ${describeSeen(seen)}\n${expected.join('\n')}`;
}

function play(talk: Conversation, segment: Segment): Seen {
  const { bench, peer } = talk;
  const letters = `${segment.syn ? 'S' : ''}${segment.rst ? 'R' : ''}${segment.fin ? 'F' : ''}${segment.ack ? 'A' : ''}`;
  const wasOpen = isOpen(talk.kind.state);
  const before = talk.socket?.readableLength ?? 0;
  const endedBefore = talk.socket?.isReadEnded ?? false;
  peer.timestamp = null;
  peer.send(letters, {
    seq: segment.seq >>> 0,
    ack: segment.ackNo >>> 0,
    payload: text(segment.text),
    options: stamp(segment.tsval, segment.ack ? talk.echo : 0),
  });
  const now = talk.take();
  const state = talk.stateNow();
  bench.run(499);
  const later = talk.take().filter((sent) => length(shapeOf(sent)) === 0);
  if (talk.socket === null && talk.kind.passive) talk.socket = talk.house.listener.accept();
  const { socket } = talk;
  return {
    state,
    now,
    later,
    error: socket?.error?.code ?? null,
    established: !wasOpen && isOpen(state),
    // A reset empties the queues.
    octets: socket?.error ? 0 : (socket?.readableLength ?? 0) - before,
    fin: !endedBefore && socket !== null && socket.error === null && isReadEnded(talk, state),
  };
}

/** The end of the stream as the user will see it once all octets are read. */
function isReadEnded(talk: Conversation, state: State): boolean {
  const { socket } = talk;
  if (socket === null || talk.kind.readerGone) return state === 'CLOSING' || state === 'TIME-WAIT';
  if (socket.readableLength > 0) return state === 'CLOSE-WAIT' || state === 'CLOSING' || state === 'TIME-WAIT';
  return socket.isReadEnded;
}

function isOpen(state: State): boolean {
  return state !== 'CLOSED' && state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
}

function stamp(tsval: number | null, tsecr: number): number[] {
  if (tsval === null) return [];
  const option = new Uint8Array(12);
  option.set([1, 1, 8, 10]);
  new DataView(option.buffer).setUint32(4, tsval);
  new DataView(option.buffer).setUint32(8, tsecr);
  return [...option];
}

function differs(talk: Conversation, outcome: Outcome, seen: Seen): string | null {
  // A half-open connection that is gone leaves the listener as it was: both have no record.
  const state = outcome.state === 'LISTEN' ? 'CLOSED' : outcome.state;
  if (state !== seen.state) return `state ${seen.state}`;
  const reply = differsReply(outcome.reply, seen);
  if (reply !== null) return reply;
  if (seen.octets !== outcome.octets) return `${seen.octets} octets`;
  if (seen.fin !== outcome.fin) return `FIN ${seen.fin}`;
  const told = toldOf(talk, seen);
  return told === outcome.told ? null : `told ${told}`;
}

function toldOf(talk: Conversation, seen: Seen): Outcome['told'] {
  if (seen.error === 'ECONNREFUSED') return 'refused';
  if (seen.error === 'ECONNRESET' || seen.error === 'EPIPE') return 'reset';
  if (seen.error !== null) throw new Error(`error ${seen.error}`);
  return seen.established && talk.kind.state !== 'LISTEN' ? 'established' : 'nothing';
}

function differsReply(reply: Reply, seen: Seen): string | null {
  const [first, second] = seen.now;
  const all = [...seen.now, ...seen.later];
  if (reply.kind === 'none') return all.length === 0 ? null : 'an answer';
  if (reply.kind === 'ack') {
    if (reply.when === 'now' && (first === undefined || second !== undefined)) return `${seen.now.length} answers`;
    const last = all.at(-1);
    if (last === undefined) return 'no answer';
    if (all.length > (reply.before === null ? 1 : 2)) return `${all.length} answers`;
    if (reply.before !== null && all.length === 2 && first?.ack !== reply.before >>> 0) return 'first ACK';
    if (last.flags !== 'A' || last.payload.length > 0) return `${last.flags}`;
    return last.seq === reply.seq >>> 0 && last.ack === reply.ack >>> 0 ? null : 'numbers';
  }
  if (first === undefined || second !== undefined || seen.later.length > 0) return `${all.length} answers`;
  if (reply.kind === 'syn-ack') {
    // ECN and other flags of a SYN-ACK are another matter.
    if (!first.flags.startsWith('SA')) return first.flags;
    return (reply.seq === null || first.seq === reply.seq >>> 0) && first.ack === reply.ack >>> 0 ? null : 'numbers';
  }
  if (first.flags !== 'R' && first.flags !== 'RA') return first.flags;
  if (!reply.seq.some((seq) => seq >>> 0 === first.seq)) return 'numbers';
  if (reply.ack === 'any') return null;
  if ((first.flags === 'R') !== (reply.ack === null)) return first.flags;
  return reply.ack === null || first.ack === reply.ack >>> 0 ? null : 'numbers';
}

function shapeOf(sent: Sent): Segment {
  const [syn, rst, fin, ack] = ['S', 'R', 'F', 'A'].map((letter) => sent.flags.includes(letter));
  const flags = { syn: syn === true, rst: rst === true, fin: fin === true, ack: ack === true };
  return { ...flags, seq: sent.seq | 0, ackNo: sent.ack | 0, text: sent.payload.length, tsval: null };
}

function describeOutcome(outcome: Outcome): string {
  const { state, reply, told, octets, fin, rule } = outcome;
  return `${state} ${JSON.stringify(reply)} told ${told} octets ${octets} fin ${fin} (${rule})`;
}

function describeSeen(seen: Seen): string {
  const segments = (list: readonly Sent[]): string =>
    list.map((sent) => `${sent.flags} ${sent.seq | 0} ack ${sent.ack | 0} len ${sent.payload.length}`).join(', ') ||
    'nothing';
  const { state, error, octets, fin, established } = seen;
  return `${state} sent ${segments(seen.now)} later ${segments(seen.later)} error ${error} octets ${octets} fin ${fin} established ${established}`;
}
