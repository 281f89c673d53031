// Models behind addresses that programs for OpenAI's protocol can be given.
import { z } from 'zod';
import { groupingSchema } from '../requests.ts';
import { errorDataSchema, grantIdSchema, modelRefSchema, nothing, rowIdSchema } from './common.ts';

/** What a key is made of: nothing that a header or a list would take for its own. */
export const API_KEY = /^[\w.~+/=-]{8,256}$/;

const endpointIdSchema = z.string().max(64);

const endpointSchema = z.object({
  id: endpointIdSchema,
  /** Of its root: clients of OpenAI's protocol add /v1. */
  url: z.string(),
  apiKey: z.string(),
  /** By which clients know the model. */
  modelName: z.string(),
  /** Tokens of one conversation. */
  contextSize: z.int(),
  /** Estimated for weights, KV cache and compute buffers. */
  memoryBytes: z.number(),
});

export const endpointsCalls = {
  /** Loads the model, and answers when clients are answered. It ends with the session, or when it is stopped. Cancellable. */
  'endpoints.start': {
    params: z.object({
      model: modelRefSchema,
      /** To serve a preview; null: the file as it is. */
      choice: z
        .discriminatedUnion('kind', [
          z.object({ kind: z.literal('mask'), mask: grantIdSchema, grouping: groupingSchema.exactOptional() }),
          z.object({ kind: z.literal('selection'), selectionId: rowIdSchema }),
        ])
        .nullable(),
      /** Routers that were fitted to the choice's experts. */
      calibration: grantIdSchema.nullable().default(null),
      /** A page may name this machine's own alone. */
      host: z.string().max(253).default('127.0.0.1'),
      /** 0: any free one. */
      port: z.int().min(0).max(65535),
      /** null: one is made. */
      apiKey: z.string().regex(API_KEY).nullable().default(null),
      /** Tokens of one conversation. */
      ctx: z.int().min(256),
      /** Conversations at the same time. */
      slots: z.int().min(1).max(64).default(1),
    }),
    result: endpointSchema,
  },
  'endpoints.stop': { params: z.object({ endpointId: endpointIdSchema }), result: nothing },
} as const;

export const endpointsEvents = {
  endpoint: {
    payload: z.discriminatedUnion('type', [
      z.object({ type: z.literal('loading'), percent: z.number() }),
      /** By itself, not by being stopped. */
      z.object({ type: z.literal('ended'), endpointId: endpointIdSchema, error: errorDataSchema }),
      /** What cannot be proved of a choice's file. */
      z.object({ type: z.literal('warning'), text: z.string() }),
    ]),
    updates: null,
    outdates: [],
  },
} as const;
