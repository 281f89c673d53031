// How much of a choice of experts would still change if the remaining demos were scored too, judged by those that are scored:
// the Bayesian bootstrap (Rubin 1981, The Annals of Statistics 9, 130–134) with the correction for a finite population.
import type { Criterion, ExpertSums, MatrixShape } from '../../../contract/criteria.ts';
import { STOP_CONFIDENCE } from '../../../contract/stop-rule.ts';
import { uniform } from '../../base/statistics/uniform.ts';
import { inSlices } from '../../store/slices.ts';
import type { SelectOptions } from './layer-rules.ts';
import { PartialSums } from './ordered-demos.ts';
import { commonShare } from './overlap.ts';
import { selectMeasured } from './select.ts';

/** The number of draws, each of which is a possible total of all demos. */
const DRAWS = 100;
/** Fixed, so that the same demos in the same order give the same result. */
const SEED = 20_251_128;

type Draw = { readonly sums: PartialSums; weight: number };

/**
 * Takes demos one after the other. It holds sums for each draw instead of the demos, so that the memory does not depend on their
 * number. The order of the demos must be unrelated to their content.
 */
export class Stability {
  readonly #total: PartialSums;
  readonly #draws: readonly Draw[];
  readonly #options: SelectOptions;
  #demos = 0;

  constructor(criterion: Criterion, shape: MatrixShape, options: SelectOptions) {
    this.#total = new PartialSums(criterion, shape);
    this.#draws = Array.from({ length: DRAWS }, () => ({ sums: this.#total.empty(), weight: 0 }));
    this.#options = options;
  }

  /** The number of demos taken so far. */
  get demos(): number {
    return this.#demos;
  }

  /** Adds a demo; in each draw its weight is a standard exponential variable. */
  add(sums: ExpertSums): void {
    const random = uniform(SEED + this.#demos);
    this.#total.add(sums);
    for (const draw of this.#draws) {
      const weight = -Math.log(1 - random());
      draw.sums.add(sums, weight);
      draw.weight += weight;
    }
    this.#demos += 1;
  }

  /**
   * With S the sums of the n demos so far and M_d their mean by a draw's weights, the draw predicts for all n + m demos a total of
   * (n + m) / n · S + √(m (n + m)) · (M_d − S / n): its variance is that of the total of a finite population of which n
   * were drawn. No demo has a negative weight.
   * @param left number of demos that are not scored, m
   * @returns the share of the currently kept experts that would change, exceeded in no more than 1 − STOP_CONFIDENCE of the draws,
   * 0 to 1; mean over the layers, where a layer without any score so far counts as 1
   * @throws WinnowError SELECTION_IMPOSSIBLE; the signal's reason; RangeError before the first demo
   */
  async changing(left: number, signal?: AbortSignal): Promise<number> {
    if (this.#demos === 0) throw new RangeError('no demo was added');
    const now = selectMeasured(this.#total.scores(), this.#options).kept;
    const all = this.#demos + left;
    const spread = Math.sqrt(left * all);
    const changed: number[] = [];
    const foresee = ({ sums, weight }: Draw): void => {
      const foreseen = this.#total.empty();
      foreseen.add(this.#total.sums, (all - spread) / this.#demos);
      foreseen.add(sums.sums, spread / weight);
      changed.push(1 - commonShare(now, selectMeasured(foreseen.scores(), this.#options).kept));
    };
    await inSlices(this.#draws, foresee, signal);
    return changed.sort((a, b) => a - b)[Math.ceil(STOP_CONFIDENCE * DRAWS) - 1]!;
  }
}
