/** RFC 9293 sections 3.10.1 to 3.10.6: the user's calls, by state. */
import { describe, expect, it } from 'vitest';
import { StateError } from '../../src/base/errors.ts';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import type { TcpStateName } from '../../src/tcp/index.ts';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import { type Expected, type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** States in which a user holds a socket. */
type Held = Exclude<TcpStateName, 'CLOSED' | 'LISTEN'>;

interface CallRow {
  readonly state: Held;
  readonly call: (socket: StreamSocket) => void;
  readonly name: string;
  readonly sent: readonly Expected[];
  readonly after: TcpStateName;
  readonly check?: (peer: SegmentPeer) => void;
}

function calls(title: string, rows: readonly CallRow[]): void {
  describe.each(PROFILES)(`%s: ${title}`, (profile) => {
    for (const row of rows) {
      it(`when ${row.state}: ${row.name}`, () => {
        const options: StageOptions = row.state === 'SYN-RECEIVED' ? { opening: 'active' } : {};
        const peer = SegmentPeer.inState(row.state, { ...options, profile });
        row.call(peer.user);
        const sent = peer.taken();
        expect(sent.length, JSON.stringify(sent)).toBe(row.sent.length);
        row.sent.forEach((expected, index) => {
          expect(sent[index]).toMatchObject(expected);
        });
        expect(peer.state).toBe(row.after);
        row.check?.(peer);
      });
    }
  });
}

const write = (socket: StreamSocket): void => {
  expect(socket.write(text(10))).toBe(10);
};
const refused = (socket: StreamSocket): void => {
  expect(() => socket.write(text(10))).toThrow(StateError);
};

// Section 3.10.2. In SYN-SENT and SYN-RECEIVED the text is queued, behind a close it is an error.
calls('SEND', [
  { state: 'SYN-SENT', name: 'queues', call: write, sent: [], after: 'SYN-SENT', check: sendsAfterOpen },
  { state: 'SYN-RECEIVED', name: 'queues', call: write, sent: [], after: 'SYN-RECEIVED', check: sendsAfterOpen },
  { state: 'ESTABLISHED', name: 'sends', call: write, sent: [{ flags: 'PA', length: 10 }], after: 'ESTABLISHED' },
  { state: 'CLOSE-WAIT', name: 'sends', call: write, sent: [{ flags: 'PA', length: 10 }], after: 'CLOSE-WAIT' },
  ...(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const).map((state) => ({
    state,
    name: 'is refused: connection closing',
    call: refused,
    sent: [],
    after: state,
  })),
]);

/** The handshake completes, and what was queued goes out. */
function sendsAfterOpen(peer: SegmentPeer): void {
  if (peer.state === 'SYN-SENT') peer.peer.send('SA', { options: MSS_1460 });
  else peer.peer.send('A');
  expect(peer.taken().filter(({ length }) => length > 0)).toMatchObject([{ flags: 'PA', seq: 0, length: 10 }]);
  expect(peer.state).toBe('ESTABLISHED');
}

// Section 3.10.3. What came before the FIN can still be read; then there is only the end.
describe.each(PROFILES)('%s: RECEIVE', (profile) => {
  it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const)('when %s: gives what has come', (state) => {
    const peer = SegmentPeer.inState(state, { profile });
    expect(peer.user.read(new Uint8Array(9))).toBe(0);
    peer.send({ flags: 'PA', ack: state === 'FIN-WAIT-1' ? -1 : 0, data: 20 });
    expect(readAll(peer.user)).toEqual(text(20));
    expect(peer.user.isReadEnded).toBe(false);
  });

  it.each(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const)('when %s: the end', (state) => {
    const peer = SegmentPeer.inState(state, { profile });
    expect(peer.user.read(new Uint8Array(9))).toBe(0);
    expect(peer.user.isReadEnded).toBe(true);
  });

  it('when CLOSE-WAIT: first what came before the FIN', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.send({ flags: 'FPA', data: 20 });
    expect(peer.state).toBe('CLOSE-WAIT');
    expect(peer.user.isReadEnded).toBe(false);
    expect(readAll(peer.user)).toEqual(text(20));
    expect(peer.user.isReadEnded).toBe(true);
  });
});

