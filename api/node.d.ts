// What 'woshou/node' exports. Written by "npm run api:update".

export interface AddonBuildOptions {
    readonly compiler?: string;
    readonly headers?: string;
    readonly output?: string;
}

export type ControlCommand = (typeof CONTROL_COMMANDS)[number];

export class ControlError extends WoshouError {
    constructor(code: ControlErrorCode, message: string);
}

export type ControlErrorCode = 'ERR_CONTROL_NOT_RUNNING' | 'ERR_CONTROL_IN_USE' | 'ERR_CONTROL_TIMEOUT' | 'ERR_CONTROL_PROTOCOL' | 'ERR_CONTROL_REFUSED' | 'ERR_CONTROL_SYSTEM';

export interface ControlProvider {
    describeSockets(): unknown;
    describeCounters(): unknown;
}

export interface ControlRequestOptions {
    readonly timeoutMs?: number;
}

export class ControlServer {
    readonly path: string;
    constructor(provider: ControlProvider, path: string);
    listen(): Promise<void>;
    ref(): void;
    unref(): void;
    close(): Promise<void>;
}

export interface ControlServerOptions {
    readonly path?: string;
}

export interface Device {
    readonly name: string;
    readonly capabilities: LinkCapabilities;
    readonly mac: MacAddress | null;
    readonly statistics: Readonly<DeviceStatistics>;
    readonly isClosed: boolean;
    start(receiver: DeviceReceiver): void;
    transmitSlot(): Slot | null;
    commit(): void;
    flush(): void;
    ref(): void;
    unref(): void;
    close(): void;
}

export class DeviceError extends WoshouError {
    readonly fix: string;
    readonly errno: string;
    constructor(code: DeviceErrorCode, message: string, fix?: string, errno?: string);
}

export type DeviceErrorCode = 'ERR_DEVICE_PLATFORM' | 'ERR_DEVICE_KOFFI_MISSING' | 'ERR_DEVICE_TUN_MISSING' | 'ERR_DEVICE_PERMISSION' | 'ERR_DEVICE_BUSY' | 'ERR_DEVICE_CONFIGURATION' | 'ERR_DEVICE_ADDON' | 'ERR_DEVICE_CLOSED' | 'ERR_DEVICE_SYSTEM';

export interface DeviceReceiver {
    framesArrived(slots: readonly Slot[], count: number, isFull?: boolean): void;
    transmitReady(): void;
    deviceFailed(error: Error): void;
}

export interface DeviceStatistics {
    receivedFrames: number;
    receivedBytes: number;
    sentFrames: number;
    sentBytes: number;
    refusedFrames: number;
    malformedFrames: number;
    wakeups: number;
}

export interface DrivenStack<TSocket extends EventSocket> {
    receive(slot: Slot, nowUs: number): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    nextTimeoutUs(): number;
    handleTimeout(nowUs: number): void;
    pollEvent(): TSocket | null;
    batchTaken?(isFull: boolean): void;
}

export class Driver<TSocket extends EventSocket> implements PortHost {
    readonly time: DriverTime;
    constructor(options: DriverOptions<TSocket>);
    get isClosed(): boolean;
    get droppedFrames(): number;
    nowUs(): number;
    attachDevice(device: Device, interfaceId: number): void;
    attachLink(link: Link, ends: readonly LinkEnd[]): void;
    detach(attached: Device | Link): void;
    kick(): void;
    ref(): void;
    unref(): void;
    close(): void;
    receive(slot: Slot, nowUs: number): void;
    batchTaken(isFull: boolean): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    batchArrived(nowUs: number): void;
    deviceFailed(device: Device, error: Error): void;
}

export interface DriverHandler<TSocket extends EventSocket> {
    onEvent(socket: TSocket, events: number): void;
    onDeviceFailed?(device: Device, error: Error): void;
}

export class DriverHost implements SocketHost {
    readonly stack: Stack;
    readonly driver: Driver<SocketWithEvents>;
    constructor(options: DriverHostOptions);
    get name(): string;
    get nowUs(): number;
    kick(): void;
    ref(): void;
    unref(): void;
    addressesOf(name: string): readonly string[];
    namesOf(address: string): readonly string[];
}

export interface DriverHostOptions extends Omit<DriverOptions<SocketWithEvents>, 'stack' | 'handler'> {
    readonly stack: Stack;
    readonly handler?: DriverHandler<SocketWithEvents>;
    readonly hosts?: Readonly<Record<string, readonly string[]>>;
}

export interface DriverOptions<TSocket extends EventSocket> {
    readonly stack: DrivenStack<TSocket>;
    readonly handler: DriverHandler<TSocket>;
    readonly time?: DriverTime;
}

