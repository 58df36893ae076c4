/** What people write: scripts, addresses, expressions, rules. A text is understood, or refused with an error made for it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Address, Prefix } from '../../../src/base/address.ts';
import { WoshouError } from '../../../src/base/errors.ts';
import { MacAddress } from '../../../src/base/mac-address.ts';
import { parseDuration, parseList, parsePercent, parseRate, parseSize } from '../../../src/cli/units.ts';
import { CodeError, type CodeValue } from '../../../src/drill/code/code-values.ts';
import { runCode } from '../../../src/drill/code/run-code.ts';
import { DrillError } from '../../../src/drill/drill-error.ts';
import { DrillSyntaxError } from '../../../src/drill/drill-syntax-error.ts';
import { parseDrillScript } from '../../../src/drill/parse-script.ts';
import { runShell } from '../../../src/drill/shell/run-shell.ts';
import type { ShellTarget } from '../../../src/drill/shell/shell-target.ts';
import { parseFlags } from '../../../src/link/rule-match.ts';
import { parseRequest } from '../../../src/node/control-protocol.ts';
import { formatPorts, parsePorts } from '../../../src/scan/port-expression.ts';
import { parseTarget } from '../../../src/scan/target-expression.ts';
import { parseSipKey } from '../../../src/tcp/sip-keys.ts';
import { fromText, must, type Target, toText } from '../target.ts';

/** From the folder in which npm and the test runner start programs: the sources are bundled elsewhere. */
const SCRIPTS = join('test', 'drill');
const SCRIPT_MAX = 900;

/** Takes whatever a shell line sets, and knows one setting and one counter. */
const DEVICE: ShellTarget = {
  family: 4,
  setSysctl: () => {},
  sysctl: (key) => (key === 'net.ipv4.tcp_ecn' ? '2' : null),
  counters: () => new Map([['TcpExtTCPTimeouts', 3]]),
  seenCounters: new Map(),
  flushMetrics: () => {},
  setMtu: () => {},
  setRoute: () => {},
  setQueue: () => {},
  sleep: () => {},
  note: () => {},
};

/** A script or an error that points into it; what is code or shell in it is run, or says why not. */
function checkScript(bytes: Uint8Array): void {
  const text = toText(bytes);
  try {
    const { events, initCommand } = parseDrillScript(text);
    must(events.length <= text.length, 'more events than characters');
    if (initCommand !== undefined) checkShell(initCommand.command);
    for (const { action } of events) if (action.kind === 'shell') checkShell(action.command);
    const state = { variables: new Map<string, CodeValue>() };
    for (const { action } of events) if (action.kind === 'code') runCode(action.statements, new Map(), state, () => {});
  } catch (error) {
    if (error instanceof CodeError) return;
    if (!(error instanceof DrillSyntaxError)) throw error;
    const line = text.split('\n')[error.line - 1];
    must(line !== undefined, `line ${error.line} of a text that has fewer`);
    must(error.column >= 1 && error.column <= line.length + 1, 'a column outside its line');
  }
}

function checkShell(command: string): void {
  try {
    runShell(command, DEVICE);
  } catch (error) {
    if (!(error instanceof DrillError)) throw error;
  }
}

function scripts(): Uint8Array[] {
  return [SCRIPTS, join(SCRIPTS, 'language')]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((name) => name.endsWith('.pkt'))
    .map((name) => fromText(readFileSync(name, 'utf8').slice(0, SCRIPT_MAX)));
}

/** One reader of text; what it gives back is written and read again where it can be. */
type Reading = (text: string) => void;

