// Score runs, and everything that is read from them.
import { z } from 'zod';
import { CRITERIA } from '../criteria.ts';
import { float64Array } from '../typed-arrays.ts';
import {
  asMade,
  demoFilesSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  rowIdSchema,
  undoSchema,
} from './common.ts';
import { sentenceSchema } from '../sentences.ts';
import { scoreRequestSchema } from '../requests.ts';
import { scoresFileSchema } from '../scores-file.ts';
import { limitBySchema } from '../taken-demos.ts';

export const criterionSchema = z.enum(CRITERIA);
export const recordedCriterionSchema = z.enum(CRITERIA);

/** How the scores of several domains are combined (docs/METHOD.md). An array: one weight per run. */
export const mixSchema = z.union([z.literal('shares'), z.array(z.number().nonnegative())]);

const runSchema = z.object({
  id: rowIdSchema,
  /** null: the model is not in the library any more. */
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  domain: z.string(),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  demos: z.int(),
  scoredDemos: z.int(),
  /** Tokens of all demos. */
  tokens: z.int(),
  seconds: z.number(),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
  /** Block indices of the MoE layers. */
  moeLayers: z.array(z.int()),
  nExpert: z.int(),
  nExpertUsed: z.int(),
  nExpertGroups: z.int(),
  /** Whether the run collects an importance matrix beside the scores. */
  importance: z.boolean(),
  /** What the numbers depend on, as text: "ubatch" → "2048". */
  settings: z.record(z.string(), z.string()),
  /** The same settings as they were recorded. */
  recorded: z.unknown(),
});
export type Run = Readonly<z.infer<typeof runSchema>>;

const runIds = z.array(rowIdSchema).min(1).max(32);

const estimateWarningSchema = z.discriminatedUnion('key', [
  /** The weights do not fit: each ubatch reads this many bytes. */
  z.object({ key: z.literal('readAgain'), bytes: z.number(), ubatches: z.int() }),
  /** A device cannot hold what must be on it: it will refuse, or the system will begin to swap. */
  z.object({ key: z.literal('tooSmall'), device: z.string(), neededBytes: z.number(), availableBytes: z.number() }),
  /** So many demos are longer than the model's context, and are read in windows of that many tokens. */
  z.object({ key: z.literal('windowed'), demos: z.int(), tokens: z.int() }),
  /** The model has not been read completely yet. That comes first, and no other figure includes it. */
  z.object({ key: z.literal('readFirst'), bytes: z.number() }),
]);
export type EstimateWarning = z.infer<typeof estimateWarningSchema>;

/** What a scoring run will need, as estimated before anything is loaded. */
export const scoringEstimateSchema = z.object({
  demos: z.int(),
  tokens: z.int(),
  /** The most tokens at once. */
  nUbatch: z.int(),
  ubatches: z.int(),
  /** Tokens whose experts are computed at once; equal to `nUbatch` if a ubatch is not sliced. */
  nSlice: z.int(),
  kvType: z.enum(['f16', 'q8_0']),
  layers: z.object({
    /** All layers, including the output layer. */
    all: z.int(),
    /** Number of layers, counted from the last, that are on GPUs or other machines. */
    offloaded: z.int(),
    moe: z.int(),
    /** MoE layers whose routed experts stay with the host, in RAM or on disk. */
    hostExperts: z.int(),
  }),
  /** The host comes first. Other devices that hold nothing are left out. */
  memory: z.array(
    z.object({
      /** Name of the device in llama.cpp; for other machines HOST:PORT. */
      device: z.string(),
      kind: z.enum(['host', 'gpu', 'machine']),
      /** Memory that may be used now. */
      availableBytes: z.number(),
      /** Weights that stay there throughout the run. */
      weightsBytes: z.number(),
      kvBytes: z.number(),
      computeBytes: z.number(),
    }),
  ),
  /** Weights that do not fit into memory and that every ubatch reads from the disk. */
  onDiskBytes: z.number(),
  /** Bytes read from the disk in total. */
  readBytes: z.number(),
  seconds: z.number(),
  /** By rates of typical machines: this one has not been measured. */
  isRough: z.boolean(),
  warnings: z.array(estimateWarningSchema),
});
export type ScoringEstimate = Readonly<z.infer<typeof scoringEstimateSchema>>;

const writtenMatrixSchema = z.object({
  displayPath: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  runId: rowIdSchema,
  domain: z.string(),
  tokens: z.int(),
  /** Number of weights with entries. */
  weights: z.int(),
});
export type WrittenMatrix = Readonly<z.infer<typeof writtenMatrixSchema>>;

