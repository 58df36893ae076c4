/**
 * Connections signed with MD5 (RFC 2385) and TCP-AO (RFC 5925): data over a bad wire, wrong and missing keys, keys changed
 * under way, resets, refusals, TIME-WAIT and ICMP.
 */
import { describe, expect, it } from 'vitest';
import { PlainPacketMemory } from '../../src/base/packet-memory.ts';
import { StreamSocket, type TcpAuthOptions } from '../../src/index.ts';
import { BulkReceiver, BulkSender, Network } from '../../src/sim/index.ts';
import { Bench, MSS_1460, OURS, Peer, THEIRS } from '../requirements/bench.ts';
import { AGREEMENTS, auth, join, KIND, key, lengthOf, Wiretap } from '../support/signed-pair.ts';
import { StackPair } from '../support/stack-pair.ts';

describe.each(AGREEMENTS)('$what', ({ name, client, server }) => {
  // RFC 2385 §2.0 R2385-1, R2385-2: the digest is the receiver's as well.
  // RFC 5926 §3.1 R5926-1: both algorithms.
  // RFC 5925 §9 R5925-25: with and without the options.
  it.each([4, 6] as const)('carries data over a bad wire, IPv%i, every segment signed', (family) => {
    const network = new Network({ seed: 11 });
    const [a, b] = [network.host('a', { auth }), network.host('b', { auth })];
    network.link(a, b, { loss: 0.02, delayMs: 5, jitterMs: 2, jitterReorders: true, offload: true });
    b.stack.tcp.keys.addAll(server);
    const receiver = new BulkReceiver(179);
    b.start(receiver);
    const sender = new BulkSender(
      { remoteAddress: network.addressOf('b', { family }), remotePort: 179, auth: client },
      300_000,
    );
    a.start(sender);
    network.run({ forMs: 120_000, untilIdle: true });
    expect(receiver.failures).toEqual([]);
    expect(receiver.receivedBytes).toBe(300_000);
    const { tcpExt } = b.stack.counters;
    expect(tcpExt).toMatchObject({ TCPMD5Failure: 0, TCPMD5NotFound: 0, TCPAORequired: 0 });
    // An ACK that comes when the connection is gone cannot be verified any more.
    expect(tcpExt.TCPAOBad).toBeLessThanOrEqual(1);
    if (name === 'ao') expect(tcpExt.TCPAOGood).toBeGreaterThan(200);
    expect(a.stack.counters.tcp.RetransSegs).toBeGreaterThan(0);
  });

  // Damage that the checksum does not see is a wrong signature: what arrives is what was sent.
  it('finds damage that the checksum does not', () => {
    const network = new Network({ seed: 5 });
    const [a, b] = [network.host('a', { auth }), network.host('b', { auth })];
    network.link(a, b, { corruptUndetected: 0.05, delayMs: 5 });
    b.stack.tcp.keys.addAll(server);
    const receiver = new BulkReceiver(179);
    b.start(receiver);
    const sender = new BulkSender({ remoteAddress: network.addressOf('b'), remotePort: 179, auth: client }, 200_000);
    a.start(sender);
    network.run({ forMs: 120_000, untilIdle: true });
    expect(receiver.hash.digest).toBe(sender.hash.digest);
    expect(receiver.receivedBytes).toBe(200_000);
    const { TCPMD5Failure, TCPMD5NotFound, TCPAOBad, TCPAOKeyNotFound, TCPAORequired } = b.stack.counters.tcpExt;
    expect(TCPMD5Failure + TCPMD5NotFound + TCPAOBad + TCPAOKeyNotFound + TCPAORequired).toBeGreaterThan(2);
  });

  // RFC 2385 §4.4 R2385-5: the option's octets are taken off the MSS.
  // RFC 5925 §2.2 R5925-1: kind 29 in every segment.
  // RFC 5925 §7.4 R5925-17: whatever the segment.
  // RFC 5925 §7.2 R5925-14: TIME-WAIT's too.
  it('signs SYN, data, FIN and the ACK of TIME-WAIT, and counts the room of each', () => {
    const { pair, tap, client: socket, listener } = join(client, server);
    const accepted = listener.accept();
    expect(socket.stateName).toBe('ESTABLISHED');
    socket.write(new Uint8Array(10_000));
    pair.run(pair.nowUs + 1_000_000);
    accepted?.discard(10_000);
    socket.close();
    pair.run(pair.nowUs + 1_000_000);
    // The ACK of the last FIN is lost: TIME-WAIT answers it again.
    tap.drop = (segment, fromA) => fromA && segment.flags === 'A';
    accepted?.close();
    pair.flush();
    tap.drop = null;
    pair.run(pair.nowUs + 5_000_000);
    expect(accepted?.stateName).toBe('CLOSED');
    expect(accepted?.error).toBeNull();
    for (const segment of tap.segments)
      expect([segment.flags, segment.options.has(KIND[name])]).toEqual([segment.flags, true]);
    expect(tap.segments.filter(({ payload }) => payload.length > 0).map(lengthOf)).toContain(1500);
    expect(Math.max(...tap.segments.map(lengthOf))).toBe(1500);
  });

  // RFC 2385 §2.0 R2385-3: no answer.
  // RFC 2385 §4.1 R2385-4: the open waits for its timeout.
  // RFC 5925 §7.5 R5925-18: the same.
  it('does not come about with a wrong key, nor without one, and nothing is answered', () => {
    const other: TcpAuthOptions =
      name === 'md5'
        ? { md5: [{ key: key('other') }] }
        : { ao: (client.ao ?? []).map((one) => ({ ...one, key: key('other') })) };
    for (const wrong of [other, undefined]) {
      const { tap, client: socket, pair } = join(wrong, server);
      expect(socket.stateName).toBe('SYN-SENT');
      expect(tap.segments.every(({ fromA }) => fromA)).toBe(true);
      const { TCPMD5Failure, TCPMD5NotFound, TCPAOBad, TCPAORequired } = pair.b.counters.tcpExt;
      expect([TCPMD5Failure, TCPMD5NotFound, TCPAOBad, TCPAORequired]).toEqual(
        name === 'md5' ? (wrong ? [1, 0, 0, 0] : [0, 1, 0, 0]) : wrong ? [0, 0, 1, 0] : [0, 0, 0, 1],
      );
    }
    // The other way round: a signed SYN for a host without keys. Linux drops it.
    const { tap, pair } = join(client, undefined);
    expect(tap.segments).toHaveLength(1);
    const { TCPMD5Unexpected, TCPAOKeyNotFound } = pair.b.counters.tcpExt;
    expect([TCPMD5Unexpected, TCPAOKeyNotFound]).toEqual(name === 'md5' ? [1, 0] : [0, 1]);
  });

  // RFC 5925 §7.3 R5925-15: a RST without signature is a segment like any other.
  it('ends by a signed reset only', () => {
    const { pair, client: socket, listener } = join(client, server);
    const accepted = listener.accept();
    const { tcb } = socket;
    if (tcb === null || accepted === null) throw new Error('no connection');
    // Somebody who sees every number and has no key.
    pair.b.tcp.sendControl({
      key: accepted.tcb?.key ?? tcb.key,
      seq: tcb.rcvNxt,
      ack: 0,
      flags: 4,
      window: 0,
      hasTimestamps: false,
      timestampValue: 0,
      timestampEcho: 0,
      parameters: null,
    });
    pair.flush();
    expect(socket.stateName).toBe('ESTABLISHED');
    const { TCPMD5NotFound, TCPAORequired } = pair.a.counters.tcpExt;
    expect(TCPMD5NotFound + TCPAORequired).toBe(1);
    accepted.abort();
    pair.flush();
    expect(socket.error?.code).toBe('ECONNRESET');
  });

  // RFC 5925 §7.7 R5925-21: without keys nobody can refuse.
  it('is refused by a signed reset where nobody listens', () => {
    const pair = new StackPair({ auth });
    pair.b.tcp.keys.addAll(server);
    const tap = new Wiretap();
    pair.filter = tap;
    const socket = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 9, auth: client });
    pair.flush();
    expect(socket.error?.code).toBe('ECONNREFUSED');
    expect(tap.segments.map(({ options }) => options.has(KIND[name]))).toEqual([true, true]);
    // Unsigned, it gets no answer at all.
    const plain = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 9 });
    pair.flush();
    expect(plain.stateName).toBe('SYN-SENT');
  });

  it('goes on from a snapshot', () => {
    const { pair, client: socket, listener } = join(client, server);
    socket.write(new Uint8Array(100));
    const copy = pair.b.snapshot();
    pair.flush();
    expect(listener.accept()?.readableLength).toBe(100);
    expect(copy.tcp.authAlgorithms).toBe(auth);
  });
});

