// Demos longer than the model's context are read in windows, as llama-imatrix reads a text; the scores of a demo's windows are added up.
import type { LoadedModel } from '../../base/backend/load-files.ts';
import type { DemoWindow } from '../../models/placement/packs.ts';
import type { DemoScores } from '../../store/demo-scores.ts';
import { addSums } from '../selection/criteria.ts';

/** The tokens of a window. If the model wants a mark of the beginning, the demo's own first token stands at position 0. */
export function readWindow(
  demo: Int32Array,
  { from, to }: DemoWindow,
  { addBos }: Pick<LoadedModel, 'addBos'>,
): Int32Array {
  if (from === 0 && to === demo.length) return demo;
  const tokens = demo.slice(from, to);
  if (addBos) tokens[0] = demo[0]!;
  return tokens;
}

/** Adds the scores of a window to those of the windows before it, whose arrays are used again. */
export function withWindow(whole: DemoScores, window: DemoScores): DemoScores {
  addSums(whole.sums, window.sums);
  window.maxNorm.forEach((norm, slot) => (whole.maxNorm[slot] = Math.max(whole.maxNorm[slot]!, norm)));
  return whole;
}
