// What the engine is asked to do. Requests are stored with their jobs, so that an interrupted one can be queued again.
import { z } from 'zod';
import { COMPARED_CRITERIA, CRITERIA, RECORDED_CRITERIA } from './criteria.ts';
import { fittedPartsSchema } from './fitted-parts.ts';
import { keptExpertsSchema } from './kept-experts.ts';
import { placementSchema } from './placement.ts';
import { quantiseOptionsSchema, quantTypeSchema } from './quantise.ts';
import { stopRequestSchema } from './stop-rule.ts';
import { limitBySchema, takenDemosSchema } from './taken-demos.ts';
import { tokenChoiceSchema } from './token-classes.ts';

export { ALL_EXPERT_LAYERS, placementSchema, type Placement } from './placement.ts';

/** How the pruned model routes where the full one picks groups of experts first. */
export const groupingSchema = z.enum(['ungrouped', 'balanced']);
export type Grouping = z.infer<typeof groupingSchema>;

/** What becomes of experts whose outputs are far larger than all others': kept whatever their score, or ranked. */
export const superExpertsSchema = z.enum(['pin', 'rank']);
export type SuperExperts = z.infer<typeof superExpertsSchema>;

const demoSourceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('files'),
    files: z.array(z.string()).min(1),
    /** They become demos of this domain. Default: the first file's name. */
    domain: z.string().min(1).optional(),
  }),
  z.object({ kind: z.literal('domain'), domainId: z.int().positive() }),
]);
export type DemoSource = z.infer<typeof demoSourceSchema>;

/** Some that are stored, whichever domain holds them. */
const storedDemosSchema = z.object({
  kind: z.literal('stored'),
  /** What people call them together. */
  domain: z.string().min(1),
  demos: z.array(z.object({ id: z.string(), hash: z.string() })).min(1),
});
export type StoredDemos = z.infer<typeof storedDemosSchema>;

const ubatchSchema = z.union([z.literal('auto'), z.int().positive()]);

export const scoreRequestSchema = z.object({
  model: z.string(),
  demos: demoSourceSchema,
  ...takenDemosSchema.shape,
  /** Cuts each demo; 0: no limit. */
  maxTokens: z.int().nonnegative(),
  /** Tokens at once; "auto": as many as the memory allows, see placement/choose-batch.ts. */
  nUbatch: ubatchSchema,
  placement: placementSchema,
  /** Score again although the same run is stored. */
  fresh: z.boolean(),
  /** A mask's file: the experts that it drops are masked; without it all take part. */
  mask: z.string().optional(),
  /** Score, mask, score again; every round is a run of its own. */
  rounds: z
    .object({
      count: z.int().positive(),
      /** Experts that are to be kept in the end: a count or a share. */
      keep: z.string(),
      /** By which each round but the last is masked. */
      criterion: z.enum(CRITERIA),
      /** By which tokens. Default: as the model asks for. */
      tokens: tokenChoiceSchema.optional(),
    })
    .optional(),
  /** End when the choice is stable; the demos come in a random order then. Not with rounds. Default: score all. */
  stopWhenStable: stopRequestSchema.optional(),
  /** With a mask or rounds, on models that route in groups. Default: as the mask says it, else ungrouped. */
  grouping: groupingSchema.optional(),
  /** Collect llama.cpp's importance matrix in the same pass, in the last round. Default: no. */
  importance: z.boolean().optional(),
});
export type ScoreRequest = z.infer<typeof scoreRequestSchema>;

