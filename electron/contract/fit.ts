// The best file for a memory budget: what was compared, and what came of it.
import { z } from 'zod';
import { RECORDED_CRITERIA } from './criteria.ts';
import { publishedIntervalSchema, type PublishedInterval } from './interval.ts';
import { mixSchema } from './mix.ts';
import { groupingSchema, widthSchema } from './requests.ts';

/** Files whose perplexity differs by less are equal: 1 %. */
export const EQUAL_BELOW = 1.01;

/** Whether one file's perplexity over another's tells which is better, or shows that they are equal. */
export function isDecided({ low, high }: Pick<PublishedInterval, 'low' | 'high'>): boolean {
  if (low === null || high === null) return false;
  return low > 1 || high < 1 || (low >= 1 / EQUAL_BELOW && high <= EQUAL_BELOW);
}

/** What text that the search has not seen says of a file, as `fitFileSchema` names it; null: there is no such text. */
const fitConfirmedSchema = z.object({
  inside: publishedIntervalSchema.nullable(),
  outside: publishedIntervalSchema.nullable(),
  klMean: publishedIntervalSchema.nullable(),
  top1: publishedIntervalSchema.nullable(),
});
export type FitConfirmed = Readonly<z.infer<typeof fitConfirmedSchema>>;

/** A file's answers to demos that chose no experts, compared with the demos' own. */
const fitAnswersSchema = z.object({ right: z.int().nonnegative(), asked: z.int().positive() });
export type FitAnswers = Readonly<z.infer<typeof fitAnswersSchema>>;

/** A file that was compared, or could have been. */
const fitFileSchema = z.object({
  /** Experts kept a layer. */
  keep: z.int().positive(),
  /** What the weights are quantised to, as llama.cpp calls it; null: as they are in the source. */
  type: z.string().nullable(),
  /** A type for each class of tensors: `type` is then what the header says; null: that type's own mixture. */
  mix: mixSchema.nullable().default(null),
  /** Experts that a token passes, fewer than the source model's; null: as many as those. */
  activeExperts: z.int().positive().nullable().default(null),
  /** The share of its neurons that every kept expert has; null: all. */
  width: widthSchema.nullable().default(null),
  bytes: z.number(),
  /** Weights, key-value cache and compute buffers of one conversation. */
  memoryBytes: z.number(),
  /**
   * Perplexity over the source model's on the half of the domain's texts that is searched on, as far as all measured files were read,
   * and of the others; null: not measured. So are the figures that follow: they found the best file, and flatter it.
   */
  inside: publishedIntervalSchema.nullable(),
  outside: publishedIntervalSchema.nullable(),
  /** On the domain's texts: mean KL divergence from the source model in nats, share of tokens with its likeliest successor. */
  klMean: publishedIntervalSchema.nullable(),
  top1: publishedIntervalSchema.nullable(),
  /** Perplexity in the domain over the leading file's, paired; null: it leads, or was not measured. */
  overLeader: publishedIntervalSchema.nullable(),
  /** Not measurably worse in the domain than the leading file. */
  isContender: z.boolean(),
  /** On the other half; null: neither the best file nor the one that it is compared with. */
  confirmed: fitConfirmedSchema.nullable(),
  /** null: it was not asked. */
  answers: fitAnswersSchema.nullable().default(null),
  /** Mean KL divergence from the source model before and after its repair, in nats, on demos that nothing was fitted to; null: it was not tried. */
  repair: z
    .object({
      before: z.number(),
      after: z.number(),
      demos: z.int().positive(),
      /** Clearly better: the file was repaired. */
      isKept: z.boolean(),
    })
    .nullable()
    .default(null),
  /** How unpatched llama.cpp quantises it, from a file with these experts; null: it is not quantised. */
  stock: z.string().nullable().default(null),
});
export type FitFile = Readonly<z.infer<typeof fitFileSchema>>;

/** Whether a file is the source model in another type, and no more than that. */
export function isPlain(
  { keep, activeExperts, width }: Pick<FitFile, 'keep' | 'activeExperts' | 'width'>,
  nExpert: number,
): boolean {
  return keep === nExpert && activeExperts === null && width === null;
}

/** Whether a file is the source model as it is. */
export function isSource(file: Pick<FitFile, 'keep' | 'activeExperts' | 'width' | 'type'>, nExpert: number): boolean {
  return isPlain(file, nExpert) && file.type === null;
}

const choosingWaySchema = z.object({ criterion: z.enum(RECORDED_CRITERIA), grouping: groupingSchema });
/** How experts are chosen. */
export type ChoosingWay = Readonly<z.infer<typeof choosingWaySchema>>;

/** How the experts of all files were chosen. */
const fitWaySchema = choosingWaySchema.extend({
  /**
   * Previews with so many experts a layer: mean KL divergence from the source model in nats on the text that is searched on. The first
   * way is the one that stays unless another is clearly nearer. null: the way was asked for, or no file has fewer experts.
   */
  measured: z
    .object({ keep: z.int().positive(), ways: z.array(choosingWaySchema.extend({ kl: z.number() })).min(1) })
    .nullable(),
});

