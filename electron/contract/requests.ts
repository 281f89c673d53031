// What the engine can be asked to do. Requests are stored with their jobs, so that an interrupted job can be queued again.
import { z } from 'zod';
import { CRITERIA } from './criteria.ts';
import { keptExpertsSchema } from './kept-experts.ts';
import { placementSchema } from './placement.ts';
import { quantiseOptionsSchema } from './quantise.ts';
import { takenDemosSchema } from './taken-demos.ts';

export { ALL_EXPERT_LAYERS, placementSchema, type Placement } from './placement.ts';

/** How the pruned model routes if the full one first picks groups of experts. */
export const groupingSchema = z.enum(['ungrouped', 'balanced']);
export type Grouping = z.infer<typeof groupingSchema>;

/** Treatment of experts whose outputs are far larger than all others': they are kept whatever their score, or ranked. */
export const superExpertsSchema = z.enum(['pin', 'rank']);
export type SuperExperts = z.infer<typeof superExpertsSchema>;

const demoSourceSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('files'),
    files: z.array(z.string()).min(1),
    /** The domain that the demos belong to. Default: the first file's name. */
    domain: z.string().min(1).optional(),
  }),
  z.object({ kind: z.literal('domain'), domainId: z.int().positive() }),
]);
export type DemoSource = z.infer<typeof demoSourceSchema>;

/** Stored demos, of any domain. */
const storedDemosSchema = z.object({
  kind: z.literal('stored'),
  /** The name that people use for them together. */
  domain: z.string().min(1),
  demos: z.array(z.object({ id: z.string(), hash: z.string() })).min(1),
});
export type StoredDemos = z.infer<typeof storedDemosSchema>;

const ubatchSchema = z.union([z.literal('auto'), z.int().positive()]);

export const scoreRequestSchema = z.object({
  model: z.string(),
  demos: demoSourceSchema,
  ...takenDemosSchema.shape,
  /** Limit of each demo in tokens; 0: none. */
  maxTokens: z.int().nonnegative(),
  /** Tokens at once; "auto": as many as the memory allows, see placement/plan-batch.ts. */
  nUbatch: ubatchSchema,
  placement: placementSchema,
  /** Scores again even if the same run is stored. */
  fresh: z.boolean(),
  /** Collects llama.cpp's importance matrix in the same pass. Default: no. */
  importance: z.boolean().optional(),
});
export type ScoreRequest = z.infer<typeof scoreRequestSchema>;

/** How files of demos are answered. */
export const respondFilesSchema = takenDemosSchema.pick({ limit: true, limitBy: true }).extend({
  kind: z.literal('files'),
  /** Drops existing answers first, so that the model gives its own. */
  replaceAnswers: z.boolean(),
  overwrite: z.boolean(),
});

/** Chats that wait for an answer: those of a domain, which keeps the answers, or those in files. */
export const respondRequestSchema = z.object({
  model: z.string(),
  demos: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('domain'),
      domainId: z.int(),
      /** The name that the answers are attributed to. */
      modelName: z.string(),
    }),
    z.object({
      ...respondFilesSchema.shape,
      files: z.array(z.string()).min(1),
      /** The demo file to write, with the answers. */
      output: z.string(),
    }),
  ]),
  /** Limit of each answer in tokens. Default: what the model's context allows, for files also at most 8 times the demos' longest answer. */
  maxTokens: z
    .int()
    .min(1)
    .max(1 << 24)
    .optional(),
  /** Moderate, as recommended for reasoning models: at 0 they fall into loops. */
  temperature: z.number().nonnegative().default(0.6),
  seed: z.int().nonnegative().default(1),
  placement: placementSchema,
});
export type RespondRequest = z.infer<typeof respondRequestSchema>;

/** One expert in one layer. */
export const expertRefSchema = z.object({
  /** Index among the MoE layers, not the block. */
  layer: z.int().nonnegative(),
  expert: z.int().nonnegative(),
});
export type ExpertRef = Readonly<z.infer<typeof expertRefSchema>>;

