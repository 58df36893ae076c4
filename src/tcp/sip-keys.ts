/** Keys of SipHash as administrators write them: four words of 32 bits in hexadecimal, the form of net.ipv4.tcp_fastopen_key. */
import { ArgumentError } from '../base/errors.ts';

const KEY_FORM = /^[0-9a-f]{1,8}(-[0-9a-f]{1,8}){3}$/i;

/** @param name of the argument, for the message @throws ArgumentError */
export function parseSipKey(name: string, text: string): Int32Array {
  if (!KEY_FORM.test(text)) {
    throw new ArgumentError(name, `'${text}' is no key; write a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`);
  }
  return Int32Array.from(text.split('-'), (word) => Number.parseInt(word, 16) | 0);
}