/** Why measuring ended: one file is the best for sure, the texts are used up, or the time is. */
const FIT_ENDS = ['decided', 'texts', 'time'] as const;
export type FitEnd = (typeof FIT_ENDS)[number];

/** What a search does, one after the other; which of it depends on what is asked for. */
export const FIT_PHASES = ['scoring', 'weighing', 'trying', 'comparing', 'proving', 'writing'] as const;
export type FitPhase = (typeof FIT_PHASES)[number];

export const fitResultSchema = z.object({
  modelName: z.string(),
  fullBytes: z.number(),
  /** Type of the source's weights, as its header says. */
  sourceType: z.string(),
  nExpert: z.int().positive(),
  domain: z.string(),
  /** Where there was nothing else to measure on: demos that were not scored. */
  isOnDemos: z.boolean(),
  budgetBytes: z.number(),
  /** Tokens of the conversation that is to fit. */
  ctx: z.int().positive(),
  /** In the order in which they were to be measured. */
  files: z.array(fitFileSchema).min(1),
  /** Index of the best file, as it was confirmed. */
  best: z.int().nonnegative(),
  /** The search had found the other one of `over`, which is measurably worse on the other half. */
  contradicts: z.boolean(),
  /** Index of the best file that is plain (`isPlain`); null: none fits. */
  plain: z.int().nonnegative().nullable(),
  /** Perplexity of the best file in the domain, on all that confirms; of several texts the geometric mean. */
  perplexity: z.number(),
  /** Scored ones, to confirm and, of the best file, to search. */
  tokens: z.int(),
  searchedTokens: z.int(),
  /**
   * The best file of the other kind beside the best one, on what confirms: of those that are plain where the best is not, and the
   * reverse. Its perplexities over the best file's, paired; null: there is none.
   */
  over: z
    .object({
      /** Index of the file. */
      file: z.int().nonnegative(),
      inside: publishedIntervalSchema,
      outside: publishedIntervalSchema.nullable(),
    })
    .nullable(),
  /** About how many more tokens of the domain's text would decide between the two, or else between all that are left; null: it is decided, or nobody can tell. */
  moreTokens: z.int().nullable(),
  /** null: as the request of an earlier version says. */
  way: fitWaySchema.nullable().default(null),
  /** Demos that `maxTokens` cut short before they chose experts, of all that were scored; null: none. */
  cutDemos: z.object({ cut: z.int(), of: z.int(), tokens: z.int() }).nullable(),
  /** Demos that chose experts, and those of the set that did not; null: of an earlier version. */
  demos: z.object({ scored: z.int().positive(), aside: z.int().nonnegative() }).nullable().default(null),
  /** Index of the file that is written instead of the best one, since that was asked for; null: the best one is. */
  taken: z.int().nonnegative().nullable().default(null),
  ended: z.enum(FIT_ENDS),
  /** The file that was written; null: none was asked for. `exportId`: its row; null: the model as it is was copied. */
  written: z.object({ path: z.string(), bytes: z.number(), exportId: z.int().nullable().default(null) }).nullable(),
  seconds: z.number(),
});
export type FitResult = Readonly<z.infer<typeof fitResultSchema>>;

/** The file that the search is for: the best one, unless another was asked for. */
export function foundFile({ files, best, taken }: Pick<FitResult, 'files' | 'best' | 'taken'>): FitFile {
  const file = files[taken ?? best];
  if (file === undefined) throw new RangeError('the file that was found is one of them');
  return file;
}

/** What the found file is compared with: the best one of the other kind, or what the search had found. */
export function otherFile({
  files,
  best,
  over,
  taken,
}: Pick<FitResult, 'files' | 'best' | 'over' | 'taken'>): FitFile | null {
  if (over === null) return null;
  return files[taken === over.file ? best : over.file] ?? null;
}

/** Without where it was written, which is told otherwise to a page. */
export const fitFindingsSchema = fitResultSchema.omit({ written: true });
export type FitFindings = Readonly<z.infer<typeof fitFindingsSchema>>;

/** What is settled before anything is computed. */
export const fitPlanSchema = fitResultSchema
  .pick({
    modelName: true,
    fullBytes: true,
    sourceType: true,
    nExpert: true,
    domain: true,
    isOnDemos: true,
    budgetBytes: true,
    ctx: true,
    cutDemos: true,
    demos: true,
  })
  .extend({
    /** In the order in which they are measured, as far as that is needed. */
    files: z
      .array(
        fitFileSchema.pick({
          keep: true,
          type: true,
          mix: true,
          activeExperts: true,
          width: true,
          bytes: true,
          memoryBytes: true,
        }),
      )
      .min(1),
    /** What they are measured on. */
    texts: z.array(z.object({ name: z.string(), inDomain: z.boolean() })),
    /** What the search does, in its order. */
    phases: z.array(z.enum(FIT_PHASES)).min(1),
    /** Demos that the best file and the best plain one answer in the end. */
    answers: z.int().nonnegative(),
    /** Most disk space that the search takes. */
    scratchBytes: z.number(),
    /** Time of the whole search; `high`: where the files are hard to tell apart. */
    seconds: z.object({ low: z.number(), likely: z.number(), high: z.number() }),
  });
export type FitPlan = Readonly<z.infer<typeof fitPlanSchema>>;
