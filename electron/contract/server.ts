// The engine's side of the conversation: parses every message, answers calls, sends events. Errors are data.
import { calls, events, type CallName, type CallParams, type CallResult, type EventName, type EventPayload } from './api.ts'; // prettier-ignore
import type { Channel } from './channel.ts';
import { errorToData, WinnowError } from './errors.ts';
import { pageMessageSchema, type EngineMessage } from './messages.ts';
import { z } from 'zod';

type Parsed<C extends CallName> = z.output<(typeof calls)[C]['params']>;

/** Answers one call. `signal` is aborted when the page cancels it or goes away. */
export type CallHandler<C extends CallName> = (params: Parsed<C>, signal: AbortSignal) => CallResult<C> | Promise<CallResult<C>>; // prettier-ignore
export type CallHandlers = { readonly [C in CallName]: CallHandler<C> };

export type Server = {
  emit<E extends EventName>(name: E, payload: EventPayload<E>): void;
  /** Ends the conversation: what runs for it is cancelled. */
  close(): void;
};

/** @param onDefect is told of exceptions that are no WinnowError */
export function serve(
  channel: Channel,
  handlers: CallHandlers,
  onDefect: (error: unknown, call: string) => void,
): Server {
  const running = new Map<number, AbortController>();
  const post = (message: EngineMessage): void => channel.post(message);

  const answer = async (id: number, name: CallName, rawParams: unknown): Promise<void> => {
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const params: unknown = parseParams(name, rawParams);
      const handler = handlers[name] as (params: unknown, signal: AbortSignal) => unknown;
      post({ kind: 'result', id, value: await handler(params, abort.signal) });
    } catch (error) {
      if (!(error instanceof WinnowError)) onDefect(error, name);
      post({ kind: 'error', id, error: errorToData(error) });
    } finally {
      running.delete(id);
    }
  };

  const stop = channel.onMessage((raw) => {
    const parsed = pageMessageSchema.safeParse(raw);
    if (!parsed.success) {
      onDefect(new TypeError(z.prettifyError(parsed.error)), 'message');
      return;
    }
    const message = parsed.data;
    if (message.kind === 'cancel') running.get(message.id)?.abort(new WinnowError('CANCELLED', 'Cancelled.'));
    else void answer(message.id, message.name, message.params);
  });

  return {
    emit: (name, payload) => post({ kind: 'event', name, payload: events[name].parse(payload) }),
    close: () => {
      stop();
      for (const abort of running.values()) abort.abort(new WinnowError('CANCELLED', 'The window was closed.'));
    },
  };
}

function parseParams<C extends CallName>(name: C, raw: unknown): CallParams<C> {
  const parsed = calls[name].params.safeParse(raw);
  if (parsed.success) return parsed.data as CallParams<C>;
  throw new WinnowError(
    'USAGE',
    `${name} was called with parameters that it does not take: ${z.prettifyError(parsed.error)}`,
  );
}
