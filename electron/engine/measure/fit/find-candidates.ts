// Chooses the files to compare for a budget by their expected losses: the most promising mixes, the best one with all experts, and those of
// llama.cpp's own mixtures that may be better than these.
import type { TensorClass } from '../../../contract/mix.ts';
import { TENSOR_TYPES, type QuantType, type TensorType } from '../../../contract/quantise.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { expertWidth } from '../../models/expert-width.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { classOf, fileTypeOf } from '../../write/quantising/tensor-classes.ts';
import { bestByGateUp, frontierOf, type FoundMix, ClassSizes } from './class-sizes.ts';
import { candidatesFor, type Candidate, type CandidateOptions, type FileKind, type FileSize } from './candidates.ts';
import { tensorsOf, type FileOptions, type HeaderFacts, type HeaderTools } from './fit-files.ts';
import type { Figure, Losses } from './losses.ts';

/** Number of mixes with fewer experts that are made, each with a different type of gate and up. */
const MOST_MIXES = 3;
/**
 * Expected losses within this factor are a tie, in which more experts are better: the sum is accurate to about 7 %, and few chunks contain
 * the rare passage that needs a removed expert.
 */
const TIE = 1.1;
/** A figure that is not measured may be wrong by this factor: the figures of all mixes within it are measured. */
const SLACK = 1.3;
/** A mix, or one of llama.cpp's own mixtures, is not made if its expected loss exceeds that of the best mix by this factor. */
const PROMISING = 2;
/** Shares of neurons that experts may keep, apart from all. */
const WIDTHS = [0.75, 0.5];
/** Share of the experts' weights above which fewer neurons lose more than fewer experts. */
const NARROW_BELOW = 0.6;
/** Counts whose loss is measured, as shares of all experts, in addition to the counts of mixes that are made. */
const CUT_SHARES = [0.25, 0.375, 0.5, 0.625, 0.75, 0.875];
/** The type of all classes except the one that is measured; in this type they lose almost nothing. */
export const OTHERS_TYPE: QuantType = 'Q8_0';
/** How often the search is repeated if a mix turns out some bytes too large. */
const MOST_TRIES = 8;

type FoundCandidates = {
  readonly candidates: readonly Candidate<QuantType>[];
  /** The figures that these candidates depend on, but that are not measured. */
  readonly unknown: readonly Figure[];
};

/** A mix for a number of experts, with its total expected loss. */
type MixFile = FoundMix & Pick<FileKind<QuantType>, 'keep' | 'width'>;

type Asked = Pick<CandidateOptions<QuantType>, 'budgetBytes' | 'types' | 'counts'> & {
  /** Whether mixes are considered too, not only types. */
  readonly withMixes: boolean;
};

export class CandidateFinder {
  readonly #asked: Asked;
  readonly #making: FileOptions;
  readonly #header: HeaderFacts;
  readonly #context: EngineContext;
  readonly #planned = new Map<string, ReturnType<typeof tensorsOf>>();
  #classes: Promise<ClassSizes> | null = null;

  constructor(asked: Asked, making: FileOptions, header: HeaderFacts, context: EngineContext) {
    this.#asked = asked;
    this.#making = making;
    this.#header = header;
    this.#context = context;
  }

