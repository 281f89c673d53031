// Measures what the choice of mixes depends on: each class of tensors alone, in each type that a promising mix gives it, and counts of
// experts, as previews of the source model or, for narrower experts, as files. The figures are stored in the ledger like those of files.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { Mix, TensorClass } from '../../../contract/mix.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { Task } from '../../store/task.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import { isUngrouped, maskedHash } from '../../experts/selection/selection.ts';
import type { Measuring, Subject } from '../evaluation/measuring.ts';
import { OTHERS_TYPE, type CandidateFinder } from './find-candidates.ts';
import type { Candidate } from './candidates.ts';
import { fileIdentity } from './file-identity.ts';
import { firstExperts, type FileOptions, type MadeOf, type ScratchFiles } from './fit-files.ts';
import { figureKey, isPreview, Losses, partOf, type Figure } from './losses.ts';
import { LOSS_CHUNKS } from './stages.ts';
import type { HalfText } from './texts.ts';

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
export async function findByMeasuring(tools: LossTools, task: Task): Promise<readonly Candidate<QuantType>[]> {
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
export function previewOf(
  kept: KeptExperts,
  { model: { info }, grouping }: Pick<FileOptions, 'model' | 'grouping'>,
): Subject {
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
    activeExperts: null,
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
