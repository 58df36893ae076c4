/**
 * What a UDP probe carries: a service answers only what it understands, so that well-known ports get the smallest question of their own
 * protocol; all others get nothing. Every question is one that changes nothing at the other end.
 */

const text = (value: string): Uint8Array => Uint8Array.from(value, (character) => character.charCodeAt(0));
const hex = (value: string): Uint8Array =>
  Uint8Array.from(value.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16));

/** RFC 1035 §4.1: a question for the name servers of the root, which every server can say something to. */
const DNS = hex('776f010000010000000000000000020001');
/** RFC 5905 §7.3: version 4, mode 3 (client), the rest zero. */
const NTP = hex(`23${'00'.repeat(47)}`);
/** RFC 1157 §4.1.2: GetRequest of sysDescr.0 (1.3.6.1.2.1.1.1.0) in community `public`, version 1. */
const SNMP = hex('302902010004067075626c6963a01c0204776f7368020100020100300e300c06082b060102010101000500');
/** RFC 1002 §4.2.17: node status request for the wildcard name. */
const NETBIOS = hex(`776f00000001000000000000${'20434b'}${'41'.repeat(30)}0000210001`);
/** RFC 5531 §9: call of portmapper (100000) version 2, procedure 0, without credentials. */
const RPC = hex(`776f7368${'00000000'}00000002000186a000000002${'00'.repeat(20)}`);
/** RFC 6762 §5.4: one question for the services a host has (RFC 6763 section 9), answer wanted by unicast. */
const MDNS = hex(`000000000001000000000000095f7365727669636573075f646e732d7364045f756470056c6f63616c00000c8001`);
/** UPnP Device Architecture 1.1 §1.3.2. */
const SSDP = text(
  'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
);
/** RFC 8489 §5: a Binding request with the magic cookie. */
const STUN = hex('000100002112a442776f73686f757363616e3031');
/** RFC 1350 §5: a read request for a file that will not be there. */
const TFTP = text('\0\u0001woshou\0octet\0');
/** RFC 3261 §11: OPTIONS asks what a server can do. */
const SIP = text(
  'OPTIONS sip:woshou SIP/2.0\r\nVia: SIP/2.0/UDP woshou;branch=z9hG4bKwoshou;rport\r\nFrom: <sip:woshou>;tag=woshou\r\n' +
    'To: <sip:woshou>\r\nCall-ID: woshou\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 0\r\nContent-Length: 0\r\n\r\n',
);
/** RFC 7252 §12.8: GET /.well-known/core. */
const COAP = hex('40010001bb2e77656c6c2d6b6e6f776e04636f7265');
const EMPTY = new Uint8Array(0);

const PAYLOADS = new Map<number, Uint8Array>([
  [7, text('woshou\r\n')],
  [53, DNS],
  [69, TFTP],
  [111, RPC],
  [123, NTP],
  [137, NETBIOS],
  [161, SNMP],
  [1900, SSDP],
  [3478, STUN],
  [5060, SIP],
  [5353, MDNS],
  [5683, COAP],
]);

/** The payload for a port; empty where there is none of its own. */
export function udpPayload(port: number): Uint8Array {
  return PAYLOADS.get(port) ?? EMPTY;
}

/** Ports with a payload of their own. */
export const UDP_PAYLOAD_PORTS: readonly number[] = [...PAYLOADS.keys()];
