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
  /** 1 - cos of each token in half precision, `[n_moe_layers][n_tokens]`. */
  readonly contribution: Uint16Array;
  /** Positions of the tokens that did most for an expert, -1: none, `[n_moe_layers][n_expert][nTop]`. */
  readonly topPosition: Int32Array;
  readonly topValue: Float32Array;
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

/** Adds the scores of a window to those of the windows before it. Their arrays are used again. @param before tokens of these */
export function withWindow(whole: DemoScores, window: DemoScores, before: number): DemoScores {
  addSums(whole.sums, window.sums);
  const classSums = { ...window.classSums, ...whole.classSums };
  for (const [name, sums] of Object.entries(window.classSums) as [TokenClass, ExpertSums][]) {
    const known = whole.classSums[name];
    if (known) addSums(known, sums);
  }
  window.maxNorm.forEach((norm, slot) => (whole.maxNorm[slot] = Math.max(whole.maxNorm[slot]!, norm)));
  addTop(whole, window, before);
  return { ...whole, classSums, contribution: sideBySide(whole.contribution, window.contribution, before) };
}

/** Joins two windows' values `[n_moe_layers][n_tokens]`. @param before tokens of the first */
function sideBySide(first: Uint16Array, second: Uint16Array, before: number): Uint16Array {
  const nLayers = first.length / before;
  const more = second.length / nLayers;
  const all = new Uint16Array(first.length + second.length);
  for (let layer = 0; layer < nLayers; layer++) {
    const at = layer * (before + more);
    all.set(first.subarray(layer * before, (layer + 1) * before), at);
    all.set(second.subarray(layer * more, (layer + 1) * more), at + before);
  }
  return all;
}

/** Puts the strongest tokens of a window among those before, of equals the earlier one first. */
function addTop(whole: DemoScores, window: DemoScores, before: number): void {
  const nTop = whole.topPosition.length / whole.maxNorm.length;
  window.topPosition.forEach((position, entry) => {
    if (position < 0) return;
    const start = entry - (entry % nTop);
    const value = window.topValue[entry]!;
    const isBelow = (at: number): boolean => whole.topPosition[at]! < 0 || value > whole.topValue[at]!;
    let at = start;
    while (at < start + nTop && !isBelow(at)) at++;
    if (at === start + nTop) return;
    whole.topPosition.copyWithin(at + 1, at, start + nTop - 1);
    whole.topValue.copyWithin(at + 1, at, start + nTop - 1);
    whole.topPosition[at] = before + position;
    whole.topValue[at] = value;
  });
}
