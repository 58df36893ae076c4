/** woshou/node: a stack on a real machine: devices, the event-loop driver, time, randomness, the control socket. */
export { type AddonBuildOptions, buildAddon } from './addon-build.ts';
export {
  type ControlRequestOptions,
  findControlServers,
  requestControl,
} from './control-client.ts';
export {
  type ControlCommand,
  ControlError,
  type ControlErrorCode,
  controlFolder,
  defaultControlPath,
} from './control-protocol.ts';
export {
  type ControlProvider,
  ControlServer,
  type ControlServerOptions,
  startControlServer,
} from './control-server.ts';
export type { Device, DeviceReceiver, DeviceStatistics } from './device.ts';
export { DeviceError, type DeviceErrorCode } from './device-error.ts';
export { type DrivenStack, Driver, type DriverHandler, type DriverOptions, type EventSocket } from './driver.ts';
export { DriverHost, type DriverHostOptions } from './driver-host.ts';
export type { LinkEnd } from './driver-port.ts';
export { type DriverTime, SystemTime } from './driver-time.ts';
export { NodeEventLoop } from './event-loop.ts';
export type { WatchKind } from './fd-watch.ts';
export { openInheritedTun } from './inherited-tun.ts';
export { openPacket, type PacketOptions } from './packet.ts';
export {
  type InetPlace,
  openQemuDgram,
  openQemuStream,
  type QemuDgramOptions,
  type QemuStreamOptions,
} from './qemu.ts';
export { SystemRandom } from './random.ts';
export { segmentInSoftware } from './segmenting-device.ts';
export { NodeTcpAuth } from './tcp-auth.ts';
export { openTap, openTun, type TunOptions } from './tun.ts';
export {
  openTunQueues,
  type TunQueue,
  TunQueues,
  type TunQueuesOptions,
  takeTunQueue,
} from './tun-queues.ts';
export { createPacketMemory } from './wasm-memory.ts';