/** Experts to keep in each layer. */
export const keepSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('count'), count: z.int().positive() }),
  z.object({ kind: z.literal('ratio'), ratio: z.number().gt(0).max(1) }),
  /** As many as allow weights and KV cache to fit. */
  z.object({ kind: z.literal('fit'), bytes: z.number().nonnegative(), ctx: z.int().positive() }),
]);

/** The same as given on a command line: also a count or a share in the form that people write, such as "64", "0.5" or "50%". */
export const typedKeepSchema = z.discriminatedUnion('kind', [
  ...keepSchema.options,
  z.object({ kind: z.literal('typed'), text: z.string() }),
]);
export type TypedKeep = Readonly<z.infer<typeof typedKeepSchema>>;

/**
 * Treatment of next-token-prediction blocks. `scored`: kept if the choice also covers their experts, otherwise left
 * out; `reuse`: always kept; without a choice of their own they take that of the last MoE layer; `drop`: left out.
 */
export const nextnSchema = z.enum(['scored', 'reuse', 'drop']);

/** A share of every expert's neurons. */
export const widthSchema = z.number().gt(0).lt(1);

/**
 * Fits the experts' down matrices of a written file to the full model's residual stream; the result is
 * kept where it is clearly better.
 */
const repairRequestSchema = z.object({
  /** The demos to fit to, and to judge by. Default: those that the experts were chosen by. */
  demos: z.discriminatedUnion('kind', [...demoSourceSchema.options, storedDemosSchema]).optional(),
  /** The most demos to use. */
  limit: z.int().positive(),
  placement: placementSchema,
});
export type RepairRequest = z.infer<typeof repairRequestSchema>;

/** The memory that a file has to fit, with a conversation of `ctx` tokens. */
export const madeForSchema = z.object({ bytes: z.number(), ctx: z.int().positive() });

export const pruneRequestSchema = z.object({
  model: z.string(),
  /** The file of a choice, which also says how the kept experts route; `kept` can take its place. */
  choice: z.string().optional(),
  /** Kept experts of each MoE layer, then of each prediction block that was scored. */
  kept: keptExpertsSchema.optional(),
  /** The stored selection that the experts come from. */
  selectionId: z.int().positive().optional(),
  output: z.string(),
  /** With `kept`: how they route. */
  grouping: groupingSchema.optional(),
  nextn: nextnSchema,
  /** Quantises what is kept; absent: every byte stays as it is. */
  quantise: quantiseOptionsSchema.optional(),
  /** An importance matrix of the whole model, to quantise or to choose neurons by. */
  imatrix: z.string().optional(),
  /** Instead of `imatrix`, the run that collected the matrix; "own": the run that the experts were chosen by. */
  imatrixRun: z.union([z.int().positive(), z.literal('own')]).optional(),
  allowFewerUsed: z.boolean().default(false),
  /** Experts that a token passes, fewer than the model's own number. Default: the model's number. */
  activeExperts: z.int().positive().optional(),
  /** The share of every kept expert's neurons that stays: those that matter most by the importance matrix. Default: all. */
  width: widthSchema.optional(),
  repair: repairRequestSchema.optional(),
  madeFor: madeForSchema.optional(),
  overwrite: z.boolean(),
  /** Checks everything, and says what would be written. */
  dryRun: z.boolean().default(false),
});
export type PruneRequest = z.infer<typeof pruneRequestSchema>;

/** An original checkpoint to cut. */
export const checkpointRequestSchema = z.object({
  /** The folder of the checkpoint. */
  checkpoint: z.string(),
  ...pruneRequestSchema.pick({
    choice: true,
    selectionId: true,
    nextn: true,
    activeExperts: true,
    allowFewerUsed: true,
    dryRun: true,
  }).shape,
  /** The GGUF file that the experts were chosen in. Default: where it was last seen. */
  model: z.string().optional(),
  /** The folder to make. */
  output: z.string(),
});
export type CheckpointRequest = z.infer<typeof checkpointRequestSchema>;

