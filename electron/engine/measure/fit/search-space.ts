// Determines what a search considers: the types and counts of a request, and whether any such file fits.
import { type ChoosingWay, LEAST_CTX } from '../../../contract/fit.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { sizeTextAbove } from '../../../contract/size-text.ts';
import { type QuantType, isUnquantised, quantTypeSchema, typesBelow } from '../../../contract/quantise.ts';
import type { FitRequest, Grouping } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { chatBuffers } from '../../models/placement/conversation.ts';
import { sourceOfDemos } from '../../experts/runs/stored-run.ts';
import type { PreparedSubject } from '../../experts/scoring/prepare-scoring.ts';
import { countLimits } from '../../experts/selection/choose-experts.ts';
import { CandidateFinder } from './find-candidates.ts';
import { firstExperts, tensorsOf, type FileOptions, type HeaderFacts } from './fit-files.ts';
import { Losses } from './losses.ts';
import { planImatrix, readImatrix } from '../../write/pruning/imatrix-file.ts';
import type { PlannedFile } from '../../write/pruning/planned-file.ts';
import { provenanceKeys } from '../../write/pruning/provenance.ts';
import { matrixKeys, matrixName } from '../../write/pruning/write-importance.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import { settingsOfChoice } from '../../experts/selections/choose.ts';
import { choiceRequest } from './ways.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

/** A file's size depends on whether there is a matrix, but not on the tensors in it. */
const ONE_ENTRY = {
  remove: [],
  alignment: USUAL_ALIGNMENT,
  tensors: ['in_sum2', 'counts'].map((name) => ({
    name: `output.weight.${name}`,
    type: 'f32',
    ne: [1, 1],
    bytes: 4,
    sourcePath: '',
    ranges: [],
  })),
};

/** Headers of arbitrary size, which are enough to predict a file's memory. */
const ANY_HEADER: HeaderFacts = { imatrix: domainMatrix(''), provenance: () => [] };

type SearchSpace = {
  readonly request: FitRequest;
  /** The types that files may be quantised to; null: the source model's own weights. */
  readonly types: readonly (QuantType | null)[];
  readonly making: FileOptions;
};

/** The demos that experts are chosen by. */
type Scored = Pick<PreparedSubject, 'domain' | 'demos'>;

/**
 * What a request looks for, with a conversation of `request.ctx` tokens.
 * @throws WinnowError USAGE: no such type; from asking for compute buffers
 */
export async function searchSpaceOf(
  request: FitRequest,
  how: Omit<FileOptions, 'ctx' | 'buffers'>,
  context: EngineContext,
): Promise<SearchSpace> {
  const { model } = how;
  return {
    request,
    types: typesFor(request, model),
    making: await makingFor(how, request.ctx, context),
  };
}

async function makingFor(
  how: Omit<FileOptions, 'ctx' | 'buffers'>,
  ctx: number,
  { host }: EngineContext,
): Promise<FileOptions> {
  using backend = new Backend('off', host);
  return { ...how, ctx, buffers: await chatBuffers(backend, how.model.info, ctx) };
}

/**
 * The finder of candidates whose experts are chosen in one way, by these demos.
 * @throws WinnowError from reading a named importance matrix
 */
export async function finderFor(
  space: SearchSpace,
  way: ChoosingWay,
  scored: Scored,
  context: EngineContext,
  backend: Backend,
): Promise<CandidateFinder> {
  const ofWay = { ...space, making: { ...space.making, grouping: way.grouping } };
  return finderWith(ofWay, await headerFacts(ofWay, way, scored, backend), context);
}

function finderWith(
  { request, types, making }: SearchSpace,
  header: HeaderFacts,
  context: EngineContext,
): CandidateFinder {
  const counts = countsFor(making.model, making.grouping);
  const withMixes = request.types === undefined && types.some((type) => type !== null);
  const { budgetBytes } = request;
  return new CandidateFinder({ budgetBytes, types, counts, withMixes }, making, header, context);
}

/**
 * What the headers of files will say, given the demos that will be or were scored.
 * @throws WinnowError from reading a named importance matrix
 */
async function headerFacts(
  { request: { superExperts }, making: { model, imatrix } }: SearchSpace,
  way: ChoosingWay,
  { domain, demos }: Scored,
  backend: Backend,
): Promise<HeaderFacts> {
  const { info } = model;
  const source = sourceOfDemos(domain, demos);
  return {
    imatrix: imatrix === null ? domainMatrix(domain) : await namedMatrix(imatrix, model, backend),
    // keys with the same number of bytes as the final ones
    provenance: ({ keep, mix }) => {
      const request = choiceRequest({ ...way, superExperts }, 1, keep);
      const settings = settingsOfChoice({ demos: [source], runIds: [1] }, request, 1);
      const by = { criterion: way.criterion, settings };
      return provenanceKeys(info, firstExperts(info, keep, way.grouping), by, mix === null ? {} : rulesOfMix(mix));
    },
  };
}

