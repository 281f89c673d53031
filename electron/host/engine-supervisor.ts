// The engine in a process of its own: starts it, relays messages, restarts it when it dies. Its fatal errors become
// messages that the page shows. Window and server differ in how they start the process, and in what a page is.
import { WinnowError, type ErrorData } from '../contract/errors.ts';
import { msg } from '../contract/sentences.ts';
import { fromEngineSchema, type FromEngine, type GrantedPath, type HostMessage } from '../contract/host-messages.ts';
import { engineMessageSchema, pageTextSchema, type EngineMessage } from '../contract/messages.ts';

/** How long the engine may take to stop its work before it is killed. */
const CLOSE_MS = 6000;

/** How often the engine is asked whether it still answers. */
const PING_MS = 3000;
/** This many unanswered pings in a row mean silence: a machine that was asleep misses one. */
const SILENT_PINGS = 5;
/** How long a killed engine may take to die before a new one replaces it anyway. */
const DEATH_MS = 2000;

/** What the engine asks of its host besides relaying: files to show, workers to start. */
type HostRequest = Exclude<FromEngine, { kind: 'page' | 'fatal' | 'pong' }>;

/** What ended the engine, such as "signal SIGKILL", and its last output if the host received it. */
type EngineEnd = { readonly reason: string; readonly log?: string };

/** A running engine, however it was started. */
export type EngineProcess = {
  send(message: HostMessage): void;
  /** @param listener receives the engine's messages, unchecked */
  onMessage(listener: (message: unknown) => void): void;
  answer(request: HostRequest): void;
  /** @param listener is called once, or again without anything new */
  onExit(listener: (end: EngineEnd) => void): void;
  kill(): void;
};

export type SupervisorOptions = {
  readonly startProcess: () => EngineProcess;
  /** Sends to all pages, if there are several. */
  readonly toPage: (message: EngineMessage) => void;
  readonly pingMs?: number;
};

export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #pingMs: number;
  /** Kept for an engine that replaces this one. */
  readonly #grants: GrantedPath[] = [];
  #process: EngineProcess | null = null;
  #fatal: ErrorData | null = null;
  #closing: PromiseWithResolvers<undefined> | undefined;
  #pings: NodeJS.Timeout | undefined;
  #unanswered = 0;
  /** It is running, but has not answered for a long time. */
  #isSilent = false;
  #isRestarting = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#pingMs = options.pingMs ?? PING_MS;
  }

  /** Why no engine answers; null: one does, or none was started. */
  get fatal(): ErrorData | null {
    return this.#fatal;
  }

  /** Starts the engine’s process, and passes on every path granted so far. */
  start(): void {
    this.#fatal = null;
    const child = this.#options.startProcess();
    this.#process = child;
    this.#unanswered = 0;
    this.#isSilent = false;
    clearInterval(this.#pings);
    this.#pings = setInterval(() => this.#ping(child), this.#pingMs).unref();
    // messages that the previous engine still sends are ignored
    child.onMessage((raw) => this.#process === child && this.#hear(child, fromEngineSchema.parse(raw)));
    child.onExit((end) => {
      if (this.#process !== child) return;
      this.#process = null;
      clearInterval(this.#pings);
      if (this.#closing) this.#closing.resolve(undefined);
      else this.#fail(this.#fatal === null || this.#isSilent ? died(end) : this.#fatal);
    });
    for (const grant of this.#grants) child.send({ kind: 'grant', grant });
  }

  /**
   * Ends what is left of an engine that cannot go on or does not answer, and then starts a new one, which takes over
   * its work. A page cannot end work that is still going on.
   */
  restart(): void {
    if (this.#fatal === null || this.#isRestarting) return;
    const old = this.#process;
    this.#process = null;
    clearInterval(this.#pings);
    if (!old) {
      this.#startAnew();
      return;
    }
    this.#isRestarting = true;
    const isGone = Promise.withResolvers<undefined>();
    old.onExit(() => isGone.resolve(undefined));
    const patience = setTimeout(() => isGone.resolve(undefined), DEATH_MS);
    old.kill();
    void isGone.promise.then(() => {
      clearTimeout(patience);
      this.#isRestarting = false;
      if (!this.#closing) this.#startAnew();
    });
  }

  #startAnew(): void {
    this.start();
    this.#options.toPage({ kind: 'restarted' });
  }

  /** Passes a path on to the engine, now and after each restart. */
  grant(grant: GrantedPath): void {
    this.#grants.push(grant);
    this.#process?.send({ kind: 'grant', grant });
  }

  /** Relays what a page says, if it can be a message. A dead engine cannot answer, so the page is told why. */
  fromPage(message: unknown): void {
    const text = pageTextSchema.safeParse(message);
    if (!text.success) return;
    if (this.#process && !this.#isSilent) this.#process.send({ kind: 'page', message: text.data });
    else if (this.#fatal) this.#options.toPage({ kind: 'fatal', error: this.#fatal });
  }

  /** Ends the engine and keeps the state of running work; settles when the engine has ended, or was killed because it took too long. */
  close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    const closing = Promise.withResolvers<undefined>();
    this.#closing = closing;
    clearInterval(this.#pings);
    const child = this.#process;
    if (child) {
      child.send({ kind: 'close' });
      const timer = setTimeout(() => {
        child.kill();
        closing.resolve(undefined);
      }, CLOSE_MS);
      void closing.promise.then(() => clearTimeout(timer));
    } else closing.resolve(undefined);
    return closing.promise;
  }

  #ping(child: EngineProcess): void {
    if (this.#isSilent) return;
    if (this.#unanswered >= SILENT_PINGS) {
      this.#isSilent = true;
      this.#fail(silent((SILENT_PINGS * this.#pingMs) / 1000));
      return;
    }
    this.#unanswered++;
    child.send({ kind: 'ping' });
  }

  #hear(child: EngineProcess, message: FromEngine): void {
    this.#unanswered = 0;
    if (this.#isSilent) {
      this.#isSilent = false;
      this.#fatal = null;
      // what pages asked in the meantime was not passed on
      this.#options.toPage({ kind: 'restarted' });
    }
    this.#receive(child, message);
  }

  #receive(child: EngineProcess, message: FromEngine): void {
    switch (message.kind) {
      case 'page':
        this.#options.toPage(engineMessageSchema.parse(message.message));
        break;
      case 'fatal':
        this.#fatal = message.error;
        break;
      case 'pong':
        break;
      default:
        child.answer(message);
    }
  }

  #fail(error: ErrorData): void {
    this.#fatal = error;
    this.#options.toPage({ kind: 'fatal', error });
  }
}

function silent(seconds: number): ErrorData {
  return new WinnowError('BACKEND_CRASHED', msg('engineSilent', { seconds }), { reason: 'silent' }).toData();
}

function died({ reason, log = '' }: EngineEnd): ErrorData {
  const details = { reason, ...(log !== '' && { log }) };
  return new WinnowError('BACKEND_CRASHED', msg('engineEnded', { reason }), details).toData();
}
