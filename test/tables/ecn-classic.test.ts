/**
 * ECN by RFC 3168 against a peer by hand: who asks and who answers, which packets are capable, how marks are told and how they
 * are answered, and what a peer or a path that lies can do. Segments of 1000 octets.
 */
import { describe, expect, it } from 'vitest';
import { CaState, EcnMode } from '../../src/tcp/index.ts';
import { Bench, endOf, type Profile, text } from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';
import {
  accepted,
  acknowledge,
  CE,
  connected,
  ECT0,
  type EcnConnection,
  ecnOf,
  giveData,
  MSS,
  NOT_ECT,
  SACK_1000,
  writeSegments,
} from '../support/ecn-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
/** ECE, and ECE with CWR, of the three bits. */
const ECE = 0b001;
const BOTH = 0b011;

function classic(
  profile: Profile,
  options: { ecn?: number; early_retrans?: number; recovery?: number } = {},
): EcnConnection {
  const connection = connected({
    profile,
    settings: { tcp: { ecn: 1, congestion_control: 'reno', ...options } },
    code: ECE,
    synOptions: SACK_1000,
  });
  if (connection.ecn?.mode !== EcnMode.classic) throw new Error('ECN was not agreed on');
  return connection;
}

/** What the stack sends upon a segment of data, at once or delayed. */
function answersTo(connection: EcnConnection, tos: number, flags = ''): Segment[] {
  const atOnce = giveData(connection, tos, 0, MSS, flags);
  connection.bench.run(300);
  return [...atOnce, ...connection.bench.take()];
}

/** A SACK option with one block. */
function sackBlock(left: number, right: number): number[] {
  const body = new DataView(new ArrayBuffer(8));
  body.setUint32(0, left);
  body.setUint32(4, right);
  return [1, 1, 5, 10, ...new Uint8Array(body.buffer)];
}

function flagsOf(segments: readonly { flags: string }[]): string[] {
  return segments.map(({ flags }) => flags);
}

