// Lets a model answer demos that consist of a prompt only. In the paper, demos are the full model's own responses.
import type { ChatContent, DemoContent, ChatMessage } from '../../../contract/demo.ts';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import type { ModelFacts } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { inEnglish, msg } from '../../../contract/sentences.ts';
import { Backend, requireVocabulary } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { rendererBeside, renderDemo, type RenderedDemo, type TemplateRunner } from '../../demos/chat-renderer.ts';
import { toChatTemplate, tokenizeTexts } from '../../demos/tokenize.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import { inSlices } from '../../store/slices.ts';
import { loadingStep, type Task } from '../../store/task.ts';
import { completeAll, type Written } from './complete-all.ts';
import { reasonedAnswer, reasoningApart, type ChatTemplate } from '../../demos/template-messages.ts';

type RespondOptions = {
  readonly placement: Placement;
  readonly maxTokens: number;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** Only used if the temperature is above 0. */
  readonly seed: number;
};

type Answer = {
  /** The demo's index in the list. */
  readonly index: number;
  /** The demo with its answer, which replaces the demo. */
  readonly content: DemoContent;
  /** What the model wrote, reasoning included. */
  readonly text: string;
  readonly tokens: number;
  /** What ended it: the model, the length limit, or endless repetition. */
  readonly stop: Written['stop'];
};

type Chat = { readonly index: number; readonly chat: ChatContent };
type Prompt = Chat & { readonly rendered: RenderedDemo };

/**
 * Answers the prompt-only demos of the list and skips the others, so that the same call with stored answers resumes where
 * a cancelled one stopped. Each answer is passed on when it is complete.
 * @throws WinnowError as `loadModel`; CANCELLED and BACKEND_CRASHED after the complete answers were passed on; as `onAnswer`
 */
export async function respond(
  demos: readonly DemoContent[],
  info: ModelFacts,
  { placement, maxTokens, temperature, seed }: RespondOptions,
  host: WorkerHost,
  task: Task,
  onAnswer: (answer: Answer) => void,
): Promise<void> {
  const chats = demos.flatMap((content, index): Chat[] => (isPromptOnly(content) ? [{ index, chat: content }] : []));
  if (chats.length === 0) return;
  const { signal } = task;
  using backend = new Backend(placement.gpu, host);
  const model = await loadModel(backend, info, placement, { signal, onProgress: loadingStep(task) });
  requireVocabulary(model, info);
  const template = { ...toChatTemplate(model), addsBos: model.addBos };
  const renderer = rendererBeside(backend);
  const rendered = await renderPrompts(chats, template, renderer, task);
  const texts = rendered.map((prompt) => prompt.rendered);
  const tokens = await tokenizeTexts(texts, backend, { signal });
  const limit = info.contextLength > 0 ? info.contextLength : Infinity;
  const prompts = rendered.flatMap((prompt, i) => {
    const { length } = tokens[i]!;
    if (length > 0 && length < limit) return [{ ...prompt, tokens: tokens[i]!, seed: seed + prompt.index }];
    task.log(
      `Demo ${prompt.index + 1} was not answered: its ${length} tokens leave no room in the model's context of ${limit}.`,
    );
    return [];
  });
  const total = rendered.length;
  let done = total - prompts.length;
  const tell = (written: number): void => {
    task.about({ step: { key: 'answering', done, total } });
    // assumes that the remaining answers are as long as the finished ones, on average
    task.progress(written, done === 0 ? 0 : Math.round((written * total) / done), 'tokens');
  };
  tell(0);
  const passOn = async (place: number, { text, stop, tokens: count }: Written): Promise<void> => {
    const { index, chat, rendered: prompt } = prompts[place]!;
    done++;
    if (text.trim() === '') {
      task.log(`Demo ${index + 1} was not answered: the model ended its turn at once.`);
      return;
    }
    const answered = await answeredDemo(chat, { prompt, text, isEnded: stop === 'eos' }, template, renderer);
    onAnswer({
      index,
      content: stop === 'eos' ? answered : { ...answered, cutOff: true },
      text,
      tokens: count,
      stop,
    });
  };
  const { threads } = placement;
  const how = { maxTokens, temperature, threads, contextLength: info.contextLength, signal, onTokens: tell };
  await completeAll(backend, prompts, how, passOn).catch((error: unknown) => {
    throw named(error, info.path);
  });
}

