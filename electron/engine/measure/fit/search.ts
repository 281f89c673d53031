// Measures the files of a search step by step, the least certain first, until one is the best or the texts or the time are used up.
import { isPlain, type FitEnd, type FitFile, isSource } from '../../../contract/fit.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import { nameOf, type Candidate } from './candidates.ts';
import {
  byMerit,
  figuresBeside,
  judge,
  type Judgement,
  meanDivergence,
  nextStep,
  type StageSums,
  sumsOf,
  tokensOf,
  LAST_STAGE,
  OUTSIDE_CHUNKS,
  STAGE_CHUNKS,
} from './judge.ts';
import type { SearchContext } from './plan-fit.ts';
import type { FitTexts } from './texts.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { Task } from '../../store/task.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import type { Subject } from '../evaluation/measuring.ts';
import type { Sought } from './choose-way.ts';
import { fileIdentity } from './fit-files.ts';
import type { Repairs } from './repairs.ts';

type SearchHooks = {
  readonly isTimeUp: () => boolean;
  /** Called before another file is measured. @param measured number of files measured so far */
  readonly onFile: (measured: number) => void;
  /** Called before a measured file is measured on more text. */
  readonly onCloser: () => void;
  /** Drops a file that is no longer needed. */
  readonly drop: (file: Running) => Promise<void>;
};

type Found = {
  readonly files: readonly FitFile[];
  readonly winner: number;
  /** The best file of the other kind, plain or not; null: none was measured. */
  readonly rival: number | null;
  readonly plain: number | null;
  /** Number of scored tokens of the winner. */
  readonly tokens: number;
};

/** A search among opened candidates. */
export class Search {
  readonly #files: readonly Running[];
  readonly #texts: FitTexts;
  readonly #nExpert: number;
  readonly #measuring: SearchContext['measuring'];
  /** The first stage that reads all texts to the end. */
  #lastStage: number = LAST_STAGE;

  constructor(
    files: readonly Running[],
    { texts, nExpert }: { readonly texts: FitTexts; readonly nExpert: number },
    measuring: SearchContext['measuring'],
  ) {
    this.#files = files;
    this.#texts = texts;
    this.#nExpert = nExpert;
    this.#measuring = measuring;
  }

