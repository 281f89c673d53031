// A calibration as a file: a GGUF that holds a few small tensors, routers that were fitted to the experts that a choice keeps. Read and
// checked here; `calibrating` writes it.
import { resolve } from 'node:path';
import { calibrationFactsSchema, type CalibrationFacts } from '../../contract/calibration.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Grouping } from '../../contract/requests.ts';
import { say } from '../../contract/sentences.ts';
import type { GgufEdit } from '../../../native/index.ts';
import type { Backend } from '../backend/backend.ts';
import { parsedJson } from '../files/json-guard.ts';
import { keyString } from '../models/gguf-keys.ts';
import { CALIBRATION_TYPE } from '../models/gguf-kind.ts';
import { checkComplete, readHeader, type InspectedModel } from '../models/inspect.ts';
import { openModelFiles } from '../models/model-files.ts';
import { selectionHash } from '../selection/selection-hash.ts';
import type { PlannedTensor } from './planned-file.ts';

/** Within a block: factors of the experts' outputs. */
export const EXPERT_SCALE = 'ffn_down_exps.scale';
/** Within a block: the router's rows. */
export const ROUTER = 'ffn_gate_inp.weight';

const FACTS_KEY = 'winnow.calibration';
const CHOICE_KEY = 'winnow.calibration.choice';

/** What a calibration is for: experts, and how tokens are routed to them. */
export type CalibratedChoice = {
  readonly kept: readonly (readonly number[])[];
  readonly grouping: Grouping;
  /** null: as many as the model says. */
  readonly activeExperts: number | null;
};

export type Calibration = {
  readonly path: string;
  /** By name, as they go into the pruned file. */
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  /** What the pruned file says of it. */
  readonly keys: readonly GgufEdit[];
  readonly facts: CalibrationFacts;
};

/** Keys of the file itself. */
export function calibrationKeys(
  info: Pick<ModelInfo, 'fingerprint' | 'nExpertGroups'>,
  { kept, grouping, activeExperts }: CalibratedChoice,
  facts: CalibrationFacts,
): GgufEdit[] {
  return [
    { key: 'general.type', type: 'string', value: CALIBRATION_TYPE },
    { key: CHOICE_KEY, type: 'string', value: selectionHash(info, kept, grouping, activeExperts) },
    { key: FACTS_KEY, type: 'string', value: JSON.stringify(facts) },
  ];
}

/**
 * @throws WinnowError FILE_NOT_FOUND, NOT_GGUF, GGUF_CORRUPT; MASK_INVALID: it is of another model or other experts, or no calibration
 */
export async function readCalibration(
  path: string,
  model: InspectedModel,
  choice: CalibratedChoice,
  backend: Backend,
): Promise<Calibration> {
  const { info } = model;
  const sourcePath = resolve(path);
  const [file] = await openModelFiles(sourcePath);
  if (!file) throw new WinnowError('INTERNAL', 'a calibration has at least one file');
  const header = await readHeader(file.path, file.bytes, backend);
  checkComplete(file, header.tensors);
  const facts = calibrationFactsSchema.safeParse(parsedJson(keyString(header.kv, FACTS_KEY) ?? '')).data;
  if (keyString(header.kv, 'general.type') !== CALIBRATION_TYPE || !facts) {
    throw new WinnowError('MASK_INVALID', say('notCalibration', { path }), { path });
  }
  const own = selectionHash(info, choice.kept, choice.grouping, choice.activeExperts);
  if (keyString(header.kv, CHOICE_KEY) !== own) {
    throw new WinnowError('MASK_INVALID', say('calibrationForeign', { path, model: info.path }), { path });
  }
  const tensors = header.tensors.map(({ name, type, ne, bytes, fileOffset }): PlannedTensor => {
    return { name, type, ne, bytes, sourcePath, ranges: [{ offset: fileOffset, length: bytes }] };
  });
  const keys: GgufEdit[] = [{ key: FACTS_KEY, type: 'string', value: JSON.stringify(facts) }];
  return { path: sourcePath, tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])), keys, facts };
}
