// Whether the demos of stored runs are enough. A curve takes a moment to compute, so the last ones are kept.
import type { Agreement } from '../../../contract/api/runs.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import { agreement } from '../selection/agreement.ts';
import type { Store } from '../../store/database.ts';
import { loadDemoSums, scoredPositions } from '../../store/demo-scores.ts';
import { comparedChoice, requireRun, shapeOf } from './stored-run.ts';

const REMEMBERED_CURVES = 200;

export class RunAgreement {
  readonly #store: Store;
  readonly #curves = new Map<string, Agreement>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The curve over the demos scored so far.
   * @param keep experts per layer
   * @param tokens the tokens that count
   * @throws WinnowError USAGE: there is no such run; SELECTION_IMPOSSIBLE; STORE; the signal's reason
   */
  async of(
    runId: number,
    {
      criterion,
      keep,
      tokens = 'all',
    }: { readonly criterion: Criterion; readonly keep: number; readonly tokens?: TokenChoice },
    signal?: AbortSignal,
  ): Promise<Agreement> {
    const { model } = requireRun(this.#store, runId);
    const positions = scoredPositions(this.#store, runId);
    const key = [runId, positions.length, criterion, keep, tokens].join(' ');
    const known = this.#curves.get(key);
    if (known) return known;
    const sums = {
      count: positions.length,
      at: (index: number) => loadDemoSums(this.#store, runId, positions[index] ?? -1, tokens),
    };
    const options = comparedChoice(model.info, keep);
    const curve = await agreement(sums, criterion, shapeOf(model.info), options, signal);
    this.#curves.set(key, curve);
    for (const oldest of this.#curves.keys()) {
      if (this.#curves.size <= REMEMBERED_CURVES) break;
      this.#curves.delete(oldest);
    }
    return curve;
  }
}
