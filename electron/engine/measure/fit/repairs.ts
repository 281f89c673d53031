// Repairs the files of a search as each is made: towards one recording of the full model, on demos that chose the experts.
import { REPAIR_DEMOS, REPAIR_PARTS, REPAIR_RIDGE, REPAIR_TOKENS, type RepairFacts } from '../../../contract/repair.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/placement.ts';
import { Backend } from '../../base/backend/backend.ts';
import { takeName } from '../../base/files/windows.ts';
import type { PreparedScoring } from '../../experts/scoring/prepare-scoring.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { inspectFile, type InspectedModel } from '../../models/inspect.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { hashJson } from '../../store/json.ts';
import type { Task } from '../../store/task.ts';
import { evenly } from '../../write/repairing/known-demos.ts';
import { namedDemos, repairDemos, sequencesHash, type RepairDemos } from '../../write/repairing/repair-demos.ts';
import { repairFile } from '../../write/repairing/repair-file.ts';
import { recordTeacher, REPAIR_VERSION, type Teacher } from '../../write/repairing/teacher.ts';

type RepairsOptions = {
  readonly placement: Placement;
  readonly context: EngineContext;
  readonly task: Task;
  /** Lets go of models that others hold: two at once may not fit. */
  readonly makeRoom: () => Promise<void>;
};

/**
 * Those of the demos that are scored; undefined: too few of them, or too few have an answer.
 * @throws WinnowError of splitting them, but DEMOS_EMPTY
 */
export function demosToRepairBy(scoring: PreparedScoring): RepairDemos | undefined {
  const { domain, plan } = scoring;
  try {
    return repairDemos(evenly(namedDemos(scoring), REPAIR_DEMOS), domain, { tokens: REPAIR_TOKENS, alone: plan.alone });
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'DEMOS_EMPTY') return undefined;
    throw error;
  }
}

export class Repairs implements AsyncDisposable {
  /** Equal for repairs that change a file alike: part of what identifies one. */
  readonly key: string;
  readonly #source: InspectedModel;
  readonly #demos: RepairDemos;
  readonly #options: RepairsOptions;
  readonly #facts = new Map<string, RepairFacts>();
  #teacher: Teacher | null = null;
  /** The architecture does not allow it: no file is repaired. */
  #isRefused = false;

  constructor(source: InspectedModel, demos: RepairDemos, options: RepairsOptions) {
    this.#source = source;
    this.#demos = demos;
    this.#options = options;
    this.key = hashJson({ version: REPAIR_VERSION, sequences: sequencesHash(demos.fitted), ridge: REPAIR_RIDGE });
  }

  /** What a repair found of the file of this name; undefined: it was not repaired. */
  factsOf(name: string): RepairFacts | undefined {
    return this.#facts.get(name);
  }

  /**
   * The file stays as it is where that is not clearly better, and where the architecture does not allow it.
   * @param made nobody has it open
   * @returns the file that lies there then
   * @throws WinnowError of recording and fitting: NO_SPACE, OUT_OF_MEMORY, CANCELLED
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
      const { files, facts } = await this.#withWorker((tools) =>
        repairFile(file, teacher, { output, overwrite: true, parts: REPAIR_PARTS }, tools),
      );
      this.#facts.set(name, facts);
      if (files === null) return made;
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