/** The prompts as the model will see them. A demo that the template refuses is left out. */
async function renderPrompts(
  chats: readonly Chat[],
  template: AnswerTemplate,
  renderer: TemplateRunner,
  { log, signal }: Task,
): Promise<Prompt[]> {
  const warnings = new Set<string>();
  const prompts: Prompt[] = [];
  const render = async ({ index, chat }: Chat): Promise<void> => {
    try {
      const rendered = await renderDemo(chat, template, renderer, { forGeneration: true, signal });
      if (rendered.warning !== undefined) warnings.add(inEnglish(rendered.warning));
      prompts.push({ index, chat, rendered });
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      warnings.add(inEnglish(msg('notAnswered', { number: index + 1, reason: saidBy(error) })));
    }
  };
  await inSlices(chats, render, signal);
  for (const warning of warnings) log(warning);
  return prompts;
}

/** An error that names the model, since there may be several. */
function named(error: unknown, path: string): unknown {
  if (!(error instanceof WinnowError) || error.code === 'CANCELLED') return error;
  const remedy = error.code === 'BACKEND_CRASHED' ? [msg('startAgainKept')] : [];
  return new WinnowError(error.code, msg('chatFailed', { path, reason: saidBy(error), remedy }), error.details, error);
}

type AnsweredPrompt = {
  /** What the model continued. */
  readonly prompt: RenderedDemo;
  /** What it wrote, special tokens and reasoning included. */
  readonly text: string;
  /** Whether the model ended its turn. */
  readonly isEnded: boolean;
};

/** The chat template, with the tokenizer's rule for BOS. */
type AnswerTemplate = ChatTemplate & {
  /** Whether the tokenizer puts BOS in front of a text. */
  readonly addsBos: boolean;
};

/** Whether the demo is a chat that waits for the assistant. */
export function isPromptOnly(content: DemoContent): content is ChatContent {
  return content.kind === 'chat' && content.messages.at(-1)?.role !== 'assistant';
}

/**
 * Returns the chat with the answer as its last message, with reasoning separate if the template writes it separately. Some
 * templates change their input (most drop earlier reasoning, some drop all). If no notation renders to the text that was
 * generated, the demo becomes the plain text of prompt and answer.
 */
export async function answeredDemo(
  chat: ChatContent,
  answered: AnsweredPrompt,
  template: AnswerTemplate,
  renderer: TemplateRunner,
): Promise<DemoContent> {
  const generated = `${answered.prompt.text}${answered.text}`.trimEnd();
  for (const message of notations(answered.text)) {
    const content: ChatContent = { ...chat, messages: [...chat.messages, message] };
    const written = await rendered(content, template, renderer);
    if (written?.startsWith(generated) === true) return content;
  }
  const { prompt, text, isEnded } = answered;
  const ending = isEnded ? await turnEnding(chat, template, renderer) : '';
  // the tokenizer will add BOS, so the prompt's own is removed
  const doubled = !prompt.addSpecial && template.addsBos ? (template.bosToken?.length ?? 0) : 0;
  return { kind: 'text', text: `${prompt.text.slice(doubled)}${text}${ending}` };
}

/** What the template writes after an answer, such as a token that ends the turn. */
async function turnEnding(chat: ChatContent, template: ChatTemplate, renderer: TemplateRunner): Promise<string> {
  const answer = { role: 'assistant', content: 'answer' };
  const whole = await rendered({ ...chat, messages: [...chat.messages, answer] }, template, renderer);
  return whole === null ? '' : whole.slice(whole.lastIndexOf(answer.content) + answer.content.length).trim();
}

function notations(text: string): ChatMessage[] {
  const message = { role: 'assistant', content: text };
  const reasoned = reasonedAnswer(message);
  return [
    message,
    // many templates put a space in front
    { ...message, content: text.trim() },
    ...(reasoned === null ? [] : [reasoningApart(message, reasoned)]),
  ];
}

async function rendered(
  content: DemoContent,
  template: ChatTemplate,
  renderer: TemplateRunner,
): Promise<string | null> {
  try {
    return (await renderDemo(content, template, renderer)).text;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'DEMO_FORMAT') return null;
    throw error;
  }
}
