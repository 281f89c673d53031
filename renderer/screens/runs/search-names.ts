// Names of searches, by their purpose.
import type { FitSearch } from '../../../electron/contract/api/fit.ts';

type Named = Pick<FitSearch, 'jobId' | 'modelId'>;

/** Whether another search of the same model has the same name. */
export function isNamedTwice<Search extends Named>(
  search: Search,
  searches: readonly Search[],
  nameOf: (search: Search) => string,
): boolean {
  return searches.some(
    (one) => one.jobId !== search.jobId && one.modelId === search.modelId && nameOf(one) === nameOf(search),
  );
}
