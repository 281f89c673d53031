// Which demo sets can provide prompts, and which do by default.
import type { Domain } from '../../../../electron/contract/api/demos.ts';
import type { Generation } from '../../../../electron/contract/api/generations.ts';
import type { Run } from '../../../../electron/contract/api/runs.ts';

export type PromptSource = Pick<Domain, 'id' | 'name' | 'demos'> & {
  readonly inDomain: boolean;
  /** Number of its demos that the selection's runs scored, which cannot be prompts. */
  readonly scored: number;
  readonly isChosen: boolean;
};

/**
 * Returns the sources. By default: the selection's own domains that have prompts left, what was checked before, and one
 * other set, to show what is lost.
 */
export function promptSources(
  demoSets: readonly Pick<Domain, 'id' | 'name' | 'demos'>[],
  domains: readonly string[],
  selectionRuns: readonly Pick<Run, 'domain' | 'demos'>[],
  rows: readonly Pick<Generation, 'domainId'>[],
  chosen: Readonly<Record<string, boolean>>,
): PromptSource[] {
  const sources = demoSets
    .filter(({ demos }) => demos > 0)
    .map(({ id, name, demos }) => {
      const scored = selectionRuns
        .filter(({ domain }) => domain === name)
        .reduce((most, run) => Math.max(most, run.demos), 0);
      return { id, name, demos, scored: Math.min(scored, demos), inDomain: domains.includes(name) };
    })
    .toSorted((a, b) => Number(b.inDomain) - Number(a.inDomain));
  const wasChecked = ({ id }: { readonly id: number }): boolean => rows.some(({ domainId }) => domainId === id);
  const other =
    sources.find((source) => !source.inDomain && wasChecked(source)) ?? sources.find(({ inDomain }) => !inDomain);
  return sources.map((source) => {
    const isUsual = source === other || wasChecked(source) || source.inDomain;
    return { ...source, isChosen: chosen[source.id] ?? (isUsual && source.scored < source.demos) };
  });
}
