// Score runs and everything that is read from them.
import { z } from 'zod';
import { CRITERIA, RECORDED_CRITERIA, FAST_CRITERIA } from '../criteria.ts';
import { float32Array, float64Array, int32Array } from '../typed-arrays.ts';
import {
  asMade,
  demoFilesSchema,
  errorDataSchema,
  grantIdSchema,
  jobIdSchema,
  modelIdSchema,
  modelRefSchema,
  noParams,
  nothing,
  rowIdSchema,
  undoSchema,
} from './common.ts';
import { sentenceSchema } from '../sentences.ts';
import { RANKING_FORMS, rankingFileSchema } from '../ranking-file.ts';
import { scoreRequestSchema } from '../requests.ts';
import { scoresFileSchema } from '../scores-file.ts';
import { stoppedSchema, stopRuleSchema } from '../stop-rule.ts';
import { limitBySchema } from '../taken-demos.ts';
import { tokenChoiceSchema } from '../token-classes.ts';

export const criterionSchema = z.enum(CRITERIA);
export const recordedCriterionSchema = z.enum(RECORDED_CRITERIA);

/** How the scores of several domains become one: DESIGN 2. An array: one weight a run. */
export const mixSchema = z.union([z.enum(['shares', 'max-min']), z.array(z.number().nonnegative())]);

export const runSchema = z.object({
  id: rowIdSchema,
  /** null: the model is not in the library any more. */
  modelId: modelIdSchema.nullable(),
  modelName: z.string(),
  domain: z.string(),
  state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
  demos: z.int(),
  scoredDemos: z.int(),
  /** Tokens of all demos; of a run that stopped early, of those that it scored. */
  tokens: z.int(),
  seconds: z.number(),
  startedMs: z.number(),
  finishedMs: z.number().nullable(),
  /** MoE layers by block index. */
  moeLayers: z.array(z.int()),
  nExpert: z.int(),
  nExpertUsed: z.int(),
  nExpertGroups: z.int(),
  /** Whether it collects an importance matrix beside the scores. */
  importance: z.boolean(),
  /** Whether it tells first, template, prompt, reasoning and answer tokens apart: without that, all of them count. */
  tokenClasses: z.boolean(),
  /** Experts a layer that took part, the others were masked; null: all. */
  maskedTo: z.int().nullable(),
  /** What had to be stable for it to end early; null: it scores all demos. */
  stop: stopRuleSchema.nullable(),
  /** It has ended early. */
  stopped: stoppedSchema.nullable(),
  /** What the numbers depend on, as text, for comparing runs: "ubatch" → "2048". */
  settings: z.record(z.string(), z.string()),
  /** The same as it was recorded, masks whole. */
  recorded: z.unknown(),
});
export type Run = Readonly<z.infer<typeof runSchema>>;

const runIds = z.array(rowIdSchema).min(1).max(32);
/** By which tokens experts are ranked; without it by all. */
const tokens = tokenChoiceSchema.exactOptional();
const layer = z.int().nonnegative();
const expert = z.int().nonnegative();

/** One expert in one run. */
const expertInRunSchema = z.object({
  runId: rowIdSchema,
  domain: z.string(),
  /** Tokens routed to it. */
  count: z.number(),
  /** Share of the run's tokens. */
  tokenShare: z.number(),
  meanGate: z.number(),
  meanNorm: z.number(),
  criteria: z.record(criterionSchema, z.object({ score: z.number(), share: z.number(), rank: z.int() })),
});

/** A demo token that used an expert much, in its context. */
const topTokenSchema = z.object({
  domain: z.string(),
  demo: z.string(),
  before: z.string(),
  token: z.string(),
  after: z.string(),
  /** g·‖E‖·(1 − cos), the token's part of the expert's score. */
  value: z.number(),
});

/** What a run takes longest for. `memory`: reading weights from RAM; `bus`: between RAM and GPU. */
export const COST_LIMITS = ['compute', 'memory', 'disk', 'bus', 'network'] as const;

/**
 * How an estimate of time came about: from an earlier run of this model on the same devices; from a short measurement of
 * this processor with another model; from figures of typical machines.
 */
const CONFIDENCE = ['measured', 'calibrated', 'rough'] as const;

