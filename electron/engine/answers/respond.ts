// Lets a model answer demos that hold a prompt only: the paper's demos are the full model's own responses.
import type { DemoContent } from '../../contract/demo.ts';
import { saidBy, WinnowError } from '../../contract/errors.ts';
import { inEnglish, say } from '../../contract/sentences.ts';
import { forkWorker, type WorkerHost } from '../backend/worker-host.ts';
import { named, startChatProcess, type ChatPlacement } from '../chat/chat-process.ts';
import type { Event, Params } from '../chat/protocol.ts';
import { renderDemo, type RenderedDemo } from '../demos/render.ts';
import { answeredDemo, isPromptOnly, type AnswerTemplate, type ChatContent } from './answered-demo.ts';

export type RespondOptions = ChatPlacement & Omit<Params<'complete'>, 'prompts'> & { readonly seed: number };

export type Answer = {
  /** Of the demo in the list. */
  readonly index: number;
  /** The demo with its answer, to be stored in its place. */
  readonly content: DemoContent;
  /** What the model wrote, reasoning included. */
  readonly text: string;
  readonly tokens: number;
  /** What ended it: the model, its length, or that it only repeated itself. */
  readonly stop: 'eos' | 'length' | 'loop';
};

type RespondProgress = {
  readonly done: number;
  readonly total: number;
  /** Generated so far. */
  readonly tokens: number;
};

export type RespondHooks = {
  readonly signal?: AbortSignal | undefined;
  readonly onLoading?: ((percent: number) => void) | undefined;
  readonly onAnswer: (answer: Answer) => void;
  readonly onProgress?: ((progress: RespondProgress) => void) | undefined;
  /** A demo that cannot be answered, and why. */
  readonly onWarning?: ((text: string) => void) | undefined;
};

type Prompt = { readonly index: number; readonly chat: ChatContent; readonly rendered: RenderedDemo };

/**
 * Answers the prompt-only demos of the list and passes over the others, so that the same call with the answers stored
 * goes on where a cancelled one stopped. Each answer is handed over when it is complete.
 * @throws WinnowError as Chat.open; CANCELLED and BACKEND_CRASHED with the complete answers handed over
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
  try {
    const template = { ...model, source: model.chatTemplate };
    const prompts = new Map(renderPrompts(chats, template, hooks).map((prompt) => [prompt.index, prompt]));
    const follow = new Follower(prompts, template, hooks);
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
    await named(path, call, say('startAgainKept'));
  } finally {
    await process.close();
  }
}

/** The prompts as the model will see them. A demo that the template refuses is left out. */
function renderPrompts(
  chats: readonly Pick<Prompt, 'index' | 'chat'>[],
  template: AnswerTemplate,
  { onWarning }: RespondHooks,
): Prompt[] {
  const warnings = new Set<string>();
  const prompts = chats.flatMap(({ index, chat }): Prompt[] => {
    try {
      const rendered = renderDemo(chat, template, { forGeneration: true });
      if (rendered.warning !== undefined) warnings.add(inEnglish(rendered.warning));
      return [{ index, chat, rendered }];
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      warnings.add(inEnglish(say('notAnswered', { number: index + 1, reason: saidBy(error) })));
      return [];
    }
  });
  for (const warning of warnings) onWarning?.(warning);
  return prompts;
}

/** Turns the worker's events into answers and progress. */
class Follower {
  readonly #prompts: ReadonlyMap<number, Prompt>;
  readonly #template: AnswerTemplate;
  readonly #hooks: RespondHooks;
  #done = 0;
  #tokens = 0;

  constructor(prompts: ReadonlyMap<number, Prompt>, template: AnswerTemplate, hooks: RespondHooks) {
    this.#prompts = prompts;
    this.#template = template;
    this.#hooks = hooks;
    this.#progress();
  }

  see(event: Event<'complete'>): void {
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
        this.#answer(event);
    }
    this.#progress();
  }

  #answer({ index, text, ending, looped, tokens }: Extract<Event<'complete'>, { type: 'completion' }>): void {
    const prompt = this.#prompts.get(index);
    if (!prompt) return;
    if (text.trim() === '') {
      this.#hooks.onWarning?.(`Demo ${index + 1} was not answered: the model ended its turn at once.`);
      return;
    }
    const answered = answeredDemo(prompt.chat, { prompt: prompt.rendered, text, ending }, this.#template);
    const stop = looped ? 'loop' : ending === '' ? 'length' : 'eos';
    const content: DemoContent = stop === 'eos' ? answered : { ...answered, cutOff: true };
    this.#hooks.onAnswer({ index, content, text, tokens, stop });
  }

  #progress(): void {
    this.#hooks.onProgress?.({ done: this.#done, total: this.#prompts.size, tokens: this.#tokens });
  }
}
