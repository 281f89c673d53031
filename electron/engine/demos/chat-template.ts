// What chats are written by.
import type { ChatContent } from '../../contract/demo.ts';

export type ChatTemplate = {
  /** The model's Jinja source (`tokenizer.chat_template`); null where it has none. */
  readonly source: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
};

/** Whether the model has nothing to say any more. */
export function isAnswered({ messages }: ChatContent): boolean {
  return messages.at(-1)?.role === 'assistant';
}
