/** Compares what two sides made of one scenario. */
import type { Reply, Step } from './play.ts';

/** Answers within this time came at once. */
const AT_ONCE_MS = 12;
const TOLERANCE_MS = 30;
const TOLERANCE_SHARE = 0.1;

/** Both records side by side, or null when they are the same. */
export function compareSteps(theirs: readonly Step[], ours: readonly Step[]): string | null {
  const lines: string[] = [];
  let isSame = theirs.length === ours.length;
  for (let index = 0; index < Math.max(theirs.length, ours.length); index++) {
    const kernel = theirs[index];
    const stack = ours[index];
    if (kernel !== undefined && stack !== undefined && isSameStep(kernel, stack)) {
      lines.push(`  ${kernel.title}`, ...kernel.replies.map((reply) => `        ${words(reply)}`));
      continue;
    }
    isSame = false;
    lines.push(
      `! ${kernel?.title ?? 'no such step'}${kernel?.title === stack?.title ? '' : ` | ours: ${stack?.title}`}`,
    );
    for (const reply of kernel?.replies ?? []) lines.push(`  kernel ${words(reply)}`);
    for (const reply of stack?.replies ?? []) lines.push(`  ours   ${words(reply)}`);
  }
  return isSame ? null : `\n${lines.join('\n')}`;
}

function isSameStep(one: Step, other: Step): boolean {
  return (
    one.title === other.title &&
    one.replies.length === other.replies.length &&
    one.replies.every((reply, index) => isSameReply(reply, other.replies[index]))
  );
}

function isSameReply(one: Reply, other: Reply | undefined): boolean {
  if (other === undefined || one.words !== other.words) return false;
  const [sooner = 0, later = 0] = [one.delayMs, other.delayMs].sort((a, b) => a - b);
  return later < AT_ONCE_MS || later - sooner <= Math.max(TOLERANCE_MS, later * TOLERANCE_SHARE);
}

function words(reply: Reply): string {
  return `${reply.delayMs.toFixed(0).padStart(5)} ms  ${reply.words}`;
}
