// A calibration as a file: a GGUF that holds routers, or down matrices, or both, that were fitted to the experts that a choice keeps. Read
// and checked here; `calibrating` writes it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
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
import { isUnread } from '../../models/identity.ts';
import { checkComplete, readHeader, type InspectedModel } from '../../models/inspect.ts';
import { openModelFiles } from '../../models/model-files.ts';
import { selectionHash, type Selection } from '../../experts/selection/selection.ts';
import type { PlannedTensor } from './planned-file.ts';
import { routerReach } from './router-reach.ts';

/** Within a block: factors of the experts' outputs, as older calibrations have them. */
export const EXPERT_SCALE = 'ffn_down_exps.scale';
/** Within a block: the experts' down matrices. */
export const DOWN = 'ffn_down_exps.weight';
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

/** Keys of the file itself. @param tensors in the order of the file */
export async function calibrationKeys(
  info: Pick<ModelInfo, 'fingerprint' | 'nExpertGroups'>,
  selection: Selection,
  facts: CalibrationFacts,
  tensors: readonly PlannedTensor[],
): Promise<GgufEdit[]> {
  const choice = selectionHash(info, selection);
  const said = JSON.stringify(facts);
  return [
    { key: 'general.type', type: 'string', value: CALIBRATION_TYPE },
    { key: CHOICE_KEY, type: 'string', value: choice },
    { key: FACTS_KEY, type: 'string', value: said },
    { key: SEAL_KEY, type: 'string', value: await sealOf(choice, said, tensors) },
  ];
}

/** @param tensors in the order of the file */
async function sealOf(choice: string, facts: string, tensors: readonly PlannedTensor[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([choice, facts, tensors.map(({ name }) => name)]));
  for (const { sourcePath, ranges } of tensors) {
    for (const { offset, length } of ranges) {
      const bytes = createReadStream(sourcePath, { start: offset, end: offset + length - 1 });
      for await (const chunk of bytes) hash.update(chunk as Buffer);
    }
  }
  return hash.digest('hex');
}

/**
 * Reads all of it, and the model's own routers. For a plan that has not read the model whole, which model it is of is left to the run.
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
  const madeFor = keyString(header.kv, CHOICE_KEY) ?? '';
  if (!isUnread(info) && madeFor !== selectionHash(info, choice)) {
    throw invalid(path, say('calibrationForeign', { path, model: info.path }));
  }
  checkShapes(path, header.tensors, facts, model, choice);
  for (const tensor of header.tensors) {
    if (tensor.name.endsWith(DOWN)) await checkMatrices({ path: sourcePath, tensor }, backend);
    else await checkValues({ path: sourcePath, tensor, tokens: facts.tokens }, model, choice, backend);
  }
  const tensors = header.tensors.map(({ name, type, ne, bytes, fileOffset }): PlannedTensor => {
    return { name, type, ne, bytes, sourcePath, ranges: [{ offset: fileOffset, length: bytes }] };
  });
  const seal = keyString(header.kv, SEAL_KEY);
  if (seal !== null && seal !== (await sealOf(madeFor, said, tensors))) {
    throw invalid(path, say('calibrationChanged', { path }));
  }
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

/** Down matrices of the kept experts of a block: a range of a file, in their type. */
export type FittedMatrices = {
  readonly block: number;
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
};

/** Its down matrices, block by block, as far as it has any. */
export function calibratedMatrices(
  { tensors }: Pick<Calibration, 'tensors'>,
  { moeLayers }: Pick<ModelInfo, 'moeLayers'>,
): FittedMatrices[] {
  return moeLayers.flatMap((block) => {
    const { sourcePath, bytes, ranges } = tensors.get(`blk.${block}.${DOWN}`) ?? {};
    return sourcePath === undefined || bytes === undefined
      ? []
      : [{ block, path: sourcePath, offset: ranges![0]!.offset, bytes }];
  });
}

/** Whether llama.cpp applies a factor for each expert that a file adds. */
function appliesAdded({ info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>): boolean {
  return appliesExpertScale(info.arch) && !tensors.some(({ name }) => name.endsWith(`.${EXPERT_SCALE}`));
}

/** What the facts say, of all layers, and nothing else, each for the experts that its layer keeps. @throws WinnowError MASK_INVALID */
function checkShapes(
  path: string,
  found: GgufHeader['tensors'],
  { parts = ['routers'], scales }: CalibrationFacts,
  model: InspectedModel,
  { kept }: Selection,
): void {
  const expected = new Map<string, { readonly type: string; readonly shape: readonly number[] }>(
    model.info.moeLayers.flatMap((block, layer) => {
      const keep = kept[layer]?.length ?? 0;
      const named = (name: string, type: string, ne: readonly number[]) =>
        [`blk.${block}.${name}`, { type, shape: [...ne, keep] }] as const;
      const down = model.tensors.find(({ name }) => name === `blk.${block}.${DOWN}`);
      return [
        ...(parts.includes('routers') ? [named(ROUTER, 'f32', ownRouter(model, block).ne.slice(0, 1))] : []),
        ...(scales && appliesAdded(model) ? [named(EXPERT_SCALE, 'f32', [])] : []),
        ...(parts.includes('down') && down ? [named(DOWN, down.type, down.ne.slice(0, -1))] : []),
      ];
    }),
  );
  const refuse = (tensor: string, reason: Sentence): never => {
    throw invalid(path, say('calibrationTensor', { path, tensor, reason }));
  };
  const names = new Set(found.map(({ name }) => name));
  const missing = [...expected.keys()].find((name) => !names.has(name));
  if (missing !== undefined) refuse(missing, say('calibrationTensorMissing'));
  for (const { name, type, ne } of found) {
    const own = expected.get(name) ?? refuse(name, say('calibrationTensorForeign'));
    if (type !== own.type || shapeText(ne) !== shapeText(own.shape)) {
      const was = { type: type.toUpperCase(), shape: shapeText(ne) };
      refuse(
        name,
        say('calibrationTensorShape', { ...was, expected: shapeText(own.shape), own: own.type.toUpperCase() }),
      );
    }
  }
}

/** GGUF leaves out a last dimension of 1. */
function shapeText(ne: readonly number[]): string {
  return ne.join(' × ').replace(/( × 1)+$/, '');
}

type InFile = { readonly path: string; readonly tensor: GgufHeader['tensors'][number] };

/** Finite. One expert after the other is read. @throws WinnowError MASK_INVALID */
async function checkMatrices({ path, tensor }: InFile, backend: Backend): Promise<void> {
  const { name, type, ne, bytes, fileOffset } = tensor;
  const experts = ne.length > 2 ? (ne.at(-1) ?? 1) : 1;
  for (let expert = 0; expert < experts; expert++) {
    const one = { type, ne: ne.slice(0, 2), fileOffset: fileOffset + (expert * bytes) / experts };
    const values = await floatsOf(path, one, backend);
    if (!values.every(Number.isFinite)) {
      throw invalid(path, say('calibrationTensor', { path, tensor: name, reason: say('calibrationNotFinite') }));
    }
  }
}

/** Finite, and no farther from what the fit began with than it can go. @throws WinnowError MASK_INVALID */
async function checkValues(
  { path, tensor, tokens }: InFile & { readonly tokens: number },
  model: InspectedModel,
  { kept }: Selection,
  backend: Backend,
): Promise<void> {
  const { name } = tensor;
  const values = await floatsOf(path, tensor, backend);
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
