// Keeps the texts that models are measured on apart from the demos that their experts were chosen by: figures on what was
// calibrated with would flatter the pruned model.
import { say } from '../../contract/sentences.ts';
import type { DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { documentsOf, spokenText, type EvaluationDocument, type NamedText } from '../content/documents.ts';
import { identitiesOf } from '../content/identity.ts';
import type { Store } from '../store/database.ts';
import { findDemoContent } from '../store/demos.ts';
import { inSlices } from '../store/slices.ts';
import type { ChoosingDemo } from './choosing-demos.ts';
import { findPassages, PASSAGE_CHARS, type Passage } from './passages.ts';

/** Overlaps that an error names one by one; the rest is counted. */
const NAMED_OVERLAPS = 20;

type NamedDocument = EvaluationDocument & { readonly text: string };

/** `same`: content or prompt; `holds`: the demo stands in the document; `within`: the document stands in the demo. */
type Overlap = { readonly demo: string; readonly how: 'same' | 'holds' | 'within' };

/**
 * Refuses to measure on what was calibrated with: a document with a demo's content or prompt, and, where demos are still
 * stored, one in which a demo stands word for word, or which stands so in a demo, with a passage of at least PASSAGE_CHARS
 * characters.
 * @param demos that the experts of what is measured were chosen by
 * @throws WinnowError CALIBRATION_OVERLAP; the signal's reason
 */
export async function requireApart(
  store: Store,
  demos: readonly ChoosingDemo[],
  texts: readonly NamedText[],
  signal?: AbortSignal,
): Promise<void> {
  const byHash = new Map<string, string>();
  const stored: EvaluationDocument[] = [];
  const addDemo = ({ id, hash }: ChoosingDemo): void => {
    if (hash === null || byHash.has(hash)) return;
    byHash.set(hash, id);
    const content = findDemoContent(store, hash);
    if (!content) return;
    for (const identity of identitiesOf(content)) byHash.set(identity, id);
    stored.push({ id, content });
  };
  await inSlices(demos, addDemo, signal);
  if (byHash.size === 0) return;

  const documents = texts.flatMap((text) => documentsOf(text).map((document) => ({ ...document, text: text.name })));
  const overlaps = new Map<NamedDocument, Overlap>();
  const demosIn = findPassages(stored.flatMap(passageOf));
  const checkDocument = (document: NamedDocument): void => {
    const [same] = identitiesOf(document.content).flatMap((hash) => byHash.get(hash) ?? []);
    const [held] = same === undefined ? demosIn(spokenText(document.content)) : [];
    if (same !== undefined) overlaps.set(document, { demo: same, how: 'same' });
    else if (held) overlaps.set(document, { demo: held.id, how: 'holds' });
  };
  await inSlices(documents, checkDocument, signal);

  const documentsIn = findPassages(documents.flatMap(passageOf));
  const checkDemo = ({ id, content }: EvaluationDocument): void => {
    for (const document of documentsIn(spokenText(content))) {
      if (!overlaps.has(document)) overlaps.set(document, { demo: id, how: 'within' });
    }
  };
  await inSlices(stored, checkDemo, signal);
  const [first] = overlaps;
  if (first) throw overlapError(first, overlaps);
}

const OVERLAPS = { same: 'overlapSame', holds: 'overlapHolds', within: 'overlapWithin' } as const;

function overlapError(
  [document, { demo, how }]: readonly [NamedDocument, Overlap],
  overlaps: ReadonlyMap<NamedDocument, Overlap>,
): WinnowError {
  const { text, id } = document;
  const where = id === text ? text : say('documentOf', { text, document: id });
  const more = overlaps.size === 1 ? [] : [say('moreOverlap', { count: overlaps.size - 1 })];
  const named = [...overlaps].slice(0, NAMED_OVERLAPS);
  return new WinnowError('CALIBRATION_OVERLAP', say(OVERLAPS[how], { where, demo, more }), {
    ...{ text: document.text, document: document.id, demo },
    count: overlaps.size,
    overlaps: named.map(([{ text, id }, overlap]) => ({ text, document: id, ...overlap })),
  });
}

/** What a content is found by in a longer one; none: it is too short to mean anything there. A system message does not count. */
function passageOf<Of extends { readonly content: DemoContent }>(of: Of): Passage<Of>[] {
  const { content } = of;
  const said =
    content.kind === 'text'
      ? [content.text]
      : content.messages.filter(({ role }) => role !== 'system').map((message) => message.content);
  const parts = said.map((part) => part.trim()).filter((part) => part !== '');
  const longest = parts.reduce((a, b) => (b.length > a.length ? b : a), '');
  return longest.length < PASSAGE_CHARS ? [] : [{ of, longest, parts }];
}
