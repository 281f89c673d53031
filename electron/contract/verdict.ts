// The measurements of a choice of experts as a judgement, by one rule for the interface, the report and the command
// line. docs/METHOD.md gives the reasons for its thresholds; verdict-texts.ts puts it into a sentence.
import { z } from 'zod';
import { GENERATION_CHECKS } from './generation-checks.ts';
import { publishedIntervalSchema, ratioOfNats, type PublishedInterval } from './interval.ts';

/**
 * Ratio of the perplexity to the full model's. Up to here a loss is small: what quantising the same weights to three or
 * four bits costs.
 */
export const SMALL_LOSS = 1.05;
/** From this ratio on, the loss is severe. */
export const SEVERE_LOSS = 1.5;
/** From this top-1 agreement on, damage is small. */
export const SMALL_AGREEMENT = 0.85;
/** Below this top-1 agreement the damage is severe, whatever the perplexity. */
export const SEVERE_AGREEMENT = 0.6;

/** From the best to the worst. `unclear`: there is not enough text to tell. */
export const GRADES = ['green', 'unclear', 'amber', 'red'] as const;
const gradeSchema = z.enum(GRADES);
export type Grade = z.infer<typeof gradeSchema>;

/** The texts of one domain, combined. */
const partSchema = z.object({
  /** null: the domain is not known. */
  domain: z.string().nullable(),
  /** Ratio of the perplexity to the full model's. */
  ratio: publishedIntervalSchema,
  /** Mean KL divergence from the full model, in nats, and top-1 agreement; null: not known. */
  klMean: publishedIntervalSchema.nullable(),
  top1: publishedIntervalSchema.nullable(),
  /** Number of scored tokens. */
  tokens: z.int().nonnegative(),
  grade: gradeSchema,
});
export type VerdictPart = Readonly<z.infer<typeof partSchema>>;

/** The domains inside or outside: figures for all of them together, and for each. */
const sideSchema = z.object({
  ratio: publishedIntervalSchema,
  tokens: z.int().nonnegative(),
  /** The worst grade of its parts. */
  grade: gradeSchema,
  /** The worst first. */
  parts: z.array(partSchema).min(1),
});
export type VerdictSide = Readonly<z.infer<typeof sideSchema>>;

/** What the choice writes for prompts of its domain, compared with the full model. */
const answersSchema = z.object({
  prompts: z.int().positive(),
  /** Properties that are worse than chance explains, as shares of completions. */
  worse: z.array(z.object({ check: z.enum(GENERATION_CHECKS), share: z.number(), full: z.number() })),
  /** There are so few prompts that even twice as many loops could have been missed. */
  isFew: z.boolean(),
});
export type VerdictAnswers = Readonly<z.infer<typeof answersSchema>>;

export const verdictSchema = z.object({
  /** Sizes of the files; `predicted`: the pruned file is not written. */
  bytes: z.object({ full: z.number(), pruned: z.number(), predicted: z.boolean() }),
  /** The type that the judged file's weights are quantised to; absent: they are the full model's. */
  type: z.string().exactOptional(),
  /** The judged file was repaired after cutting; absent: its experts are as pruning or quantising left them. */
  repaired: z.literal(true).exactOptional(),
  /** What the experts were chosen for; empty: not known. */
  domains: z.array(z.string()),
  /** Inside the domain; null: nothing was measured there. The same for the other sides. */
  inside: sideSchema.nullable(),
  outside: sideSchema.nullable(),
  /** On texts that may or may not belong to the domain. */
  unknown: sideSchema.nullable(),
  /** null: no answers were checked. */
  answers: answersSchema.nullable(),
  /**
   * The grade inside the domain; null: nothing was measured there. A loss outside is the price of pruning: it is
   * mentioned, but not held against the file.
   */
  grade: gradeSchema.nullable(),
});
export type Verdict = Readonly<z.infer<typeof verdictSchema>>;

export type VerdictSideName = 'inside' | 'outside' | 'unknown';

type Compared = {
  readonly ratio: PublishedInterval;
  readonly klMean: PublishedInterval | null;
  readonly top1: PublishedInterval | null;
};

/**
 * Returns the worst grade by intervals, of the perplexity and of how near the predictions are to the full model's: a perplexity as
 * low as the full model's may be that of another model.
 */
export function gradeOf({ ratio, klMean, top1 }: Compared): Grade {
  const near = klMean === null ? [] : [lossGrade(ratioOfNats(klMean), SMALL_LOSS)];
  const chosen = top1 === null ? [] : [agreementGrade(top1)];
  return worstGrade([lossGrade(ratio, 1), ...near, ...chosen]) ?? 'unclear';
}

/**
 * Good news needs proof: a loss is small only if the upper end is. Bad news needs none: it is severe if the figure is, unless chance
 * alone explains it. In between, the loss is measurable, or the text is too short to tell.
 * @param least ratio above which a loss counts
 */
function lossGrade({ value, low, high }: PublishedInterval, least: number): Grade {
  if (low === null || high === null) return 'unclear';
  if (value >= SEVERE_LOSS && low > SMALL_LOSS) return 'red';
  if (high <= SMALL_LOSS) return 'green';
  return low > least ? 'amber' : 'unclear';
}

function agreementGrade({ value, low, high }: PublishedInterval): Grade {
  if ((high ?? value) < SEVERE_AGREEMENT) return 'red';
  if (low === null || high === null) return 'unclear';
  if (low >= SMALL_AGREEMENT) return 'green';
  return high < SMALL_AGREEMENT ? 'amber' : 'unclear';
}

/** Whether the interval reaches from bearable to severe. */
export function isAcrossSevere({ low, high }: PublishedInterval): boolean {
  return low !== null && high !== null && low < SEVERE_LOSS && high >= SEVERE_LOSS;
}

/** Returns the grade of answers: worse ones are a measurable loss; other results do not prove that there is no loss. */
export function answersGrade({ worse }: VerdictAnswers): Grade | null {
  return worse.length > 0 ? 'amber' : null;
}

/** Returns the worst of some grades. @returns null if there are none */
export function worstGrade(grades: readonly Grade[]): Grade | null {
  return GRADES.findLast((grade) => grades.includes(grade)) ?? null;
}
