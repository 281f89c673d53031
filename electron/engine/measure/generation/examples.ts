// Shows completions of a stored check side by side with the full model's.
import type { GenerationCompletion, GenerationExample } from '../../../contract/api/generations.ts';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../contract/generation-checks.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { isFault } from './findings.ts';
import { generationLedger, getGeneration, readGenerationTexts, type StoredGeneration } from './stored-generation.ts';

type ExampleQuery = {
  readonly id: number;
  /** Limits the examples to those with this fault, in the variant or the full model; null: all. */
  readonly only: GenerationCheck | null;
  readonly offset: number;
  readonly limit: number;
};

/**
 * Returns examples: first those where only the variant fails, then those where the full model fails, then those where the
 * texts differ; within these by prompt and sample.
 * @throws WinnowError USAGE: the check was deleted
 */
export function generationExamples(
  store: Store,
  { id, only, offset, limit }: ExampleQuery,
): { readonly total: number; readonly examples: readonly GenerationExample[] } {
  const check = getGeneration(store, id);
  const texts = check && readGenerationTexts(store, id);
  if (!texts) throw new WinnowError('USAGE', say('checkDeleted'), { id });
  const full = fullTexts(store, check);
  const examples = texts.prompts.flatMap((prompt, p) =>
    (texts.completions[p] ?? []).map((variant, sample): GenerationExample => ({
      ...prompt,
      sample,
      full: full?.[p]?.[sample] ?? null,
      variant,
    })),
  );
  const wanted =
    only === null
      ? examples
      : examples.filter(
          ({ full: reference, variant }) =>
            isFault(only, variant.findings) || (reference !== null && isFault(only, reference.findings)),
        );
  const ordered = wanted.toSorted((a, b) => rankOf(a) - rankOf(b));
  return { total: ordered.length, examples: ordered.slice(offset, offset + limit) };
}

/** The rank of an example; lower ranks are more informative. */
function rankOf({ full, variant }: GenerationExample): number {
  const isOnlyOurs = GENERATION_CHECKS.some(
    (check) => isFault(check, variant.findings) && !(full && isFault(check, full.findings)),
  );
  if (isOnlyOurs) return 0;
  if (full && GENERATION_CHECKS.some((check) => isFault(check, full.findings))) return 1;
  return full?.text === variant.text ? 3 : 2;
}

/** The full model's completions; null: the check is the full model's own, or the full model's was deleted. */
function fullTexts(
  store: Store,
  { measured, settings: { full } }: StoredGeneration,
): readonly (readonly GenerationCompletion[])[] | null {
  const reference = full.measured === measured ? null : generationLedger(store).find(full.measured);
  return reference && (readGenerationTexts(store, reference.id)?.completions ?? null);
}
