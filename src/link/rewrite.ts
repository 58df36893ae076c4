/**
 * What boxes in the middle of a path do to headers, for rules: the ECN field changed (RFC 3168 §5), TCP's control bits set
 * or cleared (ECE, CWR and AE among them), an option overwritten by NOPs. Checksums follow by difference (RFC 1624), so
 * one that was wrong stays wrong.
 */
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import { foldSum, updateChecksum16 } from '../wire/checksum.ts';
import { FrameView } from '../wire/frame-view.ts';
import { Ecn, IpProtocol } from '../wire/ip-packet.ts';
import { TcpOptionKind } from '../wire/tcp-segment.ts';
import { writeEcn } from './ecn-field.ts';
import { parseFlags } from './rule-match.ts';

/** Changes to a frame; what does not apply to it (TCP bits of a UDP datagram) is left out. */
export interface FrameRewrite {
  /** The codepoint the ECN field of the IP header gets. */
  readonly ecn?: 'not-ect' | 'ect0' | 'ect1' | 'ce';
  /** TCP control bits to set, or with `!` to clear: `ECE+!CWR`, `!ECE+!CWR+!AE`. */
  readonly flags?: string;
  /** A TCP option kind, 2 to 255: options of this kind become NOPs. */
  readonly blankOption?: number;
}

const CODEPOINTS: Readonly<Record<string, number>> = {
  'not-ect': Ecn.notEct,
  ect0: Ecn.ect0,
  ect1: Ecn.ect1,
  ce: Ecn.ce,
};

/** A FrameRewrite made ready. */
export class CompiledRewrite {
  private readonly ecn: number | null;
  private readonly setBits: number;
  private readonly clearBits: number;
  private readonly blankOption: number;
  private readonly view = new FrameView();

  /** @throws ArgumentError naming what cannot be understood */
  constructor(rewrite: FrameRewrite) {
    const { ecn, flags, blankOption } = rewrite;
    const codepoint = ecn === undefined ? null : CODEPOINTS[ecn];
    if (codepoint === undefined) {
      throw new ArgumentError('rewrite.ecn', `is not-ect, ect0, ect1 or ce, got ${String(ecn)}`);
    }
    this.ecn = codepoint;
    [this.setBits, this.clearBits] = parseFlags(flags);
    this.blankOption = blankOption === undefined ? 0 : checkInteger('rewrite.blankOption', blankOption, 2, 255);
  }

  /** Changes the frame in place. */
  apply(slot: Slot, medium: LinkMedium): void {
    const { view } = this;
    view.look(slot, medium);
    if (this.ecn !== null) writeEcn(view, this.ecn);
    if (!view.hasTransport || view.protocol !== IpProtocol.tcp) return;
    const { memory, transportStart: start } = view;
    const headerLength = view.payloadStart - start;
    const before = foldSum(memory.sum(start, headerLength));
    const word = memory.view.getUint16(start + 12);
    memory.view.setUint16(start + 12, (word & ~this.clearBits) | this.setBits);
    if (this.blankOption !== 0) blank(memory.u8, start + 20, view.payloadStart, this.blankOption);
    const after = foldSum(memory.sum(start, headerLength));
    // An unfinished checksum is the pseudo-header's sum alone, and no header bit is in that.
    if (before === after || slot.checksumOffset !== 0) return;
    memory.view.setUint16(start + 16, updateChecksum16(memory.view.getUint16(start + 16), before, after));
  }
}

/** Stops at the first option that makes no sense: what follows is not known to be options. */
function blank(bytes: Uint8Array, start: number, end: number, kind: number): void {
  let at = start;
  while (at < end && bytes[at] !== TcpOptionKind.endOfList) {
    if (bytes[at] === TcpOptionKind.noOperation) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) return;
    if (bytes[at] === kind) bytes.fill(TcpOptionKind.noOperation, at, at + length);
    at += length;
  }
}
