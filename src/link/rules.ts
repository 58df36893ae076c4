/**
 * Rules for single packets: a Link around a Link that drops, delays, doubles, rewrites or refuses exactly the frames a rule
 * means, such as the first SYN-ACK. Rules are data; the first one that fits decides. Refusals are answered towards the sender
 * as a firewall or router would. A rule matches on the frame as it is sent, a super-segment as one.
 */
import type { Address } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { completeChecksum } from '../wire/segmentation.ts';
import { FrameHeap, FrameStore, NO_FRAME } from './frame-store.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';
import { CompiledRewrite, type FrameRewrite } from './rewrite.ts';
import { AnswerBuilder, type RejectKind, routerAddress } from './rule-answers.ts';
import { CompiledMatch, type FrameMatch } from './rule-match.ts';

/** What happens to a frame. */
export type RuleVerdict =
  | 'pass'
  | 'drop'
  | 'duplicate'
  | { readonly delayMs: number }
  /** The frame goes on with its headers changed. */
  | { readonly rewrite: FrameRewrite }
  /** `mtu` for frag-needed, default 1280; `router` is the address an ICMP error comes from. */
  | { readonly reject: RejectKind; readonly mtu?: number; readonly router?: string };

/** A rule in force. */
export class Rule {
  readonly verdict: RuleVerdict;
  /** Frames the verdict was carried out on. */
  hits = 0;
  /** Frames that fit, whether or not it was their turn. */
  occurrences = 0;
  readonly compiled: CompiledMatch;
  readonly router: Address | null;
  readonly rewrite: CompiledRewrite | null;
  private readonly owner: RuleLink;

  constructor(owner: RuleLink, match: FrameMatch, verdict: RuleVerdict) {
    this.owner = owner;
    this.verdict = checkVerdict(verdict);
    this.compiled = new CompiledMatch(match);
    this.rewrite = typeof verdict === 'object' && 'rewrite' in verdict ? new CompiledRewrite(verdict.rewrite) : null;
    this.router = typeof verdict === 'object' && 'reject' in verdict ? routerAddress(verdict.router) : null;
  }

  get match(): FrameMatch {
    return this.compiled.match;
  }

  /** Takes the rule away. */
  remove(): void {
    this.owner.removeRule(this);
  }
}

/** Frames in the heap go on into the inner link, or arrive at the port they are tagged with. */
const INJECTED = 1;

