/**
 * A narrow place in the middle of the path: a router that says so (RFC 1191, RFC 8201) or drops without a word, and what becomes
 * of a transfer with and without probing (RFC 4821), a path that gets narrower and wider, and a snapshot in the middle.
 */
import { describe, expect, it } from 'vitest';
import type { SettingsChanges } from '../../src/index.ts';
import { BulkReceiver, BulkSender, type Host, type Network } from '../../src/sim/index.ts';
import { CONGESTION_CONTROLS, Tcb } from '../../src/tcp/index.ts';
import { type NarrowOptions, narrowPath } from '../support/narrow-path.ts';

const PORT = 5001;

interface Setup extends NarrowOptions {
  readonly tcp?: SettingsChanges['tcp'];
  readonly octets?: number;
}

/** One transfer over a narrow path. */
class Narrow {
  readonly network: Network;
  readonly client: Host;
  readonly receiver = new BulkReceiver(PORT);
  readonly sender: BulkSender;

  constructor({ tcp = {}, octets = 2_000_000, ...options }: Setup) {
    const { network, client, server, address } = narrowPath({ ...options, settings: { tcp } });
    this.network = network;
    this.client = client;
    server.start(this.receiver);
    this.sender = client.start(new BulkSender({ remoteAddress: address, remotePort: PORT }, octets));
  }

  get tcb(): Tcb {
    for (const entry of this.client.stack.tcp.connections) if (entry instanceof Tcb) return entry;
    throw new Error('the connection is gone');
  }

  get counters() {
    return this.client.stack.counters.tcpExt;
  }

  /** Seconds until everything has arrived; Infinity when it has not by `seconds`. */
  finish(seconds: number): number {
    this.network.run({ untilMs: seconds * 1000, until: () => this.receiver.finished === 1 });
    return this.receiver.finished === 1 ? this.network.nowMs / 1000 : Number.POSITIVE_INFINITY;
  }
}