export const compareRequestSchema = z.object({
  model: z.string(),
  /** What experts are chosen by: a domain's name and its demo files. */
  demos: z.array(z.object({ domain: z.string().min(1), files: z.array(z.string()).min(1) })).min(1),
  /** What the choices are measured on. A text with a domain's name is in that domain, the others are outside it. */
  texts: z.array(z.object({ name: z.string().min(1), file: z.string() })),
  /** Only so many demos of each domain. */
  limit: z.int().positive().optional(),
  /** Which ones. Default: the first. */
  limitBy: limitBySchema.optional(),
  /** Seed of a random sample. Default: 1. */
  limitSeed: z.int().nonnegative().optional(),
  /** Cuts each demo; 0: no limit. */
  maxTokens: z.int().nonnegative(),
  nUbatch: ubatchSchema,
  /** The first one leads: rounds, mixing, localisation and overlap are its. */
  criteria: z.array(z.enum(COMPARED_CRITERIA)).min(1),
  /** Which experts work together, and which kept expert covers a dropped one, too. Default: no. */
  groups: z.boolean().optional(),
  /** Files, too, of the leading criterion's choices with each dropped expert merged into the kept one that covers it. Default: no. */
  merged: z.boolean().optional(),
  /** By which tokens experts are ranked: the first by every criterion, the others by the leading one too. Default: as the model asks for. */
  tokens: z.array(tokenChoiceSchema).min(1).optional(),
  /** What becomes of super experts: the first in every choice, the other in the leading criterion's too. Default: pinned. */
  superExperts: z.array(superExpertsSchema).min(1).optional(),
  /** The experts that the leading criterion ranks highest dropped instead of kept, too. Default: no. */
  ownRemoved: z.boolean().optional(),
  /** The leading criterion's choices by so many demos of each domain, too, once for each seed. Default: none. */
  demoCounts: z.array(z.int().positive()).optional(),
  /** EASY-EP with one of its factors left out, too. */
  ablations: z.boolean(),
  /** So many random choices, if random is among the criteria, and so many random draws of fewer demos. */
  seeds: z.int().positive(),
  /** Up to so many rounds of scoring and masking; 1: none. */
  rounds: z.int().positive(),
  /** Choices for all domains at once, too. */
  mix: z.boolean(),
  /** Experts kept a layer: counts or shares. */
  keep: z.array(z.string()).min(1),
  /** Types that each choice of one domain is made in as a file, too, and the whole model. Default: none. */
  types: z.array(quantTypeSchema).optional(),
  /** The importance matrix to quantise by; undefined: each domain's own, collected while its demos are scored. */
  imatrix: z.string().optional(),
  /** Quantise weights that are quantised already. Default: no. */
  requantise: z.boolean().optional(),
  /** A token passes so many experts, too, fewer than the model says. Default: none. */
  activeExperts: z.array(z.int().positive()).optional(),
  /** On models that route in groups. */
  grouping: groupingSchema,
  /** Tokens a chunk of the texts. */
  ctx: z.int().min(8),
  /** At most so many chunks of each text; without it all. */
  chunks: z.int().positive().optional(),
  placement: placementSchema,
});
export type CompareRequest = z.infer<typeof compareRequestSchema>;

/** Chats that wait for an answer: of a domain, which keeps the answers, or of files. */
export const respondRequestSchema = z.object({
  model: z.string(),
  demos: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('domain'),
      domainId: z.int(),
      /** What the answers are said to be of. */
      modelName: z.string(),
    }),
    z.object({
      kind: z.literal('files'),
      files: z.array(z.string()).min(1),
      /** Becomes a demo file with the answers. */
      output: z.string(),
      /** Only so many demos. */
      limit: z.int().positive().optional(),
      /** Which ones. Default: the first. */
      limitBy: limitBySchema.optional(),
      /** Seed of a random sample. Default: 1. */
      limitSeed: z.int().nonnegative().optional(),
      /** Answers that are there are dropped first, so that the model gives its own. */
      replaceAnswers: z.boolean(),
      overwrite: z.boolean(),
    }),
  ]),
  /** Most tokens of each answer. Default: what the model's context allows, and of files 8 times the demos' longest answer. */
  maxTokens: z.int().positive().optional(),
  temperature: z.number().nonnegative(),
  seed: z.int().nonnegative(),
  placement: placementSchema,
});
export type RespondRequest = z.infer<typeof respondRequestSchema>;

