// Demos longer than the model's context are read in windows, as llama-imatrix reads a text; the scores of a demo's windows are added up.
import { TOKEN_CLASSES, type TokenClass } from '../../../contract/token-classes.ts';
import type { ClassSums, ExpertSums } from '../../../contract/criteria.ts';
import type { LoadedModel } from '../../base/backend/load-files.ts';
import type { DemoWindow } from '../../models/placement/packs.ts';
import { addSums } from '../selection/criteria.ts';

export type DemoScores = {
  readonly sums: ExpertSums;
  /** Sums for each class of which the demo has tokens. */
  readonly classSums: ClassSums;
  /** The largest norm of each expert's outputs, `[n_moe_layers][n_expert]`. */
  readonly maxNorm: Float32Array;
};

type ClassifiedTokens = { readonly tokens: Int32Array; readonly classes: Uint8Array };

/**
 * The tokens of a window. Its first token has position 0, and counts as such; if the model wants a mark of the beginning, the demo's
 * own first token stands there.
 */
export function readWindow(
  demo: ClassifiedTokens,
  { from, to }: DemoWindow,
  { addBos }: Pick<LoadedModel, 'addBos'>,
): ClassifiedTokens {
  if (from === 0 && to === demo.tokens.length) return demo;
  const tokens = demo.tokens.slice(from, to);
  const classes = demo.classes.slice(from, to);
  if (addBos) tokens[0] = demo.tokens[0]!;
  classes[0] = TOKEN_CLASSES.indexOf('first');
  return { tokens, classes };
}

/** Adds the scores of a window to those of the windows before it. Their arrays are used again. */
export function withWindow(whole: DemoScores, window: DemoScores): DemoScores {
  addSums(whole.sums, window.sums);
  const classSums = { ...window.classSums, ...whole.classSums };
  for (const [name, sums] of Object.entries(window.classSums) as [TokenClass, ExpertSums][]) {
    const known = whole.classSums[name];
    if (known) addSums(known, sums);
  }
  window.maxNorm.forEach((norm, slot) => (whole.maxNorm[slot] = Math.max(whole.maxNorm[slot]!, norm)));
  return { ...whole, classSums };
}
