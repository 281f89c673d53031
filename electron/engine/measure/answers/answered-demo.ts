// Puts a model's answer into a demo so that the demo's tokens are those that the model saw and wrote.
import type { ChatContent, ChatMessage, DemoContent } from '../../../contract/demo.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { reasonedAnswer, reasoningApart } from '../../demos/reasoning.ts';
import type { ChatTemplate } from '../../demos/chat-template.ts';
import { renderDemo, type RenderedDemo, type TemplateRunner } from '../../demos/render.ts';

type AnsweredPrompt = {
  /** What the model continued. */
  readonly prompt: Pick<RenderedDemo, 'text' | 'addSpecial'>;
  /** What it wrote, special tokens and reasoning included. */
  readonly text: string;
  /** Whether the model ended its turn. */
  readonly isEnded: boolean;
};

/** The chat template, with the tokenizer's rule for BOS. */
export type AnswerTemplate = ChatTemplate & {
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
