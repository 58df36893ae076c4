/** The story: what the scene is about, questions before the answers, outcomes judged by the simulator, what the reader did. */
import type { Action } from '../engine/actions.ts';
import { clock, packetLine } from '../model/event-log.ts';
import type { Quiz, QuizChoice } from '../model/quiz.ts';
import { checksAt } from '../model/run.ts';
import { grouped, hostLabel } from './bits.tsx';
import { prefer, preferences, words } from './preferences.ts';
import {
  answerQuiz,
  comparison,
  goOnFromQuiz,
  load,
  moment,
  playhead,
  quiz,
  quizzes,
  run,
  scene,
  scenes,
  select,
  undo,
} from './store.ts';

export function Guide() {
  const w = words();
  const { language, asks } = preferences.value;
  const card = scene.value;
  const now = run.value;
  if (now === null)
    return (
      <aside class="guide">
        <p class="quiet">{w.loading}</p>
      </aside>
    );
  return (
    <aside class="guide" aria-label={w.guide}>
      {card === null ? null : (
        <header>
          <p class="eyebrow">
            {w.groups[card.group]}
            {card.isWhatIf ? ` · ${w.whatIf}` : ''}
          </p>
          <h2>{card.title[language]}</h2>
          <p class="summary">{card.summary[language]}</p>
        </header>
      )}
      <QuizCard />
      {quizzes.value.length > 0 ? (
        <label class="check">
          <input type="checkbox" checked={asks} onChange={(event) => prefer({ asks: event.currentTarget.checked })} />{' '}
          {w.askMe}
        </label>
      ) : null}
      {card?.group === 'free' ? null : <Outcomes />}
      <Deeds />
      <Neighbours />
    </aside>
  );
}

function QuizCard() {
  const w = words();
  const { language } = preferences.value;
  const asked = quiz.value;
  if (asked === null) return null;
  const { quiz: question, answer } = asked;
  const number = quizzes.value.indexOf(question) + 1;
  const called = ({ is, say }: QuizChoice): string => say?.[language] ?? is;
  const right = question.choices.find(({ is }) => is === question.answer);
  const chosen = question.choices.find(({ is }) => is === answer);
  return (
    <section class="card quiz" aria-live="polite">
      <p class="eyebrow">{w.questionOf(number, quizzes.value.length)}</p>
      <p class="question">{questionText(question)}</p>
      <div class={question.choices.some(({ say }) => say !== null) ? 'choices is-long' : 'choices'}>
        {question.choices.map((choice) => (
          <button
            key={choice.is}
            type="button"
            class={answer === null ? '' : choice === right ? 'is-right' : choice === chosen ? 'is-wrong' : ''}
            disabled={answer !== null}
            onClick={() => answerQuiz(choice.is)}
          >
            {called(choice)}
          </button>
        ))}
      </div>
      {chosen === undefined || right === undefined ? null : (
        <>
          {chosen === right ? null : (
            <p class="verdict is-wrong">
              <strong>{w.notSo(called(chosen))}</strong> {chosen.why?.[language]}
            </p>
          )}
          <p class="verdict is-right">
            <strong>{chosen === right ? w.right : w.wrong(called(right))}</strong> {right.why?.[language]}
          </p>
        </>
      )}
      <button type="button" class={answer === null ? 'show-me' : 'primary'} onClick={goOnFromQuiz}>
        {answer === null ? w.skipQuestion : w.goOn}
      </button>
    </section>
  );
}

function questionText(question: Quiz): string {
  const w = words();
  if (question.kind === 'story') return question.ask[preferences.value.language];
  const host = hostLabel(question.host);
  return question.kind === 'state' ? w.quizState(host, packetLine(question.row).split(' ')[0] ?? '') : w.quizNext(host);
}

