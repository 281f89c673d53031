// The files of a running search: what each holds, how it is made, and what was measured of it.
import { isSource } from '../../../contract/fit.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { Task } from '../../store/task.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import type { Figures } from '../evaluation/figure-ledger.ts';
import type { Subject } from '../evaluation/measuring.ts';
import { nameOf, type Candidate } from './candidates.ts';
import type { Sought } from './choose-way.ts';
import { fileIdentity } from './fit-files.ts';
import type { Repairs } from './repairs.ts';

/** A file of a running search: its experts, and what was measured of it. */
export type Running = Candidate<QuantType> & {
  readonly kept: KeptExperts;
  readonly subject: Subject;
  /** Figures by stage, then by text of the domain. */
  readonly inside: Map<number, readonly Figures[]>;
  /** Figures by text of other domains; null: not measured. */
  outside: readonly Figures[] | null;
};

type Opening = Sought & {
  /** Fingerprint of the importance matrix; null: there is none. */
  readonly matrix: string | null;
  readonly keptOf: (keep: number) => Promise<KeptExperts>;
  readonly repairs: Repairs | null;
};

/** Chooses the experts of candidates, and prepares their files. @throws WinnowError from choosing experts */
export async function openCandidates(
  { candidates, making, matrix, keptOf, files, repairs }: Opening,
  task: Task,
): Promise<Running[]> {
  const { grouping } = making;
  const { info } = making.model;
  const found: Running[] = [];
  for (const candidate of candidates) {
    const { keep, type, mix, width } = candidate;
    const kept = await keptOf(keep);
    const rules = mix === null ? {} : rulesOfMix(mix);
    const hash = fileIdentity({
      info,
      kept,
      type,
      rules,
      imatrix: matrix,
      grouping,
      width,
      repair: repairs?.key ?? null,
    });
    const name = nameOf(candidate);
    const to = type === null ? null : { type, mix };
    const file = {
      name,
      make: () => files.makeRepaired(name, { kept, width, to }, repairs, task),
      drop: () => files.drop(name),
    };
    const subject: Subject = { hash, of: isSource(candidate, info.nExpert) ? { info } : { file } };
    found.push({ ...candidate, kept, subject, inside: new Map(), outside: null });
  }
  return found;
}
