// A calibration as a file: a GGUF that holds a few small tensors, routers that were fitted to the experts that a choice keeps. Read and
// checked here; `calibrating` writes it.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { calibrationFactsSchema, type CalibrationFacts } from '../../../contract/calibration.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufHeader, ModelInfo, TensorInfo } from '../../../contract/model-info.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import type { FittedRouter, GgufEdit } from '../../../../native/index.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { parsedJson } from '../../base/files/json-guard.ts';
import { appliesExpertScale } from '../../models/architecture-rules.ts';
import { keyString } from '../../models/gguf-keys.ts';
import { CALIBRATION_TYPE } from '../../models/gguf-kind.ts';
import { checkComplete, readHeader, type InspectedModel } from '../../models/inspect.ts';
import { openModelFiles } from '../../models/model-files.ts';
import { selectionHash, type Selection } from '../../experts/selection/selection.ts';
import type { PlannedTensor } from './planned-file.ts';
import { routerReach } from './router-reach.ts';

/** Within a block: factors of the experts' outputs. */
export const EXPERT_SCALE = 'ffn_down_exps.scale';
/** Within a block: the router's rows. */
export const ROUTER = 'ffn_gate_inp.weight';

const FACTS_KEY = 'winnow.calibration';
const CHOICE_KEY = 'winnow.calibration.choice';
/** Over choice, facts and tensors. Files of older versions have none. */
const SEAL_KEY = 'winnow.calibration.sha256';

/** Values are written in single precision. */
const ROUNDING = 1e-6;

export type Calibration = {
  readonly path: string;
  /** By name, as they go into the pruned file. */
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  /** What the pruned file says of it. */
  readonly keys: readonly GgufEdit[];
  readonly facts: CalibrationFacts;
  /** Whether it is as it was written: older files do not tell. */
  readonly isSealed: boolean;
};

/** A tensor's name and values. */
type CalibratedTensor = { readonly name: string; readonly values: Float32Array };

