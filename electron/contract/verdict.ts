// What was measured of a choice of experts, as a judgement: one rule for the interface, the report and the command line. docs/METHOD.md
// gives the reasons for its bounds; verdict-words.ts puts it into a sentence.
import { z } from 'zod';
import { GENERATION_CHECKS } from './generation-checks.ts';
import { publishedIntervalSchema, type PublishedInterval } from './interval.ts';

/** Perplexity over the full model's. Up to here a loss is small: as quantising the same weights to three or four bits costs. */
export const SMALL_LOSS = 1.05;
/** From here on it is severe. */
export const SEVERE_LOSS = 1.5;
/** Top-1 agreement: below this the damage is severe, whatever the perplexity. */
export const SEVERE_AGREEMENT = 0.6;

/** From the best to the worst. `unclear`: not enough text to tell. */
export const GRADES = ['green', 'unclear', 'amber', 'red'] as const;
const gradeSchema = z.enum(GRADES);
export type Grade = z.infer<typeof gradeSchema>;

/** The texts of one domain as one. */
const partSchema = z.object({
  /** null: nobody said which. */
  domain: z.string().nullable(),
  /** Perplexity over the full model's. */
  ratio: publishedIntervalSchema,
  /** Top-1 agreement; null: not known. */
  top1: publishedIntervalSchema.nullable(),
  /** Scored ones. */
  tokens: z.int().nonnegative(),
  grade: gradeSchema,
});
export type VerdictPart = Readonly<z.infer<typeof partSchema>>;

/** Domains of one side; what is known of them together, and of each. */
const sideSchema = z.object({
  ratio: publishedIntervalSchema,
  tokens: z.int().nonnegative(),
  /** The worst of its parts'. */
  grade: gradeSchema,
  /** The worst first. */
  parts: z.array(partSchema).min(1),
});
export type VerdictSide = Readonly<z.infer<typeof sideSchema>>;

/** What the choice writes on prompts of its domain, beside what the full model writes on them. */
const answersSchema = z.object({
  prompts: z.int().positive(),
  /** What is worse than chance explains, as shares of completions. */
  worse: z.array(z.object({ check: z.enum(GENERATION_CHECKS), share: z.number(), full: z.number() })),
  /** So few prompts that even twice as many loops could have been missed. */
  isFew: z.boolean(),
});
export type VerdictAnswers = Readonly<z.infer<typeof answersSchema>>;

export const verdictSchema = z.object({
  /** Sizes of the files; `predicted`: the pruned one is not written. */
  bytes: z.object({ full: z.number(), pruned: z.number(), predicted: z.boolean() }),
  /** What the weights of the file that is judged are quantised to; absent: they are the full model's. */
  type: z.string().exactOptional(),
  /** The routers of the file that is judged are fitted ones; absent: they are the full model's. */
  calibrated: z.literal(true).exactOptional(),
  /** What was cut from it is repaired; absent: its experts are as pruning or quantising left them. */
  repaired: z.literal(true).exactOptional(),
  /** What the experts were chosen for; none: not known. */
  domains: z.array(z.string()),
  /** In the domain; null: nothing was measured there, as on the other sides. */
  inside: sideSchema.nullable(),
  outside: sideSchema.nullable(),
  /** On texts of which nobody knows whether they are of the domain. */
  unknown: sideSchema.nullable(),
  /** null: no answers were checked. */
  answers: answersSchema.nullable(),
  /** In the domain; null: nothing was measured there. What is lost outside is the price, and said, but no fault. */
  grade: gradeSchema.nullable(),
});
export type Verdict = Readonly<z.infer<typeof verdictSchema>>;

export type VerdictSideName = 'inside' | 'outside' | 'unknown';

/**
 * By intervals. Good news needs proof: a loss is small only where the upper end is. Bad news needs none: it is severe where the
 * figure is, unless chance alone explains it. In between lies a loss that is measurable, or text that is too short to tell.
 */
export function gradeOf({ ratio, top1 }: Pick<VerdictPart, 'ratio' | 'top1'>): Grade {
  const { value, low, high } = ratio;
  if (low === null || high === null) return 'unclear';
  if (value >= SEVERE_LOSS && low > SMALL_LOSS) return 'red';
  if (low > 1 && isAgreementSevere(top1)) return 'red';
  if (high <= SMALL_LOSS) return 'green';
  return low > 1 ? 'amber' : 'unclear';
}

/** Whether too little agrees with the full model, whatever chance may explain. */
function isAgreementSevere(top1: PublishedInterval | null): boolean {
  return top1 !== null && (top1.high ?? top1.value) < SEVERE_AGREEMENT;
}

/** Whether the interval reaches from what is bearable to what is severe. */
export function isAcrossSevere({ low, high }: PublishedInterval): boolean {
  return low !== null && high !== null && low < SEVERE_LOSS && high >= SEVERE_LOSS;
}

/** Answers that are worse are a loss that is measurable; others are no proof that there is none. */
export function answersGrade({ worse }: VerdictAnswers): Grade | null {
  return worse.length > 0 ? 'amber' : null;
}

/** The worst of some. @returns null of none */
export function worstGrade(grades: readonly Grade[]): Grade | null {
  return GRADES.findLast((grade) => grades.includes(grade)) ?? null;
}
