// Turns demos into texts for the tokenizer: chats go through the model's own chat template, in a process that can be killed. A model's chat template is a program, which may run forever or ask for
// more memory than there is; that would end the whole process, whatever thread it ran in.
import { errorFromData, WinnowError } from '../../contract/errors.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import type { Backend } from '../base/backend/backend.ts';
import { untilAborted, diedOfTheSystem, WorkerClient } from '../base/backend/worker-client.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { RENDER_MS } from './limits.ts';
import { methods, type Rendered, type RenderRequest } from './renderer-calls.ts';
import { availableParallelism, loadavg } from 'node:os';
import type { DemoContent } from '../../contract/demo.ts';
import { markPart, type ChatPart } from './chat-parts.ts';
import { isAnswered, type ChatTemplate, reasonedAnswer, writtenAfter } from './template-messages.ts';

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
    return new WinnowError('DEMO_FORMAT', msg('templateEndless', { seconds: this.#renderMs / 1000 }));
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

/**
 * How many times as long work on this many threads takes beside everything else that this machine does now: they share its cores.
 * @returns 1 if there are cores for all, and on Windows, which does not report its load
 */
export function slownessNow(threads: number, [load = 0] = loadavg(), cores = availableParallelism()): number {
  return Math.max(1, (load + threads) / Math.max(cores, threads));
}

type RenderOptions = {
  /** Whether to open the assistant's turn if the last message is not the assistant's, so that the model answers. */
  readonly forGeneration?: boolean;
  /** The date for templates that write today's date. */
  readonly date?: Date;
  /** Whether to find out which parts of the chat leave no trace in the text. */
  readonly compare?: boolean;
  readonly signal?: AbortSignal | undefined;
};

export type TemplateRunner = {
  render(request: RenderRequest, signal?: AbortSignal): Promise<Rendered>;
};

export type RenderedDemo = {
  readonly text: string;
  /** Whether the tokenizer adds BOS (and EOS) according to the model. */
  readonly addSpecial: boolean;
  /** Whether special tokens that are written out in the text are read as tokens. */
  readonly parseSpecial: boolean;
  /** What the user should know about how the text was made. */
  readonly warning?: Sentence;
  /** Parts of the chat of which something leaves no trace; absent: this was not checked. */
  readonly unwritten?: readonly ChatPart[];
};

/** The date for templates that ask for it, unless the caller gives one: the same demos give the same tokens on any day. */
const DEFAULT_DATE = new Date(Date.UTC(2026, 0, 1));

const NO_TEMPLATE = msg('noTemplate');
/** Parts that only a template can write. */
const NEEDS_TEMPLATE: readonly ChatPart[] = ['toolCalls', 'tools'];

/**
 * Texts stay as they are. Chats go through the template; if it refuses them, once more with the system message
 * merged into the first user message. The last answer keeps its reasoning as the model wrote it, whatever the template does
 * to it. BOS is never doubled: the tokenizer adds none to a rendered text that already begins with it.
 *
 * @throws WinnowError DEMO_FORMAT with the template's own message, or if it does not finish, or, with `compare`, if it writes nothing;
 *   as ChatRenderer.render
 */
export async function renderDemo(
  content: DemoContent,
  template: ChatTemplate,
  renderer: TemplateRunner,
  options: RenderOptions = {},
): Promise<RenderedDemo> {
  if (content.kind === 'text') return { text: content.text, addSpecial: true, parseSpecial: true };
  if (template.source === null) {
    const text = content.messages
      .map((message) => (reasonedAnswer(message) === null ? message.content : writtenAfter('', message)))
      .filter((part) => part !== '')
      .join('\n\n');
    const opening = options.forGeneration === true && !isAnswered(content) ? '\n\n' : '';
    const unwritten = NEEDS_TEMPLATE.filter((part) => markPart(content, part).marks.length > 0);
    return { text: `${text}${opening}`, addSpecial: true, parseSpecial: true, warning: NO_TEMPLATE, unwritten };
  }
  const { source } = template;
  const { forGeneration = false, date = DEFAULT_DATE, compare = false, signal } = options;
  const { bosToken, eosToken } = template;
  const request = { chat: content, template: { source, bosToken, eosToken }, forGeneration, date, compare };
  const { text, warning, unwritten } = await renderer.render(request, signal);
  const opensWithBos = template.bosToken !== null && template.bosToken !== '' && text.startsWith(template.bosToken);
  return {
    text,
    addSpecial: !opensWithBos,
    parseSpecial: true,
    ...(warning !== undefined && { warning }),
    ...(unwritten !== undefined && { unwritten }),
  };
}
