// Tokenises a text to measure on.
import type { DemoContent } from '../../../contract/demo.ts';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { inEnglish, msg } from '../../../contract/sentences.ts';
import type { Backend, LoadedModel } from '../../base/backend/backend.ts';
import type { EvaluationDocument, NamedText } from '../../base/content/documents.ts';
import { rendererBeside, renderDemo, type RenderedDemo } from '../../demos/chat-renderer.ts';
import { answerTokens } from '../../demos/answer-tokens.ts';
import { toChatTemplate, tokenizeTexts } from '../../demos/tokenize.ts';
import { inSlices } from '../../store/slices.ts';

type TokenizedDocument = {
  readonly tokens: Int32Array;
  /** For a chat, 1 for each token of its answers, otherwise 0; null: the document is a text. */
  readonly answers: Uint8Array | null;
};

type TokenizedText = {
  readonly documents: readonly TokenizedDocument[];
  /** Number of tokens of all documents. */
  readonly length: number;
  /** What was changed or left out, one line per kind. */
  readonly warnings: readonly string[];
};

/** Maximum documents that warnings name individually. */
const NAMED_DOCUMENTS = 5;
/** Maximum tokens of a chat, since all of it passes through the model at once; at most the model's context. */
const LONGEST_CHAT = 8192;

/**
 * Tokenises texts as llama-perplexity does, with special tokens read as plain text, and chats with the model's chat template.
 * Chats that the template refuses, and chats without a token of an answer, are left out.
 * @throws WinnowError CANCELLED and what the backend throws
 */
export async function tokenizeText(
  { text }: NamedText,
  model: LoadedModel,
  { contextLength }: ModelInfo,
  backend: Backend,
  signal?: AbortSignal,
): Promise<TokenizedText> {
  if (typeof text === 'string') {
    const [tokens = new Int32Array()] = await tokenizeTexts([asPlainText(text)], backend, { signal });
    return { documents: [{ tokens, answers: null }], length: tokens.length, warnings: [] };
  }
  const { rendered, warnings } = await render(text, model, backend, signal);
  const read = await tokenizeTexts(
    rendered.map(({ rendered: one }) => one),
    backend,
    { signal },
  );
  const most = Math.min(LONGEST_CHAT, contextLength || Infinity);
  const documents: TokenizedDocument[] = [];
  let cut = 0;
  let withoutAnswer = 0;
  for (const [i, { content }] of rendered.entries()) {
    signal?.throwIfAborted();
    const all = read[i] ?? new Int32Array();
    if (content.kind === 'text') {
      documents.push({ tokens: all, answers: null });
      continue;
    }
    const tokens = all.slice(0, most);
    const answers = await scoredTokens(content, tokens, model, backend);
    if (!answers.includes(1)) withoutAnswer += 1;
    else documents.push({ tokens, answers });
    if (all.length > most) cut += 1;
  }
  return {
    documents,
    length: documents.reduce((sum, { tokens }) => sum + tokens.length, 0),
    warnings: [
      ...warnings,
      ...(cut > 0 ? [`${cut} of ${text.length} chats are measured on their first ${most} tokens only.`] : []),
      ...(withoutAnswer > 0
        ? [`${withoutAnswer} of ${text.length} chats have no answer to measure, and were left out.`]
        : []),
    ],
  };
}

/** Marks the tokens of answers. If the template does not separate the parts of a chat, all tokens but the first count. */
async function scoredTokens(
  content: DemoContent,
  tokens: Int32Array,
  model: LoadedModel,
  backend: Backend,
): Promise<Uint8Array> {
  const { answers, isTold } = await answerTokens(content, tokens, toChatTemplate(model), backend);
  return isTold ? answers : new Uint8Array(tokens.length).fill(1, 1);
}

async function render(
  documents: readonly EvaluationDocument[],
  model: LoadedModel,
  backend: Backend,
  signal: AbortSignal | undefined,
) {
  const template = toChatTemplate(model);
  const renderer = rendererBeside(backend);
  const rendered: { readonly content: DemoContent; readonly rendered: RenderedDemo }[] = [];
  const refused: string[] = [];
  const renderOne = async ({ id, content }: EvaluationDocument): Promise<void> => {
    try {
      const one =
        content.kind === 'text' ? asPlainText(content.text) : await renderDemo(content, template, renderer, { signal });
      rendered.push({ content, rendered: one });
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      refused.push(inEnglish(msg('leftOut', { demo: id, reason: saidBy(error) })));
    }
  };
  await inSlices(documents, renderOne, signal);
  const more =
    refused.length > NAMED_DOCUMENTS ? [`${refused.length - NAMED_DOCUMENTS} more documents were left out.`] : [];
  const changed = new Set(
    rendered.flatMap(({ rendered: { warning } }) => (warning === undefined ? [] : inEnglish(warning))),
  );
  return { rendered, warnings: [...refused.slice(0, NAMED_DOCUMENTS), ...more, ...changed] };
}

function asPlainText(text: string): RenderedDemo {
  return { text, addSpecial: true, parseSpecial: false };
}
