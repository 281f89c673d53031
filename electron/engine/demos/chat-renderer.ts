// Renders chats in a process that can be killed. A model's chat template is a program, which may run forever or ask for
// more memory than there is; that would end the whole process, whatever thread it ran in.
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
  /** Templates that did not finish: the next demo would wait just as long. */
  readonly #endless = new Set<string>();

  /**
   * Makes a renderer, whose process starts with the first chat.
   * @param renderMs when to give up a template on an otherwise idle machine; later if other work keeps it busy
   */
  constructor(host: () => WorkerHost, renderMs = RENDER_MS) {
    this.#host = host;
    this.#renderMs = renderMs;
  }

  /**
   * Renders chats one after the other.
   * @param signal also ends the process, if it is rendering this chat
   * @throws WinnowError DEMO_FORMAT if the template refuses the chat, or takes too long or too much memory;
   *   BACKEND_CRASHED if no process starts; the signal's reason, at once
   */
  render(request: RenderRequest, signal?: AbortSignal): Promise<Rendered> {
    const turn = this.#last.then(() => this.#render(request, signal));
    this.#last = turn.catch(() => undefined);
    return untilAborted(turn, signal);
  }

  /** Ends the process, whatever it is doing. */
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

/** The renderer for a backend's loaded model: it ends with the backend, and its process is started by the same host. */
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