  /**
   * Finds the candidates by expected losses.
   * @returns no candidates if none fits
   * @throws WinnowError from planning
   */
  async find(losses: Losses): Promise<FoundCandidates> {
    using backend = new Backend('off', this.#context.host);
    const tools = { backend, scratchDir: this.#context.scratchDir };
    const { types, counts, budgetBytes } = this.#asked;
    const size = (file: FileKind<QuantType>): Promise<FileSize> => this.#sizeOf(file, tools);
    const asItIs = { keep: counts.at(-1)!, type: null, mix: null, width: null };
    const isEnough = types.includes(null) && (await size(asItIs)).memoryBytes <= budgetBytes;
    const { mixes, unknown } = this.#asked.withMixes && !isEnough ? await this.#mixes(losses, tools) : NO_MIXES;
    const least = Math.min(...mixes.map(({ loss }) => loss));
    const ofTypes = new Map<QuantType | null, number>();
    if (mixes.length > 0) for (const type of types) ofTypes.set(type, await this.#lossOfType(type, losses, tools));
    const candidates = await candidatesFor<QuantType>({
      ...this.#asked,
      sizeOf: size,
      mixes: mixes.map(({ file }) => file),
      familyOf: (type) => (type?.startsWith('IQ') ? 'codebook' : 'linear'),
      lossOf: ({ keep, type }) => (ofTypes.get(type) ?? 0) + losses.ofCut(keep),
      mostLoss: PROMISING * least,
    });
    return { candidates, unknown };
  }

  /** Bytes of the largest file that figures of single classes are measured on. @throws WinnowError from planning */
  async classFileBytes(): Promise<number> {
    using backend = new Backend('off', this.#context.host);
    const tools = { backend, scratchDir: this.#context.scratchDir };
    const whole = { keep: this.#asked.counts.at(-1)!, type: OTHERS_TYPE, mix: null };
    const file = { ...whole, width: null };
    return (await this.#sizeOf(file, tools)).bytes;
  }

  /** The classes of tensors that the model has. @throws WinnowError from planning */
  async classes(): Promise<readonly TensorClass[]> {
    using backend = new Backend('off', this.#context.host);
    return (await this.#classSizes({ backend, scratchDir: this.#context.scratchDir })).classes();
  }

  /** The least memory that a file can take: with the fewest experts in the smallest type. @throws WinnowError from planning */
  async leastMemory(losses: Losses): Promise<number> {
    using backend = new Backend('off', this.#context.host);
    const tools = { backend, scratchDir: this.#context.scratchDir };
    const { types, counts, withMixes } = this.#asked;
    const [keep = this.#making.model.info.nExpert] = counts;
    const files: FileKind<QuantType>[] = types.map((type) => {
      return { keep, type, mix: null, width: null };
    });
    if (withMixes) {
      const classes = await this.#classSizes(tools);
      const width = classes.widths.at(-1) ?? null;
      const [smallest] = frontierOf(
        new Map(classes.classes().map((one) => [one, classes.options(one, { keep, width }, losses)] as const)),
      );
      if (smallest) files.push(fileOf({ ...smallest, keep, width }));
    }
    const needed: number[] = [];
    for (const file of files) needed.push((await this.#sizeOf(file, tools)).memoryBytes);
    return Math.min(...needed);
  }

  /** The mixes that are made, including the best one with all experts, the most promising first. */
  async #mixes(losses: Losses, tools: HeaderTools) {
    const { counts, budgetBytes } = this.#asked;
    const all = counts.at(-1)!;
    const classes = await this.#classSizes(tools);
    let spare = 0;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const room = budgetBytes - spare;
      const wide = counts.flatMap((keep) => mixesOf({ keep, width: null }, room, classes, losses));
      const [fewer, whole] = [wide.filter(({ keep }) => keep < all), wide.filter(({ keep }) => keep === all)];
      const isLittle = (experts: number): boolean => experts < NARROW_BELOW * all;
      const narrow = isLittle(leastOf(wide)?.keep ?? 0)
        ? classes.widths.flatMap((width) =>
            counts
              .filter((keep) => keep < all && isLittle(keep * width))
              .flatMap((keep) => mixesOf({ keep, width }, room, classes, losses)),
          )
        : [];
      const cut = [...fewer, ...narrow];
      const plain = leastOf(whole);
      const chosen = [...(plain ? [plain] : []), ...promising(cut)].toSorted((a, b) => a.loss - b.loss);
      const sized = [];
      for (const mix of chosen) {
        const file = fileOf(mix);
        sized.push({ loss: mix.loss, file: { ...file, ...(await this.#sizeOf(file, tools)) } });
      }
      const over = Math.max(0, ...sized.map(({ file }) => file.memoryBytes - budgetBytes));
      if (over > 0) {
        spare += over;
        continue;
      }
      const close = [cut, whole].flatMap((some) => {
        const least = leastOf(some)?.loss ?? 0;
        return some.filter(({ loss }) => loss <= SLACK * least);
      });
      return { mixes: sized, unknown: unknownOf(close, chosen, counts, losses) };
    }
    return NO_MIXES;
  }

  #classSizes(tools: HeaderTools): Promise<ClassSizes> {
    return (this.#classes ??= ClassSizes.of(this.#asked.counts, narrowWidths(this.#making.model), this.#making, tools));
  }

  async #sizeOf(file: FileKind<QuantType>, tools: HeaderTools): Promise<FileSize> {
    const { bytes, memoryBytes } = await this.#plan(file, tools);
    return { bytes, memoryBytes };
  }

  #plan(file: FileKind<QuantType>, tools: HeaderTools): ReturnType<typeof tensorsOf> {
    const key = JSON.stringify([file.keep, file.type, file.mix, file.width]);
    const planned = this.#planned.get(key) ?? tensorsOf(file, this.#making, this.#header, tools);
    this.#planned.set(key, planned);
    return planned;
  }

  /** Loss of all experts in llama.cpp's mixture for a type: each tensor contributes its part of its class's loss in the type that it gets. */
  async #lossOfType(type: QuantType | null, losses: Losses, tools: HeaderTools): Promise<number> {
    if (type === null) return 0;
    const file = { keep: this.#asked.counts.at(-1)!, type, mix: null, width: null };
    const { tensors } = await this.#plan(file, tools);
    const matrices = tensors.flatMap(({ name, ne, type: as }) =>
      ne.length > 1 && isTensorType(as) && as !== 'f32'
        ? [{ ofClass: classOf(name), type: as, weights: ne.reduce((product, n) => product * n, 1) }]
        : [],
    );
    return [...Map.groupBy(matrices, ({ ofClass }) => ofClass)].reduce((sum, [ofClass, own]) => {
      const weights = own.reduce((total, one) => total + one.weights, 0);
      const loss = own.reduce((total, one) => total + one.weights * losses.ofClass(ofClass, one.type), 0);
      return sum + loss / weights;
    }, 0);
  }
}

const NO_MIXES = { mixes: [], unknown: [] };

function isTensorType(type: string): type is TensorType {
  return (TENSOR_TYPES as readonly string[]).includes(type);
}

/** Shares of neurons that the model's experts can keep. */
export function narrowWidths(model: InspectedModel): number[] {
  return WIDTHS.filter((share) => {
    try {
      expertWidth(model, share);
      return true;
    } catch (error) {
      if (error instanceof WinnowError) return false;
      throw error;
    }
  });
}

function fileOf({ keep, width, mix }: MixFile): FileKind<QuantType> {
  return { keep, type: fileTypeOf(mix), mix, width };
}

/** For each type of gate and up, the mix within the budget that loses least. */
function mixesOf(
  cut: Pick<MixFile, 'keep' | 'width'>,
  budgetBytes: number,
  classes: ClassSizes,
  losses: Losses,
): readonly MixFile[] {
  const options = new Map(classes.classes().map((one) => [one, classes.options(one, cut, losses)] as const));
  const gateUp = options.get('gateUp') ?? [];
  options.delete('gateUp');
  const ofCut = losses.ofCut(cut.keep, cut.width);
  return bestByGateUp(gateUp, frontierOf(options), budgetBytes - classes.overhead(cut)).map((found) => ({
    ...found,
    ...cut,
    loss: found.loss + ofCut,
  }));
}

function leastOf<One extends { readonly loss: number }>(some: readonly One[]): One | undefined {
  return some.toSorted((a, b) => a.loss - b.loss)[0];
}

/**
 * The best few mixes, each with a different type of gate and up; a tie goes to more experts. If all of these have narrower experts, or none
 * does, the best mix of the other kind is added, since the sum does not include what a repair gains.
 */
function promising(mixes: readonly MixFile[]): readonly MixFile[] {
  const ofTypes = [...Map.groupBy(mixes, ({ mix }) => mix.gateUp).values()].map((some) => withMostExperts(some));
  const least = leastOf(ofTypes)?.loss ?? 0;
  const isPromising = ({ loss }: MixFile): boolean => loss <= PROMISING * least;
  const few = ofTypes
    .filter(isPromising)
    .toSorted((a, b) => a.loss - b.loss)
    .slice(0, MOST_MIXES);
  const isNarrow = ({ width }: MixFile): boolean => width !== null;
  const others = mixes.filter((one) => isPromising(one) && few.every((other) => isNarrow(other) !== isNarrow(one)));
  return others.length === 0 ? few : [...few, withMostExperts(others)];
}

/** Among mixes that lose as little as the best one, and are as wide, the one with the most experts. */
function withMostExperts(mixes: readonly MixFile[]): MixFile {
  const best = leastOf(mixes)!;
  return mixes
    .filter(({ loss, width }) => width === best.width && loss <= TIE * best.loss)
    .toSorted((a, b) => b.keep - a.keep || a.loss - b.loss)[0]!;
}

/** The figures that remain to be measured. @param close mixes whose types are measured @param chosen mixes whose counts are measured too */
function unknownOf(
  close: readonly MixFile[],
  chosen: readonly MixFile[],
  counts: readonly number[],
  losses: Losses,
): readonly Figure[] {
  const types = new Map(
    close.flatMap(({ mix }) =>
      Object.entries(mix).map(([ofClass, type]) => [`${ofClass} ${type}`, { ofClass, type } as Figure] as const),
    ),
  );
  const all = counts.at(-1)!;
  const near = (share: number): number =>
    counts.reduce((best, count) => (Math.abs(count - share * all) < Math.abs(best - share * all) ? count : best));
  const cuts = new Set([...CUT_SHARES.map(near), ...chosen.map(({ keep }) => keep)]);
  const narrow = chosen.filter(({ width }) => width !== null).map(({ keep, width }) => ({ keep, width }));
  const wanted: Figure[] = [...types.values(), ...[...cuts].map((keep) => ({ keep, width: null })), ...narrow];
  return wanted.filter((figure) => !losses.isKnown(figure));
}
