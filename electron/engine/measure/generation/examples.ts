// Shows completions of a stored check side by side with the full model's.
import type { GenerationExample } from '../../../contract/api/generations.ts';
import { GENERATION_CHECKS } from '../../../contract/generation-checks.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { isFault } from './findings.ts';
import { generationLedger, getGeneration, readGenerationTexts } from './stored-generation.ts';

/** More are not read. */
const MOST_EXAMPLES = 100;

/**
 * Returns examples: first those where only the variant fails, then those where the full model fails, then those where the
 * texts differ; within these by prompt.
 * @throws WinnowError USAGE: the check, or the full model's, was deleted
 */
export function generationExamples(
  store: Store,
  id: number,
): { readonly total: number; readonly examples: GenerationExample[] } {
  const check = getGeneration(store, id);
  const texts = check && readGenerationTexts(store, id);
  const reference = check && generationLedger(store).find(check.settings.full.measured);
  const full = reference && readGenerationTexts(store, reference.id);
  if (!texts || !full) throw new WinnowError('USAGE', say('checkDeleted'), { id });
  const examples = texts.prompts.flatMap((prompt, i): GenerationExample[] => {
    const [ours, theirs] = [texts.completions[i], full.completions[i]];
    return ours && theirs ? [{ ...prompt, full: theirs, variant: ours }] : [];
  });
  return {
    total: examples.length,
    examples: examples.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, MOST_EXAMPLES),
  };
}

/** The rank of an example; lower ranks are more informative. */
function rankOf({ full, variant }: GenerationExample): number {
  if (GENERATION_CHECKS.some((check) => isFault(check, variant.findings) && !isFault(check, full.findings))) return 0;
  if (GENERATION_CHECKS.some((check) => isFault(check, full.findings))) return 1;
  return full.text === variant.text ? 3 : 2;
}
