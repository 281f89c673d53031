// Stores checks of answers in the database under a hash of what was continued, so that nothing is generated twice.
import { z } from 'zod';
import {
  generationCompletionSchema,
  generationFiguresSchema,
  generationPromptSchema,
  type GenerationFigures,
  type GenerationCompletion,
  type GenerationExample,
} from '../../../contract/api/generations.ts';
import type { Placement } from '../../../contract/requests.ts';
import type { Store } from '../../store/database.ts';
import { getGenerationTexts, Ledger, type LedgerEntry } from '../../store/measurements.ts';
import { measuredSchema, workHash } from '../evaluation/figure-ledger.ts';
import type { Prompt } from './prompts.ts';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../contract/generation-checks.ts';
import { median } from '../../base/statistics/numbers.ts';
import { differenceOf, rateOf } from '../../base/statistics/proportions.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { isFault } from './findings.ts';

/** To be raised when a code change alters completions or findings: those of other versions are not reused. */
const CHECKING_VERSION = 1;

const settingsSchema = measuredSchema.extend({
  label: z.string(),
  /** `measured` identifies the full model's completions of the same prompts. */
  full: z.object({ fingerprint: z.string(), measured: z.string() }),
  /** `id` null: the prompts came from files. `isKnown` false: their domain is not known, and `name` names the files. */
  domain: z.object({ id: z.int().nullable(), name: z.string(), isKnown: z.boolean().default(true) }),
  maxTokens: z.int(),
});
type GenerationSettings = Readonly<z.infer<typeof settingsSchema>>;

/** What figures need to know about one completion. */
const judgedSchema = z.object({
  loop: z.boolean(),
  truncated: z.boolean().nullable(),
  broken: z.boolean().nullable(),
  answer: z.boolean().nullable(),
  tokens: z.int(),
});

/** One completion a prompt; at least one. */
export type JudgedPrompts = readonly Readonly<z.infer<typeof judgedSchema>>[];

const resultSchema = z.object({ figures: generationFiguresSchema, judged: z.array(judgedSchema) });

const textsSchema = z.object({
  prompts: z.array(generationPromptSchema),
  /** One a prompt. */
  completions: z.array(generationCompletionSchema),
});
export type GenerationTexts = Readonly<z.infer<typeof textsSchema>>;

/** Figures of the completions, and the findings on each. */
type GenerationResult = { readonly figures: GenerationFigures; readonly judged: JudgedPrompts };

export type StoredGeneration = LedgerEntry<GenerationSettings, GenerationResult>;

/** Everything that the completions and their findings depend on. */
type Generated = {
  /** The subject's `maskedHash`. */
  readonly subject: string;
  /** Hash of the `PromptSet`. */
  readonly prompts: string;
  readonly maxTokens: number;
  readonly placement: Placement;
};

/** A hash that is equal for equal completions. SHA-256, hex. */
export function generatedHash(generated: Generated): string {
  return workHash(CHECKING_VERSION, generated);
}

/** Checks of variants and full models; `readGenerationTexts` reads the texts of an entry. */
export function generationLedger(store: Store): Ledger<GenerationSettings, GenerationResult> {
  return new Ledger(store, {
    table: 'generation_checks',
    kind: null,
    settings: settingsSchema,
    result: resultSchema,
    identityOf: ({ variant, full, domain }) => [variant, full.fingerprint, domain.id],
  });
}

/** The texts of a check. @returns null: they are missing, or in another form */
export function readGenerationTexts(store: Store, id: number): GenerationTexts | null {
  return textsSchema.safeParse(getGenerationTexts(store, id)).data ?? null;
}

/** Maximum characters of one prompt, gold answer or completion. */
const LONGEST_TEXT = 4000;
/** Maximum characters of all completions together, unless that would cut one below `SHORTEST_TEXT`. */
const ALL_TEXT = 4_000_000;
const SHORTEST_TEXT = 200;

/** The texts to store. @param completions one a prompt, uncut */
export function keptTexts(prompts: readonly Prompt[], completions: readonly GenerationCompletion[]): GenerationTexts {
  const longest = Math.max(SHORTEST_TEXT, Math.min(LONGEST_TEXT, Math.floor(ALL_TEXT / completions.length)));
  return {
    prompts: prompts.map(({ demo, kind, shown, gold }) => ({
      demo,
      kind,
      prompt: shown.slice(-LONGEST_TEXT),
      promptCut: shown.length > LONGEST_TEXT,
      gold: gold?.slice(0, LONGEST_TEXT) ?? null,
    })),
    completions: completions.map((completion) => {
      const { text } = completion;
      return { ...completion, text: text.slice(0, longest), cut: text.length > longest };
    }),
  };
}

/** Figures of completions. @param full the full model's, of the same prompts; null: `ours` are the full model's */
export function toFigures(ours: JudgedPrompts, full: JudgedPrompts | null): GenerationFigures {
  return {
    medianTokens: median(ours.map(({ tokens }) => tokens)),
    rates: byCheck((check) => rateOf(ours.map((completion) => completion[check]))),
    againstFull:
      full &&
      byCheck((check) =>
        differenceOf(
          ours.map((completion) => completion[check]),
          full.map((completion) => completion[check]),
        ),
      ),
  };
}

function byCheck<T>(of: (check: GenerationCheck) => T): Record<GenerationCheck, T> {
  return Object.fromEntries(GENERATION_CHECKS.map((check) => [check, of(check)])) as Record<GenerationCheck, T>;
}

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
  const ledger = generationLedger(store);
  const check = ledger.get(id);
  const texts = check && readGenerationTexts(store, id);
  const reference = check && ledger.find(check.settings.full.measured);
  const full = reference && readGenerationTexts(store, reference.id);
  if (!texts || !full) throw new WinnowError('USAGE', msg('checkDeleted'), { id });
  const examples = texts.prompts.flatMap((prompt, i): GenerationExample[] => {
    const [ours, theirs] = [texts.completions[i], full.completions[i]];
    return ours && theirs ? [{ ...prompt, full: theirs, variant: ours }] : [];
  });
  return {
    total: examples.length,
    examples: examples.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_EXAMPLES),
  };
}

/** The rank of an example; lower ranks are more informative. */
function rank({ full, variant }: GenerationExample): number {
  if (GENERATION_CHECKS.some((check) => isFault(check, variant.findings) && !isFault(check, full.findings))) return 0;
  if (GENERATION_CHECKS.some((check) => isFault(check, full.findings))) return 1;
  return full.text === variant.text ? 3 : 2;
}
