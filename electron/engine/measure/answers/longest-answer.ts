// How long the answers are that demos have: what a model needs at most follows from that, where it answers in the same way.
import type { DemoContent } from '../../../contract/demo.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { reasonedAnswer, writtenAfter } from '../../demos/reasoning.ts';
import { tokenizeTexts } from '../../demos/tokenize.ts';

/** Templates of models that reason before they answer name it so. */
const REASONS = /think|reasoning/i;

/**
 * Tokens of the longest whole answer. Where the model reasons, answers without reasoning say nothing of what it will write.
 * @returns null: there is none that does
 * @throws WinnowError of loading the vocabulary; the signal's reason
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
