// Lets a model answer demos that consist of a prompt only. In the paper, demos are the full model's own responses.
import type { ChatContent, DemoContent } from '../../../contract/demo.ts';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { forkWorker, type WorkerHost } from '../../base/backend/worker-host.ts';
import { named, startChatProcess, type ChatPlacement } from '../../demos/chat/chat-process.ts';
import type { Event, Params } from '../../demos/chat/protocol.ts';
import { ChatRenderer } from '../../demos/chat-renderer.ts';
import { renderDemo, type RenderedDemo, type TemplateRunner } from '../../demos/render.ts';
import { inSlices } from '../../store/slices.ts';
import { answeredDemo, isPromptOnly, type AnswerTemplate } from './answered-demo.ts';

type RespondOptions = ChatPlacement & Omit<Params<'complete'>, 'prompts'> & { readonly seed: number };

type Answer = {
  /** The demo's index in the list. */
  readonly index: number;
  /** The demo with its answer, which replaces the demo. */
  readonly content: DemoContent;
  /** What the model wrote, reasoning included. */
  readonly text: string;
  readonly tokens: number;
  /** What ended it: the model, the length limit, or endless repetition. */
  readonly stop: 'eos' | 'length' | 'loop';
};

type RespondProgress = {
  readonly done: number;
  readonly total: number;
  /** Tokens generated so far. */
  readonly tokens: number;
};

export type RespondHooks = {
  readonly signal?: AbortSignal | undefined;
  readonly onLoading?: ((percent: number) => void) | undefined;
  readonly onAnswer: (answer: Answer) => void;
  readonly onProgress?: ((progress: RespondProgress) => void) | undefined;
  /** Called with the reason why a demo cannot be answered. */
  readonly onWarning?: ((text: string) => void) | undefined;
};

type Prompt = { readonly index: number; readonly chat: ChatContent; readonly rendered: RenderedDemo };

/**
 * Answers the prompt-only demos of the list and skips the others, so that the same call with stored answers resumes where
 * a cancelled one stopped. Each answer is passed on when it is complete.
 * @throws WinnowError as Chat.open; CANCELLED and BACKEND_CRASHED after the complete answers were passed on
 */
export async function respond(
  demos: readonly DemoContent[],
  path: string,
  options: RespondOptions,
  hooks: RespondHooks,
  host: WorkerHost = forkWorker,
): Promise<void> {
  const chats = demos.flatMap((content, index) => (isPromptOnly(content) ? [{ index, chat: content }] : []));
  if (chats.length === 0) return;
  const { maxTokens, temperature, seed } = options;
  const open = { signal: hooks.signal, onProgress: hooks.onLoading };
  const { process, model } = await startChatProcess(path, options, maxTokens, host, open);
  const renderer = new ChatRenderer(() => host);
  try {
    const template = { ...model, source: model.chatTemplate };
    const rendered = await renderPrompts(chats, template, renderer, hooks);
    const prompts = new Map(rendered.map((prompt) => [prompt.index, prompt]));
    const follow = new Follower(prompts, { template, renderer, hooks, fail: () => process.close() });
    const texts = [...prompts.values()].map(({ index, rendered: { text, addSpecial } }) => ({
      index,
      text,
      addSpecial,
      seed: seed + index,
    }));
    const call = process.call(
      'complete',
      { prompts: texts, maxTokens, temperature },
      { signal: hooks.signal, onEvent: (event) => follow.see(event) },
    );
    try {
      await named(path, call, say('startAgainKept'));
    } finally {
      await follow.done();
    }
  } finally {
    renderer.close();
    await process.close();
  }
}

/** The prompts as the model will see them. A demo that the template refuses is left out. */
async function renderPrompts(
  chats: readonly Pick<Prompt, 'index' | 'chat'>[],
  template: AnswerTemplate,
  renderer: TemplateRunner,
  { onWarning, signal }: RespondHooks,
): Promise<Prompt[]> {
  const warnings = new Set<string>();
  const prompts: Prompt[] = [];
  const render = async ({ index, chat }: (typeof chats)[number]): Promise<void> => {
    try {
      const rendered = await renderDemo(chat, template, renderer, { forGeneration: true, signal });
      if (rendered.warning !== undefined) warnings.add(inEnglish(rendered.warning));
      prompts.push({ index, chat, rendered });
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      warnings.add(inEnglish(say('notAnswered', { number: index + 1, reason: saidBy(error) })));
    }
  };
  await inSlices(chats, render, signal);
  for (const warning of warnings) onWarning?.(warning);
  return prompts;
}

type FollowOptions = {
  readonly template: AnswerTemplate;
  readonly renderer: TemplateRunner;
  readonly hooks: RespondHooks;
  /** Ends the work if an answer cannot be passed on. */
  readonly fail: () => unknown;
};

/** Turns the worker's events into answers and progress. */
class Follower {
  readonly #prompts: ReadonlyMap<number, Prompt>;
  readonly #options: FollowOptions;
  readonly #hooks: RespondHooks;
  #done = 0;
  #tokens = 0;
  /** Settles when all events so far are handled. */
  #last: Promise<void> = Promise.resolve();

  constructor(prompts: ReadonlyMap<number, Prompt>, options: FollowOptions) {
    this.#prompts = prompts;
    this.#options = options;
    this.#hooks = options.hooks;
    this.#progress();
  }

  /** Handles events one after the other, in the order of their arrival. */
  see(event: Event<'complete'>): void {
    this.#last = this.#last.then(() => this.#take(event));
    this.#last.catch(this.#options.fail);
  }

  /** Waits until all events are handled. @throws as `onAnswer` */
  done(): Promise<void> {
    return this.#last;
  }

  async #take(event: Event<'complete'>): Promise<void> {
    switch (event.type) {
      case 'tokens':
        this.#tokens = event.tokens;
        break;
      case 'tooLong':
        this.#done++;
        this.#hooks.onWarning?.(
          `Demo ${event.index + 1} was not answered: its ${event.promptTokens} tokens leave no room in the model's context of ${event.limit}.`,
        );
        break;
      case 'completion':
        this.#done++;
        await this.#answer(event);
    }
    this.#progress();
  }

  async #answer({
    index,
    text,
    ending,
    looped,
    tokens,
  }: Extract<Event<'complete'>, { type: 'completion' }>): Promise<void> {
    const prompt = this.#prompts.get(index);
    if (!prompt) return;
    if (text.trim() === '') {
      this.#hooks.onWarning?.(`Demo ${index + 1} was not answered: the model ended its turn at once.`);
      return;
    }
    const { template, renderer } = this.#options;
    const given = { prompt: prompt.rendered, text, ending };
    const answered = await answeredDemo(prompt.chat, given, template, renderer);
    const stop = looped ? 'loop' : ending === '' ? 'length' : 'eos';
    const content: DemoContent = stop === 'eos' ? answered : { ...answered, cutOff: true };
    this.#hooks.onAnswer({ index, content, text, tokens, stop });
  }

  #progress(): void {
    this.#hooks.onProgress?.({ done: this.#done, total: this.#prompts.size, tokens: this.#tokens });
  }
}
