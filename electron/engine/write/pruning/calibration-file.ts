// Reads and checks calibration files: a GGUF of routers, down matrices or both, fitted to the experts that a choice keeps. `calibrating`
// writes them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { calibrationFactsSchema, type CalibrationFacts } from '../../../contract/calibration.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufHeader, ModelInfo, TensorInfo } from '../../../contract/model-info.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import type { FittedRouter, GgufEdit } from '../../../../native/index.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { parsedJson } from '../../base/files/json-guard.ts';
import { appliesExpertScale } from '../../models/architecture-rules.ts';
import { keyString } from '../../models/gguf-keys.ts';
import { DOWN, EXPERT_SCALE, ROUTER } from '../../models/expert-tensors.ts';
import { CALIBRATION_TYPE } from '../../models/gguf-kind.ts';
import { isUnread } from '../../models/identity.ts';
import { checkComplete, readHeader, type InspectedModel } from '../../models/inspect.ts';
import { openModelFiles } from '../../models/model-files.ts';
import { selectionHash, type Selection } from '../../experts/selection/selection.ts';
import type { PlannedTensor } from './planned-file.ts';
import { routerReach } from './router-reach.ts';

/** Relative tolerance: values are stored in single precision. */
const ROUNDING = 1e-6;

export type Calibration = {
  readonly path: string;
  /** Indexed by tensor name, as they go into the pruned file. */
  readonly tensors: ReadonlyMap<string, PlannedTensor>;
  /** Keys that describe the calibration in the pruned file. */
  readonly keys: readonly GgufEdit[];
  readonly facts: CalibrationFacts;
  /** Whether a hash proves the file unchanged since it was written; older files have none. */
  readonly isSealed: boolean;
};

/** The keys of a calibration file. @param tensors in the order of the file */
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
    { key: WINNOW_KEYS.calibrationChoice, type: 'string', value: choice },
    { key: WINNOW_KEYS.calibration, type: 'string', value: said },
    { key: WINNOW_KEYS.calibrationSeal, type: 'string', value: await sealOf(choice, said, tensors) },
  ];
}

/** Hashes what a calibration consists of. @param tensors in the order of the file */
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
 * Reads and checks the whole file against the model's own routers. If the plan has not read the whole model, the run checks which model
 * the file belongs to.
 * @throws WinnowError FILE_NOT_FOUND, NOT_GGUF, GGUF_CORRUPT; MASK_INVALID: it belongs to another model or other experts, holds values
 * that no fit produces, was changed, or is no calibration
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
  const said = keyString(header.kv, WINNOW_KEYS.calibration) ?? '';
  const facts = calibrationFactsSchema.safeParse(parsedJson(said)).data;
  if (keyString(header.kv, 'general.type') !== CALIBRATION_TYPE || !facts) {
    throw invalid(path, say('notCalibration', { path }));
  }
  const madeFor = keyString(header.kv, WINNOW_KEYS.calibrationChoice) ?? '';
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
  const seal = keyString(header.kv, WINNOW_KEYS.calibrationSeal);
  if (seal !== null && seal !== (await sealOf(madeFor, said, tensors))) {
    throw invalid(path, say('calibrationChanged', { path }));
  }
  const keys: GgufEdit[] = [{ key: WINNOW_KEYS.calibration, type: 'string', value: JSON.stringify(facts) }];
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return { path: sourcePath, tensors: byName, keys, facts, isSealed: seal !== null };
}

/** The calibration's routers, in the form that a backend worker takes. */
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

/** Down matrices of a block's kept experts: a range of a file, in the tensor's type. */
export type FittedMatrices = {
  readonly block: number;
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
};

/** The calibration's down matrices, block by block, for the blocks that have any. */
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

/** Whether llama.cpp applies factors of experts that a calibration adds to the model. */
function appliesAdded({ info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>): boolean {
  return appliesExpertScale(info.arch) && !tensors.some(({ name }) => name.endsWith(`.${EXPERT_SCALE}`));
}

/** Requires exactly the tensors that the facts name, in all layers, each for its layer's kept experts. @throws WinnowError MASK_INVALID */
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

/** A shape as text, without trailing dimensions of 1, which GGUF leaves out. */
function shapeText(ne: readonly number[]): string {
  return ne.join(' × ').replace(/( × 1)+$/, '');
}

type InFile = { readonly path: string; readonly tensor: GgufHeader['tensors'][number] };

/** Requires finite values. Reads one expert at a time. @throws WinnowError MASK_INVALID */
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

/** Requires finite values, no farther from where the fit began than it can move them. @throws WinnowError MASK_INVALID */
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
