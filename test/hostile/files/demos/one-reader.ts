// Gives out one reader process again and again, until it dies. The importer ends its own with each file, which costs as
// much as reading fifty.
import {
  forkWorker,
  type WorkerHost,
  type WorkerProcess,
} from '../../../../electron/engine/base/backend/worker-host.ts';

type Listeners = {
  message: (message: unknown) => void;
  log: (text: string) => void;
  exit: (reason: string) => void;
};

export class OneReader {
  #process: WorkerProcess | null = null;
  #isReady = false;
  /** The listeners of whoever has it now. */
  #listeners: Listeners | null = null;

  readonly host: WorkerHost = (spec) => {
    const process = (this.#process ??= this.#start(spec));
    const listeners: Listeners = { message: () => {}, log: () => {}, exit: () => {} };
    this.#listeners = listeners;
    if (this.#isReady) setImmediate(() => listeners.message({ kind: 'ready' }));
    return {
      send: (message) => process.send(message),
      onMessage: (listener) => (listeners.message = listener),
      onLog: (listener) => (listeners.log = listener),
      onExit: (listener) => (listeners.exit = listener),
      kill: () => {},
    };
  };

  close(): void {
    this.#process?.kill();
  }

  #start(spec: Parameters<WorkerHost>[0]): WorkerProcess {
    const process = forkWorker(spec);
    process.onMessage((message) => {
      this.#isReady = true;
      this.#listeners?.message(message);
    });
    process.onLog((text) => this.#listeners?.log(text));
    process.onExit((reason) => {
      this.#process = null;
      this.#isReady = false;
      this.#listeners?.exit(reason);
    });
    return process;
  }
}
