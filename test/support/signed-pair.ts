/** Two stacks that share keys, and what passes between them: for tests of signed connections. */
import { ListenSocket, StreamSocket, type TcpAuthOptions } from '../../src/index.ts';
import { NodeTcpAuth } from '../../src/node/index.ts';
import { readPacket, type Segment } from '../requirements/wire.ts';
import { type FrameFilter, StackPair } from './stack-pair.ts';

export const auth = new NodeTcpAuth();
export const key = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
export const KIND = { md5: 19, ao: 29 } as const;

/** Both ends of one agreement: SendID 61 of the client is the server's ReceiveID. */
export const AGREEMENTS: readonly {
  name: keyof typeof KIND;
  client: TcpAuthOptions;
  server: TcpAuthOptions;
  what: string;
}[] = [
  { name: 'md5', what: 'MD5', client: { md5: [{ key: key('hush') }] }, server: { md5: [{ key: key('hush') }] } },
  ...(['hmac-sha-1-96', 'aes-128-cmac-96'] as const).flatMap((algorithm) =>
    [true, false].map((coversOptions) => {
      const common = { key: key('testvector'), algorithm, coversOptions };
      return {
        name: 'ao' as const,
        what: `TCP-AO with ${algorithm}, ${coversOptions ? 'options too' : 'without options'}`,
        client: { ao: [{ ...common, sendId: 61, receiveId: 84 }] },
        server: { ao: [{ ...common, sendId: 84, receiveId: 61 }] },
      };
    }),
  ),
];

/** Frames between the two as segments; `drop` decides what is lost. */
export class Wiretap implements FrameFilter {
  readonly segments: (Segment & { fromA: boolean })[] = [];
  drop: ((segment: Segment, fromA: boolean) => boolean) | null = null;

  passes(fromA: boolean, slot: Parameters<FrameFilter['passes']>[1]): boolean {
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    const { segment } = readPacket(bytes, 0);
    if (segment === null) return true;
    this.segments.push({ ...segment, fromA });
    return !(this.drop?.(segment, fromA) ?? false);
  }
}

export interface Joined {
  readonly pair: StackPair;
  readonly tap: Wiretap;
  readonly client: StreamSocket;
  readonly listener: ListenSocket;
}

export function join(
  client: TcpAuthOptions | undefined,
  server: TcpAuthOptions | undefined,
  remote = '10.0.0.2',
): Joined {
  const pair = new StackPair({ auth });
  const tap = new Wiretap();
  pair.filter = tap;
  const listener = new ListenSocket(pair.b, { port: 179, ...(server === undefined ? {} : { auth: server }) });
  const socket = StreamSocket.connect(pair.a, {
    remoteAddress: remote,
    remotePort: 179,
    ...(client === undefined ? {} : { auth: client }),
  });
  pair.flush();
  return { pair, tap, client: socket, listener };
}

export function lengthOf(segment: Segment): number {
  return 20 + 20 + segment.optionBytes.length + segment.payload.length;
}
