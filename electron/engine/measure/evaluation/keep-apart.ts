// Keeps the texts that models are measured on apart from the demos that their experts were chosen by: figures on those demos
// would flatter the pruned model.
import { say } from '../../../contract/sentences.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { documentsOf, ownText, type EvaluationDocument, type NamedText } from '../../base/content/documents.ts';
import { identitiesOf } from '../../base/content/identity.ts';
import type { Store } from '../../store/database.ts';
import { findDemoContent } from '../../store/demos.ts';
import { inSlices } from '../../store/slices.ts';
import type { ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { findOverlaps } from './overlaps.ts';

/** Overlaps that an error lists individually; the rest are counted. */
const NAMED_OVERLAPS = 20;

type NamedDocument = EvaluationDocument & { readonly text: string };

/** An overlap that was found. `same`: the content or the prompt is equal. */
type Found = { readonly demo: string; readonly share: number; readonly how: 'holds' | 'within' | 'same' };

/**
 * Refuses documents that overlap with demos: those with a demo's content or prompt and, if the demos are still stored, those
 * that contain most of a demo, or most of which is contained in a demo, according to `findOverlaps`.
 * @param demos the demos that the measured experts were chosen by
 * @throws WinnowError CALIBRATION_OVERLAP; the signal's reason
 */
export async function requireApart(
  store: Store,
  demos: readonly ChoosingDemo[],
  texts: readonly NamedText[],
  signal?: AbortSignal,
): Promise<void> {
  const byHash = new Map<string, string>();
  const stored: { readonly of: string; readonly text: string }[] = [];
  const addDemo = ({ id, hash }: ChoosingDemo): void => {
    if (hash === null || byHash.has(hash)) return;
    byHash.set(hash, id);
    const content = findDemoContent(store, hash);
    if (!content) return;
    const identities = identitiesOf(content).filter((identity) => !byHash.has(identity));
    for (const identity of identities) byHash.set(identity, id);
    // without a new identity, an earlier demo says the same, perhaps in other letters
    if (identities.length > 0) stored.push({ of: id, text: ownText(content) });
  };
  await inSlices(demos, addDemo, signal);
  if (byHash.size === 0) return;

  const documents = texts.flatMap((text) => documentsOf(text).map((document) => ({ ...document, text: text.name })));
  const found = new Map<NamedDocument, Found>();
  const checkDocument = (document: NamedDocument): void => {
    const [demo] = identitiesOf(document.content).flatMap((hash) => byHash.get(hash) ?? []);
    if (demo !== undefined) found.set(document, { demo, share: 1, how: 'same' });
  };
  await inSlices(documents, checkDocument, signal);
  const others = documents.filter((document) => !found.has(document));
  const said = others.map((of) => ({ of, text: ownText(of.content) }));
  for (const [document, overlap] of await findOverlaps(stored, said, signal)) found.set(document, overlap);
  const overlaps = documents.flatMap((document) => {
    const overlap = found.get(document);
    return overlap ? [{ document, overlap }] : [];
  });
  const [first] = overlaps;
  if (first) throw overlapError(first, overlaps);
}

const OVERLAPS = { holds: 'overlapHolds', within: 'overlapWithin' } as const;

type Overlapping = { readonly document: NamedDocument; readonly overlap: Found };

function overlapError(
  { document: { text, id }, overlap: { demo, share, how } }: Overlapping,
  overlaps: readonly Overlapping[],
): WinnowError {
  const where = id === text ? text : say('documentOf', { text, document: id });
  const more = overlaps.length === 1 ? [] : [say('moreOverlap', { count: overlaps.length - 1 })];
  const said = { where, demo, more };
  const percent = `${Math.round(100 * share)}%`;
  const sentence = how === 'same' ? say('overlapSame', said) : say(OVERLAPS[how], { ...said, percent });
  return new WinnowError('CALIBRATION_OVERLAP', sentence, {
    text,
    document: id,
    demo,
    share,
    count: overlaps.length,
    overlaps: overlaps
      .slice(0, NAMED_OVERLAPS)
      .map(({ document, overlap }) => ({ text: document.text, document: document.id, ...overlap })),
  });
}
