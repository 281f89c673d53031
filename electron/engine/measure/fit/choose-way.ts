// Decides, by measuring, which files are worth trying and in which way their experts are chosen.
import type { ChoosingWay, FitResult } from '../../../contract/fit.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import { promisingCount } from './candidates.ts';
import { fileIdentity, firstExperts, ScratchFiles, type FileOptions, type MadeOf } from './fit-files.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { Mix, TensorClass } from '../../../contract/mix.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { Task } from '../../store/task.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import { isUngrouped, maskedHash } from '../../experts/selection/selection.ts';
import type { Measuring, Subject } from '../evaluation/measuring.ts';
import { OTHERS_TYPE, type CandidateFinder } from './find-candidates.ts';
import type { Candidate } from './candidates.ts';
import { figureKey, isPreview, Losses, partOf, type Figure } from './losses.ts';
import type { HalfText } from './texts.ts';
import type { PlannedFit, SearchContext } from './plan-fit.ts';
import { sumsOf, LOSS_CHUNKS } from './judge.ts';
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
        keptOf: (keep) => chooser.kept(by, keep),
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
      const kept = await chooser.kept(by, keep);
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

type LossTools = {
  readonly finder: CandidateFinder;
  readonly making: FileOptions;
  /** Fingerprint of the importance matrix; null: there is none. */
  readonly imatrix: string | null;
  readonly files: ScratchFiles;
  readonly measuring: Measuring<Subject, HalfText>;
  /** Texts of the domain. */
  readonly texts: readonly HalfText[];
  readonly keptOf: (keep: number) => Promise<KeptExperts>;
  /** false: only counts of experts are measured, since files of single classes and of narrower experts take too long. */
  readonly measuresFiles: boolean;
  readonly isTimeUp: () => boolean;
  /** Called after each figure with the number of figures that are known to be needed still. */
  readonly onStep: (left: number) => void;
};

/**
 * Measures the figures that the choice of candidates depends on, until no candidate depends on a guess or the time is up.
 * @throws WinnowError from making and measuring files, and from planning
 */
async function findByMeasuring(tools: LossTools, task: Task): Promise<readonly Candidate<QuantType>[]> {
  const { finder, making, measuresFiles, isTimeUp, onStep } = tools;
  const { nExpert } = making.model.info;
  const measured = new Map<string, number>();
  let base: Base | null = null;
  let found = await finder.find(new Losses(nExpert));
  for (;;) {
    const unknown = found.unknown.filter((figure) => isPreview(figure) || measuresFiles);
    if (unknown.length === 0) return found.candidates;
    let left = unknown.length;
    // previews first: they share the loaded source model
    for (const figure of [...unknown.filter(isPreview), ...unknown.filter((one) => !isPreview(one))]) {
      if (isTimeUp()) return (await finder.find(new Losses(nExpert, measured))).candidates;
      if (figure.keep === undefined && base === null) {
        base = await lossOfBase(tools, task);
        for (const [ofClass, part] of base.parts) measured.set(figureKey({ ofClass, type: 'q8_0' }), base.loss * part);
      }
      const key = figureKey(figure);
      if (!measured.has(key)) measured.set(key, await lossOf(figure, base, tools, task));
      onStep(--left);
    }
    found = await finder.find(new Losses(nExpert, measured));
  }
}

/** The loss of all classes in `OTHERS_TYPE`, and each class's part of it. */
type Base = { readonly loss: number; readonly parts: ReadonlyMap<TensorClass, number> };

async function lossOfBase(tools: LossTools, task: Task): Promise<Base> {
  const isOwnType = tools.making.model.info.fileType === OTHERS_TYPE;
  const loss = isOwnType ? 0 : await lossOfMix({}, tools, task);
  const classes = await tools.finder.classes();
  return { loss, parts: new Map(classes.map((one) => [one, partOf(one, classes)])) };
}

/** Measures the loss of a figure. @param base null: the figure is a count of experts */
async function lossOf(figure: Figure, base: Base | null, tools: LossTools, task: Task): Promise<number> {
  if (figure.keep !== undefined) {
    return figure.width === null ? lossOfCut(figure.keep, tools) : lossOfNarrowed(figure, tools, task);
  }
  const { ofClass, type } = figure;
  const [all, own] = [base?.loss ?? 0, base?.parts.get(ofClass) ?? 0];
  return Math.max(all * own, (await lossOfMix({ [ofClass]: type }, tools, task)) - all * (1 - own));
}

async function lossOfCut(keep: number, tools: LossTools): Promise<number> {
  return klOf(previewOf(await tools.keptOf(keep), tools.making), tools);
}

/** A preview of the source model with these experts alone. */
function previewOf(kept: KeptExperts, { model: { info }, grouping }: FileOptions): Subject {
  const masked = { info, kept, ungrouped: isUngrouped(info, grouping) };
  return { hash: maskedHash(masked), of: masked };
}

async function lossOfNarrowed(
  { keep, width }: { readonly keep: number; readonly width: number | null },
  tools: LossTools,
  task: Task,
): Promise<number> {
  return lossOfFile(`cut-${keep}-${width}`, { kept: await tools.keptOf(keep), width, to: null }, tools, task);
}

/** Measures the loss of a mix with all experts. */
async function lossOfMix(mix: Mix, tools: LossTools, task: Task): Promise<number> {
  const { info } = tools.making.model;
  const name = ['class', ...Object.entries(mix).flat()].join('-');
  const to = { type: OTHERS_TYPE, mix };
  return lossOfFile(name, { kept: firstExperts(info, info.nExpert), width: null, to }, tools, task);
}

/** Measures the loss of a file, which is deleted afterwards. */
async function lossOfFile(name: string, of: MadeOf, tools: LossTools, task: Task): Promise<number> {
  const { making, imatrix, files, measuring } = tools;
  const { grouping, model } = making;
  const { kept, width, to } = of;
  const rules = to?.mix ? rulesOfMix(to.mix) : {};
  const make = (): ReturnType<ScratchFiles['make']> => files.make(name, of, task);
  const drop = (): Promise<void> => files.drop(name);
  const hash = fileIdentity({
    info: model.info,
    kept,
    type: to?.type ?? null,
    rules,
    imatrix,
    grouping,
    width,
    repair: null,
  });
  const loss = await klOf({ hash, of: { file: { name, make, drop } } }, tools);
  await measuring.release(files.path(name));
  await drop();
  return loss;
}

/** Mean KL divergence over all texts, weighted by tokens. */
async function klOf(subject: Subject, { measuring, texts }: LossTools): Promise<number> {
  let [sum, tokens] = [0, 0];
  for (const text of texts) {
    const { figures } = await measuring.one(subject, text, LOSS_CHUNKS);
    sum += (figures.klMean?.value ?? 0) * figures.tokens;
    tokens += figures.tokens;
  }
  return sum / tokens;
}
