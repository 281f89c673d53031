// What the steps of a search share, and how its files are measured.
import type { FitRequest } from '../../../contract/requests.ts';
import { maskedHash } from '../../experts/selection/selection.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { fitLedger, keptFigures } from '../evaluation/figure-ledger.ts';
import { Measuring, type Subject } from '../evaluation/measuring.ts';
import type { Chooser } from './choosing.ts';
import type { FileOptions } from './fit-files.ts';
import type { PlannedFit } from './plan-fit.ts';
import type { SearchProgress } from './search-progress.ts';
import type { HalfText } from './texts.ts';

export type SearchContext = {
  readonly request: FitRequest;
  readonly planned: PlannedFit;
  /** Options of files, with the importance matrix of the demos if one was collected. */
  readonly making: FileOptions;
  /** Fingerprint of the importance matrix; null: there is none. */
  readonly matrix: string | null;
  /** Folder in which files are made. */
  readonly folder: string;
  readonly chooser: Chooser;
  readonly measuring: FileMeasuring;
  readonly progress: SearchProgress;
  readonly context: EngineContext;
  /** Whether candidates are now settled by what has been measured so far. */
  readonly isSettled: () => boolean;
  /** Whether the time is up, so that nothing more is measured. */
  readonly isTimeUp: () => boolean;
};

export type FileMeasuring = Measuring<Subject, HalfText>;

/** Measures files stage by stage against the source model. */
export function measuringBeside(
  source: IdentifiedInfo,
  { chunkTokens: ctx, placement }: FitRequest,
  context: EngineContext,
  task: Task,
): FileMeasuring {
  const full = { of: { info: source }, hash: maskedHash({ info: source }) };
  const asker = {
    ledger: fitLedger(context.store),
    rowOf: (subject: Subject, { id, name, domain, hash, half, whole }: HalfText, chunks: number | null) => {
      const file = subject === full ? null : subject.hash;
      const about = {
        file,
        source: source.fingerprint,
        text: { id, name, domain, hash, half, whole },
        chunks: chunks ?? 0,
      };
      return { settings: { ...about, placement } };
    },
    pairsOf: (subject: Subject) => (subject === full ? ('nll' as const) : ('kl' as const)),
    isListed: true,
  };
  return new Measuring<Subject, HalfText>(full, keptFigures(asker, full, { ctx, placement }), {
    ctx,
    placement,
    context,
    task,
    onProgress: (done, total) => task.about({ step: { key: 'measuring', done, total } }),
  });
}
