// M-SMoE's merging (arXiv 2310.01334): makes files in which each dropped expert is merged into the kept one that the router finds most
// similar to it. They are made for comparison, one after the other, and deleted afterwards.
import { open } from 'node:fs/promises';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo, TensorInfo } from '../../../contract/model-info.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { Params } from '../../base/backend/protocol.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { MadeSubject } from '../evaluation/measuring.ts';
import { ScratchFiles } from '../fit/fit-files.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { inspectFile, openFile, type InspectedModel } from '../../models/inspect.ts';
import { covers } from '../slow-criteria/cover.ts';
import type { Observation } from '../slow-criteria/evidence.ts';
import { hashJson } from '../../store/json.ts';
import type { StudyChoice } from './methods.ts';
import { matricesOf } from '../slow-criteria/read-weights.ts';
import type { StudiedDomain } from './score-domains.ts';
import { makingOf } from './variant-files.ts';
import { DOWN } from '../../models/expert-tensors.ts';

/** Experts that are merged into one. */
type MergedGroup = {
  /** Index of the kept expert among the kept ones. */
  readonly place: number;
  /** The experts of the group, the kept one first. */
  readonly experts: readonly number[];
  /** Number of tokens that were routed to each. */
  readonly counts: readonly number[];
};

/** The groups to merge. @returns for each layer the groups of several experts, except those whose dropped experts no token reached */
export function mergedGroups(
  { logits, counts, nLayers, nExpert }: Pick<Observation, 'logits' | 'counts' | 'nLayers' | 'nExpert'>,
  kept: KeptExperts,
): MergedGroup[][] {
  return covers(logits, { nLayers, nExpert }, kept).map((covered, layer) => {
    const members = Map.groupBy(covered, ({ by }) => by);
    return [...(kept[layer] ?? [])].flatMap((expert, place) => {
      const experts = [expert, ...(members.get(expert) ?? []).map((other) => other.expert)];
      const used = experts.map((one) => counts[layer * nExpert + one] ?? 0);
      return used.slice(1).some((count) => count > 0) ? [{ place, experts, counts: used }] : [];
    });
  });
}

export class MergedFiles {
  readonly #files: ScratchFiles;
  readonly #model: InspectedModel;
  readonly #observed: ReadonlyMap<string, Observation>;
  readonly #context: EngineContext;
  readonly #task: Task;

  /**
   * @param domains domains that were observed with the router's logits
   * @param folder folder for the files
   * @throws WinnowError ARCH_REFUSED: the model's experts cannot be merged
   */
  constructor(
    domains: readonly Pick<StudiedDomain, 'domain' | 'observed'>[],
    {
      model,
      folder,
      request,
    }: {
      readonly model: InspectedModel;
      readonly folder: string;
      readonly request: Pick<CompareRequest, 'grouping'>;
    },
    context: EngineContext,
    task: Task,
  ) {
    const observed = domains.flatMap(({ domain, observed: of }) => (of ? [[domain, of.observation] as const] : []));
    if (model.info.expertsPerBlock > 1 || observed.some(([, { logits }]) => logits.length === 0)) {
      throw new WinnowError('ARCH_REFUSED', say('notMerged', { path: model.info.path, arch: model.info.arch }));
    }
    this.#files = new ScratchFiles(folder, makingOf(model, request), context);
    this.#model = model;
    this.#observed = new Map(observed);
    this.#context = context;
    this.#task = task;
  }

