// Turns a demo into the text for the tokenizer: chats go through the model's own chat template.
import type { DemoContent } from '../../contract/demo.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { markPart, type ChatPart } from './chat-parts.ts';
import { isAnswered, type ChatTemplate } from './chat-template.ts';
import { reasonedAnswer, writtenAfter } from './reasoning.ts';
import type { Rendered, RenderRequest } from './renderer-calls.ts';

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

const NO_TEMPLATE = say('noTemplate');
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
