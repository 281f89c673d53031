// A text to measure on as the model's tokens.
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { LoadedModel } from '../../base/backend/load-files.ts';
import type { EvaluationDocument, NamedText } from '../../base/content/documents.ts';
import { rendererBeside } from '../../demos/chat-renderer.ts';
import { renderDemo, type RenderedDemo } from '../../demos/render.ts';
import { chatTemplateOf, tokenizeTexts } from '../../demos/tokenize.ts';
import { inSlices } from '../../store/slices.ts';

export type TokenizedText = {
  readonly tokens: Int32Array;
  /** Tokens up to each document's end; null: the text is one document. */
  readonly ends: readonly number[] | null;
  /** What was changed or left out, one line a kind. */
  readonly warnings: readonly string[];
};

/** Documents that a warning names one by one. */
const NAMED_DOCUMENTS = 5;

/**
 * A single text is tokenised as llama-perplexity does it, with special tokens read as plain text. Several documents are
 * tokenised one by one and follow one another: texts in the same way, chats through the model's chat template. One that
 * the template refuses is left out.
 * @throws WinnowError CANCELLED and what the backend throws
 */
export async function tokenizeText(
  { text }: NamedText,
  model: LoadedModel,
  backend: Backend,
  signal?: AbortSignal,
): Promise<TokenizedText> {
  if (typeof text === 'string') {
    const [tokens] = await tokenizeTexts([asPlainText(text)], backend, { signal });
    return { tokens: tokens ?? new Int32Array(), ends: null, warnings: [] };
  }
  const { rendered, warnings } = await render(text, model, backend, signal);
  const parts = await tokenizeTexts(rendered, backend, { signal });
  let length = 0;
  const ends = parts.map((part) => (length += part.length));
  const tokens = new Int32Array(length);
  parts.forEach((part, i) => tokens.set(part, (ends[i] ?? 0) - part.length));
  return { tokens, ends, warnings };
}

async function render(
  documents: readonly EvaluationDocument[],
  model: LoadedModel,
  backend: Backend,
  signal: AbortSignal | undefined,
) {
  const template = chatTemplateOf(model);
  const renderer = rendererBeside(backend);
  const rendered: RenderedDemo[] = [];
  const refused: string[] = [];
  const renderOne = async ({ id, content }: EvaluationDocument): Promise<void> => {
    try {
      rendered.push(
        content.kind === 'text' ? asPlainText(content.text) : await renderDemo(content, template, renderer, { signal }),
      );
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      refused.push(inEnglish(say('leftOut', { demo: id, reason: saidBy(error) })));
    }
  };
  await inSlices(documents, renderOne, signal);
  const more =
    refused.length > NAMED_DOCUMENTS ? [`${refused.length - NAMED_DOCUMENTS} more documents were left out.`] : [];
  const changed = new Set(rendered.flatMap(({ warning }) => (warning === undefined ? [] : inEnglish(warning))));
  return { rendered, warnings: [...refused.slice(0, NAMED_DOCUMENTS), ...more, ...changed] };
}

function asPlainText(text: string): RenderedDemo {
  return { text, addSpecial: true, parseSpecial: false };
}
