// The envelopes of the conversation between page and engine. Both sides parse what they receive with these.
import { z } from 'zod';
import { CALL_NAMES, EVENT_NAMES } from './api.ts';
import { errorDataSchema } from './api/common.ts';

export const pageMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.int().nonnegative(), name: z.enum(CALL_NAMES), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.int().nonnegative() }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

export const engineMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), id: z.int(), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.int(), error: errorDataSchema }),
  z.object({ kind: z.literal('event'), name: z.enum(EVENT_NAMES), payload: z.unknown() }),
  /** The engine cannot go on: every call, waiting or to come, fails with this. */
  z.object({ kind: z.literal('fatal'), error: errorDataSchema }),
  /** A new engine took the old one's place: what was waiting is lost, calls work again. */
  z.object({ kind: z.literal('restarted') }),
]);
export type EngineMessage = z.infer<typeof engineMessageSchema>;
