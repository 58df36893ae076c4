/** A packet taken apart: layer by layer, every field in words and bytes, and the bytes coloured by their layer. */
import { useState } from 'preact/hooks';
import type { DecodedField, DecodedLayer } from '../../../src/capture/decoded.ts';
import { chineseFieldName, fieldValue } from '../../../src/scenes/layers/field-names.ts';
import type { Inspection } from '../engine/messages.ts';
import { packetLine } from '../model/event-log.ts';
import { hostLabel } from './bits.tsx';
import { preferences, words } from './preferences.ts';
import { inspection, scene, selectedRow } from './store.ts';

export function Packet() {
  const w = words();
  const row = selectedRow.value;
  const taken = inspection.value;
  if (row === null || taken === null) return <p class="quiet">{w.choosePacket}</p>;
  return (
    <div class="packet">
      <p class="packet-head">
        <b>{packetLine(row, preferences.value.isRaw)}</b>
        <span class="quiet">{w.direction(hostLabel(row.from), hostLabel(row.to))}</span>
      </p>
      <Layers taken={taken} />
      <LayerModels taken={taken} />
    </div>
  );
}

export function Layers({ taken }: { readonly taken: Inspection }) {
  const [lit, setLit] = useState<DecodedField | null>(null);
  return (
    <>
      <Bytes taken={taken} lit={lit} />
      {taken.decoded.layers.map((layer, order) => (
        <Layer
          key={`${layer.name}-${layer.offset}`}
          layer={layer}
          place={placeOf(taken, order)}
          bytes={taken.bytes}
          onLight={setLit}
        />
      ))}
    </>
  );
}

/** The layer of the TCP/IP model to which a decoded layer belongs: it gives the colour, here and in the models. */
function placeOf({ owners }: Inspection, order: number): string {
  return owners[order]?.tcpIp ?? 'application';
}

function Layer({
  layer,
  place,
  bytes,
  onLight,
}: {
  readonly layer: DecodedLayer;
  readonly place: string;
  readonly bytes: Uint8Array;
  readonly onLight: (field: DecodedField | null) => void;
}) {
  const w = words();
  return (
    <details class={`layer is-${place}`} open={layer.name === 'tcp' || layer.name === 'arp' || layer.name === 'icmp'}>
      <summary>
        <b>{w.layerNames[layer.name]}</b> <span class="quiet">{w.lengthOf(layer.length)}</span>
      </summary>
      {layer.problem === null ? null : <p class="problem">{layer.problem}</p>}
      {layer.fields.length === 0 ? null : (
        <table>
          <tbody>
            {layer.fields.map((field) => (
              <tr
                key={`${field.name}-${field.offset}`}
                onPointerEnter={() => onLight(field)}
                onPointerLeave={() => onLight(null)}
              >
                <th scope="row">{fieldName(field.name)}</th>
                <td>{fieldValue(field)[preferences.value.language]}</td>
                <td class="bytes" title={w.fieldAt(field.offset, field.length)}>
                  {hex(bytes, field.offset, field.length)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

function fieldName(name: string): string {
  return preferences.value.language === 'zh' ? chineseFieldName(name) : name;
}

const BYTES_MAX = 256;
const FIELD_BYTES_MAX = 12;

function hex(bytes: Uint8Array, offset: number, length: number): string {
  const shown = bytes.subarray(offset, offset + Math.min(length, FIELD_BYTES_MAX));
  const text = Array.from(shown, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return length > FIELD_BYTES_MAX ? `${text} …` : text;
}

/** All bytes, each in the colour of its layer. */
function Bytes({ taken, lit }: { readonly taken: Inspection; readonly lit: DecodedField | null }) {
  const w = words();
  const { bytes, decoded } = taken;
  const rest = bytes.length - BYTES_MAX;
  return (
    <div class="hex" role="img" aria-label={`${w.hex}: ${w.lengthOf(bytes.length)}`}>
      {decoded.layers.map((layer, order) =>
        Array.from(bytes.subarray(layer.offset, Math.min(layer.offset + layer.length, BYTES_MAX)), (byte, index) => {
          const at = layer.offset + index;
          const isLit = lit !== null && at >= lit.offset && at < lit.offset + lit.length;
          return (
            <span key={at} class={`is-${placeOf(taken, order)}${isLit ? ' is-lit' : ''}`}>
              {byte.toString(16).padStart(2, '0')}
            </span>
          );
        }),
      )}
      {rest > 0 ? <span class="quiet">+{rest}</span> : null}
    </div>
  );
}

/** The models of the textbooks: their words are loaded when somebody opens them. */
function LayerModels({ taken }: { readonly taken: Inspection }) {
  const [loaded, setLoaded] = useState<typeof import('./models.tsx') | null>(null);
  const open = (): void => {
    if (loaded === null) void import('./models.tsx').then((models) => setLoaded(models));
  };
  // In the stories about layers this is what one came for.
  return (
    <details class="layer" onToggle={open} open={scene.value?.group === 'layers'}>
      <summary>
        <b>{words().models}</b>
      </summary>
      {loaded === null ? null : <loaded.Models taken={taken} />}
    </details>
  );
}
