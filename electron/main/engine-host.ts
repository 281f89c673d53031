// The engine in a utility process: started, relayed to, restarted when it dies. Its fatal errors become messages that
// the page shows.
import { stripVTControlCharacters } from 'node:util';
import { shell, utilityProcess, type UtilityProcess } from 'electron';
import type { EventName } from '../contract/api.ts';
import { fromEngineSchema, type FromEngine, type GrantedPath, type HostMessage } from '../contract/host-messages.ts';
import { engineMessageSchema, pageTextSchema, type EngineMessage } from '../contract/messages.ts';
import type { ErrorData } from '../contract/errors.ts';
import { exitReason } from './exit-reason.ts';
import { entryFile } from './paths.ts';
import { WorkerProcesses } from './worker-processes.ts';

/** How long the engine may take to stop its work before it is ended. */
const CLOSE_MS = 6000;
/** Characters of its output that an engine's death is explained by. */
const LAST_WORDS = 2000;

export type EngineHostOptions = {
  readonly toPage: (message: EngineMessage) => void;
  /** Sees the engine's events on their way to the page. */
  readonly onEvent: (name: EventName, payload: unknown) => void;
  readonly recent: (path: string) => void;
  /** The engine is gone, and the work with it. */
  readonly onGone: () => void;
};

export class EngineHost {
  readonly #options: EngineHostOptions;
  /** For an engine that takes another one's place. */
  readonly #grants: GrantedPath[] = [];
  #process: UtilityProcess | null = null;
  #fatal: ErrorData | null = null;
  #closing = false;

  constructor(options: EngineHostOptions) {
    this.#options = options;
  }

  start(): void {
    this.#fatal = null;
    const child = utilityProcess.fork(entryFile('electron/engine/session/engine-process'), [], {
      serviceName: 'winnow-engine',
      stdio: 'pipe',
    });
    const workers = new WorkerProcesses((message) => child.postMessage(message));
    this.#process = child;
    let lastWords = '';
    const listen = (words: string): void => void (lastWords = `${lastWords}${words}`.slice(-LAST_WORDS));
    // a pipe that nobody empties would stop the engine
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => listen(chunk.toString()));
    child.on('error', (type, place) => listen(`${type} at ${place}\n`));
    // what the one before it still had to say is of no use
    child.on('message', (raw) => this.#process === child && this.#receive(fromEngineSchema.parse(raw), workers));
    child.on('exit', (code) => {
      workers.killAll();
      if (this.#process !== child) return;
      this.#process = null;
      this.#options.onGone();
      if (!this.#closing) this.#fail(this.#fatal ?? died(code, lastWords));
    });
    for (const grant of this.#grants) this.#send({ kind: 'grant', grant });
  }

  /** Ends what is left of an engine that cannot go on, and starts a new one. A page ends no work that goes on. */
  restart(): void {
    if (this.#fatal === null) return;
    const old = this.#process;
    this.#process = null;
    old?.kill();
    this.#options.onGone();
    this.start();
    this.#options.toPage({ kind: 'restarted' });
  }

  grant(grant: GrantedPath): void {
    this.#grants.push(grant);
    this.#send({ kind: 'grant', grant });
  }

  /** What the page says, if it can be a message. A dead engine cannot answer: the page is told why. */
  fromPage(message: unknown): void {
    const text = pageTextSchema.safeParse(message);
    if (!text.success) return;
    if (this.#process) this.#send({ kind: 'page', message: text.data });
    else if (this.#fatal) this.#options.toPage({ kind: 'fatal', error: this.#fatal });
  }

  /** Running work is kept; settles when the engine has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#process;
    if (!child) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        child.kill();
        resolve();
      }, CLOSE_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#send({ kind: 'close' });
    });
  }

  #send(message: HostMessage): void {
    this.#process?.postMessage(message);
  }

  #receive(message: FromEngine, workers: WorkerProcesses): void {
    switch (message.kind) {
      case 'page':
        this.#relay(engineMessageSchema.parse(message.message));
        break;
      case 'fatal':
        this.#fatal = message.error;
        break;
      case 'reveal':
        shell.showItemInFolder(message.path);
        break;
      case 'recent':
        this.#options.recent(message.path);
        break;
      default:
        workers.receive(message);
    }
  }

  #relay(message: EngineMessage): void {
    if (message.kind === 'event') this.#options.onEvent(message.name, message.payload);
    this.#options.toPage(message);
  }

  #fail(error: ErrorData): void {
    this.#fatal = error;
    this.#options.toPage({ kind: 'fatal', error });
  }
}

function died(code: number, lastWords: string): ErrorData {
  return {
    code: 'BACKEND_CRASHED',
    message: `Winnow's engine ended unexpectedly (${exitReason(code)}).`,
    details: { code, log: stripVTControlCharacters(lastWords) },
  };
}
