// The template that chats are written with.
import type { ChatContent } from '../../contract/demo.ts';

export type ChatTemplate = {
  /** The model's Jinja source (`tokenizer.chat_template`); null: it has none. */
  readonly source: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
};

/** Whether the chat's last message is already the model's answer. */
export function isAnswered({ messages }: ChatContent): boolean {
  return messages.at(-1)?.role === 'assistant';
}
