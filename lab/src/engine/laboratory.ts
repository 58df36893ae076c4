/** Answers the page's questions: one session at a time. Knows neither the page nor that it runs in a worker. */
import { decodeFrame } from '../../../src/capture/decode.ts';
import { bytesByLayer, findScene, playScene, SCENES, type Scene } from '../../../src/scenes/index.ts';
import { askedOf } from '../questions/asked.ts';
import type { AskedQuestion } from '../questions/asked-question.ts';
import { evidenceOf } from '../questions/evidence.ts';
import { inOrder } from './actions.ts';
import { viewCapture } from './capture-view.ts';
import { drillScript } from './drill-script.ts';
import { FREE_STAGE } from './free-stage.ts';
import type { Answers, Comparison, History, LinkCard, Question, SceneCard } from './messages.ts';
import { RaceRun } from './race-run.ts';
import { Session } from './session.ts';
import { SETTINGS } from './settings-list.ts';

/** A recipe names a scene that is not here: from another version. */
export class UnknownScene extends Error {}

/** Events that are played beyond the script at once, so that the page has something to show. */
const FIRST_EVENTS = 400;

export class Laboratory {
  private session: Session | null = null;
  private race: RaceRun | null = null;
  private questions: readonly AskedQuestion[] = [];
  private evidence: number | null = null;

  answer<Kind extends Question['kind']>(question: Extract<Question, { kind: Kind }>): Answers[Kind];
  answer(question: Question): Answers[keyof Answers] {
    switch (question.kind) {
      case 'scenes':
        return [FREE_STAGE, ...SCENES].filter(({ needsAuth }) => !needsAuth).map(cardOf);
      case 'load':
        this.session = new Session(sceneOf(question.recipe.scene), question.recipe);
        this.session.advance(FIRST_EVENTS);
        return this.history(0, false);
      case 'act': {
        const { deed, event, timeUs } = question;
        const { session, from } = this.current.act({ ...deed, event, timeUs });
        return this.goOn(session, from);
      }
      case 'rewrite': {
        const { session, from } = this.current.rewrite(inOrder(question.actions), question);
        return this.goOn(session, from);
      }
      case 'advance': {
        const from = this.current.forgotten + this.current.moments.length;
        this.current.advance(question.events);
        return this.history(from, true);
      }
      case 'inspect': {
        const frame = this.current.rows.frameOf(question.row);
        if (frame === null) return null;
        return {
          bytes: frame.bytes,
          decoded: decodeFrame(frame.bytes, frame.medium),
          owners: bytesByLayer(frame.bytes, frame.medium).map(({ osi, tcpIp, from, to }) => ({
            osi,
            tcpIp,
            bytes: to - from,
          })),
        };
      }
      case 'compare':
        return this.compare();
      case 'export':
        return question.what === 'pcapng'
          ? this.current.stage.finish(this.current.scene.title.en).pcapng
          : new TextEncoder().encode(drillScript(this.current));
      case 'race':
        this.race = new RaceRun(question.setup);
        return this.race.advance(1);
      case 'race-on':
        if (this.race === null) throw new Error('no race has begun');
        return this.race.advance(question.intervals);
      default:
        return viewCapture(question.bytes);
    }
  }

  private get current(): Session {
    if (this.session === null) throw new Error('no scene is loaded');
    return this.session;
  }

  /** Mechanisms come in pairs: `sack` and `sack-off`. */
  private compare(): Comparison | null {
    const { id } = this.current.scene;
    const other = findScene(id.endsWith('-off') ? id.slice(0, -4) : `${id}-off`);
    if (other === null || other.needsAuth) return null;
    const played = playScene(other, { seed: this.current.stage.seed });
    return { id: other.id, title: other.title, measured: played.measured ?? null };
  }

  private goOn(session: Session, from: number): History {
    this.session = session;
    session.advance(FIRST_EVENTS);
    return this.history(from, false);
  }

  private history(fromMoment: number, onlyNew: boolean): History {
    const session = this.current;
    const { stage, network } = session;
    const { from, rows } = session.rows.rows(network.nowUs, onlyNew, network.watch.held);
    const { checks, measured } = stage;
    // What is only added behind does not change them.
    if (!onlyNew) {
      const seen = { rows, moments: session.moments, checks, measured };
      this.questions = askedOf(session.scene.id, seen);
      this.evidence = evidenceOf(session.scene.id, seen);
    }
    return {
      recipe: session.recipe,
      fromMoment: Math.max(fromMoment, session.forgotten),
      moments: session.moments.slice(Math.max(0, fromMoment - session.forgotten)),
      fromRow: from,
      rows,
      hosts: stage.hostNames,
      links: network.links.map(linkCard),
      settings: settingsOf(session),
      checks,
      verdict: stage.verdict,
      measured,
      questions: this.questions,
      evidence: this.evidence,
      problem: session.problem,
      scriptMoments: session.scriptMoments,
      isIdle: session.isIdle,
      forgotten: session.forgotten,
    };
  }
}

function sceneOf(id: string): Scene {
  const scene = id === FREE_STAGE.id ? FREE_STAGE : findScene(id);
  if (scene === null || scene.needsAuth) throw new UnknownScene(id);
  return scene;
}

function cardOf(scene: Scene): SceneCard {
  const { id, title, summary } = scene;
  const group = scene === FREE_STAGE ? 'free' : scene.group;
  return { id, group, title, summary, isWhatIf: scene.whatIf ?? false };
}

function linkCard(link: Session['network']['links'][number]): LinkCard {
  const { delayMs, jitterMs, loss, reorder, rateBps, cut } = link.impairment.settingsOf(0);
  const { medium } = link.link.capabilities;
  return {
    name: link.name,
    hosts: link.hosts.map(({ name }) => name),
    medium,
    delayMs,
    jitterMs,
    loss,
    reorder,
    rateBps,
    cut,
  };
}

function settingsOf({ stage, network }: Session): History['settings'] {
  const all: Record<string, Record<string, number | string | boolean>> = {};
  for (const host of network.hosts) {
    if (stage.setting.crafted.has(host.name)) continue;
    const settings = host.stack.tcp.settings as unknown as Record<string, number | string | boolean>;
    all[host.name] = Object.fromEntries(SETTINGS.map(({ name }) => [name, settings[name] ?? 0]));
  }
  return all;
}
