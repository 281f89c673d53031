// Writes chats with models' chat templates. These are programs by whoever made the file: only a renderer process runs them.
import { Template } from '@huggingface/jinja';
import type { ChatContent } from '../../contract/demo.ts';
import { errorToData, saidBy, WinnowError, type ErrorData } from '../../contract/errors.ts';
import { inEnglish, say, type Sentence } from '../../contract/sentences.ts';
import { reasonedAnswer, reasoningApart, writtenAfter } from './reasoning.ts';
import { CHAT_PARTS, markPart, type ChatPart } from './chat-parts.ts';
import { isAnswered, type ChatTemplate } from './chat-template.ts';
import { MAX_RENDERED_CHARS } from './limits.ts';
import type { Rendered, RenderRequest } from './renderer-calls.ts';
import { strftime } from './strftime.ts';
import { hasToolCalls, mergeSystem, templateMessages } from './template-messages.ts';

const REASONING_KEPT = say('reasoningKept');
const SYSTEM_MERGED = say('systemMerged');

/** What the template library writes, without an error, if a template joins an object to a text. */
const PRINTED_OBJECT = '[object Map]';

type Attempt = {
  readonly messages: readonly object[];
  readonly tools: readonly unknown[] | null;
  readonly warning?: Sentence;
};

type Options = Pick<RenderRequest, 'forGeneration' | 'date'>;

/** The rendered chat, or the refusal: DEMO_FORMAT if the template refuses the chat, or writes more than it may. */
export function answerRender(request: RenderRequest): Rendered | { readonly refusal: ErrorData } {
  try {
    return renderChat(request);
  } catch (error) {
    return { refusal: errorToData(error) };
  }
}

function renderChat({ chat, template, compare = false, ...options }: RenderRequest): Rendered {
  const source = compiled(template.source);
  const rendered = renderReasoned(source, chat, template, options);
  if (rendered.text.length > MAX_RENDERED_CHARS) {
    throw templateError('templateRefuses', new WinnowError('DEMO_FORMAT', say('writesTooMuch')));
  }
  if (!compare) return rendered;
  return { ...rendered, unwritten: unwrittenParts(source, chat, template, options) };
}

/**
 * Renders the chat once more for each of its parts, with marks in that part: a mark that is missing from the text shows what the
 * template leaves out.
 * @throws WinnowError DEMO_FORMAT: the template writes none of the messages' texts
 */
function unwrittenParts(source: Template, chat: ChatContent, template: ChatTemplate, options: Options): ChatPart[] {
  const marked = CHAT_PARTS.map((part) => ({ part, ...markPart(chat, part) })).filter(({ marks }) => marks.length > 0);
  const parts = marked.map(({ part, chat: withMarks, marks }) => {
    const text = textOrNull(() => renderReasoned(source, withMarks, template, options).text);
    // a template that refuses the marks checks the part's texts, so it is taken to write them
    return { part, marks: marks.length, left: text === null ? 0 : marks.filter((mark) => !text.includes(mark)).length };
  });
  const said = parts.filter(({ part }) => part !== 'tools');
  if (said.length > 0 && said.every(({ marks, left }) => left === marks)) {
    throw templateError('templateRefuses', new WinnowError('DEMO_FORMAT', say('writesNothing')));
  }
  return parts.filter(({ left }) => left > 0).map(({ part }) => part);
}

function textOrNull(render: () => string): string | null {
  try {
    return render();
  } catch (error) {
    if (error instanceof WinnowError) return null;
    throw error;
  }
}

/** Renders reasoning. Templates take it from the answer's text or from its own field, and some drop it from both. */
function renderReasoned(
  compiledTemplate: Template,
  chat: ChatContent,
  template: ChatTemplate,
  options: Options,
): Rendered {
  const last = chat.messages.at(-1)!;
  const reasoned = last.role === 'assistant' ? reasonedAnswer(last) : null;
  const asItIs = renderOnce(compiledTemplate, chat, template, options);
  if (reasoned === null || asItIs.text.includes(reasoned.reasoning)) return asItIs;

  const asked = chat.messages.slice(0, -1);
  const apart = { ...chat, messages: [...asked, reasoningApart(last, reasoned)] };
  const inItsPlace = renderOnce(compiledTemplate, apart, template, options);
  if (inItsPlace.text.includes(reasoned.reasoning)) return inItsPlace;

  const prompt = renderOnce(compiledTemplate, { ...chat, messages: asked }, template, {
    ...options,
    forGeneration: true,
  });
  return {
    text: `${prompt.text}${writtenAfter(prompt.text, last)}${template.eosToken ?? ''}`,
    warning:
      prompt.warning === undefined ? REASONING_KEPT : say('both', { first: prompt.warning, then: [REASONING_KEPT] }),
  };
}

function renderOnce(
  compiledTemplate: Template,
  chat: ChatContent,
  { bosToken, eosToken }: ChatTemplate,
  { forGeneration, date }: Options,
): Rendered {
  let refusal: unknown;
  for (const { messages, tools, warning } of attempts(chat)) {
    try {
      const text = compiledTemplate.render({
        messages,
        tools,
        documents: null,
        bos_token: bosToken ?? '',
        eos_token: eosToken ?? '',
        add_generation_prompt: forGeneration && !isAnswered(chat),
        clock: (format: string) => strftime(date, format),
      });
      if (hasToolCalls(chat.messages) && text.includes(PRINTED_OBJECT)) {
        throw new WinnowError('DEMO_FORMAT', say('cannotPrintCalls'));
      }
      return { text, warning };
    } catch (error) {
      refusal ??= error;
    }
  }
  throw templateError('templateRefuses', refusal);
}

/** The forms of a chat that are tried in turn, until the template accepts one. */
function attempts({ messages, tools }: ChatContent): Attempt[] {
  const merged = mergeSystem(messages);
  // Most templates expect a tool call's arguments as an object; some print them as JSON text.
  const notations = hasToolCalls(messages) ? (['object', 'json'] as const) : (['object'] as const);
  // Without tools, most templates check `tools is not none`; some loop over the list without checking.
  const toolLists = tools === undefined ? [null, []] : [tools];
  const variants: Attempt[] = toolLists.flatMap((list) =>
    notations.map((notation) => ({ messages: templateMessages(messages, notation), tools: list })),
  );
  if (merged === null) return variants;
  const mergedVariants = notations.map((notation) => ({
    messages: templateMessages(merged, notation),
    tools: tools ?? null,
    warning: SYSTEM_MERGED,
  }));
  return [...variants, ...mergedVariants];
}

/** The template library has a clock of its own under this name, which a variable passed to it cannot replace. */
const CLOCK_PRELUDE = '{% set strftime_now = clock %}';

let lastCompiled: { readonly source: string; readonly template: Template } | null = null;

/** Compiles a template. The last one is kept, because demos for one model come by the dozen. */
function compiled(source: string): Template {
  if (lastCompiled?.source === source) return lastCompiled.template;
  try {
    lastCompiled = { source, template: new Template(CLOCK_PRELUDE + source) };
    return lastCompiled.template;
  } catch (error) {
    throw templateError('templateUnparsable', error);
  }
}

function templateError(code: 'templateRefuses' | 'templateUnparsable', cause: unknown): WinnowError {
  const reason = saidBy(cause);
  return new WinnowError('DEMO_FORMAT', say(code, { reason }), { reason: inEnglish(reason) }, cause);
}
