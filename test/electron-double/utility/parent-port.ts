// Loaded with --import into utility processes: `process.parentPort`, as Electron gives it. Node's own channel to the
// parent is hidden, since Electron's utility processes have none.
import { EventEmitter } from 'node:events';
import type { ParentPort } from 'electron';
import { describeProcess } from '../electron-version.ts';

type Envelope = { readonly message: unknown };

class ParentPortDouble extends EventEmitter {
  readonly #send = process.send?.bind(process);
  readonly #channel = process.channel;
  readonly #queue: unknown[] = [];
  #started = false;

  constructor() {
    super();
    process.on('message', (envelope) => {
      this.#queue.push((envelope as Envelope).message);
      this.#flush();
    });
    // a process that does not listen may end
    this.#channel?.unref();
    this.on('newListener', (name: string) => {
      if (name === 'message' && this.listenerCount('message') === 0) this.start();
    });
    this.on('removeListener', (name: string) => {
      if (name === 'message' && this.listenerCount('message') === 0) this.pause();
    });
  }

  start(): void {
    this.#started = true;
    this.#channel?.ref();
    // the listener is added right after
    queueMicrotask(() => this.#flush());
  }

  pause(): void {
    this.#started = false;
    this.#channel?.unref();
  }

  postMessage(message: unknown): void {
    this.#send?.({ message: structuredClone(message) } satisfies Envelope);
  }

  #flush(): void {
    while (this.#started && this.listenerCount('message') > 0 && this.#queue.length > 0) {
      this.emit('message', { data: this.#queue.shift(), ports: [] });
    }
  }
}

const parentPort = new ParentPortDouble();
parentPort satisfies Pick<ParentPort, 'postMessage'>;

describeProcess('utility');
Object.defineProperty(process, 'parentPort', { value: parentPort, enumerable: true });
Reflect.deleteProperty(process, 'send');
// the app's end is this process's
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
