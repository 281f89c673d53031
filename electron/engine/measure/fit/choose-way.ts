// Decides, by measuring, which files are worth trying and in which way their experts are chosen.
import type { ChoosingWay, FitResult } from '../../../contract/fit.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import { promisingCount } from './candidates.ts';
import { ScratchFiles } from './fit-files.ts';
import { findByMeasuring, previewOf } from './measure-losses.ts';
import type { PlannedFit } from './plan-fit.ts';
import type { SearchContext } from './search-context.ts';
import { sumsOf } from './stage-figures.ts';
import { LOSS_CHUNKS } from './stages.ts';
import { firstWay, isSameWay, settledWay } from './ways.ts';

/** The candidates that follow from a way of choosing experts. */
export type Sought = Pick<PlannedFit, 'making' | 'candidates'> & { readonly files: ScratchFiles };

/** Chooses the way and its candidates. @throws WinnowError from choosing, making and measuring */
export async function chooseWay(
  search: SearchContext,
): Promise<Sought & { readonly way: NonNullable<FitResult['way']> }> {
  const { request, planned, making: prepared, matrix, folder } = search;
  const { chooser, measuring, progress, context, isSettled } = search;
  const { texts, plan } = planned;
  const { task } = progress;
  const first = firstWay(request);
  const counted = new Weighed(planned, progress);
  const soughtBy = async (by: ChoosingWay): Promise<Sought> => {
    const making = { ...prepared, grouping: by.grouping };
    const files = new ScratchFiles(folder, making, context);
    const finder = by === first ? planned.finder : await planned.finderOf(by);
    const candidates = await findByMeasuring(
      {
        finder,
        making,
        imatrix: matrix,
        files,
        measuring,
        measuresFiles: planned.measuresFiles,
        texts: texts.inside,
        isTimeUp: isSettled,
        keptOf: (keep) => chooser.kept(by, { keep, activeExperts: null }),
        onStep: (left) => counted.figure(left),
      },
      task,
    );
    return { candidates, making, files };
  };
  const soughtFirst = await soughtBy(first);
  const way = await settledWay(request, soughtFirst.making.model.info, {
    keep: promisingCount(soughtFirst.candidates, plan),
    measure: async (by, keep) => {
      const kept = await chooser.kept(by, { keep, activeExperts: null });
      const preview = previewOf(kept, { ...prepared, grouping: by.grouping });
      const figures: Figures[] = [];
      for (const text of texts.inside) figures.push(await measuring.one(preview, text, LOSS_CHUNKS));
      if (!isSameWay(by, first)) counted.way();
      return sumsOf(figures);
    },
    isTimeUp: isSettled,
  });
  return { ...(isSameWay(way, first) ? soughtFirst : await soughtBy(way)), way };
}

/** Counts what is measured before files are made: figures of losses, and ways. */
class Weighed {
  readonly #progress: SearchContext['progress'];
  #done = 0;
  #waysLeft: number;
  #known: number;

  constructor({ ways, figures }: PlannedFit, progress: SearchContext['progress']) {
    this.#progress = progress;
    this.#waysLeft = ways;
    this.#known = figures + ways;
    if (this.#known > 0) progress.begin('weighing', this.#known);
  }

  /** Counts one more figure. @param left figures that are known to be needed still */
  figure(left: number): void {
    this.#known = Math.max(this.#known, ++this.#done + left + this.#waysLeft);
    this.#progress.count(this.#done, this.#known);
  }

  way(): void {
    this.#waysLeft--;
    this.#progress.count(++this.#done, this.#known);
  }
}