const estimateWarningSchema = z.discriminatedUnion('key', [
  /** The weights do not fit: each of the ubatches reads so much of them again. */
  z.object({ key: z.literal('readAgain'), bytes: z.number(), ubatches: z.int() }),
  /** Not even one layer fits: each ubatch reads a layer's experts so many times, once for each slice. */
  z.object({ key: z.literal('layerTooLarge'), reads: z.int() }),
  /** A device that cannot hold what must be there: it will be refused, or the system will begin to swap. */
  z.object({ key: z.literal('tooSmall'), device: z.string(), neededBytes: z.number(), availableBytes: z.number() }),
  /** The model was not read whole yet: that comes first, and is in no other figure. */
  z.object({ key: z.literal('readFirst'), bytes: z.number() }),
]);
export type EstimateWarning = z.infer<typeof estimateWarningSchema>;

/** What a scoring run will need, told before anything is loaded. */
export const scoringEstimateSchema = z.object({
  /** It may end before all demos are scored. */
  atMost: z.boolean().exactOptional(),
  demos: z.int(),
  /** Passes over all demos; what follows is of all of them together. */
  rounds: z.int(),
  tokens: z.int(),
  /** Tokens at once, at most. */
  nUbatch: z.int(),
  ubatches: z.int(),
  /** Tokens whose experts are computed at once; equal to `nUbatch` where a ubatch is not sliced. */
  nSlice: z.int(),
  kvType: z.enum(['f16', 'q8_0']),
  layers: z.object({
    /** The output layer included. */
    all: z.int(),
    /** The last so many lie on GPUs or other machines. */
    offloaded: z.int(),
    moe: z.int(),
    /** MoE layers whose routed experts lie with the host, in RAM or on disk. */
    hostExperts: z.int(),
  }),
  /** The host first. Devices that hold nothing are left out, but for the host. */
  memory: z.array(
    z.object({
      /** As llama.cpp names it; of other machines HOST:PORT. */
      device: z.string(),
      kind: z.enum(['host', 'gpu', 'machine']),
      /** What may be used of it now. */
      availableBytes: z.number(),
      /** That stay there while the run goes on. */
      weightsBytes: z.number(),
      kvBytes: z.number(),
      computeBytes: z.number(),
    }),
  ),
  /** Weights that find no place in memory and are read from the disk by every ubatch. */
  onDiskBytes: z.number(),
  /** From the disk, in all. */
  readBytes: z.number(),
  /** To and from other machines: weights before, all else while scoring. */
  sentBytes: z.number(),
  networkBytes: z.number(),
  seconds: z.object({ low: z.number(), likely: z.number(), high: z.number() }),
  limit: z.enum(COST_LIMITS),
  confidence: z.enum(CONFIDENCE),
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
  /** Weights that it has entries for. */
  weights: z.int(),
});
export type WrittenMatrix = Readonly<z.infer<typeof writtenMatrixSchema>>;

const MAX_ROUNDS = 8;

const roundsSchema = z.object({
  count: z.int().min(2).max(MAX_ROUNDS),
  /** Experts a layer that are to be kept in the end. */
  keep: z.int().positive(),
  criterion: criterionSchema,
});

/** End when the choice of so many experts a layer is stable; not with rounds. */
const stopSchema = z.object({ keep: z.int().positive(), share: z.number().positive().lt(1) });

/** Share of what other demos' own choice retains that a choice by some demos holds: beyond it, more demos change little. */
export const ENOUGH_HELD = 0.99;

/** A model of the library, and a domain's demos. */
const storedDemosSchema = z.object({
  modelId: modelIdSchema,
  domainId: rowIdSchema,
  /** Only so many demos; null: all. */
  limit: z.int().positive().nullable(),
  /** Which ones; without it: the first. */
  limitBy: limitBySchema.exactOptional(),
  /** Without it all demos are scored. */
  stopWhenStable: stopSchema.exactOptional(),
  /** Score, mask, score again, each time a run of its own; the last one counts. Without it: one round. */
  rounds: roundsSchema.exactOptional(),
  /** Collect llama.cpp's importance matrix in the same pass, of rounds in the last. */
  importance: z.boolean().exactOptional(),
});
export type DomainScoring = Readonly<z.infer<typeof storedDemosSchema>>;

/** A model that is handed over, and demos of files. */
const scoreFilesSchema = scoreRequestSchema
  .omit({ model: true, demos: true, maxTokens: true, nUbatch: true, placement: true })
  .extend({ model: modelRefSchema, demos: demoFilesSchema, mask: grantIdSchema.optional() });
export type ScoreFiles = Readonly<z.infer<typeof scoreFilesSchema>>;