/** A model of the library, and the demos of a domain. */
const storedDemosSchema = z.object({
  modelId: modelIdSchema,
  domainId: rowIdSchema,
  /** The number of demos to score; null: all. */
  limit: z.int().positive().nullable(),
  /** Which demos to take; absent: the first ones. */
  limitBy: limitBySchema.exactOptional(),
  /** Collects llama.cpp's importance matrix in the same pass. */
  importance: z.boolean().exactOptional(),
});
export type DomainScoring = Readonly<z.infer<typeof storedDemosSchema>>;

/** A model that is handed over, and demos in files. */
const scoreFilesSchema = scoreRequestSchema
  .omit({ model: true, demos: true, maxTokens: true, nUbatch: true, placement: true })
  .extend({ model: modelRefSchema, demos: demoFilesSchema });
export type ScoreFiles = Readonly<z.infer<typeof scoreFilesSchema>>;

const scoredPassSchema = z.object({
  id: rowIdSchema,
  /** It was stored earlier; nothing was computed. */
  reused: z.boolean(),
  resumed: z.boolean(),
  /** Duration of this scoring pass, without loading. */
  seconds: z.number(),
});

/** The outcome of `runs.start`. */
export const scoreOutcomeSchema = z.object({
  domain: z.string(),
  /** Demos that were scored, and their tokens. */
  demos: z.int(),
  tokens: z.int(),
  /** Block indices of the MoE layers. */
  moeLayers: z.array(z.int()),
  nextnLayers: z.array(z.int()),
  nExpert: z.int(),
  estimate: asMade(scoringEstimateSchema),
  run: scoredPassSchema,
});
export type ScoreOutcome = Readonly<z.infer<typeof scoreOutcomeSchema>>;

export const runsCalls = {
  'runs.start': {
    params: z.union([
      storedDemosSchema.extend({
        /** Scores again even if the same run is stored. */
        fresh: z.boolean(),
      }),
      scoreFilesSchema,
    ]),
    result: jobIdSchema,
  },
  /** What `runs.start` with these parameters would need under the current settings. Reads headers and counts tokens. Cancellable. */
  'runs.estimate': {
    params: z.union([storedDemosSchema, scoreFilesSchema]),
    /**
     * The estimate, with what the chat template leaves out of the demos (one sentence for each part) and with warnings,
     * which include that.
     */
    result: asMade(scoringEstimateSchema.extend({ unwritten: z.array(sentenceSchema), warned: z.array(z.string()) })),
  },
  /** Writes what a finished job has scored as scores.json, and returns it. */
  'runs.writeScores': {
    params: z.object({ jobId: rowIdSchema, target: grantIdSchema.nullable() }),
    result: asMade(scoresFileSchema),
  },
  'runs.list': { params: noParams, result: z.array(runSchema) },
  'runs.get': { params: z.object({ runId: rowIdSchema }), result: runSchema },
  'runs.delete': { params: z.object({ runIds }), result: undoSchema },
  /** Writes the importance matrix that a finished run has collected, in llama.cpp's GGUF format. Cancellable. */
  'runs.exportImportance': {
    params: z.object({ runId: rowIdSchema, target: grantIdSchema }),
    result: writtenMatrixSchema,
  },
  /** The scores of a run, even while it goes on: of the demos that are done. */
  'runs.scores': {
    params: z.object({ runIds, criterion: criterionSchema, mix: mixSchema, seed: z.int().nonnegative() }),
    result: z.object({
      nLayers: z.int(),
      nExpert: z.int(),
      moeLayers: z.array(z.int()),
      /** `[nLayers * nExpert]`, layer-major. */
      scores: float64Array,
      scoredDemos: z.int(),
    }),
  },
} as const;

export const runsEvents = {
  /**
   * The estimate of a run changed: through other settings, rates or batches that a job has found, or memory that it
   * gave back. Not sent while a run goes on: the estimate would cover only the memory left beside it.
   */
  estimates: { payload: z.object({}), updates: null, outdates: ['runs.estimate', 'evaluations.offer', 'fit.plan'] },
  /** A run began, reached a checkpoint, ended or was deleted. */
  run: {
    payload: z.object({ runId: rowIdSchema, scoredDemos: z.int(), state: z.string() }),
    updates: null,
    outdates: ['runs.list', 'runs.get', 'runs.scores', 'selections.compute', 'fit.list'],
  },
} as const;
