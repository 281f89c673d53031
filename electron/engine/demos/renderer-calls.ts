// What a renderer process can be asked: to write one chat as the model's template does.
import { z } from 'zod';
import { errorDataSchema } from '../../contract/api/common.ts';
import { chatContentSchema } from '../../contract/demo.ts';
import { sentenceSchema } from '../../contract/sentences.ts';
import type { ParamsOf, ResultOf } from '../backend/worker-calls.ts';

const templateSchema = z.object({
  source: z.string(),
  bosToken: z.string().nullable(),
  eosToken: z.string().nullable(),
});

const renderedSchema = z.object({ text: z.string(), warning: sentenceSchema.optional() });
export type Rendered = z.infer<typeof renderedSchema>;

export const methods = {
  render: {
    params: z.object({ chat: chatContentSchema, template: templateSchema, forGeneration: z.boolean(), date: z.date() }),
    /** A refusal is no error of the worker's: nobody waits for what its log says of it. */
    result: z.union([renderedSchema, z.object({ refusal: errorDataSchema })]),
  },
} as const;

export type RenderRequest = ParamsOf<typeof methods, 'render'>;
export type RenderAnswer = ResultOf<typeof methods, 'render'>;