const scoredPassSchema = z.object({
  id: rowIdSchema,
  /** Stored earlier, nothing was computed. */
  reused: z.boolean(),
  resumed: z.boolean(),
  /** Time of this scoring pass, without loading. */
  seconds: z.number(),
  /** It ended before all demos were scored; null: they are. */
  stopped: stoppedSchema.nullable(),
});

/** What comes of `runs.start`. */
export const scoreOutcomeSchema = z.object({
  domain: z.string(),
  /** That were scored, and their tokens. */
  demos: z.int(),
  tokens: z.int(),
  /** By block index. */
  moeLayers: z.array(z.int()),
  nextnLayers: z.array(z.int()),
  nExpert: z.int(),
  /** When it was to end before all demos are scored; null: they all are. */
  stop: stopRuleSchema.nullable(),
  estimate: asMade(scoringEstimateSchema),
  /** The last round's. */
  run: scoredPassSchema,
  /** In their order; experts: that took part in a layer. */
  rounds: z.array(z.object({ experts: z.int(), run: scoredPassSchema })).min(1),
});
export type ScoreOutcome = Readonly<z.infer<typeof scoreOutcomeSchema>>;

/** Whether the demos are enough. */
const agreementSchema = z.object({
  /** For 1, 2, 3, 5, 7, 10, 15, … demos, and half of them, rounded down; none for fewer than two. */
  points: z.array(
    z.object({
      demos: z.int(),
      /** Share of their kept experts that the held-back half keeps too: mean over random halves and layers, 0 to 1. */
      agreed: z.number(),
      /** In the half where it is smallest, and largest. */
      low: z.number(),
      high: z.number(),
      /** Retained score of their choice in the held-back half, as a share of what that half's own choice retains, 0 to 1. */
      held: z.number(),
    }),
  ),
  /**
   * The fewest demos whose choice holds `ENOUGH_HELD` of the held-back half's own, and after which no point falls below; null: half of the
   * demos do not.
   */
  enoughAt: z.int().nullable(),
});
export type Agreement = z.infer<typeof agreementSchema>;

