/** The everyday comparisons: what two people on the telephone, or shaking hands, would say instead of this packet. */

import type { Text } from '../../../src/scenes/text.ts';
import type { RowView } from '../engine/row-keeper.ts';

export type CaptionKind = 'none' | 'telephone' | 'hands';

type Occasion = 'syn' | 'syn-ack' | 'third' | 'data' | 'ack' | 'fin' | 'fin-ack' | 'rst' | 'probe';

const TELEPHONE: Readonly<Record<Occasion, Text>> = {
  syn: { en: '“Hello? Can you hear me?”', zh: '“喂，听得见吗？”' },
  'syn-ack': { en: '“Yes, I hear you. Can you hear me?”', zh: '“听得见。你听得见我吗？”' },
  third: { en: '“I hear you too.”', zh: '“我也听得见。”' },
  data: { en: '“Listen: …”', zh: '“跟你说件事……”' },
  ack: { en: '“Mm-hm.”', zh: '“嗯，知道了。”' },
  fin: { en: '“That was all from me.”', zh: '“我说完了。”' },
  'fin-ack': { en: '“Understood, and I have nothing more either.”', zh: '“好，我也没别的事了。”' },
  rst: { en: 'Click. The line is dead.', zh: '啪，电话断了。' },
  probe: { en: '“Are you still there?”', zh: '“喂，你还在吗？”' },
};

const HANDS: Readonly<Record<Occasion, Text>> = {
  syn: { en: 'One holds out a hand.', zh: '一个人伸出手。' },
  'syn-ack': { en: 'The other takes it and holds out their own.', zh: '另一个人握住，也伸出自己的手。' },
  third: { en: 'The first takes that one: both hands are held.', zh: '第一个人再握住：双手相握。' },
  data: { en: 'They pass something across.', zh: '递过去一样东西。' },
  ack: { en: 'A nod.', zh: '点点头。' },
  fin: { en: 'One lets go.', zh: '一个人松开手。' },
  'fin-ack': { en: 'The other nods and lets go as well.', zh: '另一个人点头，也松开手。' },
  rst: { en: 'The hand is pulled away.', zh: '手一下子抽走了。' },
  probe: { en: 'A slight squeeze: still there?', zh: '轻轻捏一下：还在吗？' },
};

/** The comparison for a row, null where there is none. */
export function captionOf(row: RowView, kind: CaptionKind): Text | null {
  const occasion = kind === 'none' ? null : occasionOf(row);
  if (occasion === null) return null;
  return kind === 'telephone' ? TELEPHONE[occasion] : HANDS[occasion];
}

function occasionOf(row: RowView): Occasion | null {
  if (row.protocol !== 'tcp') return null;
  const has = (flag: string): boolean => row.flags.split(',').includes(flag);
  if (has('RST')) return 'rst';
  if (has('SYN')) return has('ACK') ? 'syn-ack' : 'syn';
  if (has('FIN')) return row.fromState?.after === 'LAST-ACK' ? 'fin-ack' : 'fin';
  if (row.reason === 'keep-alive' || row.reason === 'zero-window-probe') return 'probe';
  if ((row.length ?? 0) > 0) return 'data';
  return row.toState?.before === 'SYN-RECEIVED' ? 'third' : 'ack';
}
