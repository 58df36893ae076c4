/**
 * Writing one segment of a connection into a slot: header, options, payload, checksum, once each (RFC 9293 section 3.1).
 * What is to be sent was decided in `output.ts`.
 */

import type { PacketMemory } from '../../base/packet-memory.ts';
import { GSO_ACCECN, GsoType, type Slot } from '../../base/slot.ts';
import { foldSum, pseudoHeaderSumOf } from '../../wire/checksum.ts';
import { IpProtocol } from '../../wire/ip-packet.ts';
import {
  emitTcpHeader,
  TCP_CHECKSUM_OFFSET,
  TCP_HEADER_LENGTH,
  TCP_OPTIONS_MAX,
  writeTcpChecksum,
} from '../../wire/tcp.ts';
import { writeNoOperations, writeSack, writeTimestamps } from '../../wire/tcp-option-writers.ts';
import { SACK_BLOCKS_MAX, TcpFlag } from '../../wire/tcp-segment.ts';
import { signSegment } from '../auth/admission.ts';
import { countsInCwr, departWithEcn } from '../ecn/departure.ts';
import {
  accEcnFieldsOnSynAck,
  noteDuplicateTold,
  OptionPlan,
  planAccEcn,
  writeAccEcnOption,
} from '../ecn/option-writing.ts';
import type { TcpEnvironment } from '../environment.ts';
import { owedCookieSize, writeFastOpenOption, writeOwedCookie } from '../fast-open/syn-option.ts';
import { timestampValue } from '../input/timestamps.ts';
import { offerSynWindow } from '../input/window.ts';
import { offersTimestamps } from '../opening/syn-options.ts';
import { synTermsSize, writeMssUnlessDefault, writeSynTerms } from '../opening/syn-writers.ts';
import { seqGt } from '../seq.ts';
import { segmentsOf } from '../tcb/segment-record.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { connectionLabel } from '../transitions.ts';
import { userTimeoutLength, writeDueUserTimeout } from '../user-timeout.ts';
import { fixedOptionsLength, mssToAnnounce } from './mss.ts';
import type { Transmission } from './transmission.ts';
import { announceWindow } from './window-announcement.ts';

const SACK_BLOCKS = new Int32Array(SACK_BLOCKS_MAX * 2);
const plan = new OptionPlan();

/** Octets of the options in a segment with text sent now that not every segment has: SACK blocks, marks to be told, user timeout. */
export function variableOptionsLength(env: TcpEnvironment, tcb: Tcb): number {
  if (hasNoVariableOptions(tcb)) return 0;
  const room = TCP_OPTIONS_MAX - fixedOptionsLength(tcb);
  planOptions(env, tcb, room, true);
  const { length } = plan;
  return tcb.userTimeout === null ? length : length + userTimeoutLength(tcb, room - length);
}

/** Nothing is missing, nothing came twice, no marks are counted: there is nothing to be planned. */
function hasNoVariableOptions(tcb: Tcb): boolean {
  return tcb.reassembly === null && tcb.duplicates === null && tcb.ecn === null && tcb.userTimeout === null;
}

function planOptions(env: TcpEnvironment, tcb: Tcb, room: number, hasText: boolean): void {
  plan.sackBlocks = sackBlockCount(tcb);
  planAccEcn(env, tcb, plan, room, hasText);
}

// RFC 2018 §3 R2018-4: of eight octets each, with two before them.
// RFC 2018 §2 R2018-17: only to a peer that permitted it.
// RFC 2018 §4 R2018-2: as long as anything is missing.
// RFC 2883 §4 R2883-4, R2883-6: the range around a duplicate, then the rest.
/** RFC 2018 §3: four blocks fit, three beside timestamps. A duplicate comes first, the range around it second (RFC 2883 §4). */
function sackBlockCount(tcb: Tcb): number {
  const { reassembly, duplicates } = tcb;
  const hasRanges = reassembly !== null && !reassembly.isEmpty;
  const hasDuplicate = duplicates !== null && duplicates.count > 0;
  if ((!hasRanges && !hasDuplicate) || !tcb.has(Agreed.sack)) return 0;
  const most = sackBlocksBeside(fixedOptionsLength(tcb));
  if (most <= 0) return 0;
  if (hasDuplicate) {
    SACK_BLOCKS[0] = duplicates.edges[0] ?? 0;
    SACK_BLOCKS[1] = duplicates.edges[1] ?? 0;
  }
  const first = hasDuplicate ? 1 : 0;
  return hasRanges ? reassembly.writeSackBlocks(SACK_BLOCKS, most, first) : first;
}

