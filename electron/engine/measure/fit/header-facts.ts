// Predicts what the headers of files will say, as far as it affects their sizes, before experts are chosen and a matrix is collected.
import type { ChoosingWay } from '../../../contract/fit.ts';
import type { SuperExperts } from '../../../contract/requests.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { planImatrix } from '../../write/pruning/imatrix.ts';
import { readImatrix } from '../../write/pruning/imatrix-file.ts';
import type { PlannedFile } from '../../write/pruning/planned-file.ts';
import { provenanceKeys } from '../../write/pruning/provenance.ts';
import { matrixKeys, matrixName } from '../../write/pruning/write-importance.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import type { SelectionSettings } from '../../experts/selection/selection-settings.ts';
import { settingsOfChoice } from '../../experts/selections/choose.ts';
import type { FileKind } from './candidates.ts';
import { firstExperts } from './fit-files.ts';
import { choiceRequest } from './selection-request.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

/** How experts are chosen: by a criterion, on the demos of one domain. */
export type ChosenBy = ChoosingWay & {
  readonly tokens: TokenChoice | undefined;
  readonly superExperts?: SuperExperts | undefined;
  readonly source: SelectionSettings['demos'][number];
};

/** A file's size depends on whether there is a matrix, but not on the tensors in it. */
const ONE_ENTRY = {
  remove: [],
  alignment: USUAL_ALIGNMENT,
  tensors: ['in_sum2', 'counts'].map((name) => ({
    name: `output.weight.${name}`,
    type: 'f32',
    ne: [1, 1],
    bytes: 4,
    sourcePath: '',
    ranges: [],
  })),
};

/**
 * An importance matrix with the keys of a named file.
 * @throws WinnowError as `readImatrix`
 */
export async function namedMatrix(path: string, model: InspectedModel, backend: Backend): Promise<PlannedFile> {
  const kept = firstExperts(model.info, model.info.nExpert);
  const planned = planImatrix(await readImatrix(path, model, backend), 'sized.imatrix.gguf', model, { kept });
  return { ...planned, tensors: ONE_ENTRY.tensors };
}

/** An importance matrix with the keys of the one that is collected while a domain is scored. */
export function domainMatrix(domain: string): PlannedFile {
  return { ...ONE_ENTRY, path: matrixName(domain), keysFrom: null, set: matrixKeys(domain, []) };
}

/**
 * Provenance keys with the same number of bytes as the final ones.
 * @param by null: the file will not say how its experts were chosen
 */
export function provenanceOf(
  { info }: Pick<InspectedModel, 'info'>,
  { keep, mix, activeExperts }: Pick<FileKind<unknown>, 'keep' | 'mix' | 'activeExperts'>,
  by: ChosenBy | null,
): readonly GgufEdit[] {
  const kept = firstExperts(info, keep, by?.grouping);
  const rules = mix === null ? {} : rulesOfMix(mix);
  if (by === null) return provenanceKeys(info, kept, null, rules);
  const settings = settingsOfChoice(
    { demos: [by.source], runIds: [1] },
    choiceRequest(by, 1, { keep, activeExperts }),
    1,
  );
  return provenanceKeys(info, kept, { criterion: by.criterion, settings }, rules);
}
