// What a renderer process can be asked: to write one chat with the model's template.
import { z } from 'zod';
import { errorDataSchema } from '../../contract/api/common.ts';
import { chatContentSchema } from '../../contract/demo.ts';
import { sentenceSchema } from '../../contract/sentences.ts';
import type { ParamsOf } from '../base/backend/worker-calls.ts';
import { CHAT_PARTS } from './chat-parts.ts';

const templateSchema = z.object({
  source: z.string(),
  bosToken: z.string().nullable(),
  eosToken: z.string().nullable(),
});

const renderedSchema = z.object({
  text: z.string(),
  warning: sentenceSchema.optional(),
  /** Parts of the chat of which something leaves no trace in the text; absent: this was not checked. */
  unwritten: z.array(z.enum(CHAT_PARTS)).optional(),
});
export type Rendered = z.infer<typeof renderedSchema>;

export const methods = {
  render: {
    params: z.object({
      chat: chatContentSchema,
      template: templateSchema,
      forGeneration: z.boolean(),
      date: z.date(),
      /** Whether to look for parts that leave no trace. */
      compare: z.boolean().exactOptional(),
    }),
    /** A refusal is not an error of the worker, so that it does not wait for the worker's log. */
    result: z.union([renderedSchema, z.object({ refusal: errorDataSchema })]),
  },
} as const;

export type RenderRequest = ParamsOf<typeof methods, 'render'>;