const READINGS: readonly Reading[] = [
  (text) => {
    const address = Address.parse(text);
    must(Address.parse(address.toString()).equals(address), `${address} is not what it says`);
    const bytes = address.toBytes();
    must(bytes.length === (address.family === 4 ? 4 : 16), 'an address of an odd length');
  },
  (text) => {
    const prefix = Prefix.parse(text);
    must(prefix.contains(prefix.address), `${text} does not hold itself`);
    must(String(Prefix.parse(prefix.toString())) === String(prefix), `${text} is not what it says`);
  },
  (text) => {
    const mac = MacAddress.parse(text);
    must(String(MacAddress.parse(mac.toString())) === String(mac), `${mac} is not what it says`);
  },
  (text) => {
    const { tcp, udp } = parsePorts(text);
    for (const ports of [tcp, udp]) {
      must(
        ports.every((port, at) => at === 0 || port > (ports[at - 1] ?? 0)),
        'ports are not ascending',
      );
      if (ports.length > 0) must(parsePorts(`T:${formatPorts(ports)}`).tcp.join() === ports.join(), 'ports are lost');
    }
  },
  (text) => {
    const target = parseTarget(text);
    if ('name' in target) return;
    must(target.count >= 1 && target.count <= 2 ** 32, `${target.count} addresses`);
    for (const at of [0, target.count - 1]) must(target.contains(target.at(at)), 'an address outside its range');
  },
  (text) => {
    const [set, clear] = parseFlags(text);
    must(set >= 0 && clear >= 0 && (set | clear) < 512, 'control bits that are none');
  },
  (text) => {
    must(parseSipKey('key', text).length === 4, 'a key of an odd length');
  },
  (text) => {
    const request = parseRequest(text);
    must('cmd' in request || request.ok === false, 'neither a request nor an error');
  },
  (text) => {
    const values = [parseRate(text), parseDuration(text), parsePercent(text), parseSize(text)];
    for (const value of values) must(value === null || (Number.isFinite(value) && value >= 0), `${value} of ${text}`);
    parseList(text, parseSize);
  },
];

const EXAMPLES: readonly (readonly string[])[] = [
  ['192.0.2.1', '2001:db8::1', '::', '::ffff:192.0.2.1', 'fe80::1:2:3:4', '1:2:3:4:5:6:7:8'],
  ['10.0.0.0/8', '2001:db8::/32', '0.0.0.0/0', '192.0.2.1'],
  ['02:00:00:00:00:01', 'ff-ff-ff-ff-ff-ff'],
  ['22', '1-1024', '-100', '60000-', '-', 'http*', 'T:21-25,U:53,111', '[1-1024]'],
  ['10.0.0.0/24', '10.0.0-3.1,5,10-20', 'fd00::/120', 'host.example.org/28', '10.*.0.1'],
  ['SYN+ACK', 'SYN+!ACK', 'FIN,RST|URG', ''],
  ['00112233-44556677-8899aabb-ccddeeff'],
  ['{"cmd":"ping"}', '{"cmd":1}', '[]', '{'],
  ['10mbit', '1.5s', '3%', '64KiB', '1e3', '10ms,20ms'],
];

export const TEXT_TARGETS: readonly Target[] = [
  {
    name: 'drill',
    covers: [...['src/drill/parse-', 'src/drill/lexer', 'src/drill/string-literal', 'src/drill/code/']],
    maxLength: SCRIPT_MAX,
    isText: true,
    seeds: scripts,
    run: checkScript,
  },
  {
    name: 'expressions',
    covers: [
      ...['src/base/address', 'src/base/mac-address', 'src/scan/port-expression', 'src/scan/target-expression'],
      ...['src/link/rule-match', 'src/tcp/sip-keys', 'src/node/control-protocol', 'src/cli/units'],
    ],
    maxLength: 80,
    isText: true,
    seeds: () =>
      EXAMPLES.flatMap((texts, kind) => texts.map((text) => fromText(`${String.fromCharCode(54 + kind)}${text}`))),
    // The first character says who reads the rest.
    run: (bytes) => {
      const text = toText(bytes);
      try {
        READINGS[(text.codePointAt(0) ?? 0) % READINGS.length]?.(text.slice(1));
      } catch (error) {
        if (!(error instanceof WoshouError) || error.code === 'ERR_ASSERTION') throw error;
      }
    },
  },
];
