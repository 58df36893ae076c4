/** The page: bar above, story, stage with ladder, panels, transport below. On a phone one of them at a time. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './bits.tsx';
import { CapturePage } from './capture.tsx';
import { dialog } from './dialog-state.ts';
import { Guide } from './guide.tsx';
import { Ladder } from './ladder.tsx';
import { Panels } from './panels.tsx';
import { prefer, preferences, type Theme, words } from './preferences.ts';
import { raceSetup } from './race-store.ts';
import { Dialogs } from './shelf.tsx';
import { Stage } from './stage.tsx';
import { capture, isPlaying, notice, quiz, said, scene, selected } from './store.ts';
import { bringIn } from './take-away.tsx';
import { Transport } from './transport.tsx';

/** Which part a phone shows. */
export const part = signal<'guide' | 'ladder' | 'panels'>('ladder');

export function App() {
  const w = words();
  const isOver = useDropping();
  const isAsked = quiz.value !== null;
  const isScene = capture.value === null && raceSetup.value === null;
  useEffect(() => {
    if (isAsked) part.value = 'guide';
  }, [isAsked]);
  const chosen = selected.value;
  useEffect(() => {
    if (chosen !== null && part.peek() === 'guide') part.value = 'panels';
  }, [chosen]);
  const playing = isPlaying.value;
  useEffect(() => {
    if (playing) part.value = 'ladder';
  }, [playing]);
  return (
    <>
      <a class="skip" href="#ladder">
        {w.skip}
      </a>
      <Bar />
      <Notices />
      {raceSetup.value !== null ? (
        <LateRace />
      ) : capture.value !== null ? (
        <CapturePage />
      ) : (
        <main class="lab" data-part={part.value}>
          <Guide />
          <div class="centre">
            <Stage />
            <Ladder />
          </div>
          <Panels />
        </main>
      )}
      {isScene ? <Parts /> : null}
      {isScene ? <Transport /> : null}
      <Dialogs />
      {isOver ? (
        <div class="dropping" aria-hidden="true">
          {w.dropHere}
        </div>
      ) : null}
      <p class="sr-only" role="status" aria-live="polite">
        {said.value}
      </p>
    </>
  );
}

/** The page of races is loaded when the first one is asked for. */
function LateRace() {
  const [Page, setPage] = useState<(() => ComponentChildren) | null>(null);
  useEffect(() => {
    void import('./race.tsx').then(({ RacePage }) => setPage(() => RacePage));
  }, []);
  return Page === null ? <main class="quiet">{words().loading}</main> : <Page />;
}

function Bar() {
  const w = words();
  const { language, theme } = preferences.value;
  const input = useRef<HTMLInputElement>(null);
  return (
    <header class="bar">
      <span class="logo">
        <b>握手</b> {w.title === '握手实验室' ? '实验室' : w.title}
      </span>
      <button
        type="button"
        class="scene-button"
        onClick={() => {
          dialog.value = 'scenes';
        }}
      >
        <Icon name="book" /> <span>{shownTitle()}</span>
      </button>
      <h1 class="sr-only">{shownTitle()}</h1>
      <span class="space" />
      <button
        type="button"
        class="tool"
        aria-label={w.takeAway}
        title={w.takeAway}
        onClick={() => {
          dialog.value = 'take-away';
        }}
      >
        <Icon name="share" />
      </button>
      <button
        type="button"
        class="tool"
        aria-label={w.bringIn}
        title={w.bringIn}
        onClick={() => input.current?.click()}
      >
        <Icon name="open" />
      </button>
      <input
        ref={input}
        type="file"
        class="sr-only"
        tabIndex={-1}
        aria-label={w.bringIn}
        accept=".pcap,.pcapng,.cap"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file !== undefined) void bringIn(file);
        }}
      />
      <button
        type="button"
        class="tool is-wide"
        aria-label={w.keys}
        title={w.keys}
        onClick={() => {
          dialog.value = 'keys';
        }}
      >
        <Icon name="keys" />
      </button>
      <button
        type="button"
        class="tool"
        aria-label={`${w.theme}: ${w.themes[theme]}`}
        title={`${w.theme}: ${w.themes[theme]}`}
        onClick={() => prefer({ theme: nextTheme(theme) })}
      >
        <Icon name="moon" />
      </button>
      <button
        type="button"
        class="language"
        lang={language === 'zh' ? 'en' : 'zh'}
        onClick={() => prefer({ language: language === 'zh' ? 'en' : 'zh' })}
      >
        {w.otherLanguage}
      </button>
    </header>
  );
}

function shownTitle(): string {
  const w = words();
  if (raceSetup.value !== null) return w.race.title;
  return scene.value?.title[preferences.value.language] ?? w.scenes;
}

function nextTheme(theme: Theme): Theme {
  return theme === 'auto' ? 'dark' : theme === 'dark' ? 'light' : 'auto';
}

function Notices() {
  const w = words();
  const text = notice.value === null ? said.value : w.notices[notice.value];
  if (text === '') return null;
  return (
    <div class="notice" role="alert">
      <p>{text}</p>
      <button
        type="button"
        onClick={() => {
          notice.value = null;
          said.value = '';
        }}
      >
        {w.dismiss}
      </button>
    </div>
  );
}

function Parts() {
  const w = words();
  const names = { guide: w.guide, ladder: w.ladder, panels: w.details } as const;
  return (
    <nav class="parts" aria-label={w.title}>
      {(['guide', 'ladder', 'panels'] as const).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={part.value === name}
          onClick={() => {
            part.value = name;
          }}
        >
          {names[name]}
        </button>
      ))}
    </nav>
  );
}

/** A file dragged over the page; it is opened when it is dropped. */
function useDropping(): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void bringIn(file);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return isOver;
}
