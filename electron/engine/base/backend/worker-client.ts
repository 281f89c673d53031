// The engine's side of the conversation with a worker: typed calls, progress, cancellation, and a readable error when
// the worker dies.
import { errorFromData, saidBy, WinnowError } from '../../../contract/errors.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { addressLimit, NO_ADDRESSES } from './address-space.ts';
import {
  replySchema,
  type EventOf,
  type MethodTable,
  type ParamsOf,
  type Request,
  type ResultOf,
} from './worker-calls.ts';
import type { WorkerProcess } from './worker-host.ts';

/** Lines of llama.cpp's log that are kept for error messages. */
const LOG_TAIL_LINES = 60;
/** Characters kept of a line: some lines contain a file's own texts, which may be of any length. */
const LOG_LINE_CHARS = 2000;
/** How long a message may overtake the log lines that explain it. */
const LOG_SETTLE_MS = 30;

/** A process starts within a second; when the system refuses it threads, Node.js may wait for them forever. */
const START_MS = 60_000;

const SILENT = `no answer within ${START_MS / 1000} s`;

/** What usually ends a process this way. Models are mapped into memory: a page that is no longer there raises SIGBUS. */
const CAUSES: Readonly<Record<string, Sentence>> = {
  'signal SIGKILL': msg('memoryRanOut'),
  [SILENT]: msg('startSilent'),
  'signal SIGBUS': msg('modelFileWent'),
};

/** What Node.js and the C++ library print when the system gives them no thread. */
const NO_THREAD = /ERR_WORKER_INIT_FAILED|uv_thread_create|Resource temporarily unavailable/;

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

type Pending = {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: CallOptions['onProgress'];
  readonly onEvent: (event: unknown) => void;
  /** The number of log lines before the call. */
  readonly logStart: number;
};

/** Whether a process died of the system, not of its input: it never started, or the system gave it no threads or no addresses. */
export function diedOfTheSystem({ code, details }: WinnowError): boolean {
  return code === 'BACKEND_CRASHED' && (details.method === 'start' || details.isLimited === true);
}

export class WorkerClient<T extends MethodTable> {
  readonly #name: string;
  readonly #methods: T;
  readonly #worker: WorkerProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #log: string[] = [];
  /** The last line of the log, still incomplete. */
  #partialLine = '';
  /** Number of log lines so far, including dropped ones. */
  #logged = 0;
  readonly #ready: Promise<void>;
  /** Settles when the process is gone. */
  readonly ended: Promise<void>;
  #nextId = 1;
  #death: string | null = null;
  /** The loaded model, for error messages; null: none, or the caller names it. */
  model: string | null = null;

