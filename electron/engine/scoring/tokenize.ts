// Demos as the model sees them: rendered, tokenised, cut to length.
import type { DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { Backend } from '../backend/backend.ts';
import type { LoadedModel } from '../backend/load-model.ts';
import { renderDemo } from '../demos/render.ts';

export type TokenizedDemo = {
  /** SHA-256 of the demo's content. */
  readonly hash: string;
  readonly tokens: Int32Array;
};

export type Tokenized = {
  readonly demos: readonly TokenizedDemo[];
  /** What was cut or left out, and why, one line a kind. */
  readonly warnings: readonly string[];
};

/**
 * @param maxTokens cuts each demo; 0: no limit. The model's training context cuts in any case.
 */
export async function tokenizeDemos(
  demos: readonly { readonly id: string; readonly hash: string; readonly content: DemoContent }[],
  model: LoadedModel,
  maxTokens: number,
  backend: Backend,
): Promise<Tokenized> {
  const template = { source: model.chatTemplate, bosToken: model.bosToken, eosToken: model.eosToken };
  const refused: string[] = [];
  const usable = demos.flatMap((demo) => {
    try {
      return [{ hash: demo.hash, rendered: renderDemo(demo.content, template) }];
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'DEMO_FORMAT') throw error;
      refused.push(`${demo.id} was left out: ${error.message}`);
      return [];
    }
  });
  const rendered = usable.map((demo) => demo.rendered);
  const texts = rendered.map(({ text, addSpecial, parseSpecial }) => ({ text, addSpecial, parseSpecial }));
  const tokens = await backend.call('tokenize', { texts });

  const limit = Math.min(maxTokens > 0 ? maxTokens : Infinity, model.nCtxTrain > 0 ? model.nCtxTrain : Infinity);
  const warnings = [
    ...refused,
    ...new Set(rendered.flatMap(({ warning }) => (warning === undefined ? [] : [warning]))),
  ];
  const tooLong = tokens.filter((sequence) => sequence.length > limit).length;
  if (tooLong > 0 && maxTokens === 0) {
    warnings.push(
      `${tooLong} of ${demos.length} demos are longer than the model's context and were cut to ${limit} tokens.`,
    );
  }
  const out: TokenizedDemo[] = [];
  usable.forEach(({ hash }, i) => {
    const sequence = tokens[i]?.slice(0, limit);
    if (sequence && sequence.length > 0) out.push({ hash, tokens: sequence });
  });
  if (out.length < usable.length) {
    warnings.push(`${usable.length - out.length} demos have no tokens and were left out.`);
  }
  return { demos: out, warnings };
}
