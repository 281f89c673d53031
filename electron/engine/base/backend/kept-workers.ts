// Keeps workers from one step of a search to the next: a process takes up to half a second to start, and seconds more to make llama.cpp's
// tables for types of less than three bits.
import { EventEmitter } from 'node:events';
import { replySchema, type Request } from './worker-calls.ts';
import type { WorkerHost, WorkerProcess } from './worker-host.ts';

/** What these change in a process stays with it. */
const LASTING: ReadonlySet<string> = new Set(['addMachines', 'serveMemory', 'serveModel']);

/** The id of a call that no client makes. */
const UNLOAD = 0;

/** Of one kind, idle: a search measures one model while it reads or makes another. Each holds some 100 MB. */
const MOST_IDLE = 2;

/** Lends workers as a host does, and takes back those that their clients close. */
export class KeptWorkers {
  readonly host: WorkerHost;
  readonly #idle = new Set<KeptWorker>();
  #isOver = false;

  constructor(host: WorkerHost) {
    this.host = (spec) => {
      const { entry, args } = spec;
      // a GPU's driver would hold memory that the next worker is to have
      if (entry !== 'renderer' && !(entry === 'backend' && args[0] === 'off')) return host(spec);
      // the last one: what measures and what quantises then stay with their own, and one alone makes tables
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

  /** Ends the idle ones at once, the others as they are closed. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const worker of this.#idle) worker.end();
  }

  #idleOf(entry: string): KeptWorker[] {
    return [...this.#idle].filter((worker) => worker.entry === entry);
  }
}

/** What a client hears of the worker that it has. */
type Heard = { message: [message: unknown]; log: [text: string]; exit: [reason: string] };

class KeptWorker {
  readonly entry: string;
  readonly #process: WorkerProcess;
  /** The one that has it now. */
  #client: EventEmitter<Heard> | null = null;
  /** The one that has closed it, until its model is gone. */
  #leaving: EventEmitter<Heard> | null = null;
  /** Calls without an answer, by their ids. */
  readonly #open = new Set<number>();
  #isReady = false;
  /** No call failed, and none changed what stays. */
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

  /** @param takeBack whether it may wait for another client when this one has closed it */
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
        // the next client's calls come behind it
        this.#send({ kind: 'call', id: UNLOAD, method: 'unload', params: {} });
      },
    };
  }

  end(): void {
    this.#process.kill();
  }

  /** Tells the client that has closed it that the memory is free. */
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