/** The SACK blocks of a segment that is not made here, as far as there is room. @param start of its options @returns their end */
export function writeEarlyBlocks(tcb: Tcb, memory: PacketMemory, start: number, end: number): number {
  const blocks = Math.min(sackBlockCount(tcb), sackBlocksBeside(end - start));
  return blocks > 0 ? writeSack(memory, start, end, SACK_BLOCKS, blocks) : end;
}

/** How many SACK blocks fit a header with `length` octets of other options. */
function sackBlocksBeside(length: number): number {
  return Math.min(SACK_BLOCKS_MAX, (TCP_OPTIONS_MAX - length - 4) >> 3);
}

/** Writes the segment. False when the frame had to wait for address resolution; it is not lost then. */
export function emitSegment(env: TcpEnvironment, tcb: Tcb, slot: Slot, what: Transmission): boolean {
  const { memory } = slot;
  const offset = env.transportOffset(tcb, slot);
  const isSyn = (what.flags & TcpFlag.syn) !== 0;
  if (isSyn) tcb.advertisedMss = mssToAnnounce(env.settings, tcb.path, tcb.key.remoteAddress.family, tcb.rare);
  const window = isSyn ? offerSynWindow(tcb, env.settings) : announceWindow(env, tcb);
  // Options are written first: they tell how long the header is.
  const options = offset + TCP_HEADER_LENGTH;
  const unsigned = tcb.auth === null ? options : tcb.auth.reserve(memory, options);
  const listEnd = isSyn
    ? writeSynOptions(env, tcb, memory, unsigned, what.flags)
    : writeOptions(env, tcb, memory, unsigned, what.length > 0);
  // A probe for the path's MTU has the size it has.
  const userTimeout = what.reason === 'mtu-probe' ? null : tcb.userTimeout;
  const optionsEnd = userTimeout === null ? listEnd : writeDueUserTimeout(userTimeout, memory, options, listEnd, isSyn);
  const headerLength = optionsEnd - offset;
  const ecn = tcb.ecn === null ? 0 : departWithEcn(env, tcb, tcb.ecn, what, !isSyn && plan.sackBlocks > 0);
  const flags = what.flags | ecn | urgentFlag(tcb, what.seq);
  const pointer = flags & TcpFlag.urg ? urgentPointer(tcb, what.seq) : 0;
  const ack = flags & TcpFlag.ack ? tcb.rcvNxt : 0;
  const { key } = tcb;
  emitTcpHeader(memory, offset, key.localPort, key.remotePort, what.seq, ack, flags, window, pointer, headerLength);
  if (what.length > 0) {
    tcb.sendBuffer?.copyTo((what.seq - tcb.sendBufferSeq + (isSyn ? 1 : 0)) | 0, memory.u8, optionsEnd, what.length);
  }
  const length = headerLength + what.length;
  if (tcb.auth !== null) signSegment(env, tcb.auth, key, { memory, offset, headerLength, length });
  const pseudo = pseudoHeaderSumOf(key.localAddress, key.remoteAddress, IpProtocol.tcp, length);
  const canFinish = tcb.path.interface.capabilities.checksum;
  // What is left to the carrier stands in the slot before it is sealed: sealing may copy it to wait, or look at its size.
  if (canFinish) leaveChecksum(slot, offset, pseudo);
  else writeTcpChecksum(memory, offset, length, pseudo);
  // A SYN with data may exceed the default MSS when it is known that the peer takes more. A probe for the path's MTU is one packet.
  if (what.length > what.mss && !isSyn) {
    slot.gsoSize = what.mss;
    slot.gsoType = key.remoteAddress.family === 4 ? GsoType.tcp4 : GsoType.tcp6;
    if (countsInCwr(tcb)) slot.gsoType |= GSO_ACCECN;
  }
  const isSealed = env.seal(tcb, slot, length);
  account(env, tcb, what, flags);
  return isSealed;
}

/** The carrier finishes the checksum: the field holds the pseudo-header's sum. */
function leaveChecksum(slot: Slot, offset: number, pseudo: number): void {
  slot.memory.view.setUint16(offset + TCP_CHECKSUM_OFFSET, foldSum(pseudo));
  slot.checksumStart = offset - slot.offset;
  slot.checksumOffset = TCP_CHECKSUM_OFFSET;
}

