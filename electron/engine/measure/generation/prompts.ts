// Turns demos into prompts that a model continues, with what is known about the expected continuation.
import type { ChatMessage } from '../../../contract/demo.ts';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import { inEnglish, say, type Sentence } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { LoadedModel } from '../../base/backend/load-files.ts';
import type { SourceDemo } from '../../demos/collect-demos.ts';
import { isRecord } from '../../demos/plain.ts';
import type { ChatTemplate } from '../../demos/chat-template.ts';
import { rendererBeside } from '../../demos/chat-renderer.ts';
import { renderDemo, type RenderedDemo, type TemplateRunner } from '../../demos/render.ts';
import { readTokenPieces } from '../../demos/token-pieces.ts';
import { chatTemplateOf } from '../../demos/tokenize.ts';
import { inSlices } from '../../store/slices.ts';
import { toolNames } from './tool-calls.ts';

/** Tokens of a text that form its prompt; at most half of the text. */
export const DOCUMENT_PROMPT_TOKENS = 128;

export type Prompt = {
  readonly demo: string;
  /** Hash of the demo's content. */
  readonly hash: string;
  /** `document`: the first part of a text, which the model continues. */
  readonly kind: 'chat' | 'document';
  /** Empty: there is nothing to continue. */
  readonly tokens: Int32Array;
  /** What is displayed: the last message before the answer, or the part of the text. */
  readonly shown: string;
  /** The demo's own answer; null: it has none. */
  readonly gold: string | null;
  /** Tokens of the demo's own answer, or of the rest of the text; null: not known. */
  readonly expectedTokens: number | null;
  /** Names of the tools that the prompt offers. */
  readonly tools: readonly string[];
  /** Whether the demo's own answer calls a tool. */
  readonly callsTool: boolean;
};

type PreparedPrompts = {
  readonly prompts: readonly Prompt[];
  /** Which demos were left out, and how prompts were changed, one line each. */
  readonly warnings: readonly Sentence[];
};

/**
 * Makes prompts. If a chat ends with the assistant, its last message is the demo's own answer, and the rest is the prompt; any
 * other chat is a prompt without an answer; the prompt of a text is its first part. Demos that make no prompt are left out.
 * @param vocabulary vocabulary of the full model: all variants continue the same tokens
 * @param contextLength context length of the model; longer prompts are left out. 0: not known
 * @throws WinnowError from the worker; the signal's reason
 */
export async function preparePrompts(
  demos: readonly SourceDemo[],
  { backend, model }: { readonly backend: Backend; readonly model: LoadedModel },
  contextLength: number,
  signal?: AbortSignal,
): Promise<PreparedPrompts> {
  const template = chatTemplateOf(model);
  /** Distinct warnings, indexed by their text. */
  const warnings = new Map<string, Sentence>();
  const warn = (said: Sentence): unknown => warnings.set(inEnglish(said), said);
  const drafts: Draft[] = [];
  const renderer = rendererBeside(backend);
  const draft = async (demo: SourceDemo): Promise<void> => {
    try {
      const made = await draftOf(demo, template, renderer, signal);
      if (made.rendered.warning !== undefined) warn(made.rendered.warning);
      drafts.push(made);
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      warn(say('leftOut', { demo: demo.id, reason: saidBy(error) }));
    }
  };
  await inSlices(demos, draft, signal);

  const prompts: Prompt[] = [];
  for (const made of drafts) {
    signal?.throwIfAborted();
    const prompt = await promptOf(made, { backend, model });
    const { length } = prompt.tokens;
    if (length === 0) warn(say('leftOut', { demo: prompt.demo, reason: say('tooShortToContinue') }));
    else if (contextLength > 0 && length >= contextLength) {
      const reason = say('noRoomInContext', { tokens: length, contextLength });
      warn(say('leftOut', { demo: prompt.demo, reason }));
    } else prompts.push(prompt);
  }
  return { prompts, warnings: [...warnings.values()] };
}

/** A prompt as text, before it is tokenised. */
type Draft = Prompt & { readonly rendered: RenderedDemo; readonly answer: ChatMessage | null };

/** The prompt of a demo as text. @throws WinnowError DEMO_FORMAT: there is nothing before the answer, or the template refuses it */
async function draftOf(
  { id, hash, content }: SourceDemo,
  template: ChatTemplate,
  renderer: TemplateRunner,
  signal: AbortSignal | undefined,
): Promise<Draft> {
  const bare = {
    ...{ demo: id, hash, tokens: new Int32Array(), shown: '', gold: null, answer: null },
    ...{ expectedTokens: null, tools: [], callsTool: false },
  };
  if (content.kind === 'text')
    return { ...bare, kind: 'document', rendered: await renderDemo(content, template, renderer) };
  const { messages, tools = [] } = content;
  const last = messages.at(-1);
  const answer = last?.role === 'assistant' ? last : null;
  const asked = answer ? messages.slice(0, -1) : messages;
  const shown = asked.at(-1)?.content;
  if (shown === undefined) throw new WinnowError('DEMO_FORMAT', say('nothingBeforeAnswer'));
  return {
    ...bare,
    kind: 'chat',
    rendered: await renderDemo({ ...content, messages: asked }, template, renderer, { forGeneration: true, signal }),
    shown,
    gold: answer && goldOf(answer),
    answer,
    tools: toolNames(tools),
    callsTool: answer?.tool_calls !== undefined,
  };
}

/** The text of the demo's own answer; if it only calls tools, the calls. */
function goldOf({ content, tool_calls: calls = [] }: ChatMessage): string | null {
  if (content.trim() !== '') return content;
  return calls.length > 0
    ? calls.map((call) => JSON.stringify(isRecord(call) && 'function' in call ? call['function'] : call)).join('\n')
    : null;
}

async function promptOf(
  { rendered: { text, addSpecial, parseSpecial }, answer, ...draft }: Draft,
  { backend, model }: { readonly backend: Backend; readonly model: LoadedModel },
): Promise<Prompt> {
  const texts = [{ text, addSpecial, parseSpecial }];
  if (answer && answer.content !== '') texts.push({ text: answer.content, addSpecial: false, parseSpecial: true });
  const [tokens = new Int32Array(), answerTokens] = await backend.call('tokenize', { texts });
  if (draft.kind === 'chat') return { ...draft, tokens, expectedTokens: answerTokens?.length ?? null };
  const part = tokens.slice(0, Math.min(DOCUMENT_PROMPT_TOKENS, Math.floor(tokens.length / 2)));
  const pieces = await readTokenPieces(part, backend);
  // the BOS that the tokenizer adds is not part of the text
  const shown = (pieces[0] === model.bosToken && model.addBos ? pieces.slice(1) : pieces).join('');
  return {
    ...draft,
    tokens: shown.trim() === '' ? new Int32Array() : part,
    shown,
    expectedTokens: tokens.length - part.length,
  };
}
