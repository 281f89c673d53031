// Which models the table shows.
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { matcher } from '../../kit/matcher.ts';

/** What is searched in a model. */
function textOf({ name, publisher, displayPath, details }: ModelEntry): string {
  return [name, publisher, displayPath, details?.arch, details?.fileType].join(' ');
}

/** @param onlyPrunable leaves out what cannot be pruned, not what is still being read */
export function filterModels(models: readonly ModelEntry[], search: string, onlyPrunable: boolean): ModelEntry[] {
  const isFound = matcher(search);
  return models.filter((model) => {
    if (onlyPrunable && model.state !== 'ready' && model.state !== 'reading') return false;
    return isFound(textOf(model));
  });
}