/** The rules around a link. */
export class RuleLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly portCount: number;
  readonly statistics: LinkStatistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  private readonly inner: Link;
  private readonly inForce: Rule[] = [];
  private readonly view = new FrameView();
  private readonly answers: AnswerBuilder;
  private readonly store: FrameStore;
  private readonly heap: FrameHeap;
  private readonly slot = Slot.allocate(64, false);
  private scratch: Slot | null = null;
  /** The inner link took no more: what is due waits until it has let frames out. */
  private isBlocked = false;

  constructor(inner: Link) {
    this.inner = inner;
    this.capabilities = inner.capabilities;
    this.portCount = inner.portCount;
    this.answers = new AnswerBuilder(inner.capabilities.medium);
    const { tso4, tso6, uso, mtu, medium } = inner.capabilities;
    this.store = new FrameStore({
      maxFrames: 8192,
      maxBytes: 32 << 20,
      slabBytes: tso4 || tso6 || uso ? 256 * 1024 : Math.max(64 * 1024, mtu + 256),
      ethernet: medium === 'ethernet',
    });
    this.heap = new FrameHeap(this.store);
  }

  /** In the order in which they are asked. */
  get rules(): readonly Rule[] {
    return this.inForce;
  }

  /** Adds a rule behind those that are there. @throws ArgumentError */
  addRule(match: FrameMatch, verdict: RuleVerdict): Rule {
    const rule = new Rule(this, match, verdict);
    this.inForce.push(rule);
    return rule;
  }

  /** Takes a rule away; one that is not there is no error. */
  removeRule(rule: Rule): void {
    const index = this.inForce.indexOf(rule);
    if (index >= 0) this.inForce.splice(index, 1);
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    if (this.inForce.length === 0) return this.pass(port, slot, nowUs);
    this.view.look(slot, this.capabilities.medium);
    const rule = this.firstThatFits(port);
    const rewrite = rule?.rewrite ?? null;
    if (rule === null || rule.verdict === 'pass' || rewrite !== null) {
      if (!this.pass(port, rewrite === null ? slot : this.rewritten(slot, rewrite), nowUs)) return false;
      this.count(port);
      if (rule !== null) rule.hits++;
      return true;
    }
    const { verdict } = rule;
    if (verdict === 'duplicate' && !this.inner.send(port, slot, nowUs)) return false;
    this.count(port);
    rule.hits++;
    this.statistics.sentFrames++;
    if (verdict === 'duplicate') {
      this.inner.send(port, slot, nowUs);
    } else if (verdict === 'drop') {
      this.statistics.droppedFrames++;
    } else if ('delayMs' in verdict) {
      this.hold(slot, port << 1, nowUs + verdict.delayMs * 1000);
    } else if ('reject' in verdict) {
      this.statistics.droppedFrames++;
      this.refuse(rule, verdict.reject, verdict.mtu ?? 1280, port, slot, nowUs);
    }
    return true;
  }

  nextTimeoutUs(): number {
    const innerUs = this.inner.nextTimeoutUs();
    return this.isBlocked && innerUs !== Number.POSITIVE_INFINITY ? innerUs : Math.min(this.heap.nextDueUs, innerUs);
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    let delivered = 0;
    this.isBlocked = false;
    while (delivered < budget && this.heap.nextDueUs <= nowUs) {
      const frame = this.heap.first;
      const tag = this.store.tag[frame]!;
      this.store.load(frame, this.slot);
      const isInjected = (tag & INJECTED) !== 0;
      if (!isInjected && !this.inner.send(tag >> 1, this.slot, nowUs)) {
        this.isBlocked = true;
        break;
      }
      this.heap.pop();
      if (isInjected) {
        delivered++;
        sink.frameArrived(tag >> 1, this.slot);
      }
      this.store.release(frame);
    }
    delivered += this.inner.poll(nowUs, sink, budget - delivered);
    this.statistics.deliveredFrames += delivered;
    return delivered;
  }

  private pass(port: number, slot: Slot, nowUs: number): boolean {
    if (!this.inner.send(port, slot, nowUs)) return false;
    this.statistics.sentFrames++;
    return true;
  }

  /** The rule whose turn it is; counting comes later, because a frame that finds no room is sent again. */
  private firstThatFits(port: number): Rule | null {
    for (const rule of this.inForce) {
      if (rule.compiled.fits(this.view, port) && rule.compiled.wantsOccurrence(rule.occurrences + 1)) return rule;
    }
    return null;
  }

  /** Counts the frame for every rule it fits, whoever decided: the second SYN is the second one on the line. */
  private count(port: number): void {
    for (const rule of this.inForce) if (rule.compiled.fits(this.view, port)) rule.occurrences++;
  }

  private refuse(rule: Rule, kind: RejectKind, mtu: number, port: number, slot: Slot, nowUs: number): void {
    if (slot.checksumOffset !== 0) {
      // The quotation shows the packet as it would have gone out.
      const copy = this.copied(slot);
      completeChecksum(copy);
      this.view.look(copy, this.capabilities.medium);
    }
    const answer = this.answers.answer(this.view, kind, mtu, rule.router);
    if (answer !== null) this.hold(answer, (port << 1) | INJECTED, nowUs);
    // `count` has looked already, but the view must not outlive the frame it was made from.
    this.view.look(slot, this.capabilities.medium);
  }

  /** The sender's frame stays as it is: one that finds no room is sent again. */
  private rewritten(slot: Slot, rewrite: CompiledRewrite): Slot {
    const copy = this.copied(slot);
    rewrite.apply(copy, this.capabilities.medium);
    return copy;
  }

  private copied(slot: Slot): Slot {
    if (this.scratch === null || this.scratch.capacity < slot.length) {
      this.scratch = Slot.allocate(Math.max(2048, slot.length), this.capabilities.medium === 'ethernet');
    }
    this.scratch.copyFrom(slot);
    return this.scratch;
  }

  private hold(slot: Slot, tag: number, dueUs: number): void {
    const frame = this.store.add(slot);
    if (frame === NO_FRAME) {
      this.statistics.droppedFrames++;
      return;
    }
    this.store.tag[frame] = tag;
    this.heap.push(frame, dueUs);
  }
}

function checkVerdict(verdict: RuleVerdict): RuleVerdict {
  if (typeof verdict === 'string') {
    if (verdict === 'pass' || verdict === 'drop' || verdict === 'duplicate') return verdict;
  } else if ('delayMs' in verdict) {
    if (verdict.delayMs >= 0 && Number.isFinite(verdict.delayMs)) return verdict;
    throw new ArgumentError('delayMs', `must be a finite number of at least 0, got ${String(verdict.delayMs)}`);
  } else if ('reject' in verdict || 'rewrite' in verdict) {
    return verdict;
  }
  throw new ArgumentError(
    'verdict',
    `use pass, drop, duplicate, {delayMs}, {rewrite} or {reject}, got ${String(verdict)}`,
  );
}