/** One expert. */
export const expertRefSchema = z.object({
  /** Index among the MoE layers, not the block. */
  layer: z.int().nonnegative(),
  expert: z.int().nonnegative(),
});
export type ExpertRef = Readonly<z.infer<typeof expertRefSchema>>;

/** Experts kept of each layer. */
export const keepSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('count'), count: z.int().positive() }),
  z.object({ kind: z.literal('ratio'), ratio: z.number().gt(0).max(1) }),
  /** As many as let weights and KV cache fit. */
  z.object({ kind: z.literal('fit'), bytes: z.number().nonnegative(), ctx: z.int().positive() }),
]);

/** As it is given on a command line: also a count or a share as people write it, such as "64", "0.5" or "50%". */
export const typedKeepSchema = z.discriminatedUnion('kind', [
  ...keepSchema.options,
  z.object({ kind: z.literal('typed'), text: z.string() }),
]);
export type TypedKeep = Readonly<z.infer<typeof typedKeepSchema>>;

/** A selection of one domain, by whichever criterion does best on demos that were not scored. */
export const bestCriterionRequestSchema = z.object({
  scores: z.array(z.string()).length(1),
  /** The domain's demo files. */
  demos: z.array(z.string()).min(1),
  keep: typedKeepSchema,
  pins: z.array(expertRefSchema),
  drops: z.array(expertRefSchema),
  grouping: groupingSchema,
  /** null: as the model asks for, where the scores tell tokens apart. */
  tokens: tokenChoiceSchema.nullable(),
  superExperts: superExpertsSchema.exactOptional(),
  /** Tokens a chunk of the demos that are measured on. */
  chunkTokens: z.int().min(8),
  placement: placementSchema,
});
export type BestCriterionRequest = z.infer<typeof bestCriterionRequestSchema>;

/**
 * Next-token-prediction blocks. `scored`: kept where the choice of experts is one of theirs, too, otherwise left out; `reuse`: kept,
 * where there is no such choice with the last MoE layer's; `drop`: left out.
 */
export const nextnSchema = z.enum(['scored', 'reuse', 'drop']);

/** A share of every expert's neurons. */
export const widthSchema = z.number().gt(0).lt(1);

/** A written file's routers and its experts' down matrices are fitted to the full model's stream, where that is clearly better. */
const repairRequestSchema = z.object({
  /** Default: `REPAIR_PARTS`. */
  parts: fittedPartsSchema.optional(),
  /** What is fitted to, and judged by. Default: those that the experts were chosen by. */
  demos: z.discriminatedUnion('kind', [...demoSourceSchema.options, storedDemosSchema]).optional(),
  /** At most so many. */
  limit: z.int().positive(),
  placement: placementSchema,
});
export type RepairRequest = z.infer<typeof repairRequestSchema>;

export const pruneRequestSchema = z.object({
  model: z.string(),
  /** A mask file; or `recipe`, or `kept`. */
  mask: z.string().optional(),
  /** A recipe file, which also says how the kept experts route, as a mask does that Winnow wrote. */
  recipe: z.string().optional(),
  /** Kept experts of each MoE layer, then of each prediction block that was scored. */
  kept: keptExpertsSchema.optional(),
  /** The stored selection that they come from. */
  selectionId: z.int().positive().optional(),
  output: z.string(),
  /** Default: as recipe or mask say it. */
  grouping: groupingSchema.optional(),
  nextn: nextnSchema,
  split: z.enum(['single', 'keep']),
  /** Parts of at most this size, such as "4GiB"; goes before `split`. */
  splitMax: z.string().optional(),
  /** Quantises what is kept; without it every byte stays as it is. */
  quantise: quantiseOptionsSchema.optional(),
  /** An importance matrix of the whole model; cut to the kept experts, and used to quantise or written beside the file. */
  imatrix: z.string().optional(),
  /** Or that which this run has collected; "own": the run that the experts were chosen by. */
  imatrixRun: z.union([z.int().positive(), z.literal('own')]).optional(),
  imatrixOut: z.string().optional(),
  allowFewerUsed: z.boolean(),
  /** A token passes so many experts, fewer than the model says. Default: as many as it says. */
  activeExperts: z.int().positive().optional(),
  /** The share of every kept expert's neurons that stays: those that count most by the importance matrix. Default: all. */
  width: widthSchema.optional(),
  /** File of routers and down matrices that were fitted to these experts, in the place of the model's own. */
  calibration: z.string().optional(),
  repair: repairRequestSchema.optional(),
  overwrite: z.boolean(),
  dryRun: z.boolean(),
});
export type PruneRequest = z.infer<typeof pruneRequestSchema>;

