// Selects what the files are measured on: texts of the domain that no expert was chosen by, and others to see what is lost there.
import { WinnowError } from '../../../contract/errors.ts';
import type { FitRequest } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { ownText, type EvaluationDocument, type NamedText } from '../../base/content/documents.ts';
import { getDomain, getHeldOutText, hashText, listHeldOutTexts } from '../../store/domains.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { OpenedSource } from '../../demos/collect-demos.ts';
import { overlapGroups } from '../../demos/demo-index.ts';
import type { ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import {
  requireApart,
  demosNotScored,
  FEWEST_DEMOS,
  MOST_DEMOS,
  nameOfDemosLeft,
  readOtherText,
  type TextOfDomain,
} from '../evaluation/other-texts.ts';
import { readDocuments } from '../evaluation/read-documents.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { sampleDomains } from '../../base/files/sample-files.ts';

/** Maximum texts of other domains: they show what kind of ability is lost, not all of it. */
const MOST_OUTSIDE = 2;
/** Minimum documents of a text, so that each half has two, which show how much chance contributes. */
const FEWEST_DOCUMENTS = 4;

type Half = NonNullable<NamedText['half']>;

/** Half of a text. */
export type HalfText = TextOfDomain & {
  readonly half: Half;
  /** Hash of the whole text. */
  readonly whole: string;
};

type Sides<Text> = { readonly inside: readonly Text[]; readonly outside: readonly Text[] };

/** The halves of all texts. The search uses `inside` and `outside`. */
export type FitTexts = Sides<HalfText> & {
  /** The other halves, which confirm its result. */
  readonly confirm: Sides<HalfText>;
  /** Whether demos that were not scored stand in for a missing text of the domain. */
  readonly isOnDemos: boolean;
};

type WholeTexts = Sides<TextOfDomain> & Pick<FitTexts, 'isOnDemos'>;

/** Demos of the domain that no expert was chosen by, and the copies of those that chose. */
type DemosLeft = { readonly demos: readonly EvaluationDocument[]; readonly copies: DemoCopies };

/** Looks up the demos left. If they come from files, other demos of the domain do not count. @throws the signal's reason */
export async function demosLeft(
  source: OpenedSource,
  domain: string,
  scored: readonly ChoosingDemo[],
  { store }: EngineContext,
  { signal }: Task,
): Promise<DemosLeft> {
  const copies = await DemoCopies.of(store, scored, signal);
  const demos =
    source.kind === 'domain'
      ? demosNotScored(store, domain, copies)
      : source.demos.filter(({ content }) => !copies.has(content)).map(({ id, content }) => ({ id, content }));
  return { demos, copies };
}

/**
 * Reads the texts: the named files, or else the held-out texts of the domain and of others. Without held-out texts, demos that were not
 * scored stand in for the domain, and texts of the bundled sample for others.
 * @param left demos that no expert was chosen by
 * @returns the halves of the texts
 * @throws WinnowError from reading; TEXT_TOO_SHORT: there is nothing of the domain, or too few documents; CALIBRATION_OVERLAP; the signal's
 * reason
 */
export async function textsFor(
  { texts: named }: FitRequest,
  domain: string,
  left: DemosLeft,
  context: EngineContext,
  task: Task,
): Promise<FitTexts> {
  const found = named.length > 0 ? await namedTexts(named, domain, context, task) : null;
  const texts = found ?? (await storedTexts(domain, left, context));
  if (texts.inside.length === 0) throw noText(domain);
  await requireApart(left.copies, [...texts.inside, ...texts.outside], task);
  const halvesOfAll = (all: readonly TextOfDomain[]): Promise<Halves[]> =>
    Promise.all(all.map((text) => halvesOf(text, task.signal)));
  const [inside, outside] = [await halvesOfAll(texts.inside), await halvesOfAll(texts.outside)];
  const sides = (half: Half): Sides<HalfText> => ({
    inside: inside.map((halves) => halves[half]),
    outside: outside.map((halves) => halves[half]),
  });
  return { ...sides('search'), confirm: sides('confirm'), isOnDemos: texts.isOnDemos };
}

type Halves = Readonly<Record<Half, HalfText>>;

/**
 * The halves of a text: of its documents, or of the chunks of a single text, every second one. The search has the first one. Documents
 * that overlap are in one half.
 * @throws WinnowError TEXT_TOO_SHORT: too few documents that differ; the signal's reason
 */
export async function halvesOf(text: TextOfDomain, signal?: AbortSignal): Promise<Halves> {
  const { hash, text: content } = text;
  const about = (half: Half) => ({ ...text, half, whole: hash });
  if (typeof content === 'string') {
    const half = (name: Half): HalfText => ({ ...about(name), hash: hashJson([hash, name]) });
    return { search: half('search'), confirm: half('confirm') };
  }
  const groups = await overlapGroups(
    content.map((document) => ownText(document.content)),
    signal,
  );
  const differing = new Set(groups).size;
  if (differing < FEWEST_DOCUMENTS) {
    const what = { name: text.name, documents: differing, fewest: FEWEST_DOCUMENTS };
    throw new WinnowError('TEXT_TOO_SHORT', msg('fitFewDocuments', what), what);
  }
  const half = (name: Half, rest: 0 | 1): HalfText => {
    const documents = content.filter((_, place) => groups[place]! % 2 === rest);
    return { ...about(name), text: documents, hash: hashText(documents) };
  };
  return { search: half('search', 0), confirm: half('confirm', 1) };
}

async function namedTexts(
  named: FitRequest['texts'],
  domain: string,
  { host }: EngineContext,
  task: Task,
): Promise<WholeTexts> {
  const texts: TextOfDomain[] = [];
  for (const { name, file } of named) {
    const { text, warnings } = await readDocuments([file], host, task.signal);
    warnings.forEach((warning) => task.log(warning));
    texts.push({ id: null, name, domain: name, hash: hashText(text.text), text: text.text });
  }
  // a single text can only belong to the domain
  const isInside = (text: TextOfDomain): boolean => text.domain === domain || texts.length === 1;
  return {
    inside: texts.filter(isInside),
    outside: texts.filter((text) => !isInside(text)),
    isOnDemos: false,
  };
}

async function storedTexts(
  domain: string,
  { demos, copies }: DemosLeft,
  { store }: EngineContext,
): Promise<WholeTexts> {
  const held = listHeldOutTexts(store);
  const read = (id: number): TextOfDomain[] => {
    const text = getHeldOutText(store, id);
    return text ? [text] : [];
  };
  const own = held.filter((text) => text.domain === domain).flatMap(({ id }) => read(id));
  const isOnDemos = own.length === 0;
  const notScored = isOnDemos ? demos : [];
  const name = nameOfDemosLeft(domain);
  const ofDemos = { id: null, name, domain, hash: hashText(notScored), text: notScored };
  const inside = notScored.length >= FEWEST_DEMOS ? [ofDemos] : own;
  const others = Map.groupBy(
    held.filter((text) => text.domain !== domain),
    (text) => text.domain,
  );
  const heldOutside = [...others.values()]
    .slice(0, MOST_OUTSIDE)
    .flatMap(([first]) => (first === undefined ? [] : read(first.id)));
  const ofSample = sampleDomains()
    .filter((name) => name !== domain)
    .slice(0, MOST_OUTSIDE);
  const outside =
    heldOutside.length > 0
      ? heldOutside
      : await Promise.all(ofSample.map((name) => readOtherText(store, { kind: 'sample', domain: name }, copies)));
  return { inside, outside, isOnDemos };
}

/** Minimum demos of a domain without a text, so that enough are left to choose by. */
const FEWEST_IN_ALL = 2 * FEWEST_DEMOS;

/**
 * The share of demos to hold back: the requested share; otherwise none if there is a text, or if enough demos are left anyway; otherwise
 * half of the demos, but no more than are measured on.
 * @throws WinnowError TEXT_TOO_SHORT: there are too few demos; USAGE: the domain was deleted
 */
export function shareHeldBack(
  { holdBack, texts, limit = Infinity }: Pick<FitRequest, 'holdBack' | 'texts' | 'limit'>,
  source: OpenedSource,
  { store }: EngineContext,
): number {
  if (holdBack !== undefined) return holdBack;
  const { name: domain, demos } =
    source.kind === 'domain' ? getDomain(store, source.domainId) : { name: source.domain, demos: source.demos.length };
  if (texts.length > 0 || listHeldOutTexts(store).some((text) => text.domain === domain)) return 0;
  if (demos - limit >= FEWEST_DEMOS) return 0;
  if (demos < FEWEST_IN_ALL) throw noText(domain);
  const held = Math.min(MOST_DEMOS, Math.floor(demos / 2));
  // half a demo more, so that rounding down gives the same number
  return (held + 0.5) / demos;
}

/** The error for a domain without anything to measure on. */
function noText(domain: string): WinnowError {
  const what = { domain, fewest: FEWEST_DEMOS, all: FEWEST_IN_ALL };
  return new WinnowError('TEXT_TOO_SHORT', msg('fitNoText', what), { domain });
}
