// Turns a demo into the text that the tokenizer gets: chats through the model's own chat template.
import { Template } from '@huggingface/jinja';
import type { DemoContent } from '../../contract/demo.ts';
import { saidBy, WinnowError } from '../../contract/errors.ts';
import { inEnglish, say, type Sentence } from '../../contract/sentences.ts';
import { reasonedAnswer, reasoningApart, writtenAfter } from './reasoning.ts';
import { strftime } from './strftime.ts';
import { hasToolCalls, mergeSystem, templateMessages, type CallArguments } from './template-messages.ts';

export type ChatTemplate = {
  /** The model's Jinja source (`tokenizer.chat_template`); null where it has none. */
  readonly source: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
};

export type RenderOptions = {
  /** Open the assistant's turn where the last message is not the assistant's, so that the model answers. */
  readonly forGeneration?: boolean;
  /** For templates that write today's date. */
  readonly now?: () => Date;
};

export type RenderedDemo = {
  readonly text: string;
  /** Let the tokenizer add BOS (and EOS) by the model's own rule. */
  readonly addSpecial: boolean;
  /** Read special tokens that are written out in the text as tokens. */
  readonly parseSpecial: boolean;
  /** What the user should know of how the text came about. */
  readonly warning?: Sentence;
};

/** The date in templates that ask for it, unless the caller says otherwise: the same demos give the same tokens on any day. */
const DEFAULT_DATE = new Date(Date.UTC(2026, 0, 1));

const NO_TEMPLATE = say('noTemplate');
const REASONING_KEPT = say('reasoningKept');
const SYSTEM_MERGED = say('systemMerged');

/**
 * Texts stay as they are. Chats go through the template; where it refuses them, once more with the system message
 * merged into the first user message. The last answer keeps its reasoning, as the model wrote it, whatever the template does
 * to it. BOS is never doubled: a rendered text that already opens with it is not
 * given another by the tokenizer.
 *
 * @throws WinnowError DEMO_FORMAT with the template's own message.
 */
export function renderDemo(content: DemoContent, template: ChatTemplate, options: RenderOptions = {}): RenderedDemo {
  if (content.kind === 'text') return { text: content.text, addSpecial: true, parseSpecial: true };
  if (template.source === null) {
    const text = content.messages
      .map((message) => (reasonedAnswer(message) === null ? message.content : writtenAfter('', message)))
      .filter((part) => part !== '')
      .join('\n\n');
    const opening = options.forGeneration === true && !isAnswered(content) ? '\n\n' : '';
    return { text: `${text}${opening}`, addSpecial: true, parseSpecial: true, warning: NO_TEMPLATE };
  }
  const { text, warning } = renderReasoned(compiled(template.source), content, template, options);
  const opensWithBos = template.bosToken !== null && template.bosToken !== '' && text.startsWith(template.bosToken);
  return { text, addSpecial: !opensWithBos, parseSpecial: true, ...(warning === undefined ? {} : { warning }) };
}

/** What the template library writes, without an error, where a template joins an object to a text. */
const PRINTED_OBJECT = '[object Map]';

type Chat = Extract<DemoContent, { kind: 'chat' }>;
type Attempt = {
  readonly messages: readonly object[];
  readonly tools: readonly unknown[] | null;
  readonly warning?: Sentence;
};

type Rendered = { readonly text: string; readonly warning?: Sentence | undefined };

/** Templates take reasoning from the answer's text or apart from it, and some drop it from both. */
function renderReasoned(
  compiledTemplate: Template,
  chat: Chat,
  template: ChatTemplate,
  options: RenderOptions,
): Rendered {
  const last = chat.messages.at(-1)!;
  const reasoned = last.role === 'assistant' ? reasonedAnswer(last) : null;
  const asItIs = renderChat(compiledTemplate, chat, template, options);
  if (reasoned === null || asItIs.text.includes(reasoned.reasoning)) return asItIs;

  const asked = chat.messages.slice(0, -1);
  const apart = { ...chat, messages: [...asked, reasoningApart(last, reasoned)] };
  const inItsPlace = renderChat(compiledTemplate, apart, template, options);
  if (inItsPlace.text.includes(reasoned.reasoning)) return inItsPlace;

  const prompt = renderChat(compiledTemplate, { ...chat, messages: asked }, template, {
    ...options,
    forGeneration: true,
  });
  return {
    text: `${prompt.text}${writtenAfter(prompt.text, last)}${template.eosToken ?? ''}`,
    warning:
      prompt.warning === undefined ? REASONING_KEPT : say('both', { first: prompt.warning, then: [REASONING_KEPT] }),
  };
}

function renderChat(
  compiledTemplate: Template,
  chat: Chat,
  { bosToken, eosToken }: ChatTemplate,
  { forGeneration = false, now = () => DEFAULT_DATE }: RenderOptions,
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
        clock: (format: string) => strftime(now(), format),
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

function isAnswered({ messages }: Chat): boolean {
  return messages.at(-1)?.role === 'assistant';
}

/** What is tried in turn, until the template takes it. */
function attempts({ messages, tools }: Chat): Attempt[] {
  const merged = mergeSystem(messages);
  // Most templates want a tool call's arguments as an object, some print the JSON text that they came as.
  const notations: CallArguments[] = hasToolCalls(messages) ? ['object', 'json'] : ['object'];
  // Without tools, most templates ask for `tools is not none`, some run through the list without asking.
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

/** Demos come by the dozen for one model, so the last template is kept. */
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