export interface DriverTime {
    readonly epochUs: number;
    nowUs(): number;
}

export interface EventSocket {
    takeEvents(): number;
}

export interface InetPlace {
    readonly host?: string;
    readonly port: number;
}

export type LinkEnd = {
    readonly interfaceId: number;
} | {
    readonly device: Device;
};

export class NodeEventLoop implements EventLoop {
    afterTurn(callback: () => void): void;
    setTimer(callback: () => void, delayMs: number): NodeJS.Timeout;
    clearTimer(timer: unknown): void;
    nowUs(): number;
    keepAlive(isWanted: boolean): void;
    watchResources(isWanted: boolean): void;
    pendingResource(): string | null;
    get outsideResources(): ReadonlySet<string>;
}

export class NodeTcpAuth implements TcpAuthAlgorithms {
    md5(bytes: Uint8Array): Uint8Array;
    hmacSha1(key: Uint8Array, bytes: Uint8Array): Uint8Array;
    aesCmac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}

export interface PacketOptions {
    readonly interface: string;
    readonly mac?: MacAddress | 'interface';
    readonly offload?: boolean | 'software';
    readonly sendsCrowds?: boolean;
}

export interface QemuDgramOptions extends EthernetOptions {
    readonly local: string | InetPlace;
    readonly remote: string | InetPlace;
}

export interface QemuStreamOptions extends EthernetOptions {
    readonly at: string | InetPlace;
    readonly role?: 'listen' | 'connect';
    readonly signal?: AbortSignal;
}

export class SystemRandom implements RandomSource {
    publicInt32(): number;
    secretInt32(): number;
}

export class SystemTime implements DriverTime {
    readonly epochUs: number;
    constructor();
    nowUs(): number;
}

export interface TunOptions {
    readonly name?: string;
    readonly mtu?: number;
    readonly addresses?: readonly string[];
    readonly configure?: boolean;
    readonly offload?: boolean | 'software';
    readonly watch?: WatchKind;
    readonly addon?: boolean;
}

export interface TunQueue {
    readonly device: Device;
    readonly index: number;
    readonly count: number;
    readonly data: unknown;
}

export class TunQueues {
    readonly name: string;
    readonly workers: readonly Worker[];
    readonly started: Promise<void>;
    constructor(name: string, opened: AttachedTun[], mtu: number, options: TunQueuesOptions);
    close(): Promise<void>;
}

export interface TunQueuesOptions extends Omit<TunOptions, 'watch' | 'addon'> {
    readonly application: URL;
    readonly queues?: number;
    readonly data?: unknown;
}

export type WatchKind = 'auto' | 'loop' | 'thread' | 'block';

export function buildAddon(options?: AddonBuildOptions): Promise<string>;

export function controlFolder(env?: NodeJS.ProcessEnv): string;

export function createPacketMemory(size: number): PacketMemory;

export function defaultControlPath(pid?: number, folder?: string): string;

export function findControlServers(folder?: string): Promise<{
    path: string;
    pid: number;
}[]>;

export function openInheritedTun(): Device;

export function openPacket(options: PacketOptions): Device;

export function openQemuDgram(options: QemuDgramOptions): Promise<Device>;

export function openQemuStream(options: QemuStreamOptions): Promise<Device>;

export function openTap(options?: TunOptions): Promise<Device>;

export function openTun(options?: TunOptions): Promise<Device>;

export function openTunQueues(options: TunQueuesOptions): Promise<TunQueues>;

export function requestControl(path: string, cmd: ControlCommand, options?: ControlRequestOptions): Promise<unknown>;

export function segmentInSoftware(device: Device): Device;

export function startControlServer(provider: ControlProvider, options?: ControlServerOptions): Promise<ControlServer>;

export function takeTunQueue(watch?: WatchKind): TunQueue;

// Not exported, but part of the above:

export interface AttachedTun {
    readonly fd: number;
    readonly name: string;
    readonly headerLength: 0 | 12;
    readonly offloads: Offloads;
}

export const CONTROL_COMMANDS: readonly ['ping', 'ss', 'nstat'];

interface EthernetOptions {
    readonly mtu?: number;
    readonly offload?: boolean;
    readonly mac?: MacAddress;
}

export type Offloads = Omit<LinkCapabilities, 'medium' | 'mtu'>;

export interface PortHost {
    receive(slot: Slot, nowUs: number): void;
    batchTaken(isFull: boolean): void;
    pollTransmit(nowUs: number, slot: Slot): boolean;
    batchArrived(nowUs: number): void;
    nowUs(): number;
    kick(): void;
    deviceFailed(device: Device, error: Error): void;
}
