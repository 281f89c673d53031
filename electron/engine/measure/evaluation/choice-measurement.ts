// Selects what a choice is measured on for its verdict: texts of its domain, and of others to see what is lost there.
import { statSync } from 'node:fs';
import { USUAL_CHUNKS, type MeasurementText } from '../../../contract/api/evaluations.ts';
import { spokenText } from '../../base/content/documents.ts';
import { sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { domainsOf } from '../../experts/selections/selection-view.ts';
import type { Store } from '../../store/database.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import type { StoredSelection } from '../../store/selections.ts';
import { choosingDemosOfSelection } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import type { ComparisonRequest } from './comparison-request.ts';
import { isInDomain } from './choice-figures.ts';
import { demosNotScored, FEWEST_DEMOS, sampleDomainName } from './other-texts.ts';

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

export type ChoiceMeasurement = Pick<ComparisonRequest, 'textIds' | 'otherTexts' | 'ctx' | 'chunks'> & {
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
export async function measurementOf(
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
