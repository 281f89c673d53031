// Keeps workers from one step of a search to the next: a process takes up to half a second to start, and seconds more to build
// llama.cpp's tables for types of less than three bits.
import { EventEmitter } from 'node:events';
import { replySchema, type Request } from './worker-calls.ts';
import type { WorkerHost, WorkerProcess } from './worker-host.ts';

/** Methods that change a process for good. */
const LASTING: ReadonlySet<string> = new Set(['addMachines', 'serveMemory', 'serveModel']);

/** A call id that no client uses. */
const UNLOAD = 0;

/** Idle workers of one kind: a search measures one model while it reads or makes another. Each worker holds some 100 MB. */
const MOST_IDLE = 2;

/** Lends workers as a host does, and takes back those that their clients close. */
export class KeptWorkers {
  readonly host: WorkerHost;
  readonly #idle = new Set<KeptWorker>();
  #isOver = false;

  constructor(host: WorkerHost) {
    this.host = (spec) => {
      const { entry, args } = spec;
      // a GPU's driver would hold memory that the next worker needs
      if (entry !== 'renderer' && !(entry === 'backend' && args[0] === 'off')) return host(spec);
      // the last one, so that measuring and quantising each keep their own worker, and only one builds the tables
      const worker =
        this.#idleOf(entry).at(-1) ?? new KeptWorker(entry, host(spec), (ended) => this.#idle.delete(ended));
      this.#idle.delete(worker);
      return worker.lend(() => {
        if (this.#isOver || this.#idleOf(entry).length >= MOST_IDLE) return false;
        this.#idle.add(worker);
        return true;
      });
    };
  }

  /** Ends idle workers at once, and the others when they are closed. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const worker of this.#idle) worker.end();
  }

  #idleOf(entry: string): KeptWorker[] {
    return [...this.#idle].filter((worker) => worker.entry === entry);
  }
}

/** What a client receives from the worker that it was lent. */
type Heard = { message: [message: unknown]; log: [text: string]; exit: [reason: string] };

class KeptWorker {
  readonly entry: string;
  readonly #process: WorkerProcess;
  /** The client that has the worker now. */
  #client: EventEmitter<Heard> | null = null;
  /** The client that has closed the worker, until the model is freed. */
  #leaving: EventEmitter<Heard> | null = null;
  /** Ids of calls without an answer. */
  readonly #open = new Set<number>();
  #isReady = false;
  /** Whether no call has failed, and none has changed the process for good. */
  #isClean = true;

  constructor(entry: string, process: WorkerProcess, onEnd: (worker: KeptWorker) => void) {
    this.entry = entry;
    this.#process = process;
    process.onMessage((raw) => this.#receive(raw));
    process.onLog((text) => this.#client?.emit('log', text));
    process.onExit((reason) => {
      onEnd(this);
      this.#letGo();
      this.#client?.emit('exit', reason);
    });
  }

  /** @param takeBack whether the worker may be kept for another client once this one has closed it */
  lend(takeBack: () => boolean): WorkerProcess {
    const client = new EventEmitter<Heard>();
    this.#client = client;
    if (this.#isReady) setImmediate(() => client.emit('message', { kind: 'ready' }));
    let isClosed = false;
    return {
      send: (message) => {
        if (!isClosed) this.#send(message as Request);
      },
      onMessage: (listener) => void client.on('message', listener),
      onLog: (listener) => void client.on('log', listener),
      onExit: (listener) => void client.on('exit', listener),
      kill: () => {
        if (isClosed) return;
        isClosed = true;
        const isIdle = this.#isReady && this.#isClean && this.#open.size === 0;
        if (!isIdle || !takeBack()) {
          this.end();
          return;
        }
        this.#client = null;
        if (this.entry !== 'backend') {
          setImmediate(() => client.emit('exit', 'closed'));
          return;
        }
        this.#leaving = client;
        // the next client's calls queue behind this one
        this.#send({ kind: 'call', id: UNLOAD, method: 'unload', params: {} });
      },
    };
  }

  end(): void {
    this.#process.kill();
  }

  /** Tells the client that closed the worker that its memory is free. */
  #letGo(): void {
    this.#leaving?.emit('exit', 'closed');
    this.#leaving = null;
  }

  #send(request: Request): void {
    if (request.kind === 'call') {
      this.#open.add(request.id);
      if (LASTING.has(request.method)) this.#isClean = false;
    }
    this.#process.send(request);
  }

  #receive(raw: unknown): void {
    const reply = replySchema.parse(raw);
    if (reply.kind === 'ready') this.#isReady = true;
    if (reply.kind === 'error') this.#isClean = false;
    if (reply.kind === 'result' || reply.kind === 'error') {
      this.#open.delete(reply.id);
      if (reply.id === UNLOAD) {
        this.#letGo();
        return;
      }
    }
    this.#client?.emit('message', raw);
  }
}
