/** One HTTP exchange through every layer: whose byte is which, and what the two models make of it. */
import type { LadderRow } from '../ladder.ts';
import type { Scene } from '../scene.ts';
import type { Stage } from '../stage.ts';
import { byteCount, type Text } from '../text.ts';
import { fieldWords } from './field-names.ts';
import { bytesByLayer, type LayerBytes } from './layer-bytes.ts';
import { OSI_LAYERS, type OsiLayer, PROTOCOL_PLACES, TCP_IP_LAYERS } from './models.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: server\r\n\r\n';
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi\n';

export const layers: Scene = {
  id: 'layers',
  group: 'layers',
  title: { en: 'Every byte has its layer', zh: '分层：每个字节属于哪一层' },
  summary: {
    en: 'A small page is fetched over HTTP, TCP, IPv4 and Ethernet. One frame is taken apart byte by byte, and the OSI model and the TCP/IP model are laid beside it.',
    zh: '通过 HTTP、TCP、IPv4 和以太网取一个小网页，把其中一个帧逐字节拆开，再与 OSI 七层模型和 TCP/IP 四层模型对照。',
  },
  play(stage) {
    const { client, server } = stage.pair({ link: { medium: 'ethernet' } });
    const listener = stage.listen(server, 80);
    const [socket, accepted] = stage.open(client, server, listener);
    stage.say({
      en: 'This is the frame that is taken apart below.',
      zh: '下面要拆开的就是这个帧。',
    });
    stage.write(socket, REQUEST);
    stage.until(() => socket.unacknowledgedLength === 0);
    const request = stage.read(accepted);
    stage.write(accepted, RESPONSE);
    stage.until(() => accepted.unacknowledgedLength === 0);
    const response = stage.read(socket);
    stage.pass(100);
    stage.check({ en: 'The page was fetched', zh: '网页取回成功' }, request === REQUEST && response === RESPONSE);
    const rows = stage.packets();
    stage.check(
      {
        en: 'ARP came first: without a hardware address no frame can be addressed',
        zh: '最先出现的是 ARP：不知道硬件地址就无法寻址发帧',
      },
      rows[0]?.protocol === 'arp' && rows[1]?.protocol === 'arp' && rows[2]?.flags === 'SYN',
    );
    const carrier = rows.find((row) => row.length === REQUEST.length);
    const parts = carrier === undefined ? [] : partsOf(carrier);
    for (const part of parts) stage.note(byteWords(part));
    checkParts(stage, carrier, parts);
    stage.note({
      en: 'Now the two models side by side, from above.',
      zh: '下面自上而下对照两种模型。',
    });
    for (const layer of OSI_LAYERS) stage.note(modelWords(layer, parts));
    stage.note(remarkWords());
    const empty = OSI_LAYERS.filter((layer) => layer.emptyBecause !== null).map((layer) => layer.number);
    const filled = new Set(rows.flatMap(partsOf).map((part) => part.osi));
    stage.check(
      {
        en: 'Layers 7, 4, 3 and 2 own bytes in these frames; 6, 5 and 1 own none',
        zh: '这些帧中，第 7、4、3、2 层拥有字节；第 6、5、1 层一个字节也没有',
      },
      OSI_LAYERS.every((layer) => filled.has(layer.number) !== empty.includes(layer.number)),
    );
  },
};

function partsOf(row: LadderRow): LayerBytes[] {
  return row.frame === null || row.medium === null ? [] : bytesByLayer(row.frame, row.medium);
}

function checkParts(stage: Stage, carrier: LadderRow | undefined, parts: readonly LayerBytes[]): void {
  const listed = parts.map((part) => part.hex).join(' ');
  const whole = Array.from(carrier?.frame ?? [], (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  stage.check(
    { en: 'Every byte of the frame is listed once, in order', zh: '帧中每个字节按顺序恰好列出一次' },
    parts.length > 0 && listed === whole,
  );
  stage.check(
    {
      en: 'Outermost is Ethernet, then IPv4, then TCP, and HTTP is what TCP carries',
      zh: '最外面是以太网，其次是 IPv4，再次是 TCP，HTTP 是 TCP 所承载的数据',
    },
    parts.map((part) => part.name).join(' ') === 'ethernet ipv4 tcp payload' && parts.at(-1)?.text === REQUEST,
  );
}

const PART_NAMES: ReadonlyMap<string, Text> = new Map([
  ['ethernet', { en: 'Ethernet header', zh: '以太网首部' }],
  ['ipv4', { en: 'IPv4 header', zh: 'IPv4 首部' }],
  ['tcp', { en: 'TCP header', zh: 'TCP 首部' }],
  ['payload', { en: 'HTTP request', zh: 'HTTP 请求' }],
]);

/** Which bytes, whose they are, what they say. */
function byteWords(part: LayerBytes): Text {
  const name = PART_NAMES.get(part.name) ?? { en: part.name, zh: part.name };
  const layer = TCP_IP_LAYERS.find((one) => one.id === part.tcpIp)?.name ?? name;
  const isText = part.name === 'payload';
  const shown = isText ? part.text.replaceAll('\r\n', '\\r\\n') : part.hex;
  const fields = isText ? [] : part.fields;
  const words = fields.map(fieldWords);
  const en = words.map((field) => field.en).join(', ');
  const zh = words.map((field) => field.zh).join('，');
  const span = `${part.from}–${part.to - 1}`;
  return {
    en: `Bytes ${span}, ${name.en} (${layer.en}): ${shown}${en === '' ? '' : ` = ${en}`}.`,
    zh: `第 ${span} 字节，${name.zh}（${layer.zh}）：${shown}${zh === '' ? '' : ` = ${zh}`}。`,
  };
}

/** What is easily put on the wrong floor. */
function remarkWords(): Text {
  const places = PROTOCOL_PLACES.filter((place) => place.remark !== null);
  const names = (pick: (text: Text) => string, between: string, separator: string): string =>
    places.map(({ name, remark }) => `${name}${between}${remark === null ? '' : pick(remark)}`).join(separator);
  return {
    en: `Easily put in the wrong place. ${names((text) => text.en, ': ', '. ')}.`,
    zh: `容易放错位置的协议。${names((text) => text.zh, '：', '；')}。`,
  };
}

/** A line of the comparison. */
function modelWords(layer: OsiLayer, parts: readonly LayerBytes[]): Text {
  const beside = TCP_IP_LAYERS.find((one) => one.id === layer.tcpIp)?.name ?? layer.name;
  const family = PROTOCOL_PLACES.filter((place) => place.osi === layer.number).map((place) => place.name);
  const bytes = parts.filter((part) => part.osi === layer.number).reduce((sum, part) => sum + part.to - part.from, 0);
  const { emptyBecause } = layer;
  const known: Text =
    family.length === 0
      ? { en: '', zh: '' }
      : { en: ` Protocols: ${family.join(', ')}.`, zh: `协议：${family.join('、')}。` };
  const here: Text =
    emptyBecause === null
      ? { en: `Here: ${byteCount(bytes)} of the frame.`, zh: `在本帧中占 ${bytes} 字节。` }
      : { en: `Here: empty, for ${emptyBecause.en}.`, zh: `在本帧中是空的：${emptyBecause.zh}。` };
  return {
    en: `OSI ${layer.number} ${layer.name.en} | TCP/IP ${beside.en}: ${layer.task.en}.${known.en} ${here.en}`,
    zh: `OSI 第 ${layer.number} 层${layer.name.zh}｜TCP/IP ${beside.zh}：${layer.task.zh}。${known.zh}${here.zh}`,
  };
}
