/** The shelf of scenes, the list of keys, and what can be taken away: dialogs over the page. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { SceneCard } from '../engine/messages.ts';
import { FIRST_RACE } from '../engine/race-link.ts';
import { en } from '../words/en.ts';
import { zh } from '../words/zh.ts';
import { Icon } from './bits.tsx';
import { isNarrow } from './columns.ts';
import { dialog } from './dialog-state.ts';
import { preferences, words } from './preferences.ts';
import { beginRace, leaveRace, raceSetup } from './race-store.ts';
import { load, run, scenes } from './store.ts';
import { TakeAway } from './take-away.tsx';

export function Dialogs() {
  const w = words();
  switch (dialog.value) {
    case 'scenes':
      return (
        <Dialog title={w.chooseScene}>
          <Shelf />
        </Dialog>
      );
    case 'keys':
      return (
        <Dialog title={w.keys}>
          <Keys />
        </Dialog>
      );
    case 'take-away':
      return (
        <Dialog title={w.takeAway}>
          <TakeAway />
        </Dialog>
      );
    default:
      return null;
  }
}

function Dialog({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const w = words();
  const box = useRef<HTMLDialogElement>(null);
  // At once, both ways: a key that follows the one that opened or closed the dialog is meant for what is open then. The
  // browser's close event is all there is of an Escape before anything was touched, and else comes when this one is gone.
  const shut = (): void => {
    if (box.current === null) return;
    box.current.close();
    dialog.value = null;
  };
  useLayoutEffect(() => {
    box.current?.showModal();
    // A keyboard would cover half of a phone.
    if (!isNarrow()) box.current?.querySelector<HTMLElement>('input[type=search]')?.focus();
  }, []);
  return (
    <dialog ref={box} aria-label={title} onCancel={shut} onClose={shut}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="tool" aria-label={w.close} onClick={shut}>
          <Icon name="close" />
        </button>
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

function Keys() {
  return (
    <ul class="plain">
      {words()
        .keysHelp.split(/[;；:：]/)
        .slice(1)
        .map((line) => (
          <li key={line}>{line.trim()}</li>
        ))}
    </ul>
  );
}

const GROUPS = [
  'free',
  'opening',
  'closing',
  'life',
  'queues',
  'attack',
  'layers',
  'myths',
  'what-if',
  'mechanisms',
] as const;

function Shelf() {
  const w = words();
  const [wanted, setWanted] = useState('');
  const { language } = preferences.value;
  const fits = ({ title, summary, id }: SceneCard): boolean =>
    `${id} ${title.en} ${title.zh} ${summary.en} ${summary.zh}`.toLowerCase().includes(wanted.trim().toLowerCase());
  const found = scenes.value.filter(fits);
  const choose = (id: string): void => {
    dialog.value = null;
    if (raceSetup.value !== null) leaveRace();
    void load({ scene: id, seed: 1, actions: [] });
  };
  const isRace = `race ${en.race.title} ${zh.race.title}`.toLowerCase().includes(wanted.trim().toLowerCase());
  return (
    <>
      <input
        type="search"
        class="search"
        placeholder={w.search}
        aria-label={w.search}
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      {found.length === 0 && !isRace ? <p class="quiet">{w.nothingFound}</p> : null}
      {GROUPS.map((group) => {
        const cards = found.filter((card) => card.group === group);
        const hasRace = group === 'free' && isRace;
        return cards.length === 0 && !hasRace ? null : (
          <section key={group} class="shelf">
            <h3>{w.groups[group]}</h3>
            <ul>
              {cards.map((card) => (
                <li key={card.id}>
                  <button
                    type="button"
                    aria-current={raceSetup.value === null && run.value?.recipe.scene === card.id}
                    onClick={() => choose(card.id)}
                  >
                    <b>{card.title[language]}</b>
                    <span>{card.summary[language]}</span>
                  </button>
                </li>
              ))}
              {hasRace ? (
                <li>
                  <button
                    type="button"
                    aria-current={raceSetup.value !== null}
                    onClick={() => {
                      dialog.value = null;
                      void beginRace(FIRST_RACE);
                    }}
                  >
                    <b>{w.race.title}</b>
                    <span>{w.race.about}</span>
                  </button>
                </li>
              ) : null}
            </ul>
          </section>
        );
      })}
    </>
  );
}
