// A model as the database knows it from now on. What an earlier version stored of it becomes its own: that version knew it by
// samples of its bytes, which prove less.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Store } from '../../store/database.ts';
import { listExports, setSelectionHash, type ExportedPlan } from '../../store/exports.ts';
import { findModel, findSampledModel, rememberModel, setFingerprint, type StoredModel } from '../../store/models.ts';
import { getSelection } from '../../store/selections.ts';
import { calibratedHash, narrowedHash, quantisedHash, repairedHash, selectionHash } from './selection.ts';

/**
 * Adds the model, or notes where it was found this time. Runs and choices of an earlier version with its samples are its own
 * then: they stay readable and can be chosen from. Such runs are scored anew, and what was measured counts no more.
 */
export function knownModel(store: Store, info: ModelInfo): StoredModel {
  return store.transaction(() => {
    const { fingerprint, sampled } = info;
    const earlier = sampled === undefined || sampled === fingerprint ? undefined : findSampledModel(store, sampled);
    if (earlier && findModel(store, fingerprint)?.fingerprint !== fingerprint) {
      setFingerprint(store, earlier.id, fingerprint);
      moveExports(store, earlier, info);
    }
    return rememberModel(store, info);
  });
}

/** Files say by which choice they were written: its hash has the model's fingerprint in it. */
function moveExports(store: Store, earlier: StoredModel, info: ModelInfo): void {
  for (const { id, modelId, plan } of listExports(store)) {
    if (modelId !== earlier.id || plan.selectionHash === null) continue;
    const { kept } = getSelection(store, plan.selectionId ?? plan.how?.chosenBy ?? -1) ?? {};
    if (kept && writtenHash(earlier.info, kept, plan) === plan.selectionHash) {
      setSelectionHash(store, id, writtenHash(info, kept, plan));
    }
  }
}

/** What the choice in a written file is known by. */
export function writtenHash(
  info: Pick<ModelInfo, 'fingerprint' | 'nExpertGroups'>,
  kept: KeptExperts,
  { how, calibrated, quantised, repaired }: Pick<ExportedPlan, 'how' | 'calibrated' | 'quantised' | 'repaired'>,
): string {
  const { grouping = 'ungrouped', activeExperts = null, width = null } = how ?? {};
  const whole = selectionHash(info, { kept, grouping, activeExperts });
  const own = width === null ? whole : narrowedHash(whole, { width, imatrix: how?.imatrix ?? null });
  const choice = calibrated ? calibratedHash(own, calibrated) : own;
  const made = quantised ? quantisedHash(choice, quantised) : choice;
  return repaired ? repairedHash(made, repaired) : made;
}
