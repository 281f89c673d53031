// Side-by-side chat: two slots with one model each.
import { z } from 'zod';
import { errorDataSchema, modelIdSchema, noParams, nothing, rowIdSchema } from './common.ts';

const slotSchema = z.enum(['left', 'right']);
export type Slot = z.infer<typeof slotSchema>;

const chatSlotSchema = z.object({
  slot: slotSchema,
  modelId: modelIdSchema,
  modelName: z.string(),
  /** The selection that masks the model; null: the model is used as its file is. */
  selectionId: z.int().nullable(),
  state: z.enum(['loading', 'ready', 'answering', 'failed']),
  contextSize: z.int().nullable(),
  /** `fallback`: the model has no usable chat template, so another format is used. */
  template: z.enum(['model', 'fallback']).nullable(),
  error: errorDataSchema.nullable(),
});
export type ChatSlot = Readonly<z.infer<typeof chatSlotSchema>>;

const chatStatisticsSchema = z.object({
  tokens: z.int(),
  tokensPerSecond: z.number(),
  /** Tokens evaluated for this turn; those that were still in the cache do not count. */
  promptTokens: z.int(),
  promptTokensPerSecond: z.number(),
  seconds: z.number(),
  stop: z.enum(['eos', 'length', 'cancelled']),
});

export type ChatStatistics = Readonly<z.infer<typeof chatStatisticsSchema>>;

const chatAnswerSchema = chatStatisticsSchema.extend({
  /** What the answer keeps repeating up to its end (perhaps cut), and how often; null: it does not repeat itself. */
  loop: z.object({ unit: z.string(), repeats: z.number() }).nullable(),
});
export type ChatAnswer = Readonly<z.infer<typeof chatAnswerSchema>>;

export const chatCalls = {
  'chat.slots': { params: noParams, result: z.array(chatSlotSchema) },
  /** Loads the model; a different model in the slot is unloaded first. Cancellable. */
  'chat.open': {
    params: z.object({
      slot: slotSchema,
      modelId: modelIdSchema,
      /** A selection of this model, to chat with its preview. */
      selectionId: rowIdSchema.nullable().default(null),
      ctx: z.int().min(256),
    }),
    result: chatSlotSchema,
  },
  'chat.close': { params: z.object({ slot: slotSchema }), result: nothing },
  /** Answers when the turn is complete; events carry its text. Cancellable. */
  'chat.send': {
    params: z.object({
      slot: slotSchema,
      text: z
        .string()
        .min(1)
        .max(1 << 20),
      maxTokens: z.int().min(1).max(32768),
      temperature: z.number().min(0).max(2),
      seed: z.int().nonnegative(),
    }),
    result: chatAnswerSchema,
  },
  /** Resident memory of the slot's process, in bytes; 0 when it is empty. */
  'chat.memory': { params: z.object({ slot: slotSchema }), result: z.number() },
  /** Forgets the conversation. */
  'chat.reset': { params: z.object({ slot: slotSchema }), result: nothing },
} as const;

export const chatEvents = {
  chat: {
    payload: z.discriminatedUnion('type', [
      z.object({ type: z.literal('slot'), slot: slotSchema, value: chatSlotSchema.nullable() }),
      z.object({ type: z.literal('loading'), slot: slotSchema, percent: z.number() }),
      z.object({
        type: z.literal('text'),
        slot: slotSchema,
        text: z.string(),
        /** `thought`: what a reasoning model writes before its answer. */
        part: z.enum(['answer', 'thought']),
      }),
    ]),
    updates: 'chat.slots',
    outdates: [],
  },
  /** A model was loaded or has answered: each turn makes the cache grow. */
  chatMemory: { payload: z.object({}), updates: null, outdates: ['chat.memory'] },
} as const;
