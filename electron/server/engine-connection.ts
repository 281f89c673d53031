// The engine in a process of its own: started, relayed to, restarted when it dies.
import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromEngineSchema, type GrantedPath, type HostMessage } from '../contract/host-messages.ts';
import { engineMessageSchema, pageTextSchema, type EngineMessage } from '../contract/messages.ts';
import type { ErrorData } from '../contract/errors.ts';

/** How long the engine may take to stop its work before it is ended. */
const CLOSE_MS = 6000;

function engineFile(): string {
  const { url } = import.meta;
  return fileURLToPath(new URL(`../engine/session/engine-process${extname(url)}`, url));
}

export class EngineConnection {
  readonly #home: string;
  readonly #toPages: (message: EngineMessage) => void;
  /** For an engine that takes another one's place. */
  readonly #grants: GrantedPath[] = [];
  #process: ChildProcess | null = null;
  #fatal: ErrorData | null = null;
  #closing = false;

  /** @param home folder of the database */
  constructor(home: string, toPages: (message: EngineMessage) => void) {
    this.#home = home;
    this.#toPages = toPages;
    this.#start();
  }

  /** Why there is no engine. */
  get fatal(): ErrorData | null {
    return this.#fatal;
  }

  /** What a page says, if it can be a message. */
  fromPage(message: unknown): void {
    const text = pageTextSchema.safeParse(message);
    if (text.success) this.#send({ kind: 'page', message: text.data });
  }

  grant(grant: GrantedPath): void {
    this.#grants.push(grant);
    this.#send({ kind: 'grant', grant });
  }

  /** Ends what is left of an engine that cannot go on, and starts a new one. A page ends no work that goes on. */
  restart(): void {
    if (this.#fatal === null) return;
    const old = this.#process;
    this.#process = null;
    old?.kill('SIGKILL');
    this.#start();
    this.#toPages({ kind: 'restarted' });
  }

  /** Running work is kept; settles when the engine has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#process;
    if (!child) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#send({ kind: 'close' });
    });
  }

  #start(): void {
    this.#fatal = null;
    const child = fork(engineFile(), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, WINNOW_HOME: this.#home },
    });
    this.#process = child;
    const ended = (reason: string): void => {
      if (this.#process !== child) return;
      this.#process = null;
      if (!this.#closing) this.#fail(this.#fatal ?? died(reason));
    };
    // what the one before it still had to say is of no use
    child.on('message', (raw) => this.#process === child && this.#receive(raw));
    child.on('error', (error) => ended(error.message));
    child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    for (const grant of this.#grants) this.#send({ kind: 'grant', grant });
  }

  #send(message: HostMessage): void {
    // one that no longer arrives is followed by the exit
    this.#process?.send(message, () => {});
  }

  #receive(raw: unknown): void {
    const message = fromEngineSchema.parse(raw);
    if (message.kind === 'page') this.#toPages(engineMessageSchema.parse(message.message));
    if (message.kind === 'fatal') this.#fatal = message.error;
  }

  #fail(error: ErrorData): void {
    this.#fatal = error;
    this.#toPages({ kind: 'fatal', error });
  }
}

function died(reason: string): ErrorData {
  return {
    code: 'BACKEND_CRASHED',
    message: `Winnow's engine ended unexpectedly (${reason}). What was finished is kept; start it again to go on.`,
    details: { reason },
  };
}
