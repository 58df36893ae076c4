/** Segments without a connection: RST, and the ACKs of TIME-WAIT records. Made here, sent as ordinary datagrams. */
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { IpSendOptions } from '../ip/ip-context.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import type { ControlSegment } from '../tcp/environment.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import { pseudoHeaderSumOf } from '../wire/checksum.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { writeTimestamps } from '../wire/tcp-option-writers.ts';

export class ControlSender {
  private readonly ip: IpLayer;
  private readonly memory = new PlainPacketMemory(64);
  private readonly options: IpSendOptions;

  constructor(ip: IpLayer, settings: TcpSettings) {
    this.ip = ip;
    this.options = {
      trafficClass: 0,
      hopLimit: settings.default_hop_limit,
      flowLabel: -1,
      dontFragment: true,
      ipOptions: null,
    };
  }

  send(control: ControlSegment): void {
    const { key } = control;
    const path = this.ip.lookup(key.remoteAddress, key.localAddress, -1);
    if (path === null) return;
    const { memory } = this;
    const length = TCP_HEADER_LENGTH + (control.hasTimestamps ? 12 : 0);
    const { seq, ack, flags, window } = control;
    const at = emitTcpHeader(memory, 0, key.localPort, key.remotePort, seq, ack, flags, window, 0, length);
    if (control.hasTimestamps) writeTimestamps(memory, at, control.timestampValue, control.timestampEcho);
    const pseudo = pseudoHeaderSumOf(key.localAddress, key.remoteAddress, IpProtocol.tcp, length);
    writeTcpChecksum(memory, 0, length, pseudo);
    this.options.trafficClass = control.trafficClass;
    this.ip.sendDatagram(path, IpProtocol.tcp, memory.u8, length, this.options);
  }
}