/**
 * Requires that the smallest file fits. Headers alone tell its size, so this is known before demos are read.
 * @throws WinnowError NOTHING_FITS, with what would fit; from planning
 */
export async function requireRoom(space: SearchSpace, context: EngineContext): Promise<void> {
  if (await fitsSomeType(space, context)) return;
  const needed = await leastMemory(space, context);
  if (needed > space.request.budgetBytes) throw await nothingFits(space, needed, context);
}

/** Whether the fewest experts fit in one of llama.cpp's own mixtures, which is quickly known. */
async function fitsSomeType(
  { request, types, making }: SearchSpace,
  { host, scratchDir }: EngineContext,
): Promise<boolean> {
  const [keep = making.model.info.nExpert] = countsFor(making.model, making.grouping);
  using backend = new Backend('off', host);
  // the smallest type first
  for (const type of types.toReversed()) {
    const fewest = { keep, type, mix: null, width: null };
    const { memoryBytes } = await tensorsOf(fewest, making, ANY_HEADER, { backend, scratchDir });
    if (memoryBytes <= request.budgetBytes) return true;
  }
  return false;
}

/** Memory of the smallest file that the search could make. @throws WinnowError from planning */
export function leastMemory(space: SearchSpace, context: EngineContext): Promise<number> {
  return finderWith(space, ANY_HEADER, context).leastMemory(new Losses(space.making.model.info.nExpert));
}

/** The error NOTHING_FITS, with the longest conversation that would fit of half the tokens, a quarter and so on. @throws WinnowError from planning */
export async function nothingFits(
  space: SearchSpace,
  neededBytes: number,
  context: EngineContext,
): Promise<WinnowError> {
  const { budgetBytes } = space.request;
  const { model, ctx, grouping } = space.making;
  const { nExpert } = model.info;
  const what = {
    fewest: countsFor(model, grouping)[0] ?? nExpert,
    nExpert,
    needed: sizeTextAbove(neededBytes),
    budget: displayBytes(budgetBytes),
    ctx,
  };
  const said = space.types.length === 1 ? msg('fitImpossibleAsIs', what) : msg('fitImpossible', what);
  for (let shorter = Math.floor(ctx / 2); shorter >= LEAST_CTX; shorter = Math.floor(shorter / 2)) {
    const making = await makingFor(space.making, shorter, context);
    if ((await leastMemory({ ...space, making }, context)) > budgetBytes) continue;
    const details = { neededBytes, budgetBytes, fittingCtx: shorter };
    return new WinnowError('NOTHING_FITS', msg('fitsShorter', { said, shorter, words: wordsIn(shorter) }), details);
  }
  return new WinnowError('NOTHING_FITS', said, { neededBytes, budgetBytes });
}

/** Approximate number of English words in a number of tokens: three for four, rounded to tens. */
function wordsIn(tokens: number): number {
  return 10 * Math.round((0.75 * tokens) / 10);
}

/** The source's own weights, and types with fewer bits; quantised weights are quantised again only if requested. */
function typesFor({ types, requantise }: FitRequest, { info, tensors }: InspectedModel): readonly (QuantType | null)[] {
  if (types !== undefined) return [null, ...types.map(requireType)];
  const isQuantised = tensors.some(({ type, ne }) => ne.length > 1 && !isUnquantised(type));
  if (isQuantised && !requantise) return [null];
  return [null, ...typesBelow(info.fileType)];
}

function requireType(name: string): QuantType {
  const type = quantTypeSchema.safeParse(name);
  if (type.success) return type.data;
  throw new WinnowError('USAGE', msg('noQuantType', { name }), { name });
}

function countsFor({ info }: InspectedModel, grouping: Grouping): number[] {
  const { unit, smallest } = countLimits(info, grouping);
  const first = Math.ceil(smallest / unit) * unit;
  const counts: number[] = [];
  for (let keep = first; keep < info.nExpert; keep += unit) counts.push(keep);
  return [...counts, info.nExpert];
}

/**
 * An importance matrix with the keys of a named file.
 * @throws WinnowError as `readImatrix`
 */
async function namedMatrix(path: string, model: InspectedModel, backend: Backend): Promise<PlannedFile> {
  const kept = firstExperts(model.info, model.info.nExpert);
  const planned = planImatrix(await readImatrix(path, model, backend), model, { kept });
  return { ...planned, tensors: ONE_ENTRY.tensors };
}

/** An importance matrix with the keys of the one that is collected while a domain is scored. */
function domainMatrix(domain: string): PlannedFile {
  return { ...ONE_ENTRY, path: matrixName(domain), keysFrom: null, set: matrixKeys(domain, []) };
}
