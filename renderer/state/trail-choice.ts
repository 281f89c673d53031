// How one choice affects the others.
import type { Trail } from '../../electron/contract/api/app.ts';
import type { Domain } from '../../electron/contract/api/demos.ts';
import type { Run } from '../../electron/contract/api/runs.ts';

export const EMPTY_TRAIL: Trail = { modelId: null, domainId: null, runIds: [], selectionId: null, exportId: null };

/** What depends on each choice: choosing something else forgets what came from the old. */
const FOLLOWING: Readonly<Record<keyof Trail, readonly (keyof Trail)[]>> = {
  modelId: ['runIds', 'selectionId', 'exportId'],
  domainId: ['runIds', 'selectionId', 'exportId'],
  runIds: ['selectionId', 'exportId'],
  selectionId: ['exportId'],
  exportId: [],
};

type Known = {
  readonly runs: readonly Pick<Run, 'id' | 'modelId' | 'domain'>[];
  readonly domains: readonly Pick<Domain, 'id' | 'name'>[];
};

/** Adds what runs belong to: their model, and their demo set if they share one, or none if that has gone. */
export function withOrigin(choice: Partial<Trail>, { runs, domains }: Known): Partial<Trail> {
  const own = runs.filter(({ id }) => choice.runIds?.includes(id));
  const names = new Set(own.map(({ domain }) => domain));
  const modelIds = new Set(own.map(({ modelId }) => modelId));
  const [modelId = null] = modelIds;
  return {
    ...(modelIds.size === 1 && modelId !== null && { modelId }),
    ...(names.size === 1 && { domainId: domains.find(({ name }) => names.has(name))?.id ?? null }),
    ...choice,
  };
}

function isSame(a: Trail[keyof Trail], b: Trail[keyof Trail]): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Returns the trail after a choice: what is named is set; what depended on something else is forgotten unless it is named too. */
export function afterChoice(trail: Trail, choice: Partial<Trail>): Trail {
  const forgotten = (Object.keys(choice) as (keyof Trail)[])
    .filter((key) => !isSame(trail[key], choice[key] ?? EMPTY_TRAIL[key]))
    .flatMap((key) => FOLLOWING[key]);
  const cleared = Object.fromEntries(forgotten.map((key) => [key, EMPTY_TRAIL[key]]));
  return { ...trail, ...cleared, ...choice };
}