function account(env: TcpEnvironment, tcb: Tcb, what: Transmission, flags: number): void {
  // A SYN is one segment, whatever rides on it.
  const segments = flags & TcpFlag.syn ? 1 : segmentsOf(what.length, what.mss);
  env.counters.OutSegs += segments;
  // Linux does not count the SYN-ACKs of a connection that was accepted early.
  if (!tcb.isFastOpenPending || (flags & TcpFlag.syn) === 0 || env.settings.profile === 'rfc')
    tcb.segmentsOut += segments;
  tcb.bytesSent += what.length;
  if (what.length > 0) tcb.dataSegmentsOut += segments;
  if (flags & TcpFlag.ack) tcb.lastAckSent = tcb.rcvNxt;
  if (env.observer === null) return;
  env.observer.observe({
    kind: 'segment-sent',
    timeUs: env.clock.nowUs,
    ...connectionLabel(tcb.id, tcb.key),
    reason: what.reason,
    seq: what.seq,
    ack: tcb.rcvNxt,
    flags,
    payloadLength: what.length,
  });
}

function writeOptions(env: TcpEnvironment, tcb: Tcb, memory: PacketMemory, offset: number, hasText: boolean): number {
  let at = offset;
  // RFC 7323 §3.2 R7323-4, R7323-5: in every segment, with TS.Recent as echo.
  if (tcb.has(Agreed.timestamps)) at = writeTimestamps(memory, at, timestampValue(env, tcb), tcb.tsRecent);
  if (hasNoVariableOptions(tcb)) return at;
  planOptions(env, tcb, TCP_OPTIONS_MAX - fixedOptionsLength(tcb), hasText);
  if (tcb.ecn !== null) {
    noteDuplicateTold(tcb, tcb.ecn, plan.counters);
    at = writeAccEcnOption(env, tcb.ecn, memory, at, plan.counters);
  }
  // Told, or there is no room to tell it.
  if (tcb.duplicates !== null && tcb.duplicates.count > 0) tcb.duplicates.shift();
  at = writeSack(memory, offset, at, SACK_BLOCKS, plan.sackBlocks);
  return writeNoOperations(memory, offset, at, 0);
}

// RFC 9293 §3.7.1 MUST-14: the MSS option is sent.
// RFC 9293 §3.2 MUST-65: only in SYNs.
/** Options of a SYN offer everything; those of a SYN-ACK answer what was offered. */
function writeSynOptions(env: TcpEnvironment, tcb: Tcb, memory: PacketMemory, offset: number, flags: number): number {
  const { settings } = env;
  // When both ends open at once Linux sends its SYN again with an ACK, offers and all.
  const isAnswer = (flags & TcpFlag.ack) !== 0 && (tcb.isPassive || settings.profile === 'rfc');
  const timestamps = isAnswer ? tcb.has(Agreed.timestamps) : offersTimestamps(env, tcb.auth, tcb.isPassive, 0);
  const sack = isAnswer ? tcb.has(Agreed.sack) : settings.sack;
  const scaling = isAnswer ? tcb.has(Agreed.windowScale) : settings.window_scaling;
  const { family } = tcb.key.remoteAddress;
  const terms = { timestamps, sack, scale: scaling ? tcb.offeredScale : -1 };
  let at = writeMssUnlessDefault(settings, family, memory, offset, tcb.advertisedMss);
  // The room is that of the whole header, the signature before us included.
  const start = offset - (tcb.auth?.optionLength ?? 0);
  const isSynAck = (flags & TcpFlag.ack) !== 0;
  const others = at - start + synTermsSize(terms) + owedCookieSize(tcb);
  const counters = isSynAck ? accEcnFieldsOnSynAck(tcb.ecn, tcb.timeouts, TCP_OPTIONS_MAX - others) : -1;
  at = writeSynTerms(env, tcb.ecn, memory, at, terms, counters, timestampValue(env, tcb), tcb.tsRecent);
  return isSynAck ? writeOwedCookie(env, tcb, memory, start, at) : writeFastOpenOption(tcb, memory, start, at);
}

// RFC 9293 §3.8.5 MUST-30, MUST-31: every segment up to the end of the urgent data, of any length, carries the pointer.
function urgentFlag(tcb: Tcb, seq: number): number {
  const { urgent } = tcb;
  if (urgent === null || !urgent.isSending) return 0;
  return seqGt(urgent.sndUp, seq) ? TcpFlag.urg : 0;
}

// RFC 9293 §3.8.5 MUST-62: the pointer designates the octet after the urgent data.
function urgentPointer(tcb: Tcb, seq: number): number {
  const distance = ((tcb.urgent?.sndUp ?? seq) - seq) | 0;
  return Math.min(0xffff, distance);
}
