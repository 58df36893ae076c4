/** Who reads packets without being a stack: the detector of attacks and the scanner; and who reads HTTP off a connection. */
import { Prefix } from '../../../src/base/address.ts';
import { plainCapabilities } from '../../../src/base/link-capabilities.ts';
import { MacAddress } from '../../../src/base/mac-address.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { Slot } from '../../../src/base/slot.ts';
import { TrafficDetector } from '../../../src/detect/detector.ts';
import { LocalEnd } from '../../../src/scan/local-end.ts';
import { PacketReader } from '../../../src/scan/packet-reader.ts';
import { HttpError } from '../../../src/web/http-error.ts';
import { MessageParser } from '../../../src/web/http-parser.ts';
import { FRAME_NAMES, frameBytes } from '../../../test/support/hex-frames.ts';
import { mendPacket } from '../mend.ts';
import { fromText, InputReader, must, type Target } from '../target.ts';

const FRAMES_MAX = 60;
const ETHERNET = 14;

/** Frames that pass, each at the very end of its memory, seen by both. */
function checkOnlookers(bytes: Uint8Array): void {
  const input = new InputReader(bytes);
  const detector = new TrafficDetector(new SeededRandom(input.u8()), { sourcesMax: 16, servicesMax: 16 });
  const local = new LocalEnd(plainCapabilities('ethernet', 1500), MacAddress.parse('02:00:00:00:00:02'));
  local.addresses.push({ address: Prefix.parse('198.51.100.2').address, network: Prefix.parse('198.51.100.0/24') });
  let timeUs = 0;
  for (let count = 0; count < FRAMES_MAX && !input.isEmpty; count++) {
    const what = input.u8();
    timeUs += (what & 3) * 400_000;
    const frame = input.take(input.u8());
    if ((what & 4) === 0) mendPacket(frame.subarray(ETHERNET));
    const { memory } = Slot.allocate(frame.length + 64, true);
    const slot = new Slot(memory, memory.u8.length - frame.length, frame.length, 0);
    memory.u8.set(frame, slot.offset);
    slot.length = frame.length;
    // What somebody sends again and again is what detectors are for.
    for (let copies = 1 + ((what >> 3) & 31); copies > 0; copies--) detector.frameSeen(timeUs, slot, 'ethernet');
    const reader = new PacketReader(local, slot);
    const kind = reader.read(slot);
    must(kind !== 0 || reader.reason !== 0, 'a frame is bad for no reason');
  }
  for (const { count, port } of detector.takeEvents()) must(count > 0 && port >= 0 && port <= 65_535, 'an odd event');
}

interface Seen {
  told: string;
  octets: number;
  error: number | null;
}

/** What a parser tells of octets that come in pieces of `size`. */
function heard(kind: 'request' | 'response', bytes: Uint8Array, size: number): Seen {
  const seen: Seen = { told: '', octets: 0, error: null };
  const parser = new MessageParser(kind, {
    onHead: ({ method, target, status, headers, keepsAlive }) => {
      seen.told += `[${[method, target, status, keepsAlive, ...[...headers].flat()].join('|')}]`;
      return false;
    },
    onBody: (body) => {
      seen.octets += body.length;
      seen.told += String.fromCharCode(...body);
    },
    onEnd: () => {
      seen.told += '$';
    },
  });
  try {
    for (let at = 0; at < bytes.length; at += size) parser.execute(bytes.slice(at, at + size));
    parser.finish();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    seen.error = error.status;
  }
  return seen;
}

/** In whatever pieces a message comes, it is the same message: or two parties would understand it differently. */
function checkHttp(bytes: Uint8Array): void {
  const input = new InputReader(bytes);
  const kind = input.u8() & 1 ? 'response' : 'request';
  const size = 1 + (input.u8() & 15);
  const text = input.rest();
  const [whole, parts] = [heard(kind, text, Math.max(1, text.length)), heard(kind, text, size)];
  must(whole.octets <= text.length, 'more octets of bodies than came');
  must(JSON.stringify(whole) === JSON.stringify(parts), `pieces of ${size} are understood otherwise`);
}

const MESSAGES: readonly (readonly [kind: number, text: string])[] = [
  [0, 'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n'],
  [0, 'PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /c HTTP/1.0\r\n\r\n'],
  [0, 'GET /d HTTP/1.1\nHost: h\nUpgrade: x\nConnection: upgrade, close\n\n'],
  [1, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No Content\r\n\r\n'],
  [1, 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\n\r\nuntil the end'],
];

export const ONLOOKER_TARGETS: readonly Target[] = [
  {
    name: 'onlookers',
    covers: ['src/detect/', 'src/scan/packet-reader'],
    maxLength: 500,
    isText: false,
    seeds: () =>
      FRAME_NAMES.map(frameBytes).map((frame) =>
        Uint8Array.of(1, 0xf8, frame.length, ...frame, 0x83, frame.length, ...frame),
      ),
    run: checkOnlookers,
  },
  {
    name: 'http',
    covers: ['src/web/http-parser'],
    maxLength: 400,
    isText: false,
    seeds: () => MESSAGES.map(([kind, text]) => Uint8Array.of(kind, 6, ...fromText(text))),
    run: checkHttp,
  },
];
