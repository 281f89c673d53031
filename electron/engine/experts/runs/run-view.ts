// A score run in the form that the interface shows.
import type { Run } from '../../../contract/api/runs.ts';
import { keptCount } from '../../../contract/kept-experts.ts';
import { modelName } from '../../models/model-name.ts';
import { hashJson } from '../../store/json.ts';
import { maskOfRun } from './run-mask.ts';
import { stopOfRun } from './run-stop.ts';
import type { StoredRun } from './stored-run.ts';
import type { Mask } from '../selection/selection.ts';

/** @param modelId the model's id in the library; null: it is not there */
export function runView({ run, model }: StoredRun, modelId: string | null): Run {
  const { info } = model;
  const mask = maskOfRun(run.settings);
  return {
    ...run,
    modelId,
    modelName: modelName(info),
    moeLayers: [...info.moeLayers],
    nExpert: info.nExpert,
    nExpertUsed: info.nExpertUsed,
    nExpertGroups: info.nExpertGroups,
    stop: stopOfRun(run.settings),
    recorded: run.settings,
    maskedTo: mask && keptCount(mask.kept),
    settings: Object.fromEntries(
      texts(mask ? Object.assign({}, run.settings, { mask: maskText(mask, info.nExpert) }) : run.settings),
    ),
  };
}

/** A mask is long: only its counts, and enough of its hash to distinguish it from others. */
function maskText(mask: Mask, nExpert: number): string {
  return `${keptCount(mask.kept)}/${nExpert} (${hashJson(mask).slice(0, 8)})`;
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