// RFC 5925 §6.1: both ends know the new key, one asks for it, the other changes over, and back.
describe('changing keys of TCP-AO', () => {
  // RFC 5925 §6.1 R5925-10, R5925-11: current and next.
  // RFC 5925 §7.1 R5925-13: by the program.
  // RFC 5925 §7.5 R5925-19: an unknown one is no error.
  // RFC 5925 §8.2 R5925-23: the old one stays until it is removed.
  // RFC 5925 §3.3 R5925-5, R5925-6: one key signs, one verifies.
  it('happens in mid-stream without a segment lost', () => {
    const { pair, tap, client, listener } = join(AGREEMENTS[1]?.client, AGREEMENTS[1]?.server);
    const accepted = listener.accept();
    const ours = client.aoKeys;
    const theirs = accepted?.aoKeys;
    if (!ours || !theirs) throw new Error('no TCP-AO');
    expect([ours.sendId, ours.receiveId, theirs.sendId, theirs.receiveId]).toEqual([61, 84, 84, 61]);
    theirs.addKey({ key: key('fresh'), sendId: 2, receiveId: 1 });
    // An RNextKeyID the other end does not know yet changes nothing.
    theirs.requestKey(1);
    client.write(new Uint8Array(2000));
    pair.run(pair.nowUs + 1_000_000);
    expect(ours.sendId).toBe(61);
    ours.addKey({ key: key('fresh'), sendId: 1, receiveId: 2 });
    client.write(new Uint8Array(2000));
    pair.run(pair.nowUs + 1_000_000);
    client.write(new Uint8Array(2000));
    pair.run(pair.nowUs + 1_000_000);
    expect([ours.sendId, theirs.sendId]).toEqual([1, 84]);
    ours.requestKey(2);
    client.write(new Uint8Array(2000));
    accepted?.write(new Uint8Array(1));
    pair.run(pair.nowUs + 1_000_000);
    expect([ours.sendId, theirs.sendId]).toEqual([1, 2]);
    accepted?.discard(8000);
    expect(accepted?.tcb?.bytesReceived).toBe(8000);
    expect(pair.a.counters.tcp.RetransSegs + pair.b.counters.tcp.RetransSegs).toBe(0);
    ours.removeKey(61);
    expect(() => ours.removeKey(1)).toThrow(/in use/);
    expect(() => ours.useKey(61)).toThrow(/no key with sendId 61/);
    const ids = new Set(tap.segments.map(({ options, fromA }) => `${fromA ? 'a' : 'b'}${options.get(29)?.[0]}`));
    expect([...ids].sort()).toEqual(['a1', 'a61', 'b2', 'b84']);
  });
});