  /**
   * Measures until one file is left, or the texts or the time are used up.
   * @throws WinnowError from making and measuring
   */
  async run({ isTimeUp, onFile, onCloser, drop }: SearchHooks): Promise<FitEnd> {
    for (let steps = 0; ; steps++) {
      const step = nextStep(
        this.#files.map((file) => ({ measured: standingOf(file), after: file.after })),
        this.#lastStage,
      );
      if (step === null) break;
      if (isTimeUp() && steps > 0) return 'time';
      const next = this.#files[step.file]!;
      if (step.stage > 0) onCloser();
      else onFile(this.#files.filter((file) => file.inside.size > 0).length);
      await this.#measure(next, step.stage);
      const { contenders } = this.#judgement();
      const needed = [...contenders, ...this.#ofKind(true)].map((index) => nameOf(this.#files[index]!));
      for (const file of this.#files) {
        if (file.inside.size > 0 && !needed.includes(nameOf(file))) await drop(file);
      }
    }
    return this.#judgement().contenders.length > 1 ? 'texts' : 'decided';
  }

  /** The result so far. At least one file has been measured. */
  found(): Found {
    const { leader, contenders } = this.#judgement();
    const measured = this.#files.filter(({ inside }) => inside.size > 0);
    const shared = Math.min(...measured.map(({ inside }) => Math.max(...inside.keys())));
    const winner = this.#best(contenders) ?? leader;
    const plain = this.#best(this.#ofKind(true));
    const { inside } = this.#files[winner]!;
    const longest = inside.get(Math.max(...inside.keys())) ?? [];
    return {
      files: this.#files.map((file, index) => fitFile(file, contenders.includes(index), shared)),
      winner,
      plain,
      rival: isPlain(this.#files[winner]!, this.#nExpert) ? this.#best(this.#ofKind(false)) : plain,
      tokens: tokensOf(longest),
    };
  }

  async #measure(file: Running, stage: number): Promise<void> {
    const inside: Figures[] = [];
    for (const text of this.#texts.inside)
      inside.push(await this.#measuring.one(file.subject, text, STAGE_CHUNKS[stage]!));
    file.inside.set(stage, inside);
    if (file.outside === null) {
      const outside: Figures[] = [];
      for (const text of this.#texts.outside)
        outside.push(await this.#measuring.one(file.subject, text, OUTSIDE_CHUNKS));
      file.outside = outside;
    }
    const isWhole = inside.every(({ figures }) => figures.chunks < STAGE_CHUNKS[stage]!);
    if (isWhole) this.#lastStage = Math.min(this.#lastStage, stage);
  }

  #judgement(): Judgement {
    const judgement = judge(this.#files.map(standingOf));
    if (judgement === null) throw new RangeError('a file was measured');
    return judgement;
  }

  /** Contenders that are plain, or all that are not; the nearest measured file of that kind if there are none. */
  #ofKind(plain: boolean): readonly number[] {
    const { contenders } = this.#judgement();
    const measured = this.#files.flatMap((file, index) =>
      isPlain(file, this.#nExpert) === plain && file.inside.size > 0 ? [index] : [],
    );
    const left = measured.filter((index) => contenders.includes(index));
    if (left.length > 0) return left;
    const far = this.#divergences(measured);
    return measured.toSorted((a, b) => far(a) - far(b)).slice(0, 1);
  }

  /** The best of files that are not measurably different; null: there are none. */
  #best(files: readonly number[]): number | null {
    const far = this.#divergences(files);
    const merits = files.map((index) => {
      const { keep, outside } = this.#files[index]!;
      const isOutside = outside !== null && outside.length > 0;
      return { index, keep, inside: far(index), outside: isOutside ? meanDivergence(sumsOf(outside)) : null };
    });
    return merits.toSorted(byMerit)[0]?.index ?? null;
  }

  /** Mean KL divergences of files in the domain, at the last stage that they share. */
  #divergences(files: readonly number[]): (index: number) => number {
    const standings = files.map((index) => standingOf(this.#files[index]!));
    const last = Math.min(...standings.map(({ length }) => length)) - 1;
    const far = new Map(files.map((index, at) => [index, meanDivergence(standings[at]![last]!)]));
    return (index) => far.get(index)!;
  }
}

/** A file's stages in order, up to the first missing one. */
function standingOf({ inside }: Running): StageSums[] {
  const stages: StageSums[] = [];
  for (let stage = inside.get(0); stage !== undefined; stage = inside.get(stages.length)) stages.push(sumsOf(stage));
  return stages;
}

/** A file in the result. @param stage stage that all measured files share, so that their figures can be compared */
function fitFile(file: Running, isContender: boolean, stage: number): FitFile {
  const { keep, type, mix, width, bytes, memoryBytes, inside, outside } = file;
  return {
    ...{ keep, type, mix, width, bytes, memoryBytes, isContender },
    ...figuresBeside(inside.get(stage) ?? [], outside ?? []),
    confirmed: null,
    repair: null,
  };
}

/** A file of a running search: its experts, and what was measured of it. */
export type Running = Candidate<QuantType> & {
  readonly kept: KeptExperts;
  readonly subject: Subject;
  /** Figures by stage, then by text of the domain. */
  readonly inside: Map<number, readonly Figures[]>;
  /** Figures by text of other domains; null: not measured. */
  outside: readonly Figures[] | null;
};

type Opening = Sought & {
  /** Fingerprint of the importance matrix; null: there is none. */
  readonly matrix: string | null;
  readonly keptOf: (keep: number) => Promise<KeptExperts>;
  readonly repairs: Repairs | null;
};

/** Chooses the experts of candidates, and prepares their files. @throws WinnowError from choosing experts */
export async function openCandidates(
  { candidates, making, matrix, keptOf, files, repairs }: Opening,
  task: Task,
): Promise<Running[]> {
  const { grouping } = making;
  const { info } = making.model;
  const found: Running[] = [];
  for (const candidate of candidates) {
    const { keep, type, mix, width } = candidate;
    const kept = await keptOf(keep);
    const rules = mix === null ? {} : rulesOfMix(mix);
    const hash = fileIdentity({
      info,
      kept,
      type,
      rules,
      imatrix: matrix,
      grouping,
      width,
      repair: repairs?.key ?? null,
    });
    const name = nameOf(candidate);
    const to = type === null ? null : { type, mix };
    const file = {
      name,
      make: () => files.makeRepaired(name, { kept, width, to }, repairs, task),
      drop: () => files.drop(name),
    };
    const subject: Subject = { hash, of: isSource(candidate, info.nExpert) ? { info } : { file } };
    found.push({ ...candidate, kept, subject, inside: new Map(), outside: null });
  }
  return found;
}
