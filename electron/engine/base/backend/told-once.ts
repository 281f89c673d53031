// What completions are told to grow by, up to their ends.
import type { Completion, WrittenPart } from '../../../../native/index.ts';

/**
 * The native part tells its last words by a queue of their own, which may be read after the result: the end tells what is missing, and
 * nothing is told twice.
 */
export class ToldOnce {
  readonly #listener: (parts: WrittenPart[]) => void;
  /** Tokens that were told, by prompt, and whether the end was. */
  readonly #told = new Map<number, { readonly tokens: number; readonly isEnded: boolean }>();
  #isEnded = false;

  constructor(listener: (parts: WrittenPart[]) => void) {
    this.#listener = listener;
  }

  /** As the native part tells it; nothing any more behind the end. */
  tell(parts: WrittenPart[]): void {
    if (this.#isEnded) return;
    for (const { prompt, tokens, stop } of parts) {
      const { tokens: before } = this.#of(prompt);
      this.#told.set(prompt, { tokens: before + tokens.length, isEnded: stop !== null });
    }
    this.#listener(parts);
  }

  /** @param completions of each prompt, as they came out */
  end(completions: readonly Completion[]): void {
    const rest = completions.flatMap(({ tokens, stop }, prompt) => {
      const told = this.#of(prompt);
      return told.isEnded ? [] : [{ prompt, tokens: tokens.slice(told.tokens), stop }];
    });
    if (rest.length > 0) this.tell(rest);
    this.#isEnded = true;
  }

  #of(prompt: number): { readonly tokens: number; readonly isEnded: boolean } {
    return this.#told.get(prompt) ?? { tokens: 0, isEnded: false };
  }
}