// RFC 5925 §7.8: forged ICMP must not undo what the signature protects.
// RFC 5925 §7.8 R5925-22: ignored by default.
describe('hard ICMP errors about a connection signed with TCP-AO', () => {
  it.each([
    ['ignored', false, 1],
    ['taken when the user says so', true, 0],
  ])('are %s', (_what, accepts, dropped) => {
    const { pair, client, listener } = join(AGREEMENTS[1]?.client, AGREEMENTS[1]?.server);
    expect(listener.accept()).not.toBeNull();
    if (client.aoKeys) client.aoKeys.acceptsIcmp = accepts;
    const { tcb } = client;
    if (tcb === null) throw new Error('no connection');
    const memory = new PlainPacketMemory(64);
    const { view } = memory;
    view.setUint16(0, tcb.key.localPort);
    view.setUint16(2, tcb.key.remotePort);
    view.setInt32(4, tcb.sndUna);
    pair.a.transports.icmpErrorArrived({
      family: 4,
      kind: 'port-unreachable',
      type: 3,
      code: 3,
      local: false,
      mtu: 0,
      protocol: 6,
      source: tcb.key.localAddress,
      destination: tcb.key.remoteAddress,
      interfaceId: 1,
      memory,
      quotedOffset: 0,
      quotedLength: 8,
    });
    expect(pair.a.counters.tcpExt.TCPAODroppedIcmps).toBe(dropped);
    expect(client.takeSoftError()?.code ?? null).toBe(accepts ? 'ECONNREFUSED' : null);
    expect(client.stateName).toBe('ESTABLISHED');
  });
});

// RFC 5925 §7.3 R5925-16: accepted or dropped, by setting.
describe('a signature nobody has a key for', () => {
  it.each([
    ['linux', 0],
    ['rfc', 1],
  ] as const)('profile %s', (profile, answers) => {
    const bench = new Bench({ profile });
    bench.listen(80);
    const peer = new Peer(bench, { address: THEIRS, ourAddress: OURS });
    peer.send('S', { options: [29, 16, 1, 1, ...new Array<number>(12).fill(7), ...MSS_1460] });
    expect(bench.take()).toHaveLength(answers);
    expect(bench.stack.counters.tcpExt.TCPAOKeyNotFound).toBe(1 - answers);
  });
});
