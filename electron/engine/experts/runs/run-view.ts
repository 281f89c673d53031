// A score run in the form that the interface shows.
import type { Run } from '../../../contract/api/runs.ts';
import { modelName } from '../../models/model-name.ts';
import type { StoredRun } from './stored-run.ts';

/** @param modelId the model's id in the library; null: it is not there */
export function runView({ run, model }: StoredRun, modelId: string | null): Run {
  const { info } = model;
  return {
    ...run,
    modelId,
    modelName: modelName(info),
    moeLayers: [...info.moeLayers],
    nExpert: info.nExpert,
    nExpertUsed: info.nExpertUsed,
    nExpertGroups: info.nExpertGroups,
    recorded: run.settings,
    settings: Object.fromEntries(texts(run.settings)),
  };
}

/** The leaves of a JSON object, indexed by key; those of nested objects by "outer.inner". */
function texts(settings: unknown, prefix = ''): [string, string][] {
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.entries(settings).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    if (Array.isArray(value)) return [[prefix + key, value.join(', ')]];
    if (typeof value === 'object' && value !== null) return texts(value, `${prefix}${key}.`);
    return [[prefix + key, String(value)]];
  });
}
