// Repairs a written file: its routers, and the down matrices of its experts, are fitted so that its residual stream comes nearest to the full
// model's, block after block, each matrix quantised as it is in the file before the next is fitted.
import { basename, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { FittedParts } from '../../../contract/fitted-parts.ts';
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
import { fitParts, FIT_SETTINGS, routerTensors } from './fit-parts.ts';
import { gateOf, gateTools, judge } from './gate.ts';
import { DOWN, ROUTER } from '../pruning/calibration-file.ts';
import { asSetOf } from '../pruning/layout.ts';
import { planCopy } from '../pruning/plan.ts';
import type { PlannedTensor } from '../pruning/planned-file.ts';
import type { PruneOptions } from '../pruning/prune-options.ts';
import { writeGgufFiles, type WrittenFile } from '../pruning/write-gguf.ts';
import { demosFittedTo } from './repair-demos.ts';
import { loadPlaced, placeDemos, requireSameModel, type RepairTools } from './placed-demos.ts';
import { requireScratch } from './scratch.ts';
import { madeFile, memoryOfRepair } from './repair-cost.ts';
import { REPAIR_VERSION, type Teacher } from './teacher.ts';

type RepairOptions = {
  /** The repaired file; not the one that is repaired. */
  readonly output: string;
  readonly overwrite: boolean;
  readonly split?: PruneOptions['split'];
  readonly parts: FittedParts;
  /** Default: `REPAIR_RIDGE`. */
  readonly ridge?: number;
};

type Repaired = {
  /** null: it is not clearly better, and was not written. */
  readonly files: readonly WrittenFile[] | null;
  /** With what it was found to be worth. */
  readonly facts: RepairFacts;
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
  const { backend, context } = tools;
  const { ridge = REPAIR_RIDGE, parts } = options;
  const { info } = made;
  const file = madeFile(made, parts);
  const { downs: own, candidates } = file;
  if (own.length === 0 && parts.includes('down'))
    throw new WinnowError('ARCH_REFUSED', say('repairNoMatrices', { path: info.path }));

  const { fitted, aside, judging } = teacher.demos;
  const { nExpertUsed } = modelShape(made);
  const placed = await placeDemos(made, fitted, tools, memoryOfRepair(file, teacher.demos, nExpertUsed));
  const { load } = placed.reading;
  const key = hashJson({
    version: REPAIR_VERSION,
    teacher: teacher.key,
    made: info.fingerprint,
    parts,
    ridge,
    settings: FIT_SETTINGS,
    load,
    kvType: placed.context.kvType,
    nSlice: placed.context.nSlice,
  });
  using folder = await openResumableFolder(`file-${key}`, context);
  await requireScratch(folder.path, file);

  const { nLayers } = await loadPlaced(made, placed, tools);
  const before = await judge(gateTools(judging, teacher.folder, tools));
  await backend.call('setMask', { mask: new Uint8Array(nLayers * info.nExpert).fill(1), ungrouped: false });
  const nBlocks = info.moeLayers.length;
  const blocks = { sequences: [...fitted], ...placed.context, folder: folder.path, nBlocks };
  const fit = { parts, blocks, aside, candidates, ridge, streams: teacher.folder };
  const { routers, downs } = await fitParts({ ...fit, downs: own, used: nExpertUsed }, tools);
  const result = gateOf(before, await judge(gateTools(judging, teacher.folder, tools)));
  await requireUnchanged(made.info);

  const facts: RepairFacts = { ...factsOf(teacher, parts), ridge, gate: result };
  const tensors = new Map([
    ...(await routerTensors(routers, () => info.nExpert, join(folder.path, 'routers'))).map(
      (t) => [t.name, t] as const,
    ),
    ...fittedTensors(downs, made),
  ]);
  const files = result.kept ? await writeRepaired(made, tensors, facts, options, tools) : null;
  await loadVocabulary(backend, made.info); // lets go of the fitted files
  await folder.remove();
  return { files, facts };
}

/**
 * Puts what was fitted of a repaired file into one that is the same but for its header.
 * @param facts of the repair
 * @throws WinnowError as `writeGgufFiles`
 */
export async function copyRepair(
  made: InspectedModel,
  repaired: InspectedModel,
  facts: RepairFacts,
  options: Omit<RepairOptions, 'ridge' | 'parts'>,
  tools: Pick<RepairTools, 'backend' | 'task'>,
): Promise<WrittenFile[]> {
  const tensors = planCopy(repaired, { output: options.output, split: 'single' }).flatMap((file) => file.tensors);
  const fitted = tensors.filter(({ name }) => [ROUTER, DOWN].some((part) => name.endsWith(`.${part}`)));
  return writeRepaired(made, new Map(fitted.map((tensor) => [tensor.name, tensor])), facts, options, tools);
}

async function writeRepaired(
  made: InspectedModel,
  tensors: ReadonlyMap<string, PlannedTensor>,
  facts: RepairFacts,
  { output, split = 'single', overwrite }: Omit<RepairOptions, 'ridge' | 'parts'>,
  { backend, task }: Pick<RepairTools, 'backend' | 'task'>,
): Promise<WrittenFile[]> {
  const set = [{ key: REPAIR_KEY, type: 'string' as const, value: JSON.stringify(facts) }];
  const planned = asSetOf(planCopy(made, { output, split }, { tensors, set }), { repair: hashJson(facts) });
  return writeGgufFiles(planned, { backend, overwrite, signal: task.signal });
}

/** By name, in the place of those that the file has. */
export function fittedTensors(
  fitted: readonly Pick<FittedDown, 'block' | 'path'>[],
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

function factsOf({ model, demos, sequences }: Teacher, parts: FittedParts): Omit<RepairFacts, 'ridge' | 'gate'> {
  const { domain, fitted, seen } = demos;
  return {
    version: 1,
    domain,
    parts: [...parts],
    demos: demosFittedTo(demos, parts),
    tokens: fitted.reduce((sum, { length }) => sum + length, 0),
    sequences,
    seen: [...seen],
    source: { name: basename(model.info.path), fingerprint: model.info.fingerprint },
  };
}
