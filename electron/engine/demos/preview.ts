// A demo as the model will see it, and the number of tokens in a whole set.
import type { DemoContent } from '../../contract/demo.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Vocabulary } from '../models/warm-vocabulary.ts';
import { getDomain } from '../store/domains.ts';
import { collectDemos } from './collect-demos.ts';
import { NAMES_OF_PARTS } from './chat-parts.ts';
import { ownTokens } from './own-tokens.ts';
import { rendererBeside } from './chat-renderer.ts';
import { renderDemo } from './render.ts';
import { findSpecialTokens, readTokenPieces } from './token-pieces.ts';
import { chatTemplateOf, tokenizeDemos, tokenLimit } from './tokenize.ts';

/** The most tokens whose text is returned. */
const SHOWN_TOKENS = 4000;
const CUT_OFF = say('demoCutOff');
const OWN_TOKENS = say('demoOwnTokens');
/** The most omitted demos that are named; the rest is the difference to the set. */
const NAMED_SKIPS = 100;

type DemoPreview = {
  /** All pieces joined. */
  readonly text: string;
  /** The number of tokens that scoring uses. */
  readonly tokens: number;
  readonly pieces: string[];
  /** Indices in `pieces` of special tokens. */
  readonly special: number[];
  /** Whether the demo is longer than what scoring uses. */
  readonly cut: boolean;
  /** What the user should know about how the text was made. */
  readonly warning: Sentence | null;
};

/**
 * @param maxTokens as tokenLimit
 * @throws WinnowError DEMO_FORMAT when the chat template refuses the demo
 */
export async function previewDemo(
  content: DemoContent,
  maxTokens: number,
  { backend, model }: Vocabulary,
  signal?: AbortSignal,
): Promise<DemoPreview> {
  const own = await ownTokens(content, model, backend);
  const { warnings, tokens } = own
    ? { warnings: [OWN_TOKENS], tokens: own }
    : await renderedTokens(content, { backend, model }, signal);
  const used = tokens.subarray(0, tokenLimit(maxTokens));
  const shown = used.slice(0, SHOWN_TOKENS);
  const pieces = await readTokenPieces(shown, backend);
  return {
    text: pieces.join(''),
    tokens: used.length,
    pieces,
    special: await findSpecialTokens(shown, pieces, backend),
    cut: used.length < tokens.length,
    warning: asOne(content.cutOff === true ? [...warnings, CUT_OFF] : warnings),
  };
}

async function renderedTokens(
  content: DemoContent,
  { backend, model }: Vocabulary,
  signal: AbortSignal | undefined,
): Promise<{ readonly warnings: readonly Sentence[]; readonly tokens: Int32Array }> {
  const renderer = rendererBeside(backend);
  const template = chatTemplateOf(model);
  const options = { signal, compare: true };
  const { warning, unwritten = [], ...rendered } = await renderDemo(content, template, renderer, options);
  const [tokens = new Int32Array()] = await backend.call('tokenize', { texts: [rendered] });
  const notes = unwritten.map((part) => say('partUnwritten', { part: NAMES_OF_PARTS[part] }));
  return { warnings: warning === undefined ? notes : [warning, ...notes], tokens };
}

function asOne([first, ...then]: readonly Sentence[]): Sentence | null {
  if (first === undefined) return null;
  return then.length === 0 ? first : say('both', { first, then });
}

type TokenCount = {
  /** The number of demos with tokens. */
  readonly demos: number;
  /** The number of tokens after cutting. */
  readonly tokens: number;
  readonly longest: number;
  /** Demos that scoring leaves out, and why; the first hundred. */
  readonly skipped: Sentence[];
  /** What the template leaves out of the other demos, one sentence for each part. */
  readonly unwritten: Sentence[];
};

/** @throws WinnowError USAGE: the domain was deleted; the signal's reason */
export async function countTokens(
  context: EngineContext,
  domainId: number,
  maxTokens: number,
  { backend, model }: Vocabulary,
  signal: AbortSignal,
): Promise<TokenCount> {
  if (getDomain(context.store, domainId).demos === 0)
    return { demos: 0, tokens: 0, longest: 0, skipped: [], unwritten: [] };
  const set = await collectDemos({ kind: 'domain', domainId }, {}, context, signal);
  const { demos, skipped, unwritten } = await tokenizeDemos(set.demos, model, maxTokens, backend, { signal });
  const lengths = demos.map(({ tokens }) => tokens.length);
  return {
    demos: demos.length,
    tokens: lengths.reduce((sum, length) => sum + length, 0),
    longest: lengths.reduce((longest, length) => Math.max(longest, length), 0),
    skipped: skipped.slice(0, NAMED_SKIPS),
    unwritten: [...unwritten],
  };
}
