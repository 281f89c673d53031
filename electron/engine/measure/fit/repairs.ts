// Repairs each file of a search when it is made, towards one recording of the full model on demos that the experts were chosen by.
import { REPAIR_DEMOS, REPAIR_RIDGE, REPAIR_TOKENS, type RepairFacts } from '../../../contract/repair.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/placement.ts';
import { Backend } from '../../base/backend/backend.ts';
import { takeName } from '../../base/files/windows.ts';
import type { PreparedSubject } from '../../experts/scoring/prepare-scoring.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { type InspectedModel, inspectFile } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import type { Task } from '../../store/task.ts';
import {
  type RepairDemos,
  evenly,
  groupedDemos,
  repairDemos,
  sequencesHash,
} from '../../write/repairing/repair-demos.ts';
import { repairFile } from '../../write/repairing/repair-file.ts';
import { REPAIR_VERSION, type Teacher, recordTeacher } from '../../write/repairing/teacher.ts';

type RepairsOptions = {
  readonly placement: Placement;
  readonly context: EngineContext;
  readonly task: Task;
  /** Releases models that are loaded elsewhere, since two at once may not fit. */
  readonly makeRoom: () => Promise<void>;
};

/**
 * The scored demos that files are repaired by; undefined: there are too few, or too few have an answer.
 * @throws WinnowError from splitting them, except DEMOS_EMPTY
 */
export async function demosToRepairBy(
  { domain, plan, tokenized, demos }: PreparedSubject,
  { store }: EngineContext,
  { signal }: Task,
): Promise<RepairDemos | undefined> {
  const grouped = await groupedDemos(evenly(tokenized, REPAIR_DEMOS), demos, store, signal);
  try {
    return repairDemos(grouped, domain, { tokens: REPAIR_TOKENS, alone: plan.alone, most: plan.window });
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'DEMOS_EMPTY') return undefined;
    throw error;
  }
}

/** A key that is equal for repairs that change a file in the same way. */
export function repairKey({ sequences, ridge }: Pick<RepairFacts, 'sequences' | 'ridge'>): string {
  return hashJson({ version: REPAIR_VERSION, sequences, ridge });
}

export class Repairs implements AsyncDisposable {
  /** `repairKey`, which is part of a file's identity. */
  readonly key: string;
  readonly #source: InspectedModel;
  readonly #demos: RepairDemos;
  readonly #options: RepairsOptions;
  readonly #facts = new Map<string, RepairFacts>();
  #teacher: Teacher | null = null;
  /** Whether the architecture does not allow repairs, so that no file is repaired. */
  #isRefused = false;

  constructor(source: InspectedModel, demos: RepairDemos, options: RepairsOptions) {
    this.#source = source;
    this.#demos = demos;
    this.#options = options;
    this.key = repairKey({ sequences: sequencesHash(demos.fitted), ridge: REPAIR_RIDGE });
  }

  /** The facts of a file's repair; undefined: none was tried. */
  factsOf(name: string): RepairFacts | undefined {
    return this.#facts.get(name);
  }

  /**
   * Repairs a file. It stays as it is if the repair is not clearly better, or if the architecture does not allow it.
   * @param made the file, which nothing has open
   * @returns the file as it is afterwards
   * @throws WinnowError from recording and fitting: NO_SPACE, OUT_OF_MEMORY, CANCELLED
   */
  async repaired(name: string, made: IdentifiedInfo): Promise<IdentifiedInfo> {
    if (this.#isRefused) return made;
    const { context, task, makeRoom } = this.#options;
    await makeRoom();
    try {
      const teacher = (this.#teacher ??= await this.#withWorker((tools) =>
        recordTeacher(this.#source, this.#demos, tools),
      ));
      const file = await inspectFile(made.path, context);
      const output = `${made.path}.repaired.gguf`;
      const { file: written, facts } = await this.#withWorker((tools) => repairFile(file, teacher, output, tools));
      this.#facts.set(name, facts);
      if (written === null) return made;
      await takeName(output, made.path);
      return (await inspectFile(made.path, context)).info;
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'ARCH_REFUSED') throw error;
      this.#isRefused = true;
      task.log(error.message);
      return made;
    }
  }

  /** Deletes the recording. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#teacher?.remove();
    this.#teacher?.[Symbol.dispose]();
  }

  async #withWorker<Result>(work: (tools: Parameters<typeof recordTeacher>[2]) => Promise<Result>): Promise<Result> {
    const { context, placement, task } = this.#options;
    using backend = new Backend(placement.gpu, context.host);
    return await work({ context, backend, placement, task });
  }
}