export const quantiseRequestSchema = z.object({
  model: z.string(),
  output: z.string(),
  quantise: quantiseOptionsSchema,
  /** Importance matrix of the model, in GGUF format. */
  imatrix: z.string().optional(),
  /** Instead of `imatrix`, the run that collected the matrix. */
  imatrixRun: z.int().positive().optional(),
  /** The stored selection that keeps all experts, if one was looked for. */
  selectionId: z.int().positive().optional(),
  repair: repairRequestSchema.optional(),
  madeFor: madeForSchema.optional(),
  overwrite: z.boolean(),
  /** Checks everything, and says what would be written. */
  dryRun: z.boolean().default(false),
});
export type QuantiseRequest = z.infer<typeof quantiseRequestSchema>;

const evaluateRequestSchema = z.object({
  model: z.string(),
  /** One file or several. Several files, or files whose rows are documents, keep their documents separate. */
  text: z.union([z.string(), z.array(z.string()).min(1)]),
  /** The domain of the text. Default: the domain with the name of its file, if there is one. */
  domain: z.string().min(1).optional(),
  /** The file of a choice, to measure a preview of the pruned model. */
  choice: z.string().optional(),
  /** Experts that a token passes, fewer than the model's own number. Default: the model's number. */
  activeExperts: z.int().positive().optional(),
  /** scores.json files by which the experts were chosen, if nothing else says that. */
  scores: z.array(z.string()).optional(),
  /** The full model to compare with. */
  against: z.string().optional(),
  /** Tokens per chunk. */
  ctx: z.int().min(8),
  chunks: z.int().positive().optional(),
  placement: placementSchema,
});
export type EvaluateRequest = z.infer<typeof evaluateRequestSchema>;

export const fitRequestSchema = z.object({
  model: z.string(),
  demos: demoSourceSchema,
  /** Use only this many demos, the first ones. */
  limit: z.int().positive().optional(),
  /**
   * The share of the demos, at the end of the set, that is left unscored to measure on. Default: half, at most 64
   * demos, if the domain has no text and too few would be left; otherwise none.
   */
  holdBack: z.number().min(0).lt(1).optional(),
  /** Limit of each demo in tokens; 0: none. */
  maxTokens: z.int().nonnegative(),
  nUbatch: ubatchSchema,
  /** undefined: the criterion that loses least in the domain, by measurement. */
  criterion: z.enum(CRITERIA).optional(),
  /** Absent: super experts are ranked. */
  superExperts: superExpertsSchema.optional(),
  /** For models that route in groups; undefined: the way that loses less in the domain, by measurement. */
  grouping: groupingSchema.optional(),
  /** Treatment of next-token-prediction blocks in files with fewer experts. Default: `drop`. */
  nextn: nextnSchema.exclude(['scored']).optional(),
  /** Memory for the file's weights, the KV cache of a conversation of `ctx` tokens, and the compute buffers. */
  budgetBytes: z.int().positive(),
  ctx: z.int().positive(),
  /** Files to measure on; a file with the domain's name belongs to the domain. None: stored held-out texts and the like. */
  texts: z.array(z.object({ name: z.string().min(1), file: z.string() })),
  /** Tokens per chunk of the texts. */
  chunkTokens: z.int().min(8),
  /** Types to consider beside the source's own; undefined: the usual ones below it. */
  types: z.array(z.string()).optional(),
  /** The importance matrix to quantise by; undefined: one that is collected while the demos are scored. */
  imatrix: z.string().optional(),
  /** Quantise weights that are quantised already. */
  requantise: z.boolean(),
  /**
   * Fit the experts' down matrices of each file to the model's own residual stream; the result is kept where it is
   * clearly better. Default: yes.
   */
  repair: z.boolean().optional(),
  /** Time limit for everything but writing the best file; undefined: the search goes on until it is certain or the texts are used up. */
  timeLimitSeconds: z.number().positive().optional(),
  /** Where to write the best file, unless that is the model as it is; undefined: it is not written. */
  output: z.string().optional(),
  /** Adds the file's size to its name: the size is not known before the search. */
  sizesName: z.boolean().optional(),
  overwrite: z.boolean(),
  placement: placementSchema,
});
export type FitRequest = z.infer<typeof fitRequestSchema>;
