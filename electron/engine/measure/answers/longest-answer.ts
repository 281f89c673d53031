// Measures how long the answers of demos are. A model that answers in the same way needs at most that many tokens.
import type { DemoContent } from '../../../contract/demo.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { reasonedAnswer, writtenAfter } from '../../demos/reasoning.ts';
import { tokenizeTexts } from '../../demos/tokenize.ts';

/** Words in the chat templates of models that reason before they answer. */
const REASONS = /think|reasoning/i;

/**
 * Tokens of the longest complete answer. If the model reasons, answers without reasoning say nothing about what it will write.
 * @returns null: no answer tells
 * @throws WinnowError from loading the vocabulary; the signal's reason
 */
export async function longestAnswer(
  demos: readonly { readonly content: DemoContent }[],
  info: ModelInfo,
  host: WorkerHost,
  signal: AbortSignal,
): Promise<number | null> {
  const messages = demos.flatMap(({ content }) => {
    const last = content.kind === 'chat' && !content.cutOff ? content.messages.at(-1) : undefined;
    return last?.role === 'assistant' ? [last] : [];
  });
  if (messages.length === 0) return null;
  using backend = new Backend('off', host);
  const { chatTemplate } = await loadVocabulary(backend, info);
  const telling = REASONS.test(chatTemplate ?? '')
    ? messages.filter((message) => reasonedAnswer(message) !== null)
    : messages;
  if (telling.length === 0) return null;
  const texts = telling.map((message) => ({
    text: reasonedAnswer(message) === null ? message.content : writtenAfter('', message),
    addSpecial: false,
    parseSpecial: true,
  }));
  const tokens = await tokenizeTexts(texts, backend, { signal });
  return Math.max(...tokens.map(({ length }) => length));
}
