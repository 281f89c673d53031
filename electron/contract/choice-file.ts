// A choice: which experts of which model are kept, and by what. Another machine with the same model makes the same file from it.
import { z } from 'zod';
import { mixSchema } from './api/runs.ts';
import { CRITERIA } from './criteria.ts';
import { keptExpertsSchema } from './kept-experts.ts';
import { publishedQuantisedSchema } from './quantise.ts';
import { groupingSchema, superExpertsSchema, widthSchema } from './requests.ts';

export const CHOICE_FORMAT = 'winnow-choice';
export const CHOICE_VERSION = 1;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** By what experts were chosen, and how they route: the value of the key `winnow.selection` in a pruned file. */
export const chosenBySchema = z.object({
  mix: mixSchema.default('shares'),
  grouping: groupingSchema.default('ungrouped'),
  /** Experts that a token activates; null: as many as the model says. */
  activeExperts: z.int().positive().nullable().default(null),
  seed: z.int().default(0),
  superExperts: superExpertsSchema.default('rank'),
  /** The scores' domains; empty: not known. */
  demos: z
    .array(
      z.object({
        domain: z.string(),
        /** The demos' names that people read, such as "file.jsonl:3". */
        demos: z.array(z.string()),
        tokens: z.number(),
        /** Each demo's own hash, in order; absent: the scores do not state them. */
        hashes: z.array(z.string()).exactOptional(),
      }),
    )
    .default([]),
  /** Mean retained score, 0 to 1. */
  retained: z.number().nullable().default(null),
});

export const choiceFileSchema = z.object({
  format: z.literal(CHOICE_FORMAT),
  version: z.literal(CHOICE_VERSION),
  /** The full model. */
  model: z.object({
    /** The file's name, without folders. */
    file: z.string(),
    arch: z.string(),
    /** SHA-256 of every byte. */
    fingerprint: sha256,
    /** The same for all quantisations of the model; absent: not known. */
    kindred: sha256.exactOptional(),
    /** The name of the file type in llama.cpp. */
    file_type: z.string().exactOptional(),
    /** Block index of each layer in `kept`, ascending. */
    moe_layers: z.array(count).min(1),
    n_expert: z.int().positive(),
  }),
  /** null: a criterion of another program. */
  criterion: z.enum(CRITERIA).nullable(),
  settings: chosenBySchema.extend({
    grouping: groupingSchema,
    activeExperts: z.int().positive().nullable(),
  }),
  /** Experts of each layer, ascending; the same number in each. */
  kept: keptExpertsSchema,
  /** How the file of the choice was quantised, and the share of its neurons that every expert in it has; absent: not at all. */
  quantised: publishedQuantisedSchema.exactOptional(),
  width: widthSchema.exactOptional(),
});
export type ChoiceFile = Readonly<z.infer<typeof choiceFileSchema>>;

/** The choice itself, and the lists of experts that other programs read. */
export const CHOICE_FORMS = ['choice', 'vllm', 'vllm-ascend', 'ktransformers'] as const;
export type ChoiceForm = (typeof CHOICE_FORMS)[number];
