/** The socket interface of POSIX and Linux over a stack. */
export { POSIX } from './constants.ts';
export { type EpollEvent, EpollWaitCall } from './epoll-file.ts';
export { ERRNO, type Errno } from './errno.ts';
export type { OpenFile } from './open-file.ts';
export type { PollEntry } from './poll-call.ts';
export {
  type ControlMessage,
  type Linger,
  type Md5Signature,
  type OptionValue,
  PosixCall,
  type SocketName,
} from './posix-call.ts';
export { type MessageHeader, PosixSockets } from './posix-sockets.ts';
export type { NameArgument } from './socket-name.ts';
export { StreamFile } from './stream-file.ts';
