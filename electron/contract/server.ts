// The engine's side of the conversation: parses every message, answers calls, sends events. Errors are data.
import {
  calls,
  CALLS_THAT_OUTLIVE,
  events,
  type CallName,
  type CallParams,
  type CallResult,
  type EventName,
  type EventPayload,
} from './api.ts';
import type { Channel } from './channel.ts';
import { errorToData, WinnowError, type ErrorData } from './errors.ts';
import { decodePageMessage, describeIssues, type EngineMessage, type PageMessage } from './messages.ts';
import { msg } from './sentences.ts';
import type { z } from 'zod';

type Parsed<C extends CallName> = z.output<(typeof calls)[C]['params']>;

/** The answer of a handler: for a call with the result null, it need not return anything. */
type Answer<C extends CallName> = CallResult<C> extends null ? null | ReturnType<() => void> : CallResult<C>;

/** Answers one call. `signal` is aborted when the page cancels the call, or goes away and the call does not outlive it. */
export type CallHandler<C extends CallName> = (
  params: Parsed<C>,
  signal: AbortSignal,
) => Answer<C> | Promise<Answer<C>>;
export type CallHandlers<Name extends CallName = CallName> = { readonly [C in Name]: CallHandler<C> };

/** The most unanswered calls: a page that keeps asking must not fill the engine's memory with waiting calls. */
const MAX_WAITING_CALLS = 1000;
/** The most calls at work at the same time, while the others wait for their turn: some start a process each. */
const MAX_CALLS_AT_WORK = 16;

type UnansweredCall = {
  /** The page's number of the call; a reloaded page counts from the beginning. */
  readonly id: number;
  readonly abort: AbortController;
  /** The call is neither cancelled nor cut off. */
  readonly outlives: boolean;
  /** Settles when the call has been answered. */
  readonly answered: Promise<void>;
};

export type Server = {
  emit<E extends EventName>(name: E, payload: EventPayload<E>): void;
  /** Ends the conversation: cancels what runs for it, except calls that outlive it; settles when that is done. */
  close(): Promise<void>;
};

/** Serves a page over a channel. @param onDefect receives exceptions that are not WinnowErrors */
export function serve(
  channel: Channel,
  handlers: CallHandlers,
  onDefect: (error: unknown, call: string) => void,
): Server {
  const unanswered = new Set<UnansweredCall>();
  const turns = new Turns(MAX_CALLS_AT_WORK);
  const post = (message: EngineMessage): void => channel.post(message);

  const answer = async (id: number, name: CallName, rawParams: unknown, signal: AbortSignal): Promise<void> => {
    try {
      const params: unknown = parseParams(name, rawParams);
      const handler = handlers[name] as (params: unknown, signal: AbortSignal) => unknown;
      const value = await turns.take(() => {
        signal.throwIfAborted();
        return handler(params, signal);
      });
      post({ kind: 'result', id, value: value ?? null });
    } catch (error) {
      if (!(error instanceof WinnowError)) onDefect(error, name);
      post({ kind: 'error', id, error: errorToData(error) });
    }
  };

  const begin = ({ id, name, params }: Extract<PageMessage, { kind: 'call' }>): void => {
    if (unanswered.size >= MAX_WAITING_CALLS) {
      post({ kind: 'error', id, error: tooMany(name) });
      return;
    }
    const abort = new AbortController();
    const answered = answer(id, name, params, abort.signal);
    const call: UnansweredCall = { id, abort, outlives: CALLS_THAT_OUTLIVE.has(name), answered };
    unanswered.add(call);
    void answered.then(() => unanswered.delete(call));
  };

  const cancel = (call: UnansweredCall, why: 'cancelled' | 'windowClosed'): void => {
    if (!call.outlives) call.abort.abort(new WinnowError('CANCELLED', msg(why)));
  };

  const stop = channel.onMessage((raw) => {
    let message: PageMessage;
    try {
      message = decodePageMessage(raw);
    } catch (error) {
      onDefect(error, 'message');
      return;
    }
    if (message.kind === 'call') begin(message);
    else for (const call of unanswered) if (call.id === message.id) cancel(call, 'cancelled');
  });

  return {
    emit: (name, payload) => post({ kind: 'event', name, payload: events[name].payload.parse(payload) }),
    close: async () => {
      stop();
      const left = [...unanswered];
      for (const call of left) cancel(call, 'windowClosed');
      await Promise.all(left.filter(({ outlives }) => outlives).map(({ answered }) => answered));
    },
  };
}

/** Lets a limited number through at a time, in the order in which they came. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    try {
      return await work();
    } finally {
      const begin = this.#waiting.shift();
      if (begin) begin();
      else this.#free++;
    }
  }
}

function parseParams<C extends CallName>(name: C, raw: unknown): CallParams<C> {
  const parsed = calls[name].params.safeParse(raw);
  if (parsed.success) return parsed.data as CallParams<C>;
  throw new WinnowError('USAGE', msg('callRefused', { name, why: describeIssues(parsed.error) }));
}

function tooMany(name: CallName): ErrorData {
  return new WinnowError('USAGE', msg('tooManyCalls', { name, limit: MAX_WAITING_CALLS })).toData();
}