describe.each(PROFILES)('%s: agreeing', (profile) => {
  it.each([
    [0, 'S'],
    [1, 'SEC'],
    [2, 'S'],
    [3, 'SECN'],
    [4, 'SEC'],
    [5, 'S'],
  ])('setting ecn %i: the SYN is %s and not capable itself', (ecn, flags) => {
    // RFC 3168 §6.1.1 R3168-1, R3168-7: ECE and CWR ask; a SYN is no ECN-capable packet.
    const bench = new Bench({ profile, settings: { tcp: { ecn } } });
    bench.connect();
    const syn = bench.takeOne();
    expect(syn.flags).toBe(flags);
    expect(ecnOf(syn)).toBe(NOT_ECT);
  });

  it.each([
    [0, 'SA', false],
    [1, 'SAE', true],
    [2, 'SAE', true],
    [3, 'SAE', true],
    [5, 'SAE', true],
  ])('setting ecn %i: a SYN that asks is answered by %s', (ecn, flags, isAgreed) => {
    // RFC 3168 §6.1.1 R3168-1, R3168-7: ECE alone answers.
    // RFC 9768 §3.1.2 R9768-7: whoever knows more answers like that too.
    const connection = accepted({ profile, settings: { tcp: { ecn } }, code: BOTH, synOptions: SACK_1000 });
    expect(connection.first.flags).toBe(flags);
    expect(ecnOf(connection.first)).toBe(NOT_ECT);
    expect(connection.ecn?.mode === EcnMode.classic).toBe(isAgreed);
  });

  it.each([
    ['ECE', ECE, ECT0],
    ['nothing', 0, NOT_ECT],
    // Linux takes these for an answer of Accurate ECN.
    ['ECE and CWR, our own bits reflected', BOTH, profile === 'linux' ? ECT0 : NOT_ECT],
    ['CWR', 0b010, profile === 'linux' ? ECT0 : NOT_ECT],
  ])('a SYN-ACK with %s', (_, code, ecn) => {
    // RFC 3168 §6.1.1 R3168-8, R3168-10: only ECE without CWR agrees, and only then data is capable.
    const connection = connected({ profile, settings: { tcp: { ecn: 1 } }, code, synOptions: SACK_1000 });
    expect(writeSegments(connection, 3).map(ecnOf)).toEqual([ecn, ecn, ecn]);
  });

  it('a SYN nobody answers goes again without asking, unless ecn_fallback is off', () => {
    // RFC 3168 §6.1.1.1 R3168-6: there are paths that drop such SYNs.
    for (const ecn_fallback of [true, false]) {
      const bench = new Bench({ profile, settings: { tcp: { ecn: 1, ecn_fallback } } });
      bench.connect();
      bench.run(1_500);
      expect(flagsOf(bench.take())).toEqual(['SEC', ecn_fallback ? 'S' : 'SEC']);
    }
  });

  it('an answer to the first SYN counts after the plain one has left', () => {
    // RFC 3168 §6.1.1 R3168-11: the peer believes in ECN, so CE must be answered.
    const bench = new Bench({ profile, settings: { tcp: { ecn: 1 } } });
    const socket = bench.connect();
    bench.run(1_500);
    expect(bench.take()).toHaveLength(2);
    expect(socket.tcb?.ecn?.asked).toBe(EcnMode.classic);
  });

  it('ECT on what arrives says nothing', () => {
    // RFC 9768 §3.1.5 R9768-30: nor to who knows more.
    // RFC 3168 §6.1.1.1 R3168-9: without agreement, marks on data are not told and ours carry none.
    const connection = accepted({ profile, code: 0, synOptions: SACK_1000 });
    const answers = [...giveData(connection, CE), ...giveData(connection, CE)];
    connection.bench.run(300);
    expect(flagsOf([...answers, ...connection.bench.take()]).filter((flags) => flags.includes('E'))).toEqual([]);
    expect(writeSegments(connection, 2).map(ecnOf)).toEqual([NOT_ECT, NOT_ECT]);
  });

  it('the two bits below the DiffServ value are not for the user to set', () => {
    const connection = connected({ profile, settings: { tcp: { ecn: 1 } }, code: 0, synOptions: SACK_1000 });
    connection.socket.trafficClass = 0xbb;
    expect(writeSegments(connection, 1).map(({ tos }) => tos)).toEqual([0xb8]);
    const capable = classic(profile);
    capable.socket.trafficClass = 0xbb;
    expect(writeSegments(capable, 1).map(({ tos }) => tos)).toEqual([0xb8 | ECT0]);
  });

  it('a new connection from TIME-WAIT agrees anew', () => {
    // RFC 3168 §6.1.1 R3168-12: nothing is left of what the old one had.
    const { bench, peer, socket } = accepted({ profile, code: BOTH, synOptions: SACK_1000 });
    socket.shutdownWrite();
    for (const segment of bench.take()) peer.accept(segment);
    peer.send('A');
    peer.send('FA');
    bench.take();
    peer.seq = (peer.seq + 100_000) >>> 0;
    peer.send('S', { options: SACK_1000 });
    expect(flagsOf(bench.take())).toEqual(['SA']);
  });

  it('so does one that speaks Accurate ECN then', () => {
    // RFC 9768 §3.1.2 R9768-11: in TIME-WAIT the SYN counts anew.
    const { bench, peer, socket } = accepted({
      profile,
      settings: { tcp: { ecn: 3 } },
      code: BOTH,
      synOptions: SACK_1000,
    });
    socket.shutdownWrite();
    for (const segment of bench.take()) peer.accept(segment);
    peer.send('A');
    peer.send('FA');
    bench.take();
    peer.seq = (peer.seq + 100_000) >>> 0;
    peer.send('SECN', { options: SACK_1000 });
    expect(flagsOf(bench.take())).toEqual(['SAC']);
  });
});

describe('linux: a SYN that is capable itself', () => {
  it('has been through something that rewrites the field: no ECN', () => {
    const asked = { profile: 'linux', code: BOTH, synTos: ECT0 } as const;
    expect(accepted(asked).ecn).toBeNull();
    expect(accepted({ ...asked, profile: 'rfc' }).ecn).not.toBeNull();
  });
});