  /** The file of a choice with merged experts. @param masked hash of the choice, as a mask on the model */
  subject({ domain, kept }: StudyChoice, masked: string): { readonly of: MadeSubject; readonly hash: string } {
    const observation = this.#observed.get(domain ?? '');
    if (!observation) throw new RangeError(`no experts of ${domain} are merged`);
    const groups = mergedGroups(observation, kept);
    const hash = hashJson({ masked, merged: groups });
    const make = async (): Promise<IdentifiedInfo> => {
      const { path } = await this.#files.make(hash, { kept, width: null, to: null }, this.#task);
      await writeMerged(this.#model, groups, path, this.#context, this.#task);
      return (await inspectFile(path, this.#context)).info;
    };
    return { hash, of: { file: { name: hash, make, drop: () => this.#files.drop(hash) } } };
  }
}

/** Multiply-adds per second when units are matched: typical of processors, not measured on this machine. */
const STEPS_A_SECOND = { low: 0.5e9, likely: 2e9, high: 8e9 };

/**
 * Estimates the seconds of merging: the products of all units of two experts, and their assignment.
 * @param share share of the experts that are merged into others; for several files it may exceed 1
 */
export function secondsOfMerging(
  { info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>,
  share: number,
): { readonly low: number; readonly likely: number; readonly high: number } {
  const work = info.moeLayers.reduce((sum, block) => {
    const sources = expertTensors(tensors, block);
    const nUnits = sources.find(({ name }) => name.endsWith(DOWN))?.ne[0] ?? 0;
    const values = sources.reduce((all, { ne }) => all + ne.reduce((product, n) => product * n, 1), 0);
    return sum + share * (values * nUnits + info.nExpert * nUnits ** 3);
  }, 0);
  const { low, likely, high } = STEPS_A_SECOND;
  return { low: work / high, likely: work / likely, high: work / low };
}

/**
 * Writes merged experts over the kept ones of a pruned file, in the source's types.
 * @param groups groups of each MoE layer
 * @param path path of the pruned file, which has the model's experts in the places that the groups name
 * @throws WinnowError from reading and writing; INTERNAL: llama.cpp does not write a type; CANCELLED: the file must not be used
 */
export async function writeMerged(
  { info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>,
  groups: readonly (readonly MergedGroup[])[],
  path: string,
  context: Pick<EngineContext, 'host'>,
  task: Pick<Task, 'signal'>,
): Promise<void> {
  using backend = new Backend('off', context.host);
  const pruned = await openFile(path, context.host);
  const targets = new Map(pruned.tensors.map((tensor) => [tensor.name, tensor]));
  await using out = await open(path, 'r+');
  for (const [layer, block] of info.moeLayers.entries()) {
    const sources = expertTensors(tensors, block);
    const weights = await matricesOf(info, sources, block, backend);
    const matrices = sources
      .filter(({ name }) => !name.endsWith('scale'))
      .map((tensor) => mergedMatrix(info, tensor, weights));
    const nUnits = matrices.find(({ units }) => units === 'columns')?.nIn ?? 1;
    for (const { place, experts, counts } of groups[layer] ?? []) {
      const all = counts.reduce((sum, count) => sum + count, 0);
      const { bytes } = await backend.call(
        'mergeExperts',
        {
          matrices: matrices.map(({ name: _, ...matrix }) => matrix),
          experts: Int32Array.from(experts),
          weights: Float64Array.from(counts, (count) => count / all),
          nUnits,
        },
        task,
      );
      for (const [i, { name }] of matrices.entries()) {
        const slice = bytes[i]!;
        const target = targets.get(name)!;
        await out.write(slice, 0, slice.byteLength, target.fileOffset + place * slice.byteLength);
      }
    }
  }
}

type MergedMatrix = Params<'mergeExperts'>['matrices'][number] & { readonly name: string };

/** The weights, biases and scales of a block's experts. */
function expertTensors(tensors: readonly TensorInfo[], block: number): TensorInfo[] {
  const name = new RegExp(`^blk\\.${block}\\.ffn_(gate|up|down|gate_up)_exps\\.(weight|bias|scale)$`);
  return tensors.filter((tensor) => name.test(tensor.name));
}

/** How a tensor is merged; a bias is treated as a matrix of one column. */
function mergedMatrix(
  { parts }: ModelInfo,
  { name, type, ne, part, fileOffset }: TensorInfo,
  weights: Awaited<ReturnType<typeof matricesOf>>,
): MergedMatrix {
  const isDown = name.includes('ffn_down_exps');
  const weight = weights.find(({ offset, path }) => offset === fileOffset && path === parts[part]);
  if (weight) return { ...weight, name, units: isDown ? 'columns' : 'rows' };
  const place = { path: parts[part]!, offset: fileOffset, type, nIn: 1, nOut: ne[0]!, scales: null };
  return { ...place, name, units: isDown ? 'none' : 'rows' };
}
