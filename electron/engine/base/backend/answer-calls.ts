// The worker's side of the conversation: parses calls, runs their handlers, reports progress, events and errors.
// When its host goes away, the worker ends at once, whatever it is doing.
import { stat } from 'node:fs';
import { errorToData, type ErrorData, type WinnowError } from '../../../contract/errors.ts';
import { leaveTerminalToHost, parentPort } from './parent-port.ts';
import {
  requestSchema,
  type EventOf,
  type MethodTable,
  type ParamsOf,
  type Reply,
  type ResultOf,
} from './worker-calls.ts';

/** Progress reports closer together than this are dropped: every ubatch of a small model makes one. */
const PROGRESS_INTERVAL_MS = 50;

export type Task<Event = never> = {
  /** Aborted when the caller cancels; whatever the handler throws then becomes CANCELLED. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  readonly emit: (event: Event) => void;
  /** Starts the next call: what remains of this one needs nothing that the next call may change. */
  readonly letNextBegin: () => void;
};

type Handlers<T extends MethodTable> = {
  readonly [M in keyof T & string]: (
    params: ParamsOf<T, M>,
    task: Task<EventOf<T, M>>,
  ) => Promise<ResultOf<T, M>> | ResultOf<T, M>;
};

type AnswerOptions<T extends MethodTable> = {
  /** Translates a handler's exception into an error for the user. */
  readonly toError?: (error: unknown) => ErrorData;
  /** The error that answers every call; null: calls are carried out. */
  readonly refusal?: WinnowError | null;
  /** Methods that need not wait for the ones before them. All others run one after the other. */
  readonly atOnce?: readonly (keyof T & string)[];
};

/** Answers calls until the process ends. */
export function answerCalls<T extends MethodTable>(
  methods: T,
  handlers: Handlers<T>,
  { toError = errorToData, refusal = null, atOnce = [] }: AnswerOptions<T> = {},
): void {
  const port = parentPort();
  const reply = (message: Reply): void => port.post(message);
  const running = new Map<number, AbortController>();

  const answer = async (
    id: number,
    method: string,
    rawParams: unknown,
    { signal }: AbortController,
    letNextBegin: () => void,
  ): Promise<void> => {
    try {
      signal.throwIfAborted();
      if (refusal !== null) throw refusal;
      const schema = methods[method];
      const handler = handlers[method as keyof T & string] as
        | ((params: unknown, task: Task<unknown>) => unknown)
        | undefined;
      if (!schema || !handler) throw new Error(`this worker has no method "${method}"`);
      const task = {
        signal,
        onProgress: throttled(reply, id),
        emit: (event: unknown) => reply({ kind: 'event', id, event }),
        letNextBegin,
      };
      reply({ kind: 'result', id, value: await handler(schema.params.parse(rawParams), task) });
    } catch (error) {
      reply({
        kind: 'error',
        id,
        error: signal.aborted ? { code: 'CANCELLED', message: 'cancelled' } : toError(error),
      });
    } finally {
      running.delete(id);
      letNextBegin();
    }
  };

  let queue = Promise.resolve();
  port.onMessage((raw) => {
    const request = requestSchema.parse(raw);
    if (request.kind === 'cancel') {
      running.get(request.id)?.abort();
      return;
    }
    const { id, method, params } = request;
    const abort = new AbortController();
    running.set(id, abort);
    const run = (): Promise<void> => new Promise((done) => void answer(id, method, params, abort, done));
    // run one after the other: a model must not be freed during a running pass
    if (atOnce.some((name) => name === method)) void run();
    else queue = queue.then(run);
  });
  // SIGKILL, because exit handlers would wait for llama.cpp's threads
  port.onClose(() => process.kill(process.pid, 'SIGKILL'));
  leaveTerminalToHost();
  // libuv ends the process silently when it gets no threads: better now than in a call, whose file would be blamed
  stat(process.execPath, () => reply({ kind: 'ready' }));
}

function throttled(reply: (message: Reply) => void, id: number): Task['onProgress'] {
  let reported = 0;
  return (done, total) => {
    const now = performance.now();
    if (done < total && now - reported < PROGRESS_INTERVAL_MS) return;
    reported = now;
    reply({ kind: 'progress', id, done, total });
  };
}