describe.each(PROFILES)('%s: the receiver', (profile) => {
  it('echoes a mark on every ACK until CWR comes', () => {
    // RFC 3168 §6.1.3 R3168-3, R3168-14: one marked segment among those covered is enough.
    const connection = classic(profile);
    giveData(connection, ECT0);
    giveData(connection, CE);
    const answers: string[] = [];
    for (let index = 0; index < 6; index++) answers.push(...flagsOf(giveData(connection, ECT0)));
    connection.bench.run(300);
    answers.push(...flagsOf(connection.bench.take()));
    expect(answers.length).toBeGreaterThan(2);
    expect(new Set(answers)).toEqual(new Set(['AE']));
    answersTo(connection, ECT0, 'C');
    expect(flagsOf(answersTo(connection, ECT0)).at(-1)).toBe('A');
  });

  it('starts anew with a mark that comes together with CWR', () => {
    // RFC 3168 §6.1.3 R3168-15: CE that arrives together with or after the CWR segment starts ECE anew.
    const connection = classic(profile);
    giveData(connection, CE);
    answersTo(connection, CE, 'C');
    expect(flagsOf(answersTo(connection, ECT0)).at(-1)).toBe('AE');
  });

  it('does not believe marks outside of the window, nor CWR there', () => {
    // RFC 3168 §6.1 R3168-21, R3168-22: CE on a retransmitted segment outside the window is not believed.
    const { bench, peer, ...rest } = classic(profile);
    peer.send('A', { seq: (peer.seq - 5_000) >>> 0, tos: CE, payload: text(100) });
    expect(flagsOf(bench.take())).toEqual(['A']);
    giveData({ bench, peer, ...rest }, CE);
    peer.send('AC', { seq: (peer.seq - 5_000) >>> 0, payload: text(100) });
    bench.run(300);
    expect(flagsOf(bench.take()).at(-1)).toBe('AE');
  });

  it('tells the mark of a segment that came early', () => {
    const connection = classic(profile);
    connection.peer.send('A', { seq: (connection.peer.seq + MSS) >>> 0, tos: CE, payload: text(MSS) });
    expect(flagsOf(connection.bench.take())).toEqual(['AE']);
  });
});