  /** @param name what error messages call the process, such as "backend" */
  constructor(name: string, methods: T, worker: WorkerProcess) {
    this.#name = name;
    this.#methods = methods;
    this.#worker = worker;
    let ended: () => void = () => {};
    this.ended = new Promise((resolve) => (ended = resolve));
    this.#ready = new Promise((resolve, reject) => {
      let isHeard = false;
      const giveUp = (): void => {
        if (isHeard) return;
        this.#death ??= SILENT;
        this.#worker.kill();
      };
      // if this process was suspended, messages that arrived meanwhile are handled after its timers
      const patience = setTimeout(() => setImmediate(giveUp), START_MS);
      this.#worker.onMessage((raw) =>
        this.#receive(raw, () => {
          isHeard = true;
          clearTimeout(patience);
          resolve();
        }),
      );
      this.#worker.onExit((reason) => {
        clearTimeout(patience);
        ended();
        void this.#died(reason, reject);
      });
    });
    this.#ready.catch(() => {}); // callers see the error
    this.#worker.onLog((text) => this.#keepLog(text));
  }

  /** The last lines of llama.cpp's log. */
  logTail(): readonly string[] {
    return this.#log;
  }

  /** Whether it takes no more calls: it died, or was closed. */
  get hasEnded(): boolean {
    return this.#death !== null;
  }

  /** Settles when the worker takes calls. @throws WinnowError BACKEND_CRASHED if it never does */
  started(): Promise<void> {
    return this.#ready;
  }

  /**
   * Calls the worker.
   * @throws WinnowError: the worker's own errors; CANCELLED; BACKEND_CRASHED when the process ended
   */
  async call<M extends keyof T & string>(
    method: M,
    params: ParamsOf<T, M>,
    options: CallOptions & { readonly onEvent?: (event: EventOf<T, M>) => void } = {},
  ): Promise<ResultOf<T, M>> {
    const { signal } = options;
    await untilAborted(this.#ready, signal).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
    if (signal?.aborted) throw new WinnowError('CANCELLED', msg('cancelledBefore'));
    if (this.#death !== null) throw this.#crash(method, this.#logged);

    const id = this.#nextId++;
    const logStart = this.#logged;
    const schema = this.#methods[method];
    const onEvent = (event: unknown): void => options.onEvent?.(schema?.event?.parse(event) as EventOf<T, M>);
    const cancel = (): void => this.#send({ kind: 'cancel', id });
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const value = await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { method, resolve, reject, onProgress: options.onProgress, onEvent, logStart });
        this.#send({ kind: 'call', id, method, params });
      });
      return schema?.result.parse(value) as ResultOf<T, M>;
    } finally {
      this.#pending.delete(id);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends the worker. @returns when the process is gone and its memory is free again */
  close(): Promise<void> {
    this.#death ??= 'closed';
    this.#worker.kill();
    return this.ended;
  }

  /** Ends the worker without waiting for its end. */
  [Symbol.dispose](): void {
    void this.close();
  }

  #send(request: Request): void {
    this.#worker.send(request);
  }

  #receive(raw: unknown, ready: () => void): void {
    const reply = replySchema.parse(raw);
    if (reply.kind === 'ready') {
      ready();
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    switch (reply.kind) {
      case 'progress':
        pending.onProgress?.(reply.done, reply.total);
        break;
      case 'event':
        try {
          pending.onEvent(reply.event);
        } catch (error) {
          // for instance, the caller could not store the result
          pending.reject(error);
        }
        break;
      case 'result':
        pending.resolve(reply.value);
        break;
      case 'error':
        setTimeout(() => {
          const error = errorFromData(reply.error);
          pending.reject(
            new WinnowError(error.code, saidBy(error), { ...error.details, log: this.#relevantLog(pending.logStart) }),
          );
        }, LOG_SETTLE_MS);
    }
  }

  async #died(reason: string, failReady: (error: WinnowError) => void): Promise<void> {
    const closed = this.#death === 'closed';
    this.#death ??= reason;
    if (!closed) await new Promise((done) => setTimeout(done, LOG_SETTLE_MS));
    failReady(this.#crash('start', 0));
    for (const { method, logStart, reject } of this.#pending.values()) reject(this.#crash(method, logStart));
  }

  #crash(method: string, logStart: number): WinnowError {
    const log = this.#relevantLog(logStart);
    const death = this.#death ?? '';
    // libuv silently ends a process that gets no threads
    const noThread =
      NO_THREAD.test(this.#linesSince(logStart).join()) ||
      (method === 'start' && death === 'signal SIGABRT' && log.length === 0);
    // the lines about addresses may have come before the call
    const noAddresses = NO_ADDRESSES.test([...this.#log, this.#partialLine].join()) ? addressLimit() : null;
    const limit = noThread ? msg('processesFull') : noAddresses;
    const cause = limit === null ? CAUSES[death] : msg('systemLimit', { reason: limit });
    const hint = log.length > 0 && limit === null ? [msg('llamaSaid', { log: log.join('; ') })] : [];
    const ended = { name: this.#name, method, death, more: [...(cause ? [cause] : []), ...hint] };
    return new WinnowError(
      'BACKEND_CRASHED',
      this.model === null ? msg('processEnded', ended) : msg('processEndedWith', { ...ended, model: this.model }),
      { method, reason: this.#death, log, tail: [...this.#log], isLimited: limit !== null },
    );
  }

  #keepLog(text: string): void {
    const all = `${this.#partialLine}${text}`.split('\n');
    this.#partialLine = (all.pop() ?? '').slice(0, LOG_LINE_CHARS);
    const lines = all.filter((line) => line.trim() !== '').map((line) => line.slice(0, LOG_LINE_CHARS));
    this.#logged += lines.length;
    this.#log.push(...lines);
    this.#log.splice(0, Math.max(0, this.#log.length - LOG_TAIL_LINES));
  }

  /** The lines since `start` that say what went wrong, without those that every load prints. */
  #relevantLog(start: number): string[] {
    const telling = /error|fail|assert|abort|invalid|missing|wrong|unable|cannot|out of memory|not within/i;
    return this.#linesSince(start)
      .filter((line) => telling.test(line))
      .slice(-4);
  }

  #linesSince(start: number): string[] {
    return [...this.#log.slice(Math.max(0, this.#log.length - (this.#logged - start))), this.#partialLine];
  }
}

/** What the work returns, or the signal's reason thrown as soon as the signal is aborted; the work goes on then. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
