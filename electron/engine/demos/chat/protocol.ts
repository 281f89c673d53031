// What a worker that answers prompts can be asked. Both sides parse every message with these schemas.
import { z } from 'zod';
import { placementSchema } from '../../../contract/placement.ts';
import type { EventOf, ParamsOf, ResultOf } from '../../base/backend/worker-calls.ts';

const sampling = {
  maxTokens: z.int().positive(),
  /** 0: always the most likely token. */
  temperature: z.number().nonnegative(),
  /** Only used if the temperature is above 0. */
  seed: z.int().nonnegative(),
};

export const methods = {
  /** Progress in millionths. */
  load: {
    params: z.object({
      gpu: placementSchema.shape.gpu,
      gpuLayers: placementSchema.shape.gpuLayers,
      threads: placementSchema.shape.threads,
      path: z.string(),
      /** Tokens of context for which GPU memory is reserved. */
      contextSize: z.int().positive(),
    }),
    result: z.object({
      chatTemplate: z.string().nullable(),
      bosToken: z.string().nullable(),
      eosToken: z.string().nullable(),
      /** Whether the tokenizer puts BOS in front of a text. */
      addsBos: z.boolean(),
    }),
  },
  /** Continues texts, several at a time. Each ends when the model ends it, at its length limit, or when it only repeats itself. */
  complete: {
    params: z.object({
      prompts: z.array(z.object({ index: z.int(), text: z.string(), addSpecial: z.boolean(), seed: sampling.seed })),
      maxTokens: sampling.maxTokens,
      temperature: sampling.temperature,
    }),
    event: z.discriminatedUnion('type', [
      /** Tokens generated so far, over all prompts. */
      z.object({ type: z.literal('tokens'), tokens: z.int() }),
      z.object({
        type: z.literal('completion'),
        index: z.int(),
        text: z.string(),
        /** The text of the token that ended it; empty if its length or a loop ended it. */
        ending: z.string(),
        /** Whether it fell into a loop and was ended there. */
        looped: z.boolean(),
        tokens: z.int(),
        promptTokens: z.int(),
      }),
      z.object({ type: z.literal('tooLong'), index: z.int(), promptTokens: z.int(), limit: z.int() }),
    ]),
    result: z.null(),
  },
} as const;

type Methods = typeof methods;
export type Params<M extends keyof Methods> = ParamsOf<Methods, M>;
export type Result<M extends keyof Methods> = ResultOf<Methods, M>;
export type Event<M extends keyof Methods> = EventOf<Methods, M>;
