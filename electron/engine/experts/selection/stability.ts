// How much of a choice of experts would still change if the demos that are left were scored too, judged by those that are:
// the Bayesian bootstrap (Rubin 1981, The Annals of Statistics 9, 130–134) with the correction for a finite population.
import type { Criterion, ExpertSums, MatrixShape } from '../../../contract/criteria.ts';
import { STOP_CONFIDENCE } from '../../../contract/stop-rule.ts';
import { uniform } from '../../base/statistics/uniform.ts';
import { inSlices } from '../../store/slices.ts';
import type { SelectOptions } from './layer-rules.ts';
import { PartialSums } from './ordered-demos.ts';
import { commonShare } from './overlap.ts';
import { selectMeasured } from './select.ts';

/** Totals that all demos together might have. */
const DRAWS = 100;
/** The same demos in the same order are judged the same way. */
const SEED = 20_251_128;

type Draw = { readonly sums: PartialSums; weight: number };

/**
 * Takes demos one after the other; holds sums of each draw instead of the demos, so that it costs the same for any number
 * of them. The demos have to come in an order that says nothing of them.
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

  /** So many are taken. */
  get demos(): number {
    return this.#demos;
  }

  /** In each draw a demo counts as much as a standard exponential variable says. */
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
   * With S the sums of the n demos so far and M_d their mean by a draw's weights, the draw takes all n + m demos to come to
   * (n + m) / n · S + √(m (n + m)) · (M_d − S / n): its variance is that of the total of a finite population of which n
   * were drawn. No demo counts less than 0 times.
   * @param left demos that are not scored, m
   * @returns of the experts kept by now, the share that would change in no more than 1 − STOP_CONFIDENCE of the draws, 0
   * to 1; mean over the layers, and 1 of a layer without any score so far
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
