// The frame of the conversation between the engine and any of its workers. A table of methods says what can be called.
import { z } from 'zod';
import { errorDataSchema } from '../../../contract/api/common.ts';

/** A method's parameters and result, and the events that it emits while it runs. */
export type MethodTable = Readonly<
  Record<string, { readonly params: z.ZodType; readonly result: z.ZodType; readonly event?: z.ZodType }>
>;

export type ParamsOf<T extends MethodTable, M extends keyof T> = z.infer<T[M]['params']>;
export type ResultOf<T extends MethodTable, M extends keyof T> = z.infer<T[M]['result']>;
export type EventOf<T extends MethodTable, M extends keyof T> = T[M] extends {
  readonly event: infer E extends z.ZodType;
}
  ? z.infer<E>
  : never;

export const requestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.int(), method: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.int() }),
]);
export type Request = z.infer<typeof requestSchema>;

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('result'), id: z.int(), value: z.unknown() }),
  z.object({ kind: z.literal('progress'), id: z.int(), done: z.number(), total: z.number() }),
  z.object({ kind: z.literal('event'), id: z.int(), event: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.int(), error: errorDataSchema }),
]);
export type Reply = z.infer<typeof replySchema>;
