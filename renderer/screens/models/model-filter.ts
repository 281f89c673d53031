// Which models the table shows.
import type { ModelEntry } from '../../../electron/contract/api/library.ts';

/** What is searched in a model; every word must be found somewhere. */
function textOf({ name, publisher, displayPath, details }: ModelEntry): string {
  return [name, publisher, displayPath, details?.arch, details?.fileType].join(' ').toLowerCase();
}

/** @param onlyPrunable leaves out what cannot be pruned, not what is still being read */
export function filterModels(models: readonly ModelEntry[], search: string, onlyPrunable: boolean): ModelEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    if (onlyPrunable && model.state !== 'ready' && model.state !== 'reading') return false;
    const text = words.length === 0 ? '' : textOf(model);
    return words.every((word) => text.includes(word));
  });
}
