// Models served at addresses that programs for OpenAI's protocol can use.
import { z } from 'zod';
import { errorDataSchema, grantIdSchema, modelRefSchema, nothing, rowIdSchema } from './common.ts';

/** The characters of a key: none that could be mistaken for part of a header or a list. */
export const API_KEY = /^[\w.~+/=-]{8,256}$/;

const endpointIdSchema = z.string().max(64);

const endpointSchema = z.object({
  id: endpointIdSchema,
  /** The root address: clients of OpenAI's protocol append /v1. */
  url: z.string(),
  apiKey: z.string(),
  /** The name by which clients know the model. */
  modelName: z.string(),
  /** Context of one conversation, in tokens. */
  contextSize: z.int(),
  /** Estimate for weights, KV cache and compute buffers. */
  memoryBytes: z.number(),
});

export const endpointsCalls = {
  /** Loads the model; answers once clients can be served. The endpoint ends with the session or when it is stopped. Cancellable. */
  'endpoints.start': {
    params: z.object({
      model: modelRefSchema,
      /** The choice to preview; null: the file as it is. */
      choice: z
        .discriminatedUnion('kind', [
          z.object({ kind: z.literal('file'), file: grantIdSchema }),
          z.object({ kind: z.literal('selection'), selectionId: rowIdSchema }),
        ])
        .nullable(),
      /** A page may only name an address of this machine itself. */
      host: z.string().max(253).default('127.0.0.1'),
      /** 0: any free port. */
      port: z.int().min(0).max(65535),
      /** null: a new key is made. */
      apiKey: z.string().regex(API_KEY).nullable().default(null),
      /** Context of one conversation, in tokens. */
      ctx: z.int().min(256),
      /** Conversations that are served at the same time. */
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
      /** It ended by itself, without being stopped. */
      z.object({ type: z.literal('ended'), endpointId: endpointIdSchema, error: errorDataSchema }),
      /** What cannot be proved about the file of a choice. */
      z.object({ type: z.literal('warning'), text: z.string() }),
    ]),
    updates: null,
    outdates: [],
  },
} as const;