// Section 3.10.4. CLOSE by half: the FIN follows the text, reading goes on.
const shutdown = (socket: StreamSocket): void => socket.shutdownWrite();
calls('CLOSE of the sending direction', [
  {
    state: 'SYN-SENT',
    name: 'the FIN follows the handshake',
    call: shutdown,
    sent: [],
    after: 'SYN-SENT',
    check: (peer) => {
      peer.peer.send('SA', { options: MSS_1460 });
      expect(peer.taken().at(-1)).toMatchObject({ flags: 'FA', seq: 0 });
      expect(peer.state).toBe('FIN-WAIT-1');
      peer.send({ flags: 'A', seq: 1, ack: 1 });
      expect(peer.state).toBe('FIN-WAIT-2');
    },
  },
  { state: 'ESTABLISHED', name: 'sends a FIN', call: shutdown, sent: [{ flags: 'FA', seq: 0 }], after: 'FIN-WAIT-1' },
  { state: 'CLOSE-WAIT', name: 'sends a FIN', call: shutdown, sent: [{ flags: 'FA', seq: 0 }], after: 'LAST-ACK' },
  {
    state: 'ESTABLISHED',
    name: 'the FIN stands behind the text',
    call: (socket) => {
      socket.write(text(10));
      socket.shutdownWrite();
    },
    sent: [{ flags: 'FPA', seq: 0, length: 10 }],
    after: 'FIN-WAIT-1',
  },
  ...(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const).map((state) => ({
    state,
    name: 'once more changes nothing',
    call: shutdown,
    sent: [],
    after: state,
  })),
]);

// Section 3.10.4. CLOSE of both directions.
const close = (socket: StreamSocket): void => socket.close();
calls('CLOSE', [
  { state: 'SYN-SENT', name: 'deletes the connection', call: close, sent: [], after: 'CLOSED' },
  { state: 'ESTABLISHED', name: 'sends a FIN', call: close, sent: [{ flags: 'FA', seq: 0 }], after: 'FIN-WAIT-1' },
  { state: 'CLOSE-WAIT', name: 'sends a FIN', call: close, sent: [{ flags: 'FA', seq: 0 }], after: 'LAST-ACK' },
  ...(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const).map((state) => ({
    state,
    name: 'after a shutdown sends nothing more',
    call: close,
    sent: [],
    after: state,
  })),
]);

describe.each(PROFILES)('%s: CLOSE in SYN-RECEIVED', (profile) => {
  it('waits for the handshake, then sends a FIN and finishes', () => {
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening: 'active' });
    peer.user.shutdownWrite();
    peer.peer.send('A');
    const fin = peer.taken().find(({ flags }) => flags.includes('F'));
    if (fin === undefined) {
      peer.bench.run(4_000);
      expect(peer.taken().find(({ flags }) => flags.includes('F'))).toMatchObject({ seq: 0 });
    }
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.send({ flags: 'A', ack: 1 });
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.send({ flags: 'FA', ack: 1 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('repeats the SYN,ACK, never an octet in its place', () => {
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening: 'active' });
    peer.user.shutdownWrite();
    peer.bench.take();
    peer.bench.run(20_000);
    const sent = peer.taken();
    expect(sent.length).toBeGreaterThan(0);
    for (const { flags, seq, length } of sent) {
      expect(length).toBe(0);
      if (seq < 0) expect(flags).toContain('S');
    }
  });
});

// RFC 9293 §3.10.4: nobody is left over: orphans are counted as long as they live.
describe.each(PROFILES)('%s: orphans', (profile) => {
  it.each(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'] as const)(
    'closed when %s, the connection ends and none is left',
    (state) => {
      const peer = SegmentPeer.inState(state, { profile });
      peer.user.close();
      const { tcp } = peer.bench.stack;
      expect(tcp.orphanCount).toBe(state === 'TIME-WAIT' ? 0 : 1);
      peer.bench.run(3_000_000);
      expect(tcp.orphanCount).toBe(0);
      expect(tcp.connections.size).toBe(0);
    },
  );
});

