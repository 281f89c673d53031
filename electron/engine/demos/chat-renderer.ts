// Renders chats in a process that can be killed: a model's chat template is a program, which may run without end or ask for
// more memory than there is, and of that the whole process dies, whatever thread asked.
import { errorFromData, WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import type { Backend } from '../base/backend/backend.ts';
import { slownessNow } from '../base/backend/slowness-now.ts';
import { untilAborted } from '../base/backend/until-aborted.ts';
import { diedOfTheSystem, WorkerClient } from '../base/backend/worker-client.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { RENDER_MS } from './limits.ts';
import { methods, type Rendered, type RenderRequest } from './renderer-calls.ts';

export class ChatRenderer {
  readonly #host: () => WorkerHost;
  readonly #renderMs: number;
  #worker: WorkerClient<typeof methods> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** Templates that came to no end: the next demo would wait as long. */
  readonly #endless = new Set<string>();

  /**
   * Starts a process with the first chat.
   * @param renderMs after which a template is given up on a machine that does nothing else; longer as others keep it busy
   */
  constructor(host: () => WorkerHost, renderMs = RENDER_MS) {
    this.#host = host;
    this.#renderMs = renderMs;
  }

  /**
   * One chat after the other.
   * @param signal ends the process, too, if it renders this chat
   * @throws WinnowError DEMO_FORMAT as the template refuses the chat, or where it takes too long or too much memory;
   *   BACKEND_CRASHED where no process starts; the signal's reason, at once
   */
  render(request: RenderRequest, signal?: AbortSignal): Promise<Rendered> {
    const turn = this.#last.then(() => this.#render(request, signal));
    this.#last = turn.catch(() => undefined);
    return untilAborted(turn, signal);
  }

  /** Ends the process, whatever it does. */
  close(): void {
    void this.#worker?.close();
    this.#worker = null;
  }

  async #render(request: RenderRequest, signal: AbortSignal | undefined): Promise<Rendered> {
    signal?.throwIfAborted();
    const { source } = request.template;
    if (this.#endless.has(source)) throw this.#givenUp();
    if (this.#worker === null || this.#worker.hasEnded) this.#worker = this.#start();
    const worker = this.#worker;
    const end = (): void => this.close();
    signal?.addEventListener('abort', end, { once: true });
    const patienceMs = this.#renderMs * slownessNow(1);
    let patience: NodeJS.Timeout | undefined;
    try {
      await worker.started();
      patience = setTimeout(end, patienceMs);
      const answer = await worker.call('render', request);
      if ('refusal' in answer) throw errorFromData(answer.refusal);
      return answer;
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'BACKEND_CRASHED') throw error;
      signal?.throwIfAborted();
      if (diedOfTheSystem(error)) throw error;
      this.#endless.add(source);
      throw this.#givenUp();
    } finally {
      clearTimeout(patience);
      signal?.removeEventListener('abort', end);
    }
  }

  #start(): WorkerClient<typeof methods> {
    return new WorkerClient('renderer', methods, this.#host()({ entry: 'renderer', args: [] }));
  }

  #givenUp(): WinnowError {
    return new WinnowError('DEMO_FORMAT', say('templateEndless', { seconds: this.#renderMs / 1000 }));
  }
}

const beside = new WeakMap<Backend, ChatRenderer>();

/** The renderer of the template of a model that is loaded: it lives as long as the backend, and is started as that was. */
export function rendererBeside(backend: Backend): ChatRenderer {
  const existing = beside.get(backend);
  if (existing) return existing;
  const renderer = new ChatRenderer(() => {
    void backend.ended.then(() => renderer.close());
    return backend.host;
  });
  beside.set(backend, renderer);
  return renderer;
}
