// A model as the database knows it from now on.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelFacts, ModelInfo } from '../../../contract/model-info.ts';
import { isUnread } from '../../models/identity.ts';
import type { Store } from '../../store/database.ts';
import type { ExportedPlan } from '../../store/exports.ts';
import { listModels, rememberModel, type StoredModel } from '../../store/models.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { repairedHash, selectionHash } from './selection.ts';

/** Adds the model, or notes where it was found this time. A model that a plan has not read whole is not added. */
export function knownModel(store: Store, info: ModelInfo): StoredModel {
  return isUnread(info) ? presumedModel(store, info) : rememberModel(store, info);
}

/** No row has this number: rows are counted from 1. */
const NO_ROW = 0;

/** The model last seen at this path, if it has the same routers and norms; otherwise a row that leads to nothing. */
function presumedModel(store: Store, info: ModelInfo): StoredModel {
  const there = modelAt(store, info);
  if (there && there.info.kindred === info.kindred) return there;
  return { ...info, info, id: NO_ROW, lastSeenMs: 0 };
}

/** The model that was last seen at this path with this size; undefined: there was none. */
export function modelAt(store: Store, { path, bytes }: ModelFacts): StoredModel | undefined {
  return listModels(store).find(({ info }) => info.path === path && info.bytes === bytes);
}

/** How a file was made of a choice, as the plan of its export says. */
type Making = {
  readonly how?: ExportedPlan['how'];
  readonly quantised?: ExportedPlan['quantised'];
  readonly repaired?: ExportedPlan['repaired'];
};

/** The hash by which the choice in a written file is known: in another type, or narrower, it computes something else than the choice. */
export function writtenHash(info: ModelInfo, kept: KeptExperts, { how, quantised, repaired }: Making): string {
  const { grouping = 'ungrouped', activeExperts = null, width = null } = how ?? {};
  const whole = selectionHash(info, { kept, grouping, activeExperts });
  const narrowed = { width, imatrix: how?.imatrix ?? null };
  const choice = width === null ? whole : hashJson({ choice: whole, narrowed });
  const made = quantised ? hashJson({ choice, quantised }) : choice;
  return repaired ? repairedHash(made, repaired) : made;
}
