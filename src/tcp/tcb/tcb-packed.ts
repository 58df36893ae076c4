/**
 * The small numbers of a connection, several to an integer: as fields of their own they would take eight octets each. Read and
 * written by name as if they were fields.
 */
import { TcbFlags } from './tcb-flags.ts';

/** Where a number stands in its integer: its lowest bit, and the largest value. */
const STATE_MAX = 15;
const CA_STATE = 4;
const CA_STATE_MAX = 7;
const AGREED = 7;
const AGREED_MAX = 7;
const SND_SCALE = 10;
const RCV_SCALE = 14;
const OFFERED_SCALE = 18;
const SCALE_MAX = 15;
const OCCUPATION = 22;
const OCCUPATION_MAX = 3;

const HOP_LIMIT = 8;
const OCTET_MAX = 255;
const QUICK_ACKS = 16;
const QUICK_ACKS_MAX = 0x7fff;

/** The upper half of a pair of sizes, each at most 65,535. */
const UPPER = 16;
const SIZE_MAX = 0xffff;

/** The part of a Tcb that is small numbers. */
export abstract class TcbPacked extends TcbFlags {
  /** State, CaState, what was agreed, shifts of windows, Occupation. */
  private modes = 0;
  /** Traffic class, hop limit, quick acknowledgments. */
  private manners = 0;
  private pathSizes = 0;
  private mssSizes = 0;
  private arrivalSizes = 0;

  /** A TcpState. */
  get state(): number {
    return this.modes & STATE_MAX;
  }

  set state(value: number) {
    this.modes = (this.modes & ~STATE_MAX) | value;
  }

  /** A CaState. */
  get caState(): number {
    return (this.modes >>> CA_STATE) & CA_STATE_MAX;
  }

  set caState(value: number) {
    this.modes = (this.modes & ~(CA_STATE_MAX << CA_STATE)) | (value << CA_STATE);
  }

  /** Bits of Agreed. */
  get agreed(): number {
    return (this.modes >>> AGREED) & AGREED_MAX;
  }

  set agreed(value: number) {
    this.modes = (this.modes & ~(AGREED_MAX << AGREED)) | (value << AGREED);
  }

  /** Shift of the windows the peer announces, and of those we do. */
  get sndScale(): number {
    return (this.modes >>> SND_SCALE) & SCALE_MAX;
  }

  set sndScale(value: number) {
    this.modes = (this.modes & ~(SCALE_MAX << SND_SCALE)) | (value << SND_SCALE);
  }

  get rcvScale(): number {
    return (this.modes >>> RCV_SCALE) & SCALE_MAX;
  }

  set rcvScale(value: number) {
    this.modes = (this.modes & ~(SCALE_MAX << RCV_SCALE)) | (value << RCV_SCALE);
  }

  /** The shift our SYN offers. */
  get offeredScale(): number {
    return (this.modes >>> OFFERED_SCALE) & SCALE_MAX;
  }

  set offeredScale(value: number) {
    this.modes = (this.modes & ~(SCALE_MAX << OFFERED_SCALE)) | (value << OFFERED_SCALE);
  }

  /** An Occupation. */
  get occupation(): number {
    return (this.modes >>> OCCUPATION) & OCCUPATION_MAX;
  }

  set occupation(value: number) {
    this.modes = (this.modes & ~(OCCUPATION_MAX << OCCUPATION)) | (value << OCCUPATION);
  }

  get trafficClass(): number {
    return this.manners & OCTET_MAX;
  }

  set trafficClass(value: number) {
    this.manners = (this.manners & ~OCTET_MAX) | value;
  }

  get hopLimit(): number {
    return (this.manners >>> HOP_LIMIT) & OCTET_MAX;
  }

  set hopLimit(value: number) {
    this.manners = (this.manners & ~(OCTET_MAX << HOP_LIMIT)) | (value << HOP_LIMIT);
  }

  /** Acknowledgments that do not wait for company. */
  get quickAcks(): number {
    return (this.manners >>> QUICK_ACKS) & QUICK_ACKS_MAX;
  }

  set quickAcks(value: number) {
    this.manners = (this.manners & ~(QUICK_ACKS_MAX << QUICK_ACKS)) | (Math.min(value, QUICK_ACKS_MAX) << QUICK_ACKS);
  }

  /** The path’s MTU as this connection believes it; `path.pathMtu` may say less than has been proven wrong. */
  get pathMtu(): number {
    return this.pathSizes & SIZE_MAX;
  }

  set pathMtu(value: number) {
    this.pathSizes = (this.pathSizes & ~SIZE_MAX) | value;
  }

  /** Largest packet that was acknowledged, bytes: maxsizeacked of RFC 5927 section 7.2. */
  get provenSize(): number {
    return this.pathSizes >>> UPPER;
  }

  set provenSize(value: number) {
    this.pathSizes = (this.pathSizes & ~(SIZE_MAX << UPPER)) | (value << UPPER);
  }

  get peerMss(): number {
    return this.mssSizes & SIZE_MAX;
  }

  set peerMss(value: number) {
    this.mssSizes = (this.mssSizes & ~SIZE_MAX) | value;
  }

  /** MSS we announced. */
  get advertisedMss(): number {
    return this.mssSizes >>> UPPER;
  }

  set advertisedMss(value: number) {
    this.mssSizes = (this.mssSizes & ~(SIZE_MAX << UPPER)) | (value << UPPER);
  }

  /** Payload of the peer’s full segments as they come, for delayed acknowledgments. */
  get receiveMss(): number {
    return this.arrivalSizes & SIZE_MAX;
  }

  set receiveMss(value: number) {
    this.arrivalSizes = (this.arrivalSizes & ~SIZE_MAX) | value;
  }

  /** Payload of one that was smaller just now. */
  get lastSegmentSize(): number {
    return this.arrivalSizes >>> UPPER;
  }

  set lastSegmentSize(value: number) {
    this.arrivalSizes = (this.arrivalSizes & ~(SIZE_MAX << UPPER)) | (value << UPPER);
  }
}
