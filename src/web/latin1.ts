/** Text whose characters are octets, as heads of HTTP messages are. */

const encoder = new TextEncoder();

/** Writes one octet for each character. `into` has room for them. */
export function writeLatin1(text: string, into: Uint8Array): void {
  // The platform's encoder is quick, and right as long as everything is ASCII: anything else takes two octets or does not fit.
  const { read, written } = encoder.encodeInto(text, into);
  if (read === text.length && written === text.length) return;
  for (let at = 0; at < text.length; at++) into[at] = text.charCodeAt(at);
}
