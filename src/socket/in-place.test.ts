/** Octets read and written where they lie are the same octets, in order, whatever pieces the rings make of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { ArgumentError, StateError } from '../base/errors.ts';
import { readInPlace, writeInPlace } from './in-place.ts';
import { ListenSocket } from './listen-socket.ts';
import { StreamSocket } from './stream-socket.ts';

function connection(): { pair: StackPair; client: StreamSocket; server: StreamSocket } {
  const pair = new StackPair();
  const listener = new ListenSocket(pair.b, { port: 80 });
  const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80, noDelay: true });
  pair.run(pair.nowUs + 100_000);
  const server = listener.accept();
  if (server === null) throw new Error(`the handshake failed: ${client.stateName}`);
  return { pair, client, server };
}

/** The octet at that place of the stream. */
const octet = (at: number): number => (at * 31 + (at >> 8)) & 255;

describe('octets in place', () => {
  it('are the octets that were written, in any pieces', () => {
    const step = fc.record({
      put: fc.integer({ min: 0, max: 9000 }),
      fit: fc.integer({ min: 0, max: 9000 }),
      take: fc.integer({ min: 0, max: 9000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const { pair, client, server } = connection();
        let written = 0;
        let read = 0;
        let wrong = 0;
        for (const { put, fit, take } of steps) {
          const most = put + fit;
          let left = put;
          written += writeInPlace(client, most, (bytes, offset, length) => {
            const count = Math.min(left, length);
            const begin = written + put - left;
            for (let k = 0; k < count; k++) bytes[offset + k] = octet(begin + k);
            left -= count;
            return count;
          });
          pair.run(pair.nowUs + 10_000);
          let wanted = take;
          read += readInPlace(server, (bytes, offset, length) => {
            const count = Math.min(wanted, length);
            const begin = read + take - wanted;
            for (let k = 0; k < count; k++) if (bytes[offset + k] !== octet(begin + k)) wrong++;
            wanted -= count;
            return count;
          });
          pair.run(pair.nowUs + 10_000);
        }
        expect(wrong).toBe(0);
        expect(read + server.readableLength + client.unacknowledgedLength).toBeGreaterThanOrEqual(written);
        const rest = new Uint8Array(server.readableLength);
        server.read(rest);
        expect([...rest]).toEqual(Array.from(rest, (_, k) => octet(read + k)));
      }),
      { numRuns: 30 },
    );
  });

  it('shows no more than asked, and opens the window as a read does', () => {
    const { pair, client, server } = connection();
    server.receiveBufferSize = 8192;
    for (let round = 0; round < 20; round++) {
      writeInPlace(client, 8000, (_bytes, _offset, length) => length);
      pair.run(pair.nowUs + 500_000);
      expect(readInPlace(server, (_bytes, _offset, length) => length, 1000)).toBe(1000);
      let total = 1000;
      for (let count = 1; count > 0; pair.run(pair.nowUs + 500_000))
        total += count = readInPlace(server, (_b, _o, length) => length);
      expect(total).toBe(8000);
    }
  });

  it('are not taken by a callback that throws or answers nonsense', () => {
    const { pair, client, server } = connection();
    const fail = (): never => {
      throw new RangeError('mine');
    };
    expect(() => writeInPlace(client, 10, fail)).toThrow(RangeError);
    expect(() => writeInPlace(client, 10, (_b, _o, length) => length + 1)).toThrow(ArgumentError);
    expect(client.unacknowledgedLength).toBe(0);
    client.write(Uint8Array.of(1, 2, 3));
    pair.run(pair.nowUs + 100_000);
    expect(() => readInPlace(server, fail)).toThrow(RangeError);
    expect(() => readInPlace(server, () => Number.NaN)).toThrow(ArgumentError);
    expect(server.readableLength).toBe(3);
  });

  it('are not shared with a second call from inside', () => {
    const { pair, client, server } = connection();
    client.write(Uint8Array.of(1, 2, 3));
    pair.run(pair.nowUs + 100_000);
    const inside = (): number => server.read(new Uint8Array(1));
    expect(() => readInPlace(server, inside)).toThrow(StateError);
    expect(() => writeInPlace(client, 10, () => client.write(new Uint8Array(4)))).toThrow(StateError);
  });

  it('end where writing ends', () => {
    const { client } = connection();
    client.shutdownWrite();
    expect(() => writeInPlace(client, 1, () => 1)).toThrow(/EPIPE/);
    expect(readInPlace(client, () => 0)).toBe(0);
  });
});