/** Whether a factor for each kept expert is fitted, too. */
export function fitsScales({ info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>): boolean {
  return appliesExpertScale(info.arch) && !tensors.some(({ name }) => name.endsWith(`.${EXPERT_SCALE}`));
}

/** Keys of the file itself. */
export function calibrationKeys(
  info: Pick<ModelInfo, 'fingerprint' | 'nExpertGroups'>,
  selection: Selection,
  facts: CalibrationFacts,
  tensors: readonly CalibratedTensor[],
): GgufEdit[] {
  const choice = selectionHash(info, selection);
  const said = JSON.stringify(facts);
  return [
    { key: 'general.type', type: 'string', value: CALIBRATION_TYPE },
    { key: CHOICE_KEY, type: 'string', value: choice },
    { key: FACTS_KEY, type: 'string', value: said },
    { key: SEAL_KEY, type: 'string', value: sealOf(choice, said, tensors) },
  ];
}

/** @param tensors in the order of the file */
function sealOf(choice: string, facts: string, tensors: readonly CalibratedTensor[]): string {
  const hash = createHash('sha256').update(JSON.stringify([choice, facts, tensors.map(({ name }) => name)]));
  for (const { values } of tensors) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.digest('hex');
}

/**
 * Reads all of it, and the model's own routers.
 * @throws WinnowError FILE_NOT_FOUND, NOT_GGUF, GGUF_CORRUPT; MASK_INVALID: it is of another model or other experts, holds what no fit
 * gives, was changed, or is no calibration
 */
export async function readCalibration(
  path: string,
  model: InspectedModel,
  choice: Selection,
  backend: Backend,
): Promise<Calibration> {
  const { info } = model;
  const sourcePath = resolve(path);
  const [file] = await openModelFiles(sourcePath);
  if (!file) throw new WinnowError('INTERNAL', 'a calibration has at least one file');
  const header = await readHeader(file.path, file.bytes, backend);
  checkComplete(file, header.tensors);
  const said = keyString(header.kv, FACTS_KEY) ?? '';
  const facts = calibrationFactsSchema.safeParse(parsedJson(said)).data;
  if (keyString(header.kv, 'general.type') !== CALIBRATION_TYPE || !facts) {
    throw invalid(path, say('notCalibration', { path }));
  }
  const own = selectionHash(info, choice);
  if (keyString(header.kv, CHOICE_KEY) !== own) {
    throw invalid(path, say('calibrationForeign', { path, model: info.path }));
  }
  checkShapes(path, header.tensors, model, choice);
  const contents: CalibratedTensor[] = [];
  for (const tensor of header.tensors) {
    const values = await floatsOf(sourcePath, tensor, backend);
    contents.push({ name: tensor.name, values });
    const fitted = { path, name: tensor.name, values, tokens: facts.tokens };
    await checkValues(fitted, model, choice, backend);
  }
  const seal = keyString(header.kv, SEAL_KEY);
  if (seal !== null && seal !== sealOf(own, said, contents)) throw invalid(path, say('calibrationChanged', { path }));

  const tensors = header.tensors.map(({ name, type, ne, bytes, fileOffset }): PlannedTensor => {
    return { name, type, ne, bytes, sourcePath, ranges: [{ offset: fileOffset, length: bytes }] };
  });
  const keys: GgufEdit[] = [{ key: FACTS_KEY, type: 'string', value: JSON.stringify(facts) }];
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return { path: sourcePath, tensors: byName, keys, facts, isSealed: seal !== null };
}

/** Its routers, as a backend worker takes them. */
export async function calibratedRouters(
  { tensors }: Pick<Calibration, 'tensors'>,
  { moeLayers }: Pick<ModelInfo, 'moeLayers'>,
  backend: Backend,
): Promise<FittedRouter[]> {
  const valuesOf = async (name: string): Promise<Float32Array | null> => {
    const tensor = tensors.get(name);
    if (!tensor) return null;
    return floatsOf(tensor.sourcePath, { ...tensor, fileOffset: tensor.ranges[0]!.offset }, backend);
  };
  const routers: FittedRouter[] = [];
  for (const block of moeLayers) {
    const rows = await valuesOf(`blk.${block}.${ROUTER}`);
    if (rows) routers.push({ block, rows, scales: await valuesOf(`blk.${block}.${EXPERT_SCALE}`) });
  }
  return routers;
}

/** The routers of all layers and nothing else, each for the experts that its layer keeps. @throws WinnowError MASK_INVALID */
function checkShapes(path: string, found: GgufHeader['tensors'], model: InspectedModel, { kept }: Selection): void {
  const scales = fitsScales(model);
  const expected = new Map(
    model.info.moeLayers.flatMap((block, layer): (readonly [string, readonly number[]])[] => {
      const keep = kept[layer]?.length ?? 0;
      const width = ownRouter(model, block).ne[0] ?? 0;
      const rows = [`blk.${block}.${ROUTER}`, [width, keep]] as const;
      return scales ? [rows, [`blk.${block}.${EXPERT_SCALE}`, [keep]]] : [rows];
    }),
  );
  const refuse = (tensor: string, reason: Sentence): never => {
    throw invalid(path, say('calibrationTensor', { path, tensor, reason }));
  };
  const names = new Set(found.map(({ name }) => name));
  const missing = [...expected.keys()].find((name) => !names.has(name));
  if (missing !== undefined) refuse(missing, say('calibrationTensorMissing'));
  for (const { name, type, ne } of found) {
    const shape = expected.get(name) ?? refuse(name, say('calibrationTensorForeign'));
    if (type !== 'f32' || shapeText(ne) !== shapeText(shape)) {
      const was = { type: type.toUpperCase(), shape: shapeText(ne), expected: shapeText(shape) };
      refuse(name, say('calibrationTensorShape', was));
    }
  }
}

/** GGUF leaves out a last dimension of 1. */
function shapeText(ne: readonly number[]): string {
  return ne.join(' × ').replace(/( × 1)+$/, '');
}

type Fitted = CalibratedTensor & { readonly path: string; readonly tokens: number };

/** Finite, and no farther from what the fit began with than it can go. @throws WinnowError MASK_INVALID */
async function checkValues(
  { path, name, values, tokens }: Fitted,
  model: InspectedModel,
  { kept }: Selection,
  backend: Backend,
): Promise<void> {
  const reach = routerReach(tokens);
  const isRows = name.endsWith(ROUTER);
  const layer = model.info.moeLayers.findIndex((block) => name.startsWith(`blk.${block}.`));
  const router = ownRouter(model, model.info.moeLayers[layer]!);
  const [width = 1] = router.ne;
  const rows = isRows ? await floatsOf(model.info.parts[router.part]!, router, backend) : null;
  const experts = kept[layer]!;
  const most = isRows ? reach.rows : reach.factors;
  for (const [i, value] of values.entries()) {
    const start = rows ? rows[experts[Math.floor(i / width)]! * width + (i % width)]! : 1;
    if (Math.abs(value - start) <= most + ROUNDING * Math.abs(start)) continue;
    const reason = Number.isFinite(value)
      ? say('calibrationTooFar', {
          value: value.toPrecision(3),
          start: start.toPrecision(3),
          most: most.toPrecision(3),
        })
      : say('calibrationNotFinite');
    throw invalid(path, say('calibrationTensor', { path, tensor: name, reason }));
  }
}

function ownRouter({ info, tensors }: InspectedModel, block: number): TensorInfo {
  const name = `blk.${block}.${ROUTER}`;
  const router = tensors.find((tensor) => tensor.name === name);
  if (router) return router;
  throw new WinnowError('ARCH_REFUSED', say('blockLacks', { block, tensor: name }), { path: info.path });
}

function floatsOf(
  path: string,
  { fileOffset, type, ne }: Pick<TensorInfo, 'fileOffset' | 'type' | 'ne'>,
  backend: Backend,
): Promise<Float32Array> {
  const count = ne.reduce((product, n) => product * n, 1);
  return backend.call('readTensor', { path, offset: fileOffset, type, count });
}

function invalid(path: string, said: Sentence): WinnowError {
  return new WinnowError('MASK_INVALID', said, { path });
}
