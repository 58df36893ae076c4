/** Hosts of stories in which the retransmission timer (RFC 6298) has its say: without tail loss probes. */
import type { StageHostOptions } from './stage.ts';

export const TIMER_ALONE: { readonly client: StageHostOptions; readonly server: StageHostOptions } = {
  client: { settings: { tcp: { early_retrans: 0 } } },
  server: { settings: { tcp: { early_retrans: 0 } } },
};
