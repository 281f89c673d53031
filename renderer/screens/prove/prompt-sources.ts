// Which demo sets can provide prompts.
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';

type PromptSource = Pick<Domain, 'id' | 'name' | 'demos'> & {
  /** Number of its demos that the selection's runs did not score: only these can be prompts. */
  readonly left: number;
  readonly isChosen: boolean;
};

/** Returns the sources. By default the selection's own domains that have prompts left, or else the first other set. */
export function promptSources(
  sets: readonly Pick<Domain, 'id' | 'name' | 'demos'>[],
  { domains, request }: Pick<Selection, 'domains' | 'request'>,
  runs: readonly Pick<Run, 'id' | 'domain' | 'demos'>[],
  chosen: Readonly<Record<string, boolean>>,
): PromptSource[] {
  const scoring = runs.filter(({ id }) => request?.runIds.includes(id));
  const sources = sets
    .filter(({ demos }) => demos > 0)
    .map(({ id, name, demos }) => {
      const scored = scoring.filter(({ domain }) => domain === name).map((run) => run.demos);
      return { id, name, demos, left: Math.max(0, demos - Math.max(0, ...scored)) };
    })
    .toSorted((a, b) => Number(domains.includes(b.name)) - Number(domains.includes(a.name)));
  const usual = sources.filter(({ name, left }) => left > 0 && domains.includes(name));
  const other = sources.filter(({ left }) => left > 0).slice(0, 1);
  const wanted = usual.length > 0 ? usual : other;
  return sources.map((source) => ({ ...source, isChosen: chosen[source.id] ?? wanted.includes(source) }));
}
