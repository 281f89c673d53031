// Writes chats with models' chat templates. These are programs by whoever made the file: only a renderer process runs them.
import { Template } from '@huggingface/jinja';
import type { ChatContent } from '../../contract/demo.ts';
import { errorToData, saidBy, WinnowError, type ErrorData } from '../../contract/errors.ts';
import { inEnglish, msg, type Sentence } from '../../contract/sentences.ts';
import {
  reasonedAnswer,
  reasoningApart,
  writtenAfter,
  isAnswered,
  hasToolCalls,
  mergeSystem,
  templateMessages,
} from './template-messages.ts';
import { CHAT_PARTS, markPart, type ChatPart } from './chat-parts.ts';
import { MAX_RENDERED_CHARS } from './limits.ts';
import type { Rendered, RenderRequest } from './renderer-calls.ts';

const REASONING_KEPT = msg('reasoningKept');
const SYSTEM_MERGED = msg('systemMerged');

/** What the template library writes, without an error, if a template joins an object to a text. */
const PRINTED_OBJECT = '[object Map]';

type Attempt = {
  readonly messages: readonly object[];
  readonly tools: readonly unknown[] | null;
  readonly warning?: Sentence;
};

/** The rendered chat, or the refusal: DEMO_FORMAT if the template refuses the chat, or writes more than it may. */
export function answerRender(request: RenderRequest): Rendered | { readonly refusal: ErrorData } {
  try {
    return renderChat(request);
  } catch (error) {
    return { refusal: errorToData(error) };
  }
}

function renderChat(request: RenderRequest): Rendered {
  const template = compiled(request.template.source);
  const rendered = renderReasoned(template, request);
  if (rendered.text.length > MAX_RENDERED_CHARS) {
    throw templateError('templateRefuses', new WinnowError('DEMO_FORMAT', msg('writesTooMuch')));
  }
  return request.compare === true ? { ...rendered, unwritten: unwrittenParts(template, request) } : rendered;
}

/**
 * Renders the chat once more for each of its parts, with marks in that part: a mark that is missing from the text shows what the
 * template leaves out.
 * @throws WinnowError DEMO_FORMAT: the template writes none of the messages' texts
 */
function unwrittenParts(template: Template, request: RenderRequest): ChatPart[] {
  const marked = CHAT_PARTS.map((part) => ({ part, ...markPart(request.chat, part) }));
  const parts = marked.flatMap(({ part, chat, marks }) => {
    if (marks.length === 0) return [];
    const text = textOrNull(() => renderReasoned(template, { ...request, chat }).text);
    // a template that refuses the marks checks the part's texts, so it is taken to write them
    const left = text === null ? 0 : marks.filter((mark) => !text.includes(mark)).length;
    return [{ part, marks: marks.length, left }];
  });
  const said = parts.filter(({ part }) => part !== 'tools');
  if (said.length > 0 && said.every(({ marks, left }) => left === marks)) {
    throw templateError('templateRefuses', new WinnowError('DEMO_FORMAT', msg('writesNothing')));
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
function renderReasoned(template: Template, request: RenderRequest): Rendered {
  const { chat } = request;
  const last = chat.messages.at(-1)!;
  const reasoned = last.role === 'assistant' ? reasonedAnswer(last) : null;
  const asItIs = renderOnce(template, request);
  if (reasoned === null || asItIs.text.includes(reasoned.reasoning)) return asItIs;

  const turns = chat.messages.slice(0, -1);
  const apart = { ...chat, messages: [...turns, reasoningApart(last, reasoned)] };
  const inItsPlace = renderOnce(template, { ...request, chat: apart });
  if (inItsPlace.text.includes(reasoned.reasoning)) return inItsPlace;

  const prompt = renderOnce(template, { ...request, chat: { ...chat, messages: turns }, forGeneration: true });
  return {
    text: `${prompt.text}${writtenAfter(prompt.text, last)}${request.template.eosToken ?? ''}`,
    warning:
      prompt.warning === undefined ? REASONING_KEPT : msg('both', { first: prompt.warning, then: [REASONING_KEPT] }),
  };
}

function renderOnce(
  template: Template,
  { chat, template: { bosToken, eosToken }, forGeneration, date }: RenderRequest,
): Rendered {
  let refusal: unknown;
  for (const { messages, tools, warning } of attempts(chat)) {
    try {
      const text = template.render({
        messages,
        tools,
        documents: null,
        bos_token: bosToken ?? '',
        eos_token: eosToken ?? '',
        add_generation_prompt: forGeneration && !isAnswered(chat),
        clock: (format: string) => strftime(date, format),
      });
      if (hasToolCalls(chat.messages) && text.includes(PRINTED_OBJECT)) {
        throw new WinnowError('DEMO_FORMAT', msg('cannotPrintCalls'));
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
  return new WinnowError('DEMO_FORMAT', msg(code, { reason }), { reason: inEnglish(reason) }, cause);
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const two = (value: number): string => String(value).padStart(2, '0');
const month = (date: Date): string => MONTHS[date.getUTCMonth()] ?? '';
const weekday = (date: Date): string => WEEKDAYS[date.getUTCDay()] ?? '';

const DIRECTIVES: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  B: month,
  b: (date) => month(date).slice(0, 3),
  A: weekday,
  a: (date) => weekday(date).slice(0, 3),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(date.getUTCHours() % 12 || 12),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  Z: () => 'UTC',
  '%': () => '%',
};

/** Formats a date. Directives that no chat template is known to use stay as they are written. */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(.)/g, (written, directive: string) => DIRECTIVES[directive]?.(date) ?? written);
}
