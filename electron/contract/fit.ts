// The best file within a memory budget: what was compared, and what was found.
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import { publishedIntervalSchema, type PublishedInterval } from './interval.ts';
import { mixSchema } from './mix.ts';
import { groupingSchema, widthSchema } from './requests.ts';

/** Two files whose mean KL divergences from the source model differ by less, in nats a token, are equal: 1 % in perplexity. */
export const EQUAL_NATS = Math.log(1.01);

/** The shortest conversation, in tokens, that is of any use. */
export const LEAST_CTX = 256;

/** Whether the difference of two files' divergences, in nats, tells which file is nearer, or shows that they are equal. */
export function isDecided({ low, high }: PublishedInterval): boolean {
  if (low === null || high === null) return false;
  return low > 0 || high < 0 || (low >= -EQUAL_NATS && high <= EQUAL_NATS);
}

/** Whether a file is nearer to the source model than another by more than counts as equal. @param over its divergence minus the other's */
export function isClearlyNearer(over: PublishedInterval | null): boolean {
  return over !== null && over.high !== null && over.high < -EQUAL_NATS;
}

/** What text that the search has not seen says about a file, in the terms of `fitFileSchema`; null: there is no such text. */
const fitConfirmedSchema = z.object({
  inside: publishedIntervalSchema.nullable(),
  outside: publishedIntervalSchema.nullable(),
  klMean: publishedIntervalSchema.nullable(),
  klOutside: publishedIntervalSchema.nullable(),
  top1: publishedIntervalSchema.nullable(),
});
export type FitConfirmed = Readonly<z.infer<typeof fitConfirmedSchema>>;

/** A file that was compared, or could have been. */
const fitFileSchema = z.object({
  /** Experts kept per layer. */
  keep: z.int().positive(),
  /** The type that the weights are quantised to, as llama.cpp calls it; null: as in the source. */
  type: z.string().nullable(),
  /** A type for each class of tensors, in which case `type` is what the header says; null: the usual mixture of `type`. */
  mix: mixSchema.nullable().default(null),
  /** The share of its neurons that every kept expert has; null: all. */
  width: widthSchema.nullable().default(null),
  bytes: z.number(),
  /** Weights, key-value cache and compute buffers of one conversation. */
  memoryBytes: z.number(),
  /**
   * Ratio of its perplexity to the source model's on the half of the domain's texts that the search uses, up to where
   * all measured files were read, and on the other texts; null: not measured. The figures below are from the same text:
   * they led to the best file, and so flatter it.
   */
  inside: publishedIntervalSchema.nullable(),
  outside: publishedIntervalSchema.nullable(),
  /** Mean KL divergence from the source model in nats, in the domain, which decides, and on the other texts. */
  klMean: publishedIntervalSchema.nullable(),
  klOutside: publishedIntervalSchema.nullable(),
  /** On the domain's texts: share of tokens with the source model's likeliest next token. */
  top1: publishedIntervalSchema.nullable(),
  /** It is not measurably worse in the domain than the nearest file. */
  isContender: z.boolean(),
  /** Figures from the other half; null: it is neither the best file nor the one that it is compared with. */
  confirmed: fitConfirmedSchema.nullable(),
  /**
   * Mean KL divergence from the source model before and after its repair, in nats, on demos that it was not fitted to;
   * null: no repair was tried.
   */
  repair: z
    .object({
      before: z.number(),
      after: z.number(),
      demos: z.int().positive(),
      /** The result is clearly better, so the file was repaired. */
      isKept: z.boolean(),
    })
    .nullable()
    .default(null),
});
export type FitFile = Readonly<z.infer<typeof fitFileSchema>>;

type Kept = { readonly keep: number; readonly width: number | null };

/** Whether a file is the source model in another type, otherwise unchanged. */
export function isPlain({ keep, width }: Kept, nExpert: number): boolean {
  return keep === nExpert && width === null;
}

/** Whether a file is the source model itself. */
export function isSource(file: Kept & { readonly type: string | null }, nExpert: number): boolean {
  return isPlain(file, nExpert) && file.type === null;
}

const choosingWaySchema = z.object({ criterion: z.enum(CRITERIA), grouping: groupingSchema });
/** A way to choose experts. */
export type ChoosingWay = Readonly<z.infer<typeof choosingWaySchema>>;