// Section 3.10.5. ABORT: a RST in the states in which the peer has to hear of it.
const abort = (socket: StreamSocket): void => socket.abort();
calls('ABORT', [
  { state: 'SYN-SENT', name: 'deletes the connection', call: abort, sent: [], after: 'CLOSED' },
  ...(['SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT'] as const).map((state) => ({
    state,
    name: 'sends a RST at SND.NXT',
    call: abort,
    sent: [{ flags: 'RA', seq: 0, ack: 0 }],
    after: 'CLOSED' as const,
  })),
  ...(['CLOSING', 'LAST-ACK'] as const).map((state) => ({
    state,
    name: 'deletes the connection, no RST',
    call: abort,
    sent: [],
    after: 'CLOSED' as const,
  })),
]);

// Section 3.10.6. STATUS.
describe.each(PROFILES)('%s: STATUS', (profile) => {
  it.each([
    'SYN-SENT',
    'SYN-RECEIVED',
    'ESTABLISHED',
    'FIN-WAIT-1',
    'FIN-WAIT-2',
    'CLOSE-WAIT',
    'CLOSING',
    'LAST-ACK',
    'TIME-WAIT',
  ] as const)('names the state and both ends: %s', (state) => {
    const peer = SegmentPeer.inState(state, { profile, opening: 'active' });
    const { user } = peer;
    expect(user.stateName).toBe(state);
    expect([user.localAddress, user.localPort, user.remoteAddress, user.remotePort]).toEqual([
      '10.0.0.1',
      80,
      '10.0.0.2',
      40_000,
    ]);
    expect(user.error).toBeNull();
  });
});

// Section 3.10.1. OPEN.
describe.each(PROFILES)('%s: OPEN', (profile) => {
  it('active: a SYN with the ISS, and SYN-SENT', () => {
    const peer = SegmentPeer.inState('CLOSED', { profile });
    const socket = StreamSocket.connect(peer.bench.stack, { remoteAddress: '10.0.0.2', remotePort: 40_000 });
    expect(socket.stateName).toBe('SYN-SENT');
    expect(peer.bench.takeOne()).toMatchObject({ flags: 'S', ack: 0, destinationPort: 40_000 });
  });

  it('active, a second time over the same four: the connection exists', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const again = StreamSocket.connect(peer.bench.stack, {
      remoteAddress: '10.0.0.2',
      remotePort: 40_000,
      localPort: 80,
    });
    expect(again.error?.code).toBe('EADDRINUSE');
    expect(peer.state).toBe('ESTABLISHED');
    peer.expectNothing();
  });

  it('passive: LISTEN, twice on one port is refused', () => {
    const peer = SegmentPeer.inState('LISTEN', { profile });
    expect(() => new ListenSocket(peer.bench.stack, { port: 80 })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
    peer.expectNothing();
  });

  it('passive, CLOSE: nobody listens any more, and what was half open is gone', () => {
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile });
    peer.listener?.close();
    peer.bench.take();
    expect(peer.state).toBe('CLOSED');
    peer.send({ flags: 'S', seq: 100 });
    peer.expect({ flags: 'RA', seq: -peer.sndNxt | 0, ack: 101 });
  });

  it.each([
    ['an address that is none', { remoteAddress: 'example.org', remotePort: 80 }],
    ['a port out of range', { remoteAddress: '10.0.0.2', remotePort: 70_000 }],
    ['two families', { remoteAddress: '10.0.0.2', remotePort: 80, localAddress: 'fd00::1' }],
  ])('is refused for %s', (_, options) => {
    const peer = SegmentPeer.inState('CLOSED', { profile });
    expect(() => StreamSocket.connect(peer.bench.stack, options)).toThrow(/ArgumentError|remote|local/);
    peer.expectNothing();
  });
});
