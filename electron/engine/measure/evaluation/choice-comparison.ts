// Builds the request that measures a choice: the written file, or a preview if there is none, against the full model.
import { type MeasurementText, USUAL_CHUNKS } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { exists } from '../../base/files/user-files.ts';
import { modelName } from '../../models/model-files.ts';
import { type Library, pathOfStoredModel } from '../../models/library/library.ts';
import {
  type SelectionOfModel,
  domainsOf,
  hashOf,
  requireSelection,
  readSettings,
} from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listExports, type StoredExport } from '../../store/exports.ts';
import { fileAsItIs, namedPreview, type Compared, type ComparisonRequest } from './comparison-request.ts';
import { statSync } from 'node:fs';
import { spokenText } from '../../base/content/documents.ts';
import { sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { listHeldOutTexts } from '../../store/domains.ts';
import type { StoredSelection } from '../../store/selections.ts';
import { choosingDemosOfSelection } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import { isInDomain } from './judged-choices.ts';
import { demosNotScored, FEWEST_DEMOS, sampleDomainName } from './other-texts.ts';

type Sources = { readonly store: Store; readonly library: Library };

type AskedChoice = {
  readonly selectionId: number;
  /** The file to measure, such as one in another type. Default: the newest file with the choice's experts, in the model's own types. */
  readonly written?: StoredExport | undefined;
};

/** The full model and the choice's file or preview, in a form that a job can use. */
type ChoiceModels = {
  readonly full: Compared;
  readonly fullId: string;
  readonly variants: Compared[];
};

/** @throws WinnowError USAGE: the selection was deleted; FILE_NOT_FOUND: its model is gone */
export async function choiceModels(sources: Sources, { selectionId, written }: AskedChoice): Promise<ChoiceModels> {
  const planned = requireSelection(sources.store, selectionId);
  const fullId = fullModelId(sources.library, planned);
  const own = written && (await inLibrary(sources.library, written));
  const fileId = own ?? (await writtenFileId(sources, planned));
  const full = wholeModel(sources, fullId);
  return {
    full: { ...full, label: `${full.label}, full` },
    fullId,
    variants: [fileId === null ? toPreview(sources, planned) : { ...wholeModel(sources, fileId), selectionId }],
  };
}

type ChoiceComparison = {
  readonly request: ComparisonRequest;
  readonly texts: readonly MeasurementText[];
  /** The full model's id in the library. */
  readonly fullId: string;
};

/**
 * The request for a selection.
 * @returns null: there is no text to measure on
 * @throws WinnowError as `choiceModels`; the signal's reason
 */
export async function choiceComparison(
  sources: Sources,
  choice: AskedChoice,
  placement: Placement,
  signal: AbortSignal,
): Promise<ChoiceComparison | null> {
  const { selection } = requireSelection(sources.store, choice.selectionId);
  const { texts, tokens: _, ...measured } = await planMeasurement(sources.store, selection, signal);
  if (texts.length === 0) return null;
  const { fullId, ...models } = await choiceModels(sources, choice);
  return { request: { ...models, ...measured, placement }, texts, fullId };
}

/** The id of the selection's model in the library. @throws WinnowError FILE_NOT_FOUND */
export function fullModelId(library: Library, { model }: SelectionOfModel): string {
  const modelId = library.findByFingerprint(model.fingerprint);
  if (modelId !== null) return modelId;
  throw new WinnowError('FILE_NOT_FOUND', msg('modelGoneToCompare', { name: modelName(model.info) }));
}

/** The library id of the newest file with these experts; null: there is none. */
export async function writtenFileId({ store, library }: Sources, planned: SelectionOfModel): Promise<string | null> {
  const hash = hashOf(planned);
  for (const row of listExports(store)) {
    const id = row.plan.selectionHash === hash ? await inLibrary(library, row) : null;
    if (id !== null) return id;
  }
  return null;
}

/** The library id of a written file; null: it is not there. */
async function inLibrary(library: Library, { state, outputPath }: StoredExport): Promise<string | null> {
  return state === 'done' && library.holds(outputPath) && (await exists(outputPath)) ? library.idOf(outputPath) : null;
}

function wholeModel({ library }: Sources, modelId: string): Compared {
  const { name } = library.entry(modelId);
  return { ...fileAsItIs(library.path(modelId)), label: name };
}

function toPreview({ library }: Sources, planned: SelectionOfModel): Compared {
  const { selection, model } = planned;
  const { grouping, activeExperts } = readSettings(selection);
  return {
    ...namedPreview(planned),
    path: pathOfStoredModel(library, model),
    fingerprint: model.fingerprint,
    kept: selection.kept,
    grouping,
    activeExperts,
  };
}

/** Maximum texts inside and outside the domain. Those outside show what kind of ability is lost, not all of it. */
const MOST_INSIDE = 8;
const MOST_OUTSIDE = 3;
/** Texts that are taken from the sample if there are no others. */
const MOST_OF_SAMPLE = 2;
/** Tokens per chunk, in order of preference. Short texts are cut into shorter chunks. */
const CONTEXTS = [512, 256, 128, 64] as const;
/** Upper bound: this many bytes make at least one token. */
const BYTES_A_TOKEN = 6;
/** Average bytes per token. */
const USUAL_BYTES_A_TOKEN = 4;
/** A text with fewer chunks is too short for the context. */
const FEWEST_CHUNKS = 2;

type ChoiceMeasurement = {
  readonly textIds: number[];
  readonly otherTexts: ComparisonRequest['otherTexts'];
  readonly ctx: number;
  readonly chunks: number;
  /** The texts as they are shown to the user. */
  readonly texts: readonly MeasurementText[];
  /** Approximate number of tokens to read. */
  readonly tokens: number;
};

/** A text that could be measured on. `of`: the id of a held-out text, or the description of another text. */
type Candidate = MeasurementText & {
  readonly bytes: number;
  readonly of: number | ComparisonRequest['otherTexts'][number];
};

/**
 * The texts for a selection: inside its domains, held-out texts or, without these, demos that were not scored; outside them,
 * held-out texts or, without these, texts of the bundled sample.
 * @throws the signal's reason
 */
export async function planMeasurement(
  store: Store,
  selection: StoredSelection,
  signal: AbortSignal,
): Promise<ChoiceMeasurement> {
  const domains = domainsOf(selection);
  const held = listHeldOutTexts(store).map(({ id, name, domain, bytes }): Candidate => {
    return { of: id, source: 'heldOut', name, domain, inDomain: isInDomain(domain, domains), bytes };
  });
  const copies = await DemoCopies.of(store, choosingDemosOfSelection(store, selection), signal);
  const without = domains.filter((domain) => !held.some((text) => text.domain === domain));
  const inside = [
    ...held.filter(({ inDomain }) => inDomain !== false),
    ...without.flatMap((domain) => notScored(store, domain, copies)),
  ].slice(0, MOST_INSIDE);
  const others = held.filter(({ inDomain }) => inDomain === false);
  const outside =
    others.length > 0
      ? [...Map.groupBy(others, ({ domain }) => domain).values()]
          .flatMap(([first]) => first ?? [])
          .slice(0, MOST_OUTSIDE)
      : domains.length > 0
        ? ofSample(domains)
        : [];
  return settled([...inside, ...outside]);
}

/** Chooses the longest context that all texts allow; texts too short even for the shortest context are left out. */
function settled(candidates: readonly Candidate[]): ChoiceMeasurement {
  const fits = (ctx: number, { bytes }: Candidate): boolean => bytes >= FEWEST_CHUNKS * ctx * BYTES_A_TOKEN;
  const shortest = CONTEXTS[CONTEXTS.length - 1] ?? 64;
  const long = candidates.filter((text) => fits(shortest, text));
  const ctx = CONTEXTS.find((context) => long.every((text) => fits(context, text))) ?? shortest;
  const tokens = long.map(({ bytes }) => Math.min(USUAL_CHUNKS * ctx, Math.floor(bytes / USUAL_BYTES_A_TOKEN)));
  return {
    textIds: long.flatMap(({ of }) => (typeof of === 'number' ? [of] : [])),
    otherTexts: long.flatMap(({ of }) => (typeof of === 'number' ? [] : [of])),
    ctx,
    chunks: USUAL_CHUNKS,
    texts: long.map(({ name, domain, inDomain, source }) => ({ name, domain, inDomain, source })),
    tokens: tokens.reduce((sum, count) => sum + count, 0),
  };
}

function notScored(store: Store, domain: string, copies: DemoCopies): Candidate[] {
  const demos = demosNotScored(store, domain, copies);
  if (demos.length < FEWEST_DEMOS) return [];
  const bytes = demos.reduce((sum, { content }) => sum + spokenText(content).length, 0);
  const of = { kind: 'notScored', domain } as const;
  return [{ of, source: 'notScored', name: domain, domain, inDomain: true, bytes }];
}

/** Texts of the sample, except domains with the name of one of the selection's. */
function ofSample(domains: readonly string[]): Candidate[] {
  return sampleDomains()
    .filter((name) => !domains.includes(name))
    .slice(0, MOST_OF_SAMPLE)
    .map((name) => {
      const { size } = statSync(sampleFiles(name).text);
      const domain = sampleDomainName(name);
      return { of: { kind: 'sample', domain: name }, source: 'sample', name, domain, inDomain: false, bytes: size };
    });
}
