// Repairs a written file: the down matrices of its experts are fitted so that its residual stream comes nearest to the full model's, block
// after block, each quantised as it is in the file before the next is fitted.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { REPAIR_RIDGE, type RepairFacts } from '../../../contract/repair.ts';
import { say } from '../../../contract/sentences.ts';
import type { FittedDown } from '../../../../native/index.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import { hashJson } from '../../store/json.ts';
import { openResumableFolder } from '../../store/resumable-folder.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { REPAIR_KEY } from '../../models/gguf-keys.ts';
import { requireUnchanged } from '../../models/identity.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { gateOf, judge, type GateTools } from '../calibrating/gate.ts';
import { asSetOf } from '../pruning/layout.ts';
import { planCopy } from '../pruning/plan.ts';
import type { PlannedTensor } from '../pruning/planned-file.ts';
import type { PruneOptions } from '../pruning/prune-options.ts';
import { freeBytes, spaceProblem } from '../pruning/target-checks.ts';
import { writeGgufFiles, type WrittenFile } from '../pruning/write-gguf.ts';
import { loadPlaced, placeDemos, requireSameModel, type RepairTools } from './placed-demos.ts';
import { DOWN, downTensors } from './down-tensors.ts';
import { fitFlops, memoryOfFit, noteFitted, SWEEPS } from './fit-cost.ts';
import { REPAIR_VERSION, type Teacher } from './teacher.ts';

export type RepairOptions = {
  /** The repaired file; not the one that is repaired. */
  readonly output: string;
  readonly overwrite: boolean;
  readonly split?: PruneOptions['split'];
  /** Default: `REPAIR_RIDGE`. */
  readonly ridge?: number;
};

export type Repaired = {
  /** null: it is not clearly better, and was not written. */
  readonly files: readonly WrittenFile[] | null;
  /** With what it was found to be worth. */
  readonly facts: RepairFacts;
  readonly blocks: readonly Pick<FittedDown, 'block' | 'reached' | 'before' | 'after'>[];
};

/**
 * @param made pruned or quantised or both, from the teacher's model, which the worker need not hold any more
 * @throws WinnowError MODEL_CHANGED: it is of another model; ARCH_REFUSED: its blocks cannot be fitted; OUT_OF_MEMORY, NO_SPACE; as `writeGgufFiles`;
 * CANCELLED keeps what is done for the next time
 */
export async function repairFile(
  made: InspectedModel,
  teacher: Teacher,
  options: RepairOptions,
  tools: RepairTools,
): Promise<Repaired> {
  requireSameModel(made, teacher.model);
  const { backend, context, task, placement } = tools;
  const ridge = options.ridge ?? REPAIR_RIDGE;
  const { signal } = task;
  const own = downTensors(made.tensors);
  if (own.length === 0) throw new WinnowError('ARCH_REFUSED', say('repairNoMatrices', { path: made.info.path }));

  const { fitted, judging } = teacher.demos;
  const { nExpertUsed } = modelShape(made);
  const placed = await placeDemos(made, fitted, tools, memoryOfFit(own, tokensIn(fitted), nExpertUsed));
  const { load } = placed.reading.plan;
  const key = hashJson({
    ...{ version: REPAIR_VERSION, teacher: teacher.key, made: made.info.fingerprint, ridge, sweeps: SWEEPS },
    ...{ load, kvType: placed.context.kvType, nSlice: placed.context.nSlice },
  });
  using folder = await openResumableFolder('repair', `file-${key}`, context);
  const unfitted = own.reduce((sum, { bytes }) => sum + bytes, -(await bytesIn(folder.path)));
  const missing = spaceProblem(folder.path, await freeBytes(folder.path), [Math.max(0, unfitted)]);
  if (missing) throw missing;

  await loadPlaced(made, placed, tools);
  const gate = (step: string): GateTools => {
    let judged = 0;
    return {
      ...{ backend, demos: judging, threads: placement.threads, folder: teacher.folder, signal },
      onDemo: () => task.about({ step: { key: step, done: (judged += 1), total: judging.length } }),
    };
  };
  const before = await judge(gate('judging'));
  const nBlocks = made.info.moeLayers.length;
  const pass = { sequences: [...fitted], ...placed.context, folder: folder.path, streams: teacher.folder, nBlocks };
  const found = await backend.call(
    'fitDown',
    { ...pass, aside: new Int32Array(), ridge, sweeps: SWEEPS },
    {
      signal,
      onProgress: (done, total) =>
        task.about({ step: { key: 'repairing', done: Math.min(Math.floor(done) + 1, total), total } }),
    },
  );
  const fittedAnew = new Set(found.flatMap(({ block, seconds: took }) => (took > 0 ? [`blk.${block}.${DOWN}`] : [])));
  const anew = own.filter(({ name }) => fittedAnew.has(name));
  const seconds = found.reduce((sum, block) => sum + block.seconds, 0);
  noteFitted(context.store, fitFlops(anew, tokensIn(fitted), nExpertUsed), placement.threads, seconds);
  await backend.call('setDown', { blocks: found.map(({ block, path }) => ({ block, path })) });
  const result = gateOf(before, await judge(gate('judging')));
  await requireUnchanged(made.info);

  const facts: RepairFacts = { ...factsOf(teacher), ridge, gate: result };
  const blocks = found.map(({ block, reached, before: was, after }) => ({ block, reached, before: was, after }));
  const files = result.kept ? await writeRepaired(made, fittedTensors(found, made), facts, options, tools) : null;
  await loadVocabulary(backend, made.info); // lets go of the fitted files
  await folder.remove();
  return { files, facts, blocks };
}

