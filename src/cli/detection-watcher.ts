/** Says what looks like an attack while a server runs: one line per event. */
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Slot } from '../base/slot.ts';
import { type DetectionEvent, type DetectionKind, type DetectionSettings, TrafficDetector } from '../detect/index.ts';
import { SystemRandom } from '../node/random.ts';
import type { Text } from './language.ts';
import type { Screen } from './screen.ts';
import type { PacketWatcher } from './tun-host.ts';

/** Watches packets and writes lines. */
export class DetectionWatcher implements PacketWatcher {
  /** Headers are what it reads, and copies of super-segments are dear. */
  readonly seesWire = false;
  private readonly screen: Screen;
  private readonly detector: TrafficDetector;

  constructor(screen: Screen, settings: Partial<DetectionSettings> = {}) {
    this.screen = screen;
    this.detector = new TrafficDetector(new SystemRandom(), settings);
  }

  packetSeen(_direction: 'in' | 'out', timeUs: number, slot: Slot, medium: LinkMedium): void {
    this.detector.frameSeen(timeUs, slot, medium);
    for (const event of this.detector.takeEvents()) {
      this.screen.line(this.screen.colors.yellow(`! ${this.screen.say(eventText(event))}`));
    }
  }
}

/** The event as a sentence. */
export function eventText(event: DetectionEvent): Text {
  return TEXTS[event.kind](event);
}

const TEXTS: Readonly<Record<DetectionKind, (event: DetectionEvent) => Text>> = {
  'syn-flood': ({ target, port, count }) => ({
    en: `SYN flood: about ${count} SYNs to port ${port} of ${target ?? ''} that nothing follows`,
    zh: `SYN 洪泛：${target ?? ''} 的端口 ${port} 约有 ${count} 个 SYN 没有下文`,
  }),
  'half-open': ({ target, port, count }) => ({
    en: `half-open connections build up: about ${count} at port ${port} of ${target ?? ''}`,
    zh: `半开连接堆积：${target ?? ''} 的端口 ${port} 约有 ${count} 个`,
  }),
  'vertical-scan': ({ source, target, count }) => ({
    en: `port scan: ${source ?? ''} tried about ${count} ports of ${target ?? ''}`,
    zh: `端口扫描：${source ?? ''} 试探了 ${target ?? ''} 的约 ${count} 个端口`,
  }),
  'horizontal-scan': ({ source, count }) => ({
    en: `host scan: ${source ?? ''} asked for about ${count} hosts that do not answer`,
    zh: `主机扫描：${source ?? ''} 试探了约 ${count} 台没有应答的主机`,
  }),
  'rst-storm': ({ target, count }) => ({
    en: `RST storm: ${count} resets from or to ${target ?? ''}`,
    zh: `RST 风暴：${target ?? ''} 收发了 ${count} 个 RST`,
  }),
};