function Outcomes() {
  const w = words();
  const now = run.value;
  const { language } = preferences.value;
  if (now === null) return null;
  const checks = checksAt(now, playhead.value.moment);
  const isOver = (moment.value?.checks ?? 0) >= now.checks.length;
  const isStuck = isOver && now.problem !== null && now.forgotten + playhead.value.moment >= now.scriptMoments - 1;
  const proof = now.rows.find(({ number }) => number === now.evidence) ?? null;
  const isTouched = now.recipe.actions.length > 0;
  return (
    <section class="card outcomes">
      <h3>{w.outcomes}</h3>
      {checks.length === 0 && !isStuck ? <p class="quiet">{w.outcomesAhead}</p> : null}
      {isTouched && checks.length > 0 ? <p class="quiet">{w.tampered}</p> : null}
      <ul>
        {checks.map(({ text, ok }) => (
          <li key={text.en} class={ok ? 'is-kept' : 'is-broken'}>
            <span aria-hidden="true">{ok ? '✓' : '✕'}</span> {text[language]}{' '}
            <span class="sr-only">({ok ? w.kept : w.broken})</span>
          </li>
        ))}
      </ul>
      {isOver && now.verdict !== null ? (
        <p class="verdict">
          <strong>{w.verdict}</strong> {now.verdict[language]}
        </p>
      ) : null}
      {isOver && proof !== null ? (
        <button type="button" onClick={() => void select(proof)}>
          {w.showPacket}: {packetLine(proof, preferences.value.isRaw)}
        </button>
      ) : null}
      {isOver && now.measured !== null ? <Measured /> : null}
      {isStuck ? <p class="verdict">{w.problem}</p> : null}
    </section>
  );
}

/** The number a mechanism changes, with it and without. */
function Measured() {
  const w = words();
  const { language } = preferences.value;
  const mine = run.value?.measured ?? null;
  const other = comparison.value;
  if (mine === null) return null;
  return (
    <div class="verdict measured">
      <p>
        <strong>{w.measured}</strong> {mine.name[language]}
      </p>
      <dl>
        <div>
          <dt>{scene.value?.title[language]}</dt>
          <dd>
            {amount(mine.value)} {mine.unit[language]}
          </dd>
        </div>
        {other?.measured == null ? null : (
          <div>
            <dt>
              <button type="button" onClick={() => void load({ scene: other.id, seed: 1, actions: [] })}>
                {other.title[language]}
              </button>
            </dt>
            <dd>
              {amount(other.measured.value)} {other.measured.unit[language]}
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

function amount(value: number): string {
  return Number.isInteger(value) ? grouped(value) : value.toFixed(2);
}

function Deeds() {
  const w = words();
  const actions = run.value?.recipe.actions ?? [];
  if (actions.length === 0) return <p class="quiet hint">{w.tryThis}</p>;
  return (
    <section class="card deeds">
      <h3>{w.yourDeeds}</h3>
      <ol>
        {actions.map((action, index) => (
          <li key={`${index}-${action.timeUs}`}>
            <span class="when">{clock(action.timeUs)}</span> {deedText(action)}
          </li>
        ))}
      </ol>
      <p class="undo">
        <button type="button" onClick={() => void undo(false)}>
          {w.undo}
        </button>
        {actions.length > 1 ? (
          <button type="button" onClick={() => void undo(true)}>
            {w.undoAll}
          </button>
        ) : null}
      </p>
    </section>
  );
}

/** The scenes before and after this one, in the order of a course. */
function Neighbours() {
  const { language } = preferences.value;
  const at = scenes.value.findIndex(({ id }) => id === scene.value?.id);
  const [before, after] = [scenes.value[at - 1], scenes.value[at + 1]];
  if (at < 0) return null;
  const go = (id: string) => void load({ scene: id, seed: 1, actions: [] });
  return (
    <nav class="neighbours" aria-label={words().scenes}>
      {before === undefined ? null : (
        <button type="button" onClick={() => go(before.id)}>
          ← {before.title[language]}
        </button>
      )}
      {after === undefined ? null : (
        <button type="button" onClick={() => go(after.id)}>
          {after.title[language]} →
        </button>
      )}
    </nav>
  );
}

function deedText(action: Action): string {
  const w = words();
  switch (action.kind) {
    case 'packet': {
      const row = run.value?.rows.find(({ packet }) => packet === action.packet);
      return `${row === undefined ? action.packet : packetLine(row)}: ${w.deedDone[action.what]}`;
    }
    case 'call':
      return `${hostLabel(action.host)}: ${w.calls[action.call]}`;
    case 'set':
      return `${hostLabel(action.host)}: ${action.name} = ${String(action.value)}`;
    default:
      return `${w.lineOf(lineName(action.link))}: ${Object.entries(action.change)
        .map(
          ([name, value]) =>
            `${w.link[name as keyof typeof w.link] ?? name} ${typeof value === 'boolean' ? w[value ? 'on' : 'off'] : value}`,
        )
        .join(', ')}`;
  }
}

/** By the hosts at its ends. */
function lineName(name: string): string {
  const link = run.value?.links.find((one) => one.name === name);
  return link?.hosts.map(hostLabel).join(' – ') ?? name;
}
