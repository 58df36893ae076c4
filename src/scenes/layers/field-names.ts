/** Header fields in words; in Chinese by the names textbooks use. */
import type { DecodedField } from '../../capture/decode.ts';
import type { Text } from '../text.ts';

const CHINESE: ReadonlyMap<string, string> = new Map([
  ['destination', '目的地址'],
  ['source', '源地址'],
  ['type', '类型'],
  ['version', '版本'],
  ['header length', '首部长度'],
  ['dscp', '区分服务'],
  ['ecn', '显式拥塞通知'],
  ['total length', '总长度'],
  ['identification', '标识'],
  ['flags', '标志'],
  ['fragment offset', '片偏移'],
  ['ttl', '生存时间'],
  ['protocol', '协议'],
  ['checksum', '检验和'],
  ['source port', '源端口'],
  ['destination port', '目的端口'],
  ['sequence number', '序列号'],
  ['acknowledgment number', '确认号'],
  ['data offset', '数据偏移'],
  ['window', '窗口'],
  ['urgent pointer', '紧急指针'],
  ['no operation', '空操作'],
  ['timestamps', '时间戳'],
  ['maximum segment size', '最大报文段长度'],
  ['window scale', '窗口扩大'],
  ['SACK permitted', '允许选择确认'],
  ['SACK', '选择确认'],
  ['hardware type', '硬件类型'],
  ['protocol type', '协议类型'],
  ['hardware length', '硬件地址长度'],
  ['protocol length', '协议地址长度'],
  ['operation', '操作'],
  ['sender hardware address', '发送方硬件地址'],
  ['sender address', '发送方 IP 地址'],
  ['target hardware address', '目标硬件地址'],
  ['target address', '目标 IP 地址'],
]);

/** Names that English writes in capitals. */
const ENGLISH: ReadonlyMap<string, string> = new Map([
  ['dscp', 'DSCP'],
  ['ecn', 'ECN'],
  ['ttl', 'TTL'],
]);

/** Decoded in bytes, though two of the three count words of four bytes on the wire. */
const BYTE_COUNTS: ReadonlySet<string> = new Set(['header length', 'total length', 'data offset']);

/** Options that say all they have to say by being there. */
const MERE_NAMES: ReadonlySet<string> = new Set(['no operation', 'SACK permitted']);

/** A field and what it says, such as `TTL 64`. */
export function fieldWords(field: DecodedField): Text {
  const { name } = field;
  const { en, zh } = fieldValue(field);
  return { en: `${ENGLISH.get(name) ?? name} ${en}`.trim(), zh: `${chineseFieldName(name)} ${zh}`.trim() };
}

/** What a field says, empty when its name is all. */
export function fieldValue({ name, text, value: number }: DecodedField): Text {
  const value = MERE_NAMES.has(name) ? '' : String(text ?? number);
  if (BYTE_COUNTS.has(name)) return { en: `${value} bytes`, zh: `${value} 字节` };
  if (name === 'timestamps') {
    return { en: value.replace(', echo', ' and echo'), zh: value.replace('value', '值').replace(', echo', '、回显') };
  }
  if (name === 'window scale') return { en: value, zh: value.replace('multiply by', '乘以') };
  return { en: value, zh: value };
}

/** The Chinese name of a field of a decoded frame; fields without one keep their own. */
export function chineseFieldName(name: string): string {
  return CHINESE.get(name) ?? name;
}
