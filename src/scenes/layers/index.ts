/** Stories of the layers, in the order of a course. */
import type { Scene } from '../scene.ts';
import { arpFirst } from './arp-first.ts';
import { layers } from './layers.ts';

export { bytesByLayer, type LayerBytes } from './layer-bytes.ts';
export {
  OSI_LAYERS,
  type OsiLayer,
  PROTOCOL_PLACES,
  type ProtocolPlace,
  TCP_IP_LAYERS,
  type TcpIpLayer,
  type TcpIpLayerId,
} from './models.ts';

export const LAYERS: readonly Scene[] = [arpFirst, layers];