export const runsCalls = {
  'runs.start': {
    params: z.union([
      storedDemosSchema.extend({
        /** Score again although the same run is stored. */
        fresh: z.boolean(),
      }),
      scoreFilesSchema,
    ]),
    result: jobIdSchema,
  },
  /** What `runs.start` with these would need, by the settings of now. Reads headers and counts tokens. Cancellable. */
  'runs.estimate': {
    params: z.union([storedDemosSchema, scoreFilesSchema]),
    /** With what the chat template leaves out of the demos, one sentence a part, and with warnings, which say that, too. */
    result: asMade(scoringEstimateSchema.extend({ unwritten: z.array(sentenceSchema), warned: z.array(z.string()) })),
  },
  /** Writes what a finished job has scored as scores.json, and says it; perDemo: with each demo's own matrices. */
  'runs.writeScores': {
    params: z.object({ jobId: rowIdSchema, target: grantIdSchema.nullable(), perDemo: z.boolean() }),
    result: asMade(scoresFileSchema),
  },
  'runs.list': { params: noParams, result: z.array(runSchema) },
  'runs.get': { params: z.object({ runId: rowIdSchema }), result: runSchema },
  'runs.delete': { params: z.object({ runIds }), result: undoSchema },
  /** Writes a run bundle (`.winnow`): all that is needed to choose experts on another machine, without the model. */
  'runs.exportBundle': { params: z.object({ runId: rowIdSchema, target: grantIdSchema }), result: nothing },
  /** Writes the importance matrix that a finished run has collected, in llama.cpp's GGUF form. Cancellable. */
  'runs.exportImportance': {
    params: z.object({ runId: rowIdSchema, target: grantIdSchema }),
    result: writtenMatrixSchema,
  },
  /**
   * What share of the expert reads of unscored demos a cache would serve that holds some experts of each layer, and what keeping only
   * those would retain: each demo by all others. Cancellable.
   */
  'runs.cache': {
    params: z.object({
      runIds,
      criterion: z.enum(FAST_CRITERIA),
      /** null: as the model asks for, where the runs tell tokens apart. */
      tokens: tokenChoiceSchema.nullable(),
      /** Experts a layer; null: eighths of all. */
      slots: z.array(z.int().positive()).min(1).max(64).nullable(),
    }),
    result: z.object({
      nExpert: z.int(),
      nExpertUsed: z.int(),
      demos: z.int(),
      tokens: tokenChoiceSchema,
      criterion: z.enum(FAST_CRITERIA),
      rows: z.array(
        z.object({
          slots: z.int(),
          /** Served by the experts that other demos read most, and by those that were read last. */
          frequent: z.number(),
          recent: z.number(),
          /** Mean share of the layers' scores. */
          retained: z.number(),
        }),
      ),
    }),
  },
  /** Writes how much each expert counts, for any quantisation of the model, and says it. Cancellable. */
  'runs.exportRanking': {
    params: z.object({
      of: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('run'), runId: rowIdSchema }),
        z.object({ kind: z.literal('scores'), file: grantIdSchema }),
      ]),
      criterion: z.enum(FAST_CRITERIA),
      /** null: as the model asks for, where the scores tell tokens apart. */
      tokens: tokenChoiceSchema.nullable(),
      form: z.enum(RANKING_FORMS),
      /** null: nothing is written. */
      target: grantIdSchema.nullable(),
    }),
    result: rankingFileSchema,
  },
  'runs.importBundle': { params: z.object({ grant: grantIdSchema }), result: runSchema },
  /** Also while a run goes on: the demos that are done. Max-min has no scores of its own: it shows the shares. */
  'runs.scores': {
    params: z.object({ runIds, criterion: criterionSchema, mix: mixSchema, seed: z.int().nonnegative(), tokens }),
    result: z.object({
      nLayers: z.int(),
      nExpert: z.int(),
      moeLayers: z.array(z.int()),
      /** `[nLayers * nExpert]`, layer-major. */
      scores: float64Array,
      scoredDemos: z.int(),
    }),
  },
  /** How far the choice of some demos agrees with that of held-back ones. */
  'runs.agreement': {
    params: z.object({ runId: rowIdSchema, criterion: criterionSchema, keep: z.int().positive(), tokens }),
    result: agreementSchema,
  },
  /** Jaccard index of the kept sets of each pair of runs, and what they have in common over what each keeps, 0 to 1: `[n * n]`. */
  'runs.overlap': {
    params: z.object({ runIds, criterion: criterionSchema, keep: z.int().positive(), tokens }),
    result: z.object({ overlap: float64Array, common: float64Array }),
  },
  'runs.demos': {
    params: z.object({ runId: rowIdSchema }),
    result: z.array(
      z.object({ position: z.int(), label: z.string(), tokens: z.int(), scored: z.boolean(), available: z.boolean() }),
    ),
  },
  /** Which tokens of a demo the routed experts change most. */
  'runs.tokens': {
    params: z.object({ runId: rowIdSchema, position: z.int().nonnegative() }),
    result: z.object({
      pieces: z.array(z.string()),
      nLayers: z.int(),
      moeLayers: z.array(z.int()),
      /** 1 − cos, `[nLayers * pieces.length]`, layer-major. */
      contribution: float32Array,
      /**
       * Experts that remember a token among their top ones, as columns of one table: a large model has tens of
       * thousands. By token, the strongest first.
       */
      experts: z.object({ token: int32Array, layer: int32Array, expert: int32Array, value: float32Array }),
    }),
  },
  'runs.expert': {
    params: z.object({ runIds, layer, expert, seed: z.int().nonnegative(), tokens }),
    result: z.object({
      block: z.int(),
      runs: z.array(expertInRunSchema),
      /** The strongest first, at most 12. */
      tokens: z.array(topTokenSchema),
      /** Why tokens are missing: their demo was deleted, or the model is not there to read them. */
      problem: errorDataSchema.nullable(),
    }),
  },
} as const;

export const runsEvents = {
  /**
   * What a run needs is estimated otherwise: by other settings, by the rates and batches that a job has found, or with
   * memory that it gave back. Not while it goes on: the estimate would be of what is left beside it.
   */
  estimates: { payload: z.object({}), updates: null, outdates: ['runs.estimate', 'evaluations.offer', 'fit.plan'] },
  /** A run began, went on by a checkpoint, ended or was deleted. */
  run: {
    payload: z.object({ runId: rowIdSchema, scoredDemos: z.int(), state: z.string() }),
    updates: null,
    outdates: [
      'runs.list',
      'runs.get',
      'runs.scores',
      'runs.agreement',
      'runs.overlap',
      'runs.demos',
      'runs.expert',
      'selections.compute',
      'selections.steps',
      'selections.fit',
      'fit.list',
    ],
  },
} as const;