/** An original checkpoint that is cut. */
export const checkpointRequestSchema = z.object({
  /** Its folder. */
  checkpoint: z.string(),
  ...pruneRequestSchema.pick({
    mask: true,
    recipe: true,
    selectionId: true,
    grouping: true,
    nextn: true,
    activeExperts: true,
    allowFewerUsed: true,
    dryRun: true,
  }).shape,
  /** The GGUF that the experts were chosen in. Default: where it was seen last. */
  model: z.string().optional(),
  /** The new folder. */
  output: z.string(),
});
export type CheckpointRequest = z.infer<typeof checkpointRequestSchema>;

export const calibrateRequestSchema = z.object({
  ...pruneRequestSchema.pick({ model: true, mask: true, recipe: true, kept: true, grouping: true, activeExperts: true })
    .shape,
  /** Default: all. */
  parts: fittedPartsSchema.optional(),
  /** What is fitted to, and judged by. */
  demos: z.discriminatedUnion('kind', [...demoSourceSchema.options, storedDemosSchema]),
  /** At most so many demos. */
  limit: z.int().positive(),
  /** Which ones. Default: the first. */
  limitBy: limitBySchema.optional(),
  /** Seed of a random sample. Default: 1. */
  limitSeed: z.int().nonnegative().optional(),
  /** Of each demo, at most: of longer ones a window with the answer in it. Default: what all of them may have together. */
  maxTokens: z.int().min(16).optional(),
  placement: placementSchema,
  /** Becomes the file of what was fitted, if it is worth it. */
  output: z.string(),
  overwrite: z.boolean(),
  dryRun: z.boolean(),
});
export type CalibrateRequest = z.infer<typeof calibrateRequestSchema>;

export const quantiseRequestSchema = z.object({
  model: z.string(),
  output: z.string(),
  quantise: quantiseOptionsSchema,
  /** Importance matrix of the model, in GGUF format. */
  imatrix: z.string().optional(),
  /** Or that which this run has collected. */
  imatrixRun: z.int().positive().optional(),
  /** The stored selection that keeps all experts, where one was looked for. */
  selectionId: z.int().positive().optional(),
  split: z.enum(['single', 'keep']),
  /** Parts of at most this size, such as "4GiB"; goes before `split`. */
  splitMax: z.string().optional(),
  repair: repairRequestSchema.optional(),
  overwrite: z.boolean(),
  dryRun: z.boolean(),
});
export type QuantiseRequest = z.infer<typeof quantiseRequestSchema>;

export const evaluateRequestSchema = z.object({
  model: z.string(),
  /** A file, or several; with several, or where rows of a file are documents, documents are told apart. */
  text: z.union([z.string(), z.array(z.string()).min(1)]),
  /** That the text is of. Default: the one that is called as its file is, if there is one. */
  domain: z.string().min(1).optional(),
  /** Mask file: measure a preview of the pruned model. */
  mask: z.string().optional(),
  /** A token passes so many experts, fewer than the model says. Default: as many as it says. */
  activeExperts: z.int().positive().optional(),
  /** scores.json files by which the experts were chosen, where nothing else tells. */
  scores: z.array(z.string()).optional(),
  /** The full model to compare with. */
  against: z.string().optional(),
  /** Default: as the mask says it. */
  grouping: groupingSchema.optional(),
  /** Tokens a chunk. */
  ctx: z.int().min(8),
  chunks: z.int().positive().optional(),
  placement: placementSchema,
});
export type EvaluateRequest = z.infer<typeof evaluateRequestSchema>;

