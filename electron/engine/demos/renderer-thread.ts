// Renders chats in a thread that can be given up: a model's chat template is a program, which may run without end or ask for
// more memory than there is.
import { extname } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { errorFromData, WinnowError, type ErrorData } from '../../contract/errors.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { RENDER_MS, RENDERER_HEAP_MIB, RENDERER_START_MS } from './limits.ts';
import type { Chat, ChatTemplate } from './chat-template.ts';

export type RenderRequest = {
  readonly chat: Chat;
  readonly template: ChatTemplate & { readonly source: string };
  readonly forGeneration: boolean;
  readonly date: Date;
};
export type Rendered = { readonly text: string; readonly warning?: Sentence | undefined };
export type RendererReply = Rendered | { readonly error: ErrorData };
export type RendererSetup = {
  readonly port: MessagePort;
  /** How many replies were sent, in shared memory: whoever waits is woken by it. */
  readonly replies: Int32Array<SharedArrayBuffer>;
};

type Running = RendererSetup & { readonly worker: Worker; isStarted: boolean };

export class RendererThread {
  #running: Running | null = null;
  /** Templates that came to no end: the next demo would wait as long. */
  readonly #endless = new Set<string>();
  readonly #renderMs: number;

  /** @param renderMs after which a template is given up */
  constructor(renderMs = RENDER_MS) {
    this.#renderMs = renderMs;
  }

  /**
   * Waits for the answer, as a call does.
   * @throws WinnowError DEMO_FORMAT as the template refuses the chat, or where it takes too long or too much memory
   */
  render(request: RenderRequest): Rendered {
    const { source } = request.template;
    if (this.#endless.has(source)) throw this.#givenUp();
    this.#running ??= start();
    const { port, replies } = this.#running;
    const before = Atomics.load(replies, 0);
    port.postMessage(request);
    const patience = this.#renderMs + (this.#running.isStarted ? 0 : RENDERER_START_MS);
    const woken = Atomics.wait(replies, 0, before, patience);
    const answer = woken === 'timed-out' ? undefined : receiveMessageOnPort(port);
    if (answer === undefined) {
      this.#endless.add(source);
      void this.#running.worker.terminate();
      this.#running = null;
      throw this.#givenUp();
    }
    this.#running.isStarted = true;
    const reply = answer.message as RendererReply;
    if ('error' in reply) throw errorFromData(reply.error);
    return reply;
  }

  #givenUp(): WinnowError {
    return new WinnowError('DEMO_FORMAT', say('templateEndless', { seconds: this.#renderMs / 1000 }));
  }
}

function start(): Running {
  const { port1, port2 } = new MessageChannel();
  const replies = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { url } = import.meta;
  // TypeScript in a checkout, JavaScript in the built app
  const worker = new Worker(new URL(`./render-chat${extname(url)}`, url), {
    workerData: { port: port2, replies } satisfies RendererSetup,
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: RENDERER_HEAP_MIB },
  });
  // the end of its memory would otherwise end the process; it shows as silence
  worker.on('error', () => undefined);
  // nobody waits for it when the process has nothing else to do
  worker.unref();
  port1.unref();
  return { worker, port: port1, replies, isStarted: false };
}
