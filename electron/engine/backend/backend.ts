// The engine's side of a backend worker: typed calls, progress, cancellation, and a readable error when it dies.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GpuChoice } from '../../../native/index.ts';
import { WinnowError, errorFromData } from '../../contract/errors.ts';
import { methods, replySchema, type Method, type Params, type Request, type Result } from './protocol.ts';

/** Lines of llama.cpp's log that are kept for error messages. */
const LOG_TAIL_LINES = 60;
/** How long a message may overtake the log lines that explain it. */
const LOG_SETTLE_MS = 30;

/** A running worker process, whatever started it. */
export type WorkerProcess = {
  send(message: Request): void;
  onMessage(listener: (message: unknown) => void): void;
  onLog(listener: (text: string) => void): void;
  onExit(listener: (reason: string) => void): void;
  kill(): void;
};

/** Starts a worker for the given GPU choice. Under plain Node: `forkWorker`. */
export type WorkerHost = (gpu: GpuChoice) => WorkerProcess;

export const forkWorker: WorkerHost = (gpu) => {
  const child: ChildProcess = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [gpu], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // llama.cpp would start a debugger to print a backtrace
    env: { ...process.env, GGML_NO_BACKTRACE: '1' },
  });
  return {
    // a worker that just died is reported by its exit, not by the failed send
    send: (message) => child.send(message, () => {}),
    onMessage: (listener) => child.on('message', listener),
    onLog: (listener) => child.stderr?.setEncoding('utf8').on('data', listener),
    onExit: (listener) => {
      child.once('error', (error) => listener(error.message));
      child.once('exit', (code, signal) => listener(signal ? `signal ${signal}` : `exit code ${code}`));
    },
    kill: () => child.kill('SIGKILL'),
  };
};

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

type Pending = {
  readonly method: Method;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: WinnowError) => void;
  readonly onProgress: CallOptions['onProgress'];
};

export class Backend {
  readonly #worker: WorkerProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #log: string[] = [];
  /** The last line of the log, as far as it has come. */
  #partialLine = '';
  /** Lines of the log so far, dropped ones included. */
  #logged = 0;
  /** Where the log of the last call begins. */
  #callLogged = 0;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #nextId = 1;
  #death: string | null = null;

  constructor(gpu: GpuChoice = 'off', host: WorkerHost = forkWorker) {
    this.#worker = host(gpu);
    let exited: () => void = () => {};
    this.#exited = new Promise((resolve) => (exited = resolve));
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.onMessage((raw) => this.#receive(raw, resolve));
      this.#worker.onExit((reason) => {
        exited();
        void this.#died(reason, reject);
      });
    });
    this.#ready.catch(() => {}); // whoever calls learns of it
    this.#worker.onLog((text) => this.#keepLog(text));
  }

  /** The last lines of llama.cpp's log. */
  logTail(): readonly string[] {
    return this.#log;
  }

  /**
   * Calls the worker.
   * @throws WinnowError: the worker's own errors; CANCELLED; BACKEND_CRASHED when the process ended
   */
  async call<M extends Method>(method: M, params: Params<M>, options: CallOptions = {}): Promise<Result<M>> {
    await this.#ready;
    if (options.signal?.aborted) throw new WinnowError('CANCELLED', 'Cancelled before it began.');
    if (this.#death !== null) throw this.#crash(method);

    const id = this.#nextId++;
    this.#callLogged = this.#logged;
    const cancel = (): void => this.#worker.send({ kind: 'cancel', id });
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const value = await new Promise<unknown>((resolve, reject) => {
        this.#pending.set(id, { method, resolve, reject, onProgress: options.onProgress });
        this.#worker.send({ kind: 'call', id, method, params });
      });
      return methods[method].result.parse(value) as Result<M>;
    } finally {
      this.#pending.delete(id);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends the worker. @returns when the process is gone and its memory free again */
  close(): Promise<void> {
    this.#death ??= 'closed';
    this.#worker.kill();
    return this.#exited;
  }

  [Symbol.dispose](): void {
    void this.close();
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
      case 'result':
        pending.resolve(reply.value);
        break;
      case 'error':
        setTimeout(() => {
          const error = errorFromData(reply.error);
          pending.reject(new WinnowError(error.code, error.message, { ...error.details, log: this.#relevantLog() }));
        }, LOG_SETTLE_MS);
    }
  }

  async #died(reason: string, failReady: (error: WinnowError) => void): Promise<void> {
    const closed = this.#death === 'closed';
    this.#death ??= reason;
    if (!closed) await new Promise((done) => setTimeout(done, LOG_SETTLE_MS));
    failReady(this.#crash('start'));
    for (const pending of this.#pending.values()) pending.reject(this.#crash(pending.method));
  }

  #crash(method: Method | 'start'): WinnowError {
    const log = this.#relevantLog();
    const killed = this.#death === 'signal SIGKILL' ? ' Systems kill processes when memory runs out.' : '';
    const hint = log.length > 0 ? ` llama.cpp said: ${log.join('; ')}` : '';
    return new WinnowError(
      'BACKEND_CRASHED',
      `The backend process ended during "${method}" (${this.#death}).${killed}${hint}`,
      { method, reason: this.#death, log, tail: [...this.#log] },
    );
  }

  #keepLog(text: string): void {
    const all = `${this.#partialLine}${text}`.split('\n');
    this.#partialLine = all.pop() ?? '';
    const lines = all.filter((line) => line.trim() !== '');
    this.#logged += lines.length;
    this.#log.push(...lines);
    this.#log.splice(0, Math.max(0, this.#log.length - LOG_TAIL_LINES));
  }

  /** The lines of the last call that say what went wrong, without the ones that any load prints. */
  #relevantLog(): string[] {
    const telling = /error|fail|assert|abort|invalid|missing|wrong|unable|cannot|out of memory|not within/i;
    const ofCall = this.#log.slice(Math.max(0, this.#log.length - (this.#logged - this.#callLogged)));
    return [...ofCall, this.#partialLine].filter((line) => telling.test(line)).slice(-4);
  }
}
