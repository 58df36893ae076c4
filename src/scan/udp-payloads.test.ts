/** The questions UDP probes ask are what other people's readers take for such questions. */
import { decode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { UDP_PAYLOAD_PORTS, udpPayload } from './udp-payloads.ts';

describe('UDP payloads', () => {
  it('ask a name server for the root', () => {
    const message = decode(Buffer.from(udpPayload(53)));
    expect(message).toMatchObject({
      type: 'query',
      flag_rd: true,
      questions: [{ name: '.', type: 'NS', class: 'IN' }],
    });
  });

  it('ask multicast DNS for services, by unicast', () => {
    const message = decode(Buffer.from(udpPayload(5353)));
    expect(message.questions?.[0]).toMatchObject({ name: '_services._dns-sd._udp.local', type: 'PTR' });
    expect(udpPayload(5353).at(-2)).toBe(0x80);
  });

  it('have the lengths their protocols want', () => {
    expect(udpPayload(123)).toHaveLength(48);
    expect(udpPayload(123)[0]).toBe((4 << 3) | 3);
    expect(udpPayload(3478)).toHaveLength(20);
    expect(udpPayload(111)).toHaveLength(40);
    expect(udpPayload(137)).toHaveLength(50);
    // A BER sequence says its own length.
    expect(udpPayload(161)[1]).toBe(udpPayload(161).length - 2);
  });

  it('fit a packet, and other ports get nothing', () => {
    for (const port of UDP_PAYLOAD_PORTS) {
      expect(udpPayload(port).length).toBeGreaterThan(0);
      expect(udpPayload(port).length).toBeLessThan(512);
    }
    expect(udpPayload(9)).toHaveLength(0);
  });
});
