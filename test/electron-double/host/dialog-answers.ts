// What the person answers to native dialogs: queued by the test, before or shortly after a dialog appears.
import type { AskedDialog, DialogAnswer, DialogKind } from '../protocol.ts';

/** How long a dialog waits for its answer, in milliseconds. */
const PATIENCE_MS = 5000;

export class DialogAnswers {
  readonly asked: AskedDialog[] = [];
  readonly #answers: DialogAnswer[] = [];
  readonly #waiting: ((answer: DialogAnswer) => void)[] = [];
  readonly #onProblem: (text: string) => void;
  readonly #patienceMs: number;

  constructor(onProblem: (text: string) => void, patienceMs = PATIENCE_MS) {
    this.#onProblem = onProblem;
    this.#patienceMs = patienceMs;
  }

  answer(answer: DialogAnswer): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(answer);
    else this.#answers.push(answer);
  }

  /** An unanswered dialog is a failure of the test, and closes as if the person had pressed Escape. */
  ask(kind: DialogKind, options: unknown): Promise<DialogAnswer> {
    this.asked.push({ kind, options });
    const ready = this.#answers.shift();
    if (ready) return Promise.resolve(ready);
    return new Promise((resolve) => {
      const answer = (given: DialogAnswer): void => {
        clearTimeout(timer);
        resolve(given);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(answer), 1);
        this.#onProblem(`Nobody answered a native dialog: ${JSON.stringify({ kind, options })}`);
        resolve({ kind: 'cancel' });
      }, this.#patienceMs);
      this.#waiting.push(answer);
    });
  }

  /** @returns what was queued for dialogs that never came; it is dropped */
  takeUnused(): DialogAnswer[] {
    return this.#answers.splice(0);
  }
}