describe.each(PROFILES)('%s: the sender', (profile) => {
  it('marks only new data as capable', () => {
    // RFC 3168 §6.1.4 R3168-4: not ACKs, not what is sent again.
    const connection = classic(profile);
    const sent = writeSegments(connection, 4);
    expect(sent.map(ecnOf)).toEqual([ECT0, ECT0, ECT0, ECT0]);
    connection.bench.run(3_000);
    const again = connection.bench.take().filter(({ payload }) => payload.length > 0);
    expect(again.length).toBeGreaterThan(0);
    expect(new Set(again.map(ecnOf))).toEqual(new Set([NOT_ECT]));
    const quiet = classic(profile);
    expect(answersTo(quiet, ECT0).map(ecnOf)).toEqual([NOT_ECT]);
    quiet.socket.shutdownWrite();
    expect(quiet.bench.take().map(ecnOf)).toEqual([NOT_ECT]);
  });

  it('sends probes of a closed window without ECT', () => {
    // RFC 3168 §6.1.4 R3168-4: pure ACKs, retransmissions and window probes are sent without ECT.
    const connection = classic(profile);
    const [first] = writeSegments(connection, 1);
    if (first === undefined) throw new Error('nothing was sent');
    connection.peer.accept(first);
    connection.peer.send('A', { window: 0 });
    connection.socket.write(text(MSS));
    connection.bench.run(2_500);
    const probes = connection.bench.take();
    expect(probes.length).toBeGreaterThan(0);
    expect(new Set(probes.map(ecnOf))).toEqual(new Set([NOT_ECT]));
  });

  it('answers ECE like one loss, without sending anything again, and says so by CWR', () => {
    // RFC 9293 §3.8.2 SHLD-8: ECN.
    // RFC 9937 §5 R9937-17: the window comes down as in recovery.
    // RFC 3168 §6.1.2 R3168-2, R3168-13, R3168-16: once per window, however many ACKs say it.
    const connection = classic(profile);
    const { tcb } = connection;
    const sent = writeSegments(connection, 40).slice(0, 10);
    expect(sent).toHaveLength(10);
    const window = tcb.cwnd;
    const later = sent.flatMap((segment) => acknowledge(connection, segment, ECE));
    expect(tcb.caState).toBe(CaState.cwr);
    expect(tcb.ssthresh).toBe(window / 2);
    const data = later.filter(({ payload }) => payload.length > 0);
    expect(data.filter(({ flags }) => flags.includes('C'))).toHaveLength(1);
    expect(data[0]?.flags).toContain('C');
    expect(data.every((segment) => ecnOf(segment) === ECT0)).toBe(true);
    expect(tcb.retransmitted).toBe(0);
    for (const segment of data) acknowledge(connection, segment, 0);
    connection.bench.take();
    expect(tcb.cwnd).toBeLessThanOrEqual(window / 2 + 3 * MSS);
    expect(tcb.ssthresh).toBe(window / 2);
  });

  // RFC 8511 §4.2 R8511-3, R8511-4: six round trips, six answers at most.
  it('is not slowed down more than once per round trip by ECE on every ACK', () => {
    const connection = classic(profile);
    const { tcb } = connection;
    let waiting = writeSegments(connection, 400);
    const thresholds = new Set<number>();
    for (let round = 0; round < 6; round++) {
      connection.bench.run(20);
      waiting = waiting.flatMap((segment) => acknowledge(connection, segment, ECE));
      thresholds.add(tcb.ssthresh);
      expect(tcb.cwnd).toBeGreaterThanOrEqual(MSS);
    }
    expect(thresholds.size).toBeLessThanOrEqual(6);
    expect(tcb.retransmitted).toBe(0);
    expect(waiting.length).toBeGreaterThan(0);
  });

  // RFC 4015 §3 R4015-6: the time-out was spurious, the congestion is not.
  it.each([
    ['with ECE gives nothing back', ECE, true],
    ['without it does', 0, false],
  ])('an ACK that shows a spurious time-out: %s', (_, flags, isKept) => {
    const connection = classic(profile, { early_retrans: 0, recovery: 0 });
    const { tcb, bench } = connection;
    const sent = writeSegments(connection, 40);
    bench.run(tcb.rtoUs / 1000 + 1);
    expect(tcb.caState).toBe(CaState.loss);
    const { ssthresh } = tcb;
    const second = sent[1];
    if (second === undefined) throw new Error('nothing was sent');
    acknowledge(connection, second, flags);
    if (isKept) expect(tcb.ssthresh).toBeLessThanOrEqual(ssthresh);
    else expect(tcb.ssthresh).toBeGreaterThan(ssthresh);
  });

  it('announces by CWR that a loss has made it slower', () => {
    // RFC 3168 §6.1.2 R3168-2: a reduction for any reason.
    const connection = classic(profile);
    const { tcb, peer } = connection;
    const sent = writeSegments(connection, 40);
    const edge = tcb.sndNxt;
    const start = sent[1]?.seq ?? 0;
    const more: Segment[] = [];
    for (const segment of sent.slice(1)) {
      peer.send('A', { options: sackBlock(start, endOf(segment)) });
      more.push(...connection.bench.take());
    }
    connection.bench.run(20);
    peer.ack = tcb.sndNxt >>> 0;
    peer.send('A');
    more.push(...connection.bench.take());
    const again = more.filter(({ seq }) => ((seq - edge) | 0) < 0);
    const fresh = more.filter(({ seq }) => ((seq - edge) | 0) >= 0);
    expect(again.map(ecnOf)).toEqual([NOT_ECT]);
    expect(again.some(({ flags }) => flags.includes('C'))).toBe(false);
    expect(fresh.filter(({ flags }) => flags.includes('C'))).toHaveLength(1);
  });

  it('counts what was marked', () => {
    const connection = classic(profile);
    const sent = writeSegments(connection, 4);
    for (const segment of sent.slice(0, 2)) acknowledge(connection, segment, ECE);
    for (const segment of sent.slice(2)) acknowledge(connection, segment, 0);
    expect(connection.tcb.deliveredCe).toBe(2 * MSS);
    expect(connection.bench.stack.tcp.extCounters.TCPDeliveredCE).toBe(2);
  });

  it('does not look at ECE that was never agreed on', () => {
    const connection = connected({ profile, settings: { tcp: { ecn: 1 } }, code: 0, synOptions: SACK_1000 });
    const sent = writeSegments(connection, 40);
    for (const segment of sent) acknowledge(connection, segment, ECE);
    expect(connection.tcb.caState).toBe(CaState.open);
    expect(connection.tcb.cwnd).toBeGreaterThan(10 * MSS);
    expect(connection.tcb.deliveredCe).toBe(0);
  });
});

describe('rfc: a window of one segment and ECE', () => {
  it('waits a whole retransmission time before it sends the next', () => {
    // RFC 8511 §3 R8511-6: nor does the milder answer change that.
    // RFC 9438 §5.5 R9438-19: whatever the control.
    // RFC 3168 §6.1.2 R3168-5: it cannot get smaller.
    const connection = classic('rfc');
    const { tcb, bench } = connection;
    const sent = writeSegments(connection, 1);
    tcb.cwnd = MSS;
    connection.socket.write(text(5 * MSS));
    expect(bench.take()).toEqual([]);
    const beforeUs = bench.nowUs;
    const [only] = sent;
    if (only === undefined) throw new Error('nothing was sent');
    expect(acknowledge(connection, only, ECE)).toEqual([]);
    bench.run(tcb.rtoUs / 1000 + 2);
    const next = bench.take();
    expect(next.length).toBeGreaterThan(0);
    expect((next[0]?.timeUs ?? 0) - beforeUs).toBeGreaterThanOrEqual(tcb.rtoUs - 2_000);
  });
});
