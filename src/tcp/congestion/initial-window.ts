/** The window that a connection begins with, and begins anew with. */
import type { TcpSurroundings } from '../surroundings.ts';
import type { Tcb } from '../tcb/tcb.ts';

// RFC 6928 §1 R6928-5: or as the settings say.
// RFC 6928 §2 R6928-1: ten segments.
// RFC 5681 §3.1 R5681-1: the rule that RFC 6928 widened.
/** RFC 6928 section 2: ten segments, bounded in bytes. */
export function initialWindow(env: TcpSurroundings, tcb: Tcb): number {
  const { settings } = env;
  const segments = settings.initial_window_segments * tcb.sendMss;
  return Math.min(segments, Math.max(2 * tcb.sendMss, settings.initial_window_bytes));
}
