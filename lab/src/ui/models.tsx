/** The two layer models side by side: how many of the packet's bytes belong to each layer, and why some have none. */
import { OSI_LAYERS, PROTOCOL_PLACES, TCP_IP_LAYERS } from '../../../src/scenes/layers/models.ts';
import type { Inspection } from '../engine/messages.ts';
import { preferences, words } from './preferences.ts';

export function Models({ taken }: { readonly taken: Inspection }) {
  const w = words();
  const { language } = preferences.value;
  const bytesOf = (osi: number): number =>
    taken.owners.filter((owner) => owner.osi === osi).reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <div class="table-box">
      <table class="models">
        <thead>
          <tr>
            <th scope="col">OSI</th>
            <th scope="col">{w.hex}</th>
            <th scope="col">TCP/IP</th>
          </tr>
        </thead>
        <tbody>
          {OSI_LAYERS.map((layer) => {
            const model = TCP_IP_LAYERS.find(({ id }) => id === layer.tcpIp);
            const isFirst = model?.osi[0] === layer.number;
            const bytes = bytesOf(layer.number);
            return (
              <tr key={layer.number} class={`model-${layer.tcpIp}`}>
                <th scope="row">
                  {layer.number} {layer.name[language]}
                </th>
                <td>
                  {bytes > 0 ? <b>{w.lengthOf(bytes)}</b> : null}
                  {bytes > 0 ? <code>{hexOf(taken, layer.number)}</code> : null}
                  <span class="quiet">
                    {bytes > 0 ? layer.task[language] : (layer.emptyBecause?.[language] ?? layer.task[language])}
                  </span>
                </td>
                {isFirst ? (
                  <td rowSpan={model.osi.length}>
                    <b>{model.name[language]}</b>
                    <span class="quiet">{familiesOf(layer.tcpIp)}</span>
                  </td>
                ) : null}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const BYTES_SHOWN = 48;

/** The layer's own bytes, as far as a table can show them. */
function hexOf({ bytes, owners, decoded }: Inspection, osi: number): string {
  const own = decoded.layers
    .filter((_, order) => owners[order]?.osi === osi)
    .flatMap(({ offset, length }) => [...bytes.subarray(offset, offset + length)]);
  const text = own.slice(0, BYTES_SHOWN).map((byte) => byte.toString(16).padStart(2, '0'));
  return `${text.join(' ')}${own.length > BYTES_SHOWN ? ' …' : ''}`;
}

/** The protocols that textbooks put there. */
function familiesOf(tcpIp: string): string {
  return PROTOCOL_PLACES.filter((place) => place.tcpIp === tcpIp)
    .map(({ name }) => name)
    .join(', ');
}