export const tourRequestSchema = z.object({
  domain: z.string(),
  keep: z.string(),
  demos: z.int().positive(),
  /** That are measured of each text. */
  chunks: z.int().positive(),
  output: z.string().optional(),
  placement: placementSchema,
});
export type TourRequest = z.infer<typeof tourRequestSchema>;

export const fitRequestSchema = z.object({
  model: z.string(),
  demos: demoSourceSchema,
  /** Only the first so many demos. */
  limit: z.int().positive().optional(),
  /**
   * The share of the demos, at their end, that is not scored, so that there is something to measure on. Default: half, at most 64 demos,
   * where the domain has no text and too few would be left; otherwise none.
   */
  holdBack: z.number().min(0).lt(1).optional(),
  /** Cuts each demo; 0: no limit. */
  maxTokens: z.int().nonnegative(),
  nUbatch: ubatchSchema,
  /** undefined: that which loses least where it matters, measured. */
  criterion: z.enum(RECORDED_CRITERIA).optional(),
  /** By which tokens experts are ranked; without it by all, as older versions did. */
  tokens: tokenChoiceSchema.optional(),
  /** Without it they are ranked, as older versions did. */
  superExperts: superExpertsSchema.optional(),
  /** On models that route in groups; undefined: what loses less where it matters, measured. */
  grouping: groupingSchema.optional(),
  /** Next-token-prediction blocks of files with fewer experts. Default: `drop`. */
  nextn: nextnSchema.exclude(['scored']).optional(),
  /** Counts of experts that a token passes, to consider, the model's own among them where that is one; undefined: that alone. */
  activeExperts: z.array(z.int().positive()).min(1).optional(),
  /** Memory for the file's weights, the cache of a conversation of `ctx` tokens, and the compute buffers. */
  budgetBytes: z.int().positive(),
  ctx: z.int().positive(),
  /** Files to measure on; one with the domain's name is in that domain. None: held-out texts that are stored, and the like. */
  texts: z.array(z.object({ name: z.string().min(1), file: z.string() })),
  /** Tokens a chunk of the texts. */
  chunkTokens: z.int().min(8),
  /** Demos that were not scored, which the best files answer in the end; undefined: none. */
  answers: z.int().positive().optional(),
  /** Types to consider, beside the source's own; undefined: the usual ones below it. */
  types: z.array(z.string()).optional(),
  /** The importance matrix to quantise by; undefined: of the demos, collected while they are scored. */
  imatrix: z.string().optional(),
  /** Quantise weights that are quantised already. */
  requantise: z.boolean(),
  /** Fit the experts' down matrices of each file to the model's own stream, where that is clearly better. Default: yes. */
  repair: z.boolean().optional(),
  /** How long all of it but writing the best file may take; undefined: until it is certain, or the texts are used up. */
  timeLimitSeconds: z.number().positive().optional(),
  /** Where the best file goes; undefined: it is not written. */
  output: z.string().optional(),
  /** Its size becomes part of its name: before the search nobody knows it. */
  sizesName: z.boolean().optional(),
  /** The file that the best one is compared with is written in its place, where there is one. */
  takes: z.literal('other').optional(),
  /** The candidate that was seen and is to be written; where another one comes out, none is. */
  expects: z.string().optional(),
  /** The same search has ended before: nothing is left to do but to make this file and to write it. */
  writesAgain: z.boolean().optional(),
  /** Where the best file is the model as it is: nothing is written. */
  keepsSource: z.boolean().optional(),
  overwrite: z.boolean(),
  placement: placementSchema,
});
export type FitRequest = z.infer<typeof fitRequestSchema>;
