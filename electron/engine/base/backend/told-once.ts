// Reports how completions grow, up to their ends.
import type { Event, Result } from './protocol.ts';

type Completion = Result<'generate'>['completions'][number];

/** What was added to a completion since the last report. */
type WrittenPart = Omit<Event<'generate'>[number], 'bytes'>;

/**
 * Reports every token exactly once. The native part sends its last tokens through a queue of its own, which may be read after the
 * result: the end reports what is still missing.
 */
export class ToldOnce {
  readonly #listener: (parts: WrittenPart[]) => void;
  /** The number of tokens reported for each prompt, and whether its end was. */
  readonly #progress = new Map<number, { readonly tokens: number; readonly isEnded: boolean }>();
  #isEnded = false;

  constructor(listener: (parts: WrittenPart[]) => void) {
    this.#listener = listener;
  }

  /** Reports parts as the native part sends them; ignores those that come after the end. */
  tell(parts: WrittenPart[]): void {
    if (this.#isEnded) return;
    for (const { prompt, tokens, stop } of parts) {
      const { tokens: before } = this.#of(prompt);
      this.#progress.set(prompt, { tokens: before + tokens.length, isEnded: stop !== null });
    }
    this.#listener(parts);
  }

  /** @param completions the final completion of each prompt */
  end(completions: readonly Completion[]): void {
    const rest = completions.flatMap(({ tokens, stop }, prompt) => {
      const progress = this.#of(prompt);
      return progress.isEnded ? [] : [{ prompt, tokens: tokens.slice(progress.tokens), stop }];
    });
    if (rest.length > 0) this.tell(rest);
    this.#isEnded = true;
  }

  #of(prompt: number): { readonly tokens: number; readonly isEnded: boolean } {
    return this.#progress.get(prompt) ?? { tokens: 0, isEnded: false };
  }
}
