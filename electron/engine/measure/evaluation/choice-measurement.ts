// What a choice is measured on for its verdict: texts of its domain, and of others to see what is lost there.
import { statSync } from 'node:fs';
import { USUAL_CHUNKS, type MeasurementText } from '../../../contract/api/evaluations.ts';
import { spokenText } from '../../base/content/documents.ts';
import { sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { domainsOf } from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import type { StoredSelection } from '../../store/selections.ts';
import { choosingHashes, choosingDemosOfSelection } from '../../write/pruning/choosing-demos.ts';
import type { ComparisonRequest } from './comparison-request.ts';
import { isInDomain } from './choice-figures.ts';
import { demosNotScored, FEWEST_DEMOS, sampleDomainName } from './other-texts.ts';

/** What is outside shows what kind of thing is lost; it need not show everything. */
const MOST_INSIDE = 8;
const MOST_OUTSIDE = 3;
/** Texts of the sample that are taken where there are no others. */
const MOST_OF_SAMPLE = 2;
/** Tokens a chunk, at best. Short texts are cut into shorter ones. */
const CONTEXTS = [512, 256, 128, 64] as const;
/** From above: a text that has so many bytes has a token at least. */
const BYTES_A_TOKEN = 6;
/** On average. */
const USUAL_BYTES_A_TOKEN = 4;
/** A text that has fewer is too short for the context. */
const FEWEST_CHUNKS = 2;

export type ChoiceMeasurement = Pick<ComparisonRequest, 'textIds' | 'otherTexts' | 'ctx' | 'chunks'> & {
  /** What they are, for people. */
  readonly texts: readonly MeasurementText[];
  /** To be read, about. */
  readonly tokens: number;
};

/** `of`: a held-out text's id, or what else it is. */
type Candidate = MeasurementText & {
  readonly bytes: number;
  readonly of: number | ComparisonRequest['otherTexts'][number];
};

/**
 * Held-out texts of the selection's domains, or else demos of them that were not scored; and held-out texts of others, or
 * else the bundled sample's.
 * @throws the signal's reason
 */
export async function measurementOf(
  store: Store,
  selection: StoredSelection,
  signal: AbortSignal,
): Promise<ChoiceMeasurement> {
  const domains = domainsOf(selection);
  const held = listHeldOutTexts(store).map(({ id, name, domain, bytes }): Candidate => {
    return { of: id, source: 'heldOut', name, domain, inDomain: isInDomain(domain, domains), bytes };
  });
  const choosing = await choosingHashes(store, choosingDemosOfSelection(store, selection), signal);
  const without = domains.filter((domain) => !held.some((text) => text.domain === domain));
  const inside = [
    ...held.filter(({ inDomain }) => inDomain !== false),
    ...without.flatMap((domain) => notScored(store, domain, choosing)),
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

/** The longest context that all texts of the domain allow; what is too short even for the shortest is left out. */
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

function notScored(store: Store, domain: string, choosing: ReadonlySet<string>): Candidate[] {
  const demos = demosNotScored(store, domain, choosing);
  if (demos.length < FEWEST_DEMOS) return [];
  const bytes = demos.reduce((sum, { content }) => sum + spokenText(content).length, 0);
  const of = { kind: 'notScored', domain } as const;
  return [{ of, source: 'notScored', name: domain, domain, inDomain: true, bytes }];
}

/** None that is called as the selection's own. */
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
