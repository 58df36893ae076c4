/** What can be taken away: a link, a capture, pictures, a log, a script. */

import { useState } from 'preact/hooks';
import { eventLog } from '../model/event-log.ts';
import { ladderSvg } from '../model/ladder-svg.ts';
import { hostLabel, Icon } from './bits.tsx';
import { isDark, preferences, words } from './preferences.ts';
import { raceAddress, raceSetup } from './race-store.ts';
import { address, exported, notice, openCapture, run, said, scene } from './store.ts';

const CAPTURE_MAX_BYTES = 64 << 20;

export function TakeAway() {
  const w = words();
  const [copied, setCopied] = useState<boolean | null>(null);
  const setup = raceSetup.value;
  const link = setup === null ? address() : raceAddress(setup);
  const share = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <div class="take-away">
      <button type="button" class="primary" onClick={() => void share()}>
        <Icon name="share" /> {w.share}
      </button>
      {copied === null ? null : (
        <label class="link">
          <span role="status">{copied ? w.shared : `${w.noClipboard} ${w.sharedByHand}`}</span>
          <input readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
      {setup === null ? <Downloads /> : null}
    </div>
  );
}

function Downloads() {
  const w = words();
  return (
    <>
      <button type="button" onClick={() => void savePcapng()}>
        <Icon name="download" /> {w.downloadPcapng}
      </button>
      <button type="button" onClick={() => save('ladder.svg', 'image/svg+xml', picture())}>
        <Icon name="download" /> {w.downloadSvg}
      </button>
      <button type="button" onClick={() => void savePng()}>
        <Icon name="download" /> {w.downloadPng}
      </button>
      <button type="button" onClick={() => save('events.txt', 'text/plain', log())}>
        <Icon name="download" /> {w.downloadLog}
      </button>
      <button type="button" onClick={() => void saveDrill()}>
        <Icon name="download" /> {w.downloadDrill}
      </button>
    </>
  );
}

function title(): string {
  return scene.value?.title[preferences.value.language] ?? '';
}

function log(): string {
  return eventLog(run.value?.rows ?? [], title(), preferences.value.language);
}

function picture(): string {
  const now = run.value;
  const { language } = preferences.value;
  const rows = (now?.rows ?? []).map((row) => ({
    ...row,
    from: hostLabel(row.from),
    to: row.to === '*' ? row.to : hostLabel(row.to),
  }));
  return ladderSvg(rows, { title: title(), hosts: (now?.hosts ?? []).map(hostLabel), language, isDark: isDark() });
}

async function savePcapng(): Promise<void> {
  const bytes = await exported('pcapng');
  if (bytes !== null) save(`${run.value?.recipe.scene ?? 'lab'}.pcapng`, 'application/octet-stream', bytes);
}

async function saveDrill(): Promise<void> {
  const bytes = await exported('drill');
  if (bytes !== null) save(`${run.value?.recipe.scene ?? 'lab'}.pkt`, 'text/plain', bytes);
}

/** The picture drawn by the browser, at twice its size. */
async function savePng(): Promise<void> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([picture()], { type: 'image/svg+xml' }));
  image.src = url;
  await image.decode();
  const canvas = document.createElement('canvas');
  const scale = Math.min(2, 16_000 / image.naturalHeight);
  canvas.width = image.naturalWidth * scale;
  canvas.height = image.naturalHeight * scale;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob !== null) save('ladder.png', 'image/png', blob);
}

function save(name: string, type: string, content: string | Uint8Array | Blob): void {
  const blob = content instanceof Blob ? content : new Blob([content as BlobPart], { type });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Opens a file somebody dropped or chose. */
export async function bringIn(file: File): Promise<void> {
  if (file.size > CAPTURE_MAX_BYTES) {
    said.value = words().captureTooBig(Math.round(file.size / (1 << 20)));
    return;
  }
  try {
    await openCapture(file.name, new Uint8Array(await file.arrayBuffer()));
  } catch {
    notice.value = 'read-failed';
  }
}
