/** Talks to the worker. When it dies it is started again, and whoever waited is told so that nothing hangs. */
import type { Answers, Asked, Question, Ready, Reply, Trouble } from '../engine/messages.ts';

export class WorkerTrouble extends Error {
  readonly trouble: Trouble | 'died';

  constructor(trouble: Trouble | 'died', detail: string) {
    super(detail);
    this.trouble = trouble;
  }
}

interface Waiting {
  resolve(answer: Answers[keyof Answers]): void;
  reject(error: WorkerTrouble): void;
}

export class WorkerClient {
  private worker: Worker | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  /** Asked while the worker was still loading; null once it listens. */
  private early: Asked[] | null = [];
  private readonly onDeath: () => void;

  constructor(onDeath: () => void) {
    this.onDeath = onDeath;
  }

  ask<Kind extends Question['kind']>(question: Extract<Question, { kind: Kind }>): Promise<Answers[Kind]> {
    const worker = this.worker ?? this.start();
    this.worker = worker;
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: (answer) => resolve(answer as Answers[Kind]), reject });
      if (this.early === null) worker.postMessage({ id, question } satisfies Asked);
      else this.early.push({ id, question });
    });
  }

  /** Ends the worker, as a browser short of memory does; the next question starts another. */
  end(): void {
    this.worker?.terminate();
    this.worker = null;
    this.early = [];
    for (const { reject } of this.waiting.values()) reject(new WorkerTrouble('died', 'the worker ended'));
    this.waiting.clear();
  }

  private start(): Worker {
    const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Reply | Ready>) => {
      if ('isReady' in data) {
        for (const asked of this.early ?? []) worker.postMessage(asked);
        this.early = null;
        return;
      }
      const one = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ('answer' in data) one?.resolve(data.answer);
      else one?.reject(new WorkerTrouble(data.trouble, data.detail));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end();
      this.onDeath();
    };
    return worker;
  }
}
