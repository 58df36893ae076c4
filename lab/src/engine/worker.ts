/** The worker's end of the conversation: a question comes, an answer or a trouble goes. */
import { Laboratory, UnknownScene } from './laboratory.ts';
import type { Asked, Ready, Reply } from './messages.ts';

interface WorkerScope {
  onmessage: ((event: { readonly data: Asked }) => void) | null;
  postMessage(message: Reply | Ready): void;
}

const scope = globalThis as unknown as WorkerScope;
const laboratory = new Laboratory();

scope.onmessage = ({ data: { id, question } }) => {
  try {
    scope.postMessage({ id, answer: laboratory.answer(question) });
  } catch (error) {
    const trouble = error instanceof UnknownScene ? 'unknown-scene' : 'failed';
    scope.postMessage({ id, trouble, detail: error instanceof Error ? error.message : String(error) });
  }
};

scope.postMessage({ isReady: true });
