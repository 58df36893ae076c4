/**
 * A link of a network with the hosts plugged into it, and the layers around it that do harm, follow rules and listen:
 * tap around rules around impairment around cable or switch. It hands arriving frames to the hosts.
 */
import { ArgumentError, StateError } from '../base/errors.ts';
import type { Slot } from '../base/slot.ts';
import { ImpairedLink } from '../link/impairment.ts';
import type { ImpairmentSettings } from '../link/impairment-settings.ts';
import type { FrameSink, Link } from '../link/link.ts';
import type { FrameMatch } from '../link/rule-match.ts';
import { type Rule, RuleLink, type RuleVerdict } from '../link/rules.ts';
import { type FrameListener, TracerLink } from '../link/tracer.ts';
import { Fault, type FaultName, type FaultOptions } from './fault.ts';
import type { Host } from './host.ts';

interface Attachment {
  readonly host: Host;
  /** Which of the host's interfaces it is, in order of plugging. */
  readonly portIndex: number;
}

/** A direction of a link, named by the host that sends. */
export type FromHost = Host | string;

/** A link between hosts; made by `Network.link` and `Network.switch`. */
export class NetworkLink implements FrameSink {
  readonly name: string;
  /** What hosts send into. */
  readonly link: Link;
  private readonly tracer: TracerLink | null;
  private readonly ruled: RuleLink | null;
  private readonly impaired: ImpairedLink | null;
  private readonly attachments: Attachment[] = [];

  /** @param seed for the impairments; null leaves all layers out, as benchmarks want it */
  constructor(name: string, carrier: Link, settings: Partial<ImpairmentSettings>, seed: number | null) {
    this.name = name;
    this.impaired = seed === null ? null : new ImpairedLink(carrier, { seed, settings });
    this.ruled = this.impaired === null ? null : new RuleLink(this.impaired);
    this.tracer = this.ruled === null ? null : new TracerLink(this.ruled);
    this.link = this.tracer ?? carrier;
  }

  /** The hosts, by port. */
  get hosts(): readonly Host[] {
    return this.attachments.map((attachment) => attachment.host);
  }

  /** Plugs a host's next interface into the next port; called by the network. */
  attach(host: Host, portIndex: number): void {
    this.attachments.push({ host, portIndex });
  }

  /** Changes delay, loss and so on from now on, in one direction or (without `from`) in all. @throws ArgumentError */
  set(changes: Partial<ImpairmentSettings>, from?: FromHost): void {
    this.impairment.set(changes, from === undefined ? undefined : this.portOf(from));
  }

  /** Nothing passes any more, in one direction or in all; what is on the way is lost. */
  partition(from?: FromHost): void {
    this.set({ cut: true }, from);
  }

  /** Ends a partition. */
  heal(from?: FromHost): void {
    this.set({ cut: false }, from);
  }

  /**
   * Adds a rule for single packets; the first rule that fits a packet decides. `from` names the host that sends it.
   * @throws ArgumentError
   */
  rule(match: Omit<FrameMatch, 'port'> & { readonly from?: FromHost }, verdict: RuleVerdict): Rule {
    const { from, ...rest } = match;
    return this.ruling.addRule(from === undefined ? rest : { ...rest, port: this.portOf(from) }, verdict);
  }

  /**
   * A rule that holds while `callback` and what it returns last; taken away whatever happens. Returns the callback's
   * result.
   * @throws ArgumentError, and whatever the callback throws
   */
  async withRule<Result>(
    match: Omit<FrameMatch, 'port'> & { readonly from?: FromHost },
    verdict: RuleVerdict,
    callback: (rule: Rule) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    const rule = this.rule(match, verdict);
    try {
      return await callback(rule);
    } finally {
      rule.remove();
    }
  }

  /**
   * Something goes wrong with the TCP of this link, named as people name it; see FaultName for what each does to packets.
   * @throws ArgumentError for an unknown name or a value out of range, StateError on a plain link
   */
  fault(name: FaultName, options: FaultOptions = {}): Fault {
    return new Fault(name, options, [{ link: this, host: null }]);
  }

  /** The rules in force, in their order. */
  get rules(): readonly Rule[] {
    return this.ruling.rules;
  }

  /** The layer that does harm, for its settings and counters. */
  get impairment(): ImpairedLink {
    if (this.impaired === null)
      throw new StateError(`link ${this.name} was made plain, without layers that can be changed`);
    return this.impaired;
  }

  private get ruling(): RuleLink {
    if (this.ruled === null)
      throw new StateError(`link ${this.name} was made plain, without layers that can be changed`);
    return this.ruled;
  }

  /** Shows the frames at every end to `listener`; `interfaceIds` by port, -1 leaves an end out. */
  listen(listener: FrameListener | null, interfaceIds: readonly number[]): void {
    if (this.tracer === null) throw new StateError(`link ${this.name} was made plain, without a tap`);
    this.tracer.listen(listener, interfaceIds);
  }

  /** True when the link was made with its layers. */
  get canListen(): boolean {
    return this.tracer !== null;
  }

  /** The port a host is plugged into. @throws ArgumentError when it is not */
  portOf(host: FromHost): number {
    const port = this.attachments.findIndex((attachment) => attachment.host === host || attachment.host.name === host);
    if (port >= 0) return port;
    const name = typeof host === 'string' ? host : host.name;
    throw new ArgumentError('host', `${name} is not on link ${this.name}`);
  }

  /** Delivers what is due; returns the number of frames. Called by the network. */
  poll(nowUs: number, budget: number): number {
    const delivered = this.link.poll(nowUs, this, budget);
    for (const { host, portIndex } of this.attachments) host.linkDrained(portIndex);
    return delivered;
  }

  frameArrived(port: number, slot: Slot): void {
    const attachment = this.attachments[port];
    attachment?.host.receive(attachment.portIndex, slot);
  }
}
