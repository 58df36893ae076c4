/** The page begins: preferences, the app, the loop, and offline use where the browser has it. */
import { render } from 'preact';
import { isRaceLink } from './engine/race-link.ts';
import { App } from './ui/app.tsx';
import { startKeys } from './ui/keys.ts';
import { frameTimesMs, startLoop } from './ui/loop.ts';
import { apply } from './ui/preferences.ts';
import { beginLinkedRace, leaveRace, raceSetup } from './ui/race-store.ts';
import { advance, endWorker, follow, start } from './ui/store.ts';

apply();
const root = document.getElementById('lab');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
startLoop();
startKeys();
void begin();
addEventListener('hashchange', () => void go());
/** A scene or a race, as the address says. Behind a race stands the first scene. */
async function begin(): Promise<void> {
  const { hash } = location;
  const isRace = isRaceLink(hash);
  await start(isRace ? '' : hash);
  if (isRace) await beginLinkedRace(hash);
}

async function go(): Promise<void> {
  const { hash } = location;
  if (isRaceLink(hash)) await beginLinkedRace(hash);
  else {
    if (raceSetup.value !== null) leaveRace();
    await follow(hash);
  }
}

// For tests and measurements: nothing in the page uses it.
Object.assign(globalThis, { woshouLab: { frameTimesMs, endWorker, advance } });
if (import.meta.env.PROD && 'serviceWorker' in navigator && isSecureContext) {
  void navigator.serviceWorker.register(new URL('./sw.js', document.baseURI)).catch(() => undefined);
}
