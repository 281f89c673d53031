// Turns a demo into the text that the tokenizer gets: chats through the model's own chat template.
import { Template } from '@huggingface/jinja';
import type { ChatMessage, DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { isRecord } from './plain.ts';
import { strftime } from './strftime.ts';

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
  readonly warning?: string;
};

/** The date in templates that ask for it, unless the caller says otherwise: the same demos give the same tokens on any day. */
const DEFAULT_DATE = new Date(Date.UTC(2026, 0, 1));

const NO_TEMPLATE = 'The model has no chat template: the messages are joined by blank lines, without roles.';
const SYSTEM_MERGED = 'The chat template takes no system message: it was put before the first user message.';

/**
 * Texts stay as they are. Chats go through the template; where it refuses them, once more with the system message
 * merged into the first user message. BOS is never doubled: a rendered text that already opens with it is not
 * given another by the tokenizer.
 *
 * @throws WinnowError DEMO_FORMAT with the template's own message.
 */
export function renderDemo(content: DemoContent, template: ChatTemplate, options: RenderOptions = {}): RenderedDemo {
  if (content.kind === 'text') return { text: content.text, addSpecial: true, parseSpecial: true };
  if (template.source === null) {
    const text = content.messages
      .map((message) => message.content)
      .filter((part) => part !== '')
      .join('\n\n');
    return { text, addSpecial: true, parseSpecial: true, warning: NO_TEMPLATE };
  }
  const { text, warning } = renderChat(compiled(template.source), content, template, options);
  const opensWithBos = template.bosToken !== null && template.bosToken !== '' && text.startsWith(template.bosToken);
  return { text, addSpecial: !opensWithBos, parseSpecial: true, ...(warning === undefined ? {} : { warning }) };
}

/** What the template library writes, without an error, where a template joins an object to a text. */
const PRINTED_OBJECT = '[object Map]';

type Chat = Extract<DemoContent, { kind: 'chat' }>;
type Attempt = { readonly messages: readonly unknown[]; readonly warning?: string };

function renderChat(
  compiledTemplate: Template,
  chat: Chat,
  { bosToken, eosToken }: ChatTemplate,
  { forGeneration = false, now = () => DEFAULT_DATE }: RenderOptions,
): { text: string; warning?: string | undefined } {
  const answered = chat.messages.at(-1)?.role === 'assistant';
  let refusal: unknown;
  for (const { messages, warning } of attempts(chat.messages)) {
    try {
      const text = compiledTemplate.render({
        messages,
        // None, not undefined: templates ask for `tools is not none`.
        tools: chat.tools ?? null,
        documents: null,
        bos_token: bosToken ?? '',
        eos_token: eosToken ?? '',
        add_generation_prompt: forGeneration && !answered,
        clock: (format: string) => strftime(now(), format),
      });
      if (hasToolCalls(chat.messages) && text.includes(PRINTED_OBJECT))
        throw new Error('it cannot print the tool calls');
      return { text, warning };
    } catch (error) {
      refusal ??= error;
    }
  }
  throw templateError('refuses the demo', refusal);
}

/** What is tried in turn, until the template takes it. */
function attempts(messages: readonly ChatMessage[]): Attempt[] {
  const merged = mergeSystem(messages);
  // Most templates want a tool call's arguments as an object, some print the JSON text that they came as.
  const notations = hasToolCalls(messages) ? [true, false] : [true];
  return notations
    .map((parsed): Attempt => ({ messages: messages.map((message) => forTemplate(message, parsed)) }))
    .concat(
      merged === null
        ? []
        : notations.map((parsed) => ({
            messages: merged.map((message) => forTemplate(message, parsed)),
            warning: SYSTEM_MERGED,
          })),
    );
}

function hasToolCalls(messages: readonly ChatMessage[]): boolean {
  return messages.some((message) => message.tool_calls !== undefined);
}

/** The message with its reasoning under both names that templates use for it. */
function forTemplate(message: ChatMessage, parsedArguments: boolean): Record<string, unknown> {
  const { role, content, tool_calls: calls, reasoning_content: reasoning } = message;
  return {
    role,
    content,
    ...(calls === undefined ? {} : { tool_calls: parsedArguments ? calls.map(withParsedArguments) : calls }),
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning, thinking: reasoning }),
  };
}

function withParsedArguments(call: unknown): unknown {
  if (!isRecord(call)) return call;
  const holder = isRecord(call['function']) ? call['function'] : call;
  if (typeof holder['arguments'] !== 'string') return call;
  try {
    const parsed = { ...holder, arguments: JSON.parse(holder['arguments']) as unknown };
    return holder === call ? parsed : { ...call, function: parsed };
  } catch {
    return call;
  }
}

/** Null where there is no system message, or no user message to take it. */
function mergeSystem(messages: readonly ChatMessage[]): ChatMessage[] | null {
  const system = messages.filter((message) => message.role === 'system').map((message) => message.content);
  const rest = messages.filter((message) => message.role !== 'system');
  const firstUser = rest.findIndex((message) => message.role === 'user');
  if (system.length === 0 || firstUser < 0) return null;
  return rest.map((message, i) =>
    i === firstUser ? { ...message, content: [...system, message.content].join('\n\n') } : message,
  );
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
    throw templateError('cannot be parsed', error);
  }
}

function templateError(what: string, cause: unknown): WinnowError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WinnowError(
    'DEMO_FORMAT',
    `The model's chat template ${what}: ${reason}. Change the demo's roles, or import it as plain text.`,
    { reason },
    cause,
  );
}
