// Records what files are repaired towards: the full model's stream behind each block, and its distributions on the judging demos. This is
// done once, however many files are repaired.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { llamaSource } from '../../../../native/index.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { openResumableFolder } from '../../store/scratch-folder.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { recordFull } from './gate.ts';
import { requireSpace } from '../../base/files/free-space.ts';
import { loadPlaced, placeDemos, type RepairTools } from './placed-demos.ts';
import { sequencesHash, countTokens, type RepairDemos } from './repair-demos.ts';

/** To be raised when a code change alters what is recorded or fitted. */
export const REPAIR_VERSION = 5;
/** File that marks a folder whose recording is complete. */
const RECORDED = 'recorded';
const FLOAT_BYTES = 4;
const LOGIT_BYTES = 2;

export type Teacher = Disposable & {
  readonly model: InspectedModel;
  readonly demos: RepairDemos;
  /** Hash of the sequences that are fitted to. */
  readonly sequences: string;
  readonly folder: string;
  /** A key that is equal for equal streams. */
  readonly key: string;
  /** Deletes the recording once nothing more is repaired towards it. */
  readonly remove: () => Promise<void>;
};

/** Bytes of the recording on disk while files are repaired. */
export function teacherBytes({ info, tensors }: InspectedModel, demos: RepairDemos): number {
  const [nEmbd = 0, nVocab = 0] = tensors.find(({ name }) => name === 'token_embd.weight')?.ne ?? [];
  const { fitted, judged } = countTokens(demos);
  return FLOAT_BYTES * info.moeLayers.length * fitted * nEmbd + LOGIT_BYTES * judged * nVocab;
}

/**
 * Records the full model, unless the same recording exists. Afterwards the worker may hold another model.
 * @param scratchBytes bytes needed on disk for the recording and what follows. Default: for the recording alone
 * @throws WinnowError ARCH_REFUSED: the model's blocks cannot be fitted; NO_SPACE, OUT_OF_MEMORY, CANCELLED; USAGE: another process is
 * recording the same
 */
export async function recordTeacher(
  model: InspectedModel,
  demos: RepairDemos,
  tools: RepairTools,
  scratchBytes = teacherBytes(model, demos),
): Promise<Teacher> {
  const { context, backend, task } = tools;
  const sequences = sequencesHash(demos.fitted);
  const judging = sequencesHash(demos.judging.map(({ tokens }) => tokens));
  const placed = await placeDemos(model, demos.fitted, tools);
  const key = hashJson({
    version: REPAIR_VERSION,
    llama: llamaSource().tag,
    model: model.info.fingerprint,
    sequences,
    judging,
    load: placed.reading.load,
    kvType: placed.context.kvType,
    nSlice: placed.context.nSlice,
  });
  const folder = await openResumableFolder(`teacher-${key}`, context);
  const recorded = join(folder.path, RECORDED);
  try {
    if (!existsSync(recorded)) {
      await requireSpace(folder.path, [scratchBytes]);
      await loadPlaced(model, placed, tools);
      const nBlocks = model.info.moeLayers.length;
      const { signal } = task;
      const onProgress = (done: number, total: number): void =>
        task.about({ step: { key: 'recording', done: Math.min(Math.floor(done) + 1, total), total } });
      const pass = { sequences: [...demos.fitted], ...placed.context, folder: folder.path, nBlocks };
      await backend.call('recordStreams', pass, { signal, onProgress });
      await recordFull(demos.judging, folder.path, tools);
      await writeFile(recorded, '');
    }
  } catch (error) {
    if (!existsSync(recorded)) await folder.remove(); // a single pass writes it, so a partial recording is useless
    folder[Symbol.dispose]();
    throw error;
  }
  const { path, remove } = folder;
  return { model, demos, sequences, folder: path, key, remove, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