/**
 * Puts the matrices of a repaired file into one that is the same but for its header.
 * @param facts of the repair
 * @throws WinnowError as `writeGgufFiles`
 */
export async function copyRepair(
  made: InspectedModel,
  repaired: InspectedModel,
  facts: RepairFacts,
  options: Omit<RepairOptions, 'ridge'>,
  tools: Pick<RepairTools, 'backend' | 'task'>,
): Promise<WrittenFile[]> {
  const tensors = planCopy(repaired, { output: options.output, split: 'single' }).flatMap((file) => file.tensors);
  const downs = new Map(downTensors(tensors).map((tensor) => [tensor.name, tensor] as const));
  return writeRepaired(made, downs, facts, options, tools);
}

async function writeRepaired(
  made: InspectedModel,
  tensors: ReadonlyMap<string, PlannedTensor>,
  facts: RepairFacts,
  { output, split = 'single', overwrite }: Omit<RepairOptions, 'ridge'>,
  { backend, task }: Pick<RepairTools, 'backend' | 'task'>,
): Promise<WrittenFile[]> {
  const set = [{ key: REPAIR_KEY, type: 'string' as const, value: JSON.stringify(facts) }];
  const planned = asSetOf(planCopy(made, { output, split }, { tensors, set }), { repair: hashJson(facts) });
  return writeGgufFiles(planned, { backend, overwrite, signal: task.signal });
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** By name, in the place of those that the file has. */
export function fittedTensors(
  fitted: readonly FittedDown[],
  { tensors }: Pick<InspectedModel, 'tensors'>,
): Map<string, PlannedTensor> {
  const files = new Map(fitted.map((block) => [`blk.${block.block}.${DOWN}`, block]));
  return new Map(
    tensors.flatMap(({ name, type, ne, bytes }): [string, PlannedTensor][] => {
      const file = files.get(name);
      return file
        ? [[name, { name, type, ne, bytes, sourcePath: file.path, ranges: [{ offset: 0, length: bytes }] }]]
        : [];
    }),
  );
}

function tokensIn(sequences: readonly Int32Array[]): number {
  return sequences.reduce((sum, { length }) => sum + length, 0);
}

function factsOf({ model, demos, sequences }: Teacher): Omit<RepairFacts, 'ridge' | 'gate'> {
  const { domain, fitted, seen } = demos;
  return {
    ...{ version: 1, domain, demos: fitted.length, tokens: tokensIn(fitted) },
    ...{ sequences, seen: [...seen] },
    source: { name: basename(model.info.path), fingerprint: model.info.fingerprint },
  };
}