describe('a router that answers', () => {
  // RFC 1191 §6.4 R1191-5: one round trip is lost, no time-out, no congestion.
  it.each([
    [4, 1400],
    [4, 600],
    [6, 1280],
  ] as const)('costs IPv%i with an MTU of %i one round trip', (family, mtu) => {
    const narrow = new Narrow({ mtu, silent: false, family });
    const seconds = narrow.finish(30);
    console.log(`IPv${family}, MTU ${mtu}, answered: ${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThan(2.3);
    expect(narrow.receiver.hash.digest).toBe(narrow.sender.hash.digest);
    expect([narrow.counters.TCPTimeouts, narrow.counters.TCPMTUPFail]).toEqual([0, 0]);
  });
});

describe('a router that says nothing', () => {
  it('stops a connection that does not probe', () => {
    const narrow = new Narrow({ mtu: 1300, silent: true, tcp: { mtu_probing: 0 } });
    const seconds = narrow.finish(120);
    console.log(`black hole at 1300, mtu_probing 0: ${narrow.receiver.receivedBytes} octets in 120 s`);
    expect([seconds, narrow.receiver.receivedBytes]).toEqual([Number.POSITIVE_INFINITY, 0]);
  });

  // RFC 4821 §7.7: after R1, which Linux reads as a time, segments shrink, and the search goes up from there.
  it.each([1, 2])('does not stop one with mtu_probing %i', (mtu_probing) => {
    const narrow = new Narrow({ mtu: 1300, silent: true, tcp: { mtu_probing }, octets: 5_000_000 });
    narrow.network.run({ untilMs: mtu_probing === 1 ? 7_500 : 3_900 });
    const { sendMss, cwnd } = narrow.tcb;
    const seconds = narrow.finish(60);
    const { TCPTimeouts, TCPMTUPFail, TCPMTUPSuccess } = narrow.counters;
    console.log(
      `black hole at 1300, mtu_probing ${mtu_probing}: ${seconds.toFixed(2)} s, MSS ${sendMss}, cwnd ${cwnd}, ` +
        `${TCPTimeouts} time-outs, probes ${TCPMTUPSuccess} good, ${TCPMTUPFail} lost`,
    );
    expect(narrow.receiver.hash.digest).toBe(narrow.sender.hash.digest);
    expect(seconds).toBeLessThan(15);
    expect(1300 - 52 - sendMss).toBeLessThan(8);
    expect(sendMss).toBeLessThanOrEqual(1300 - 52);
    expect(TCPTimeouts).toBe(mtu_probing === 1 ? 4 : 0);
    expect(TCPMTUPFail).toBeGreaterThan(0);
    expect(TCPMTUPSuccess).toBeGreaterThan(0);
    // RFC 4821 §7.6: probes that were lost are no congestion.
    if (mtu_probing === 2) expect(narrow.counters.TCPSackRecovery).toBe(0);
  });
});

// RFC 4821 §7.6 R4821-11: whatever controls congestion, a lost probe says nothing to it.
it.each(CONGESTION_CONTROLS.filter((name) => name !== 'none'))('probing costs %s nothing', (congestion_control) => {
  const seconds = [0, 2].map((mtu_probing) => {
    const tcp = { mtu_probing, congestion_control };
    return new Narrow({ mtu: mtu_probing === 0 ? 1500 : 1300, silent: true, tcp, octets: 3_000_000 }).finish(60);
  });
  console.log(`${congestion_control}: 1500 ${seconds[0]?.toFixed(2)} s, found 1300 ${seconds[1]?.toFixed(2)} s`);
  expect((seconds[1] ?? 0) / (seconds[0] ?? 1)).toBeLessThan(1.1);
});

describe('a path that changes while a connection lives', () => {
  /** From now on the first link takes IP packets up to `mtu`; segments bear timestamps. */
  function narrowTo(narrow: Narrow, mtu: number, isSilent: boolean): void {
    const payloadMin = mtu - 52 + 1;
    narrow.network
      .linkNamed('client-left')
      .rule({ from: 'client', protocol: 'tcp', payloadMin }, isSilent ? 'drop' : { reject: 'frag-needed', mtu });
  }

  // RFC 5927 §7.2 R5927-5: the claim contradicts what has got through; a time-out confirms it.
  it('by a router that answers: one time-out, then it goes on', () => {
    const narrow = new Narrow({ mtu: 1500, silent: false, octets: 3_000_000 });
    narrow.network.run({ untilMs: 1_000 });
    narrowTo(narrow, 1_200, false);
    const seconds = narrow.finish(30);
    console.log(`1500 to 1200 at 1 s, answered: ${seconds.toFixed(2)} s`);
    expect(seconds).toBeLessThan(3.6);
    expect(narrow.receiver.hash.digest).toBe(narrow.sender.hash.digest);
    expect([narrow.counters.TCPTimeouts, narrow.counters.PmtuClaimsHeld]).toEqual([1, 1]);
  });

  // RFC 4821 §7.8 R4821-15: a size that worked and fails is taken back.
  it('by one that says nothing: probing finds the new size', () => {
    const narrow = new Narrow({ mtu: 1500, silent: true, octets: 5_000_000, tcp: { mtu_probing: 1 } });
    narrow.network.run({ untilMs: 1_000 });
    narrowTo(narrow, 1_200, true);
    narrow.network.run({ untilMs: 9_000 });
    const { sendMss } = narrow.tcb;
    const seconds = narrow.finish(30);
    console.log(`1500 to 1200 at 1 s, silent, mtu_probing 1: ${seconds.toFixed(2)} s, MSS ${sendMss}`);
    expect(seconds).toBeLessThan(11);
    expect([sendMss > 1_140, sendMss <= 1_148]).toEqual([true, true]);
  });

  // RFC 4821 §7.3 R4821-7, R4821-19: a path that got wider is found when the search starts again.
  it('by getting wider: found after probe_interval', () => {
    const narrow = new Narrow({
      mtu: 1500,
      silent: true,
      octets: 12_000_000,
      tcp: { mtu_probing: 2, probe_interval: 5 },
    });
    narrowTo(narrow, 1_200, true);
    narrow.network.run({ untilMs: 3_000 });
    const before = narrow.tcb.sendMss;
    const link = narrow.network.linkNamed('client-left');
    for (const rule of link.rules) if (rule.match.protocol === 'tcp') rule.remove();
    narrow.network.run({ untilMs: 7_500 });
    expect([before <= 1_148, narrow.tcb.sendMss > 1_440]).toEqual([true, true]);
  });
});

it('a snapshot in the middle of a search goes on as the original does', () => {
  const narrow = new Narrow({ mtu: 1300, silent: true, tcp: { mtu_probing: 2 } });
  narrow.network.run({ untilMs: 150 });
  expect(narrow.tcb.mtuProbe?.size).toBeGreaterThan(0);
  const { network } = narrow;
  const snapshot = network.snapshot();
  const seen: string[] = [];
  for (let run = 0; run < 2; run++) {
    if (run > 0) network.restore(snapshot);
    network.run({ untilMs: 1_000 });
    const { stack } = network.hostNamed('client');
    const [tcb] = [...stack.tcp.connections].filter((entry) => entry instanceof Tcb);
    const { TCPMTUPSuccess, TCPMTUPFail } = stack.counters.tcpExt;
    seen.push(`${tcb?.sendMss} ${tcb?.bytesAcked} ${TCPMTUPSuccess} ${TCPMTUPFail}`);
  }
  expect(seen[0]).toBe(seen[1]);
});