/** How the experts of all files were chosen. */
const fitWaySchema = choosingWaySchema.extend({
  /**
   * Previews with this many experts per layer: mean KL divergence from the source model in nats on the text that the
   * search uses. The first way wins unless another one is clearly closer. null: the way was asked for, or no file has
   * fewer experts.
   */
  measured: z
    .object({ keep: z.int().positive(), ways: z.array(choosingWaySchema.extend({ kl: z.number() })).min(1) })
    .nullable(),
});

/** Why measuring ended: one file is certainly the best, the texts are used up, or the time is. */
const FIT_ENDS = ['decided', 'texts', 'time'] as const;
export type FitEnd = (typeof FIT_ENDS)[number];

/** The phases of a search, in order; the request decides which of them take place. */
export const FIT_PHASES = ['scoring', 'weighing', 'trying', 'comparing', 'proving', 'writing'] as const;
export type FitPhase = (typeof FIT_PHASES)[number];

export const fitResultSchema = z.object({
  modelName: z.string(),
  fullBytes: z.number(),
  /** Type of the source's weights, as its header says. */
  sourceType: z.string(),
  nExpert: z.int().positive(),
  domain: z.string(),
  /** There was nothing to measure on but demos that were not scored. */
  isOnDemos: z.boolean(),
  budgetBytes: z.number(),
  /** Tokens of the conversation that has to fit. */
  ctx: z.int().positive(),
  /** In the order in which they were to be measured. */
  files: z.array(fitFileSchema).min(1),
  /** Index of the best file, as confirmed. */
  best: z.int().nonnegative(),
  /** The search had found the other file of `over`, which on the other half loses measurably more in the domain, or as much there and clearly more elsewhere. */
  contradicts: z.boolean(),
  /** Index of the best plain file (`isPlain`); null: none fits. */
  plain: z.int().nonnegative().nullable(),
  /** Perplexity of the best file in the domain on all confirming text; of several texts the geometric mean. */
  perplexity: z.number(),
  /** Scored tokens: to confirm and, for the best file, to search. */
  tokens: z.int(),
  searchedTokens: z.int(),
  /**
   * The best file of the other kind beside the best file: a plain one if the best is not plain, and the reverse. Its mean KL
   * divergences from the source model on the confirming text minus the best file's, in nats, paired; null: there is none.
   */
  over: z
    .object({
      /** Index of the file. */
      file: z.int().nonnegative(),
      inside: publishedIntervalSchema,
      outside: publishedIntervalSchema.nullable(),
    })
    .nullable(),
  /** null: as in the request. */
  way: fitWaySchema.nullable().default(null),
  /** Demos that `maxTokens` cut short before they chose experts, out of all that were scored; null: none. */
  cutDemos: z.object({ cut: z.int(), of: z.int(), tokens: z.int() }).nullable(),
  /** Demos that chose experts, and demos of the set that did not; null: not known. */
  demos: z.object({ scored: z.int().positive(), aside: z.int().nonnegative() }).nullable().default(null),
  ended: z.enum(FIT_ENDS),
  /** The file that was written; null: none was asked for, or the best file is the model itself. `exportId`: its row. */
  written: z.object({ path: z.string(), bytes: z.number(), exportId: z.int().nullable().default(null) }).nullable(),
  seconds: z.number(),
});
export type FitResult = Readonly<z.infer<typeof fitResultSchema>>;

/** Returns the result of the search. */
export function bestFile({ files, best }: FitFindings): FitFile {
  const file = files[best];
  if (file === undefined) throw new RangeError('the best file is one of them');
  return file;
}

/** Returns the file that the best one is compared with: the best of the other kind. */
export function otherFile({ files, over }: FitFindings): FitFile | null {
  return over === null ? null : (files[over.file] ?? null);
}

/** The result without the path of the written file, which a page learns in another way. */
export const fitFindingsSchema = fitResultSchema.omit({ written: true });
export type FitFindings = Readonly<z.infer<typeof fitFindingsSchema>>;

/** What is decided before anything is computed. */
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
    /** In the order in which they are measured, as far as measuring is needed. */
    files: z
      .array(
        fitFileSchema.pick({
          keep: true,
          type: true,
          mix: true,
          width: true,
          bytes: true,
          memoryBytes: true,
        }),
      )
      .min(1),
    /** The texts to measure on. */
    texts: z.array(z.object({ name: z.string(), inDomain: z.boolean() })),
    /** The phases of this search, in order. */
    phases: z.array(z.enum(FIT_PHASES)).min(1),
    /** The most disk space that the search uses. */
    scratchBytes: z.number(),
    /** Duration of the whole search; more if the files are hard to tell apart. */
    seconds: z.number(),
  });
export type FitPlan = Readonly<z.infer<typeof fitPlanSchema>>;
