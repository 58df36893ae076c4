/** Segments without a Tcb: RST, what half-open connections and TIME-WAIT records send. Made here, sent as ordinary datagrams. */
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { Destination } from '../ip/destination.ts';
import { DEFAULT_SEND_OPTIONS, type IpSendOptions } from '../ip/ip-context.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import { signSegment } from '../tcp/auth/admission.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { writeAccEcnOption } from '../tcp/ecn/option-writing.ts';
import type { ControlSegment, TcpEnvironment } from '../tcp/environment.ts';
import { writeSynAckOptions } from '../tcp/opening/syn-ack.ts';
import { writeEarlyBlocks } from '../tcp/output/emit.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { writeNoOperations, writeTimestamps } from '../wire/tcp-option-writers.ts';

export class ControlSender {
  private readonly ip: IpLayer;
  private readonly memory = new PlainPacketMemory(64);
  private readonly settings: TcpSettings;
  readonly authAlgorithms: TcpAuthAlgorithms | null;
  private readonly options: IpSendOptions = { ...DEFAULT_SEND_OPTIONS, dontFragment: true };

  constructor(ip: IpLayer, settings: TcpSettings, algorithms: TcpAuthAlgorithms | null) {
    this.ip = ip;
    this.authAlgorithms = algorithms;
    this.settings = settings;
  }

  send(env: TcpEnvironment, control: ControlSegment): void {
    const { key } = control;
    const path = this.route(control);
    if (path === null) return;
    const { memory } = this;
    const auth = control.auth ?? control.parameters?.auth ?? null;
    // Options are written first: they tell how long the header is.
    let length = auth?.reserve(memory, TCP_HEADER_LENGTH) ?? TCP_HEADER_LENGTH;
    if (control.synAck !== undefined)
      length = writeSynAckOptions(env, control.synAck, memory, TCP_HEADER_LENGTH, length);
    else if (control.hasTimestamps) {
      length = writeTimestamps(memory, length, control.timestampValue, control.timestampEcho);
    }
    if (control.accEcn) {
      length = writeAccEcnOption(env, control.accEcn.ecn, memory, length, control.accEcn.counters);
      length = writeNoOperations(memory, TCP_HEADER_LENGTH, length, 0);
    }
    if (control.early) length = writeEarlyBlocks(control.early, memory, TCP_HEADER_LENGTH, length);
    const { seq, ack, flags, window } = control;
    emitTcpHeader(memory, 0, key.localPort, key.remotePort, seq, ack, flags, window, 0, length);
    if (auth !== null) signSegment(this, auth, key, { memory, offset: 0, headerLength: length, length });
    const pseudo = pseudoHeaderSumOf(key.localAddress, key.remoteAddress, IpProtocol.tcp, length);
    writeTcpChecksum(memory, 0, length, pseudo);
    const { options } = this;
    options.trafficClass = ((control.parameters?.trafficClass ?? 0) & 0xfc) | (control.codepoint ?? 0);
    options.hopLimit = control.parameters?.hopLimit || this.settings.default_hop_limit;
    options.flowLabel = control.parameters?.flowLabel ?? -1;
    options.ipOptions = control.parameters?.ipOptions ?? null;
    this.ip.sendDatagram(path, IpProtocol.tcp, memory, length, options);
  }

  /** The connection's own way, a source route's first stop included, unless routes have changed. */
  private route(control: ControlSegment): Destination | null {
    const own = control.parameters?.path as Destination | undefined;
    if (own !== undefined && own.generation === this.ip.generation) return own;
    return this.ip.lookup(own?.remote ?? control.key.remoteAddress, control.key.localAddress, -1);
  }
}
