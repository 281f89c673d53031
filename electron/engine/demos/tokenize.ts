// Demos as the model sees them: rendered, tokenised, cut to length; and the text of each token.
import type { DemoContent } from '../../contract/demo.ts';
import { saidBy, WinnowError } from '../../contract/errors.ts';
import { inEnglish, msg, type Sentence } from '../../contract/sentences.ts';
import type { Backend, LoadedModel } from '../base/backend/backend.ts';
import type { CallOptions } from '../base/backend/worker-client.ts';
import { inSlices } from '../store/slices.ts';
import { CHAT_PARTS, NAMES_OF_PARTS } from './chat-parts.ts';
import type { ChatTemplate } from './template-messages.ts';
import { rendererBeside, renderDemo, type RenderedDemo } from './chat-renderer.ts';

const BATCH = 64;

type TokenizedDemo = {
  /** SHA-256 of the demo's content. */
  readonly hash: string;
  readonly tokens: Int32Array;
};

type Tokenized = {
  readonly demos: readonly TokenizedDemo[];
  /** The number of demos that `maxTokens` has cut. */
  readonly cut: number;
  /** Which demos were left out, and why, one sentence each. */
  readonly skipped: readonly Sentence[];
  /** What the template leaves out of the other demos, one sentence for each part. */
  readonly unwritten: readonly Sentence[];
  /** `skipped`, `unwritten`, and what was changed in other demos, one line for each kind. */
  readonly warnings: readonly string[];
};

type TokenizeOptions = CallOptions & {
  /** Whether to include demos whose answer was cut off. */
  readonly cutOff?: boolean | undefined;
};

/** The chat template of a loaded model. */
export function toChatTemplate({ chatTemplate, bosToken, eosToken }: LoadedModel): ChatTemplate {
  return { source: chatTemplate, bosToken, eosToken };
}

/** The most tokens of a demo that are used. @param maxTokens 0: no limit */
function tokenLimit(maxTokens: number): number {
  return maxTokens > 0 ? maxTokens : Infinity;
}

/**
 * Renders, tokenises and cuts demos.
 * @param maxTokens as tokenLimit
 * @param options progress counts demos
 * @throws WinnowError CANCELLED
 */
export async function tokenizeDemos(
  demos: readonly { readonly id: string; readonly hash: string; readonly content: DemoContent }[],
  model: LoadedModel,
  maxTokens: number,
  backend: Backend,
  { cutOff = false, ...options }: TokenizeOptions = {},
): Promise<Tokenized> {
  const template = toChatTemplate(model);
  const skipped: Sentence[] = [];
  const whole = demos.filter(({ content }) => cutOff || !content.cutOff);
  const usable: { readonly id: string; readonly hash: string; readonly rendered: RenderedDemo }[] = [];
  const renderer = rendererBeside(backend);
  const { signal } = options;
  const render = async ({ id, hash, content }: (typeof demos)[number]): Promise<void> => {
    try {
      usable.push({ id, hash, rendered: await renderDemo(content, template, renderer, { signal, compare: true }) });
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      skipped.push(msg('leftOut', { demo: id, reason: saidBy(error) }));
    }
  };
  await inSlices(whole, render, options.signal);
  const rendered = usable.map((demo) => demo.rendered);
  const tokens = await tokenizeTexts(rendered, backend, options);

  const limit = tokenLimit(maxTokens);
  const unwritten = unwrittenNotes(rendered, demos.length);
  const warnings = [
    ...unwritten.map(inEnglish),
    ...new Set(rendered.flatMap(({ warning }) => (warning === undefined ? [] : [inEnglish(warning)]))),
  ];
  const tooLong = tokens.filter(({ length }) => length > limit).length;
  if (tooLong > 0) {
    warnings.push(`Tokens per demo are limited: ${tooLong} of ${demos.length} were cut to ${limit} tokens.`);
  }
  if (whole.length < demos.length) {
    warnings.push(
      `${demos.length - whole.length} of ${demos.length} demos were left out: their answers were cut off at the length limit. Let the model answer them again with a higher one, or score them anyway (winnow score --cut-off).`,
    );
  }
  const out: TokenizedDemo[] = [];
  usable.forEach(({ id, hash }, i) => {
    const sequence = tokens[i]?.slice(0, limit);
    if (sequence && sequence.length > 0) out.push({ hash, tokens: sequence });
    else skipped.push(msg('leftOut', { demo: id, reason: msg('hasNoTokens') }));
  });
  const cut = demos
    .filter(({ content }) => !cutOff && content.cutOff)
    .map(({ id }) => msg('leftOut', { demo: id, reason: msg('answerCutOff') }));
  return {
    demos: out,
    cut: tooLong,
    skipped: [...skipped, ...cut],
    unwritten,
    warnings: [...skipped.map(inEnglish), ...warnings],
  };
}

/** One sentence for each part, over all demos. */
function unwrittenNotes(rendered: readonly RenderedDemo[], demos: number): Sentence[] {
  return CHAT_PARTS.flatMap((part) => {
    const count = rendered.filter(({ unwritten = [] }) => unwritten.includes(part)).length;
    return count === 0 ? [] : [msg('partsUnwritten', { count, demos, part: NAMES_OF_PARTS[part] })];
  });
}

/**
 * The tokens of the texts, in their order.
 * @param options progress counts texts
 */
export async function tokenizeTexts(
  texts: readonly RenderedDemo[],
  backend: Backend,
  { signal, onProgress }: CallOptions,
): Promise<Int32Array[]> {
  const tokens: Int32Array[] = [];
  while (tokens.length < texts.length) {
    const batch = texts
      .slice(tokens.length, tokens.length + BATCH)
      .map(({ text, addSpecial, parseSpecial }) => ({ text, addSpecial, parseSpecial }));
    tokens.push(...(await backend.call('tokenize', { texts: batch }, { signal })));
    onProgress?.(tokens.length, texts.length);
  }
  return tokens;
}

/**
 * The text of each token of a sequence; together they are what the model sees, with special tokens written out. A character
 * whose bytes are spread over several tokens belongs to the last of them; one that is cut in two by the end is
 * left out.
 * @param backend with the model's vocabulary loaded
 */
export async function readTokenPieces(tokens: Int32Array, backend: Backend): Promise<string[]> {
  const { bytes, ends } = await backend.call('tokenPieces', { tokens });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let start = 0;
  return Array.from(ends, (end) => {
    const piece = decoder.decode(bytes.subarray(start, end), { stream: true });
    start = end;
    return piece;
  });
}
