// Collects the greedy answers of a check as they are written, the full model's and each variant's side by side.
import type { GenerationCompletion, WrittenAnswers } from '../../../contract/api/generations.ts';
import { findLoop } from '../../base/content/loop.ts';
import type { Event } from '../../base/backend/protocol.ts';
import type { Prepared } from '../evaluation/prepare-subjects.ts';
import { cutCompletion, shownPrompt } from './kept-texts.ts';
import type { PromptSet } from './prompt-sets.ts';

/** Maximum prompts of a set that are shown while they are answered. */
const MOST_SHOWN = 50;

type Draft = { text: string; tokens: number; readonly decoder: InstanceType<typeof TextDecoder> };
type Answers = (GenerationCompletion | Draft | undefined)[];

export class BeingWritten {
  readonly #full: Prepared;
  readonly #variants: readonly Prepared[];
  readonly #sets: readonly PromptSet[];
  readonly #answers = new Map<string, Answers>();

  constructor(full: Prepared, variants: readonly Prepared[], sets: readonly PromptSet[]) {
    this.#full = full;
    this.#variants = variants;
    this.#sets = sets;
  }

  /** Adds new parts of answers. @param parts new tokens, by prompt of the set */
  add(prepared: Prepared, set: PromptSet, parts: Event<'generate'>): void {
    const answers = this.#of(prepared, set);
    for (const { prompt, tokens, bytes } of parts) {
      const before = answers[prompt];
      const draft = before && 'decoder' in before ? before : { text: '', tokens: 0, decoder: new TextDecoder() };
      draft.text += draft.decoder.decode(bytes, { stream: true });
      draft.tokens += tokens.length;
      answers[prompt] = draft;
    }
  }

  /** Stores the finished answers of a set. @param completions one per prompt */
  end(prepared: Prepared, set: PromptSet, completions: readonly (GenerationCompletion | undefined)[]): void {
    this.#answers.set(keyOf(prepared, set), [...completions]);
  }

  /** The answers so far, for each variant and set. */
  view(): WrittenAnswers[] {
    return this.#variants.flatMap((variant) =>
      this.#sets.map((set): WrittenAnswers => {
        const full = this.#of(this.#full, set);
        const ours = this.#of(variant, set);
        return {
          label: variant.compared.label,
          variant: variant.compared.variant,
          selectionHash: variant.compared.selectionHash,
          domain: set.domain,
          examples: set.prompts.slice(0, MOST_SHOWN).map((prompt, i) => ({
            ...shownPrompt(prompt),
            sample: 0,
            full: asCompletion(full[i]),
            variant: asCompletion(ours[i]),
          })),
        };
      }),
    );
  }

  #of(prepared: Prepared, set: PromptSet): Answers {
    const key = keyOf(prepared, set);
    const answers = this.#answers.get(key) ?? [];
    this.#answers.set(key, answers);
    return answers;
  }
}

function keyOf({ hash }: Prepared, set: PromptSet): string {
  return `${hash} ${set.hash} ${set.domainId}`;
}

/** An answer as a completion; in an unfinished one only a loop can be detected. */
function asCompletion(answer: GenerationCompletion | Draft | undefined): GenerationCompletion | null {
  if (answer === undefined || 'findings' in answer) return answer ?? null;
  const { text, tokens } = answer;
  return cutCompletion({
    text,
    tokens,
    findings: { loop: findLoop(text), truncated: null, broken: null, answer: null },
  });
}
