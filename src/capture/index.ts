/** Captures: pcap and pcapng written and read, frames recorded and taken apart. Bytes in, bytes out. */
export * from './captured.ts';
export * from './decode.ts';
export { flagsText } from './decode-transport.ts';
export * from './pcap.ts';
export * from './pcapng.ts';
export * from './pcapng-reader.ts';
export * from './recorder.ts';
