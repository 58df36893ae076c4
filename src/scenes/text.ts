/** Words in the two languages of the stories, and the names of the hosts in each. */

/** The same sentence twice: each written in its own language, neither a translation word by word. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

const HOST_NAMES: ReadonlyMap<string, Text> = new Map([
  ['client', { en: 'the client', zh: '客户端' }],
  ['server', { en: 'the server', zh: '服务器' }],
  ['attacker', { en: 'the attacker', zh: '攻击者' }],
  ['scanner', { en: 'the scanner', zh: '扫描者' }],
  ['old-system', { en: 'the old system', zh: '老系统' }],
  ['trusted', { en: 'the trusted host', zh: '受信主机' }],
  ['peer', { en: 'the hand-made peer', zh: '手工对端' }],
  ['two-way', { en: 'the what-if server', zh: '“假如”服务器' }],
  ['no-wait', { en: 'the server that does not wait', zh: '不等待的服务器' }],
  ['clock-isn', { en: 'the clock-only server', zh: '“只用时钟”的服务器' }],
  ['one-isn', { en: 'the one-number server', zh: '“号不变”的服务器' }],
  ['bystander', { en: 'the bystander', zh: '旁观主机' }],
  ['router', { en: 'the router', zh: '路由器' }],
  ['network', { en: 'the network', zh: '网络' }],
  ['a', { en: 'A', zh: ' A ' }],
  ['b', { en: 'B', zh: ' B ' }],
]);

/** How a sentence calls a host. */
export function hostName(name: string): Text {
  return HOST_NAMES.get(name) ?? { en: name, zh: ` ${name} ` };
}

/** `1 byte`, `2 bytes`. */
export function byteCount(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** `text` with a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Chinese put together from parts: one space at most, none beside full-width punctuation or at the ends. */
export function tidyChinese(text: string): string {
  return text
    .replace(/ {2,}/g, ' ')
    .replace(/ ?([，。；：、！？（）“”]) ?/g, '$1')
    .trim();
}
