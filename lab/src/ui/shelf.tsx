/** The shelf of scenes, the list of keys, and what can be taken away: dialogs over the page. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SceneCard } from '../engine/messages.ts';
import { Icon } from './bits.tsx';
import { dialog } from './dialog-state.ts';
import { preferences, words } from './preferences.ts';
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
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog
      ref={box}
      aria-label={title}
      onClose={() => {
        dialog.value = null;
      }}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="tool" aria-label={w.close} onClick={() => box.current?.close()}>
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
    void load({ scene: id, seed: 1, actions: [] });
  };
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
      {found.length === 0 ? <p class="quiet">{w.nothingFound}</p> : null}
      {GROUPS.map((group) => {
        const cards = found.filter((card) => card.group === group);
        return cards.length === 0 ? null : (
          <section key={group} class="shelf">
            <h3>{w.groups[group]}</h3>
            <ul>
              {cards.map((card) => (
                <li key={card.id}>
                  <button
                    type="button"
                    aria-current={run.value?.recipe.scene === card.id}
                    onClick={() => choose(card.id)}
                  >
                    <b>{card.title[language]}</b>
                    <span>{card.summary[language]}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}
