// Worker processes that the host starts for the engine, since in Electron only the main process can start utility processes.
import type { FromEngine, HostMessage } from '../../../contract/host-messages.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';

type Listeners = {
  readonly message: ((message: unknown) => void)[];
  readonly log: ((text: string) => void)[];
  readonly exit: ((reason: string) => void)[];
};

export class RelayedWorkers {
  readonly #post: (message: FromEngine) => void;
  readonly #workers = new Map<number, Listeners>();
  #nextId = 1;

  constructor(post: (message: FromEngine) => void) {
    this.#post = post;
  }

  readonly host: WorkerHost = ({ entry, args }) => {
    const worker = this.#nextId++;
    const listeners: Listeners = { message: [], log: [], exit: [] };
    this.#workers.set(worker, listeners);
    this.#post({ kind: 'worker-start', worker, entry, args: [...args] });
    return {
      send: (message) => this.#post({ kind: 'worker-send', worker, message }),
      onMessage: (listener) => void listeners.message.push(listener),
      onLog: (listener) => void listeners.log.push(listener),
      onExit: (listener) => void listeners.exit.push(listener),
      kill: () => this.#post({ kind: 'worker-kill', worker }),
    };
  };

  /** Handles the host's messages about workers. */
  receive(message: Extract<HostMessage, { worker: number }>): void {
    const listeners = this.#workers.get(message.worker);
    switch (message.kind) {
      case 'worker-message':
        listeners?.message.forEach((listener) => listener(message.message));
        break;
      case 'worker-log':
        listeners?.log.forEach((listener) => listener(message.text));
        break;
      case 'worker-exit':
        this.#workers.delete(message.worker);
        listeners?.exit.forEach((listener) => listener(message.reason));
    }
  }
}
