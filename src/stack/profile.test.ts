/** Settings: what can be changed, and what is refused with a word that helps. */
import { describe, expect, it } from 'vitest';
import { setTcpSetting, stackSettings } from './profile.ts';

describe('settings', () => {
  it('come from the profile, changed by name', () => {
    const { tcp } = stackSettings('rfc', { tcp: { syn_retries: 9 } });
    expect([tcp.profile, tcp.syn_retries, tcp.synack_retries]).toEqual(['rfc', 9, 7]);
  });

  it.each([
    ['syn_retrys', 3, 'is not a setting of TCP'],
    ['profile', 'rfc', 'is not a setting of TCP'],
    ['syn_retries', '3', 'must be a number'],
    ['syn_retries', 0, 'from 1 to 127'],
    ['syn_retries', Number.NaN, 'from 1 to 127'],
    ['timestamps', 1, 'must be a boolean'],
    // RFC 9293 §3.8.6.3 MUST-40: a delay of half a second cannot even be asked for.
    ['delayed_ack_us', 500_000, 'from 0 to 499999'],
    ['rmem_default', -1, 'from 256'],
    ['nagle', 'maybe', 'one of rfc, minshall'],
    ['congestion_control', 'vegas', 'one of cubic, reno, bbr, dctcp, none, newreno'],
  ])('%s = %s is refused: %s', (name, value, message) => {
    const { tcp } = stackSettings('linux', {});
    expect(() => setTcpSetting(tcp, name, value)).toThrow(message);
  });

  it('know two profiles', () => {
    expect(() => stackSettings('bsd' as 'rfc', {})).toThrow("choose 'linux' or 'rfc'");
  });
});
