// What the calls of a session work with.
import type { EventName, EventPayload } from '../../../contract/api.ts';
import type { Settings } from '../../../contract/api/app.ts';
import type { WrittenAnswers } from '../../../contract/api/generations.ts';
import type { WarmVocabulary } from '../../models/warm-vocabulary.ts';
import type { FileInState } from '../../base/files/file-state.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Jobs } from '../jobs/kinds.ts';
import type { JobQueue } from '../jobs/queue.ts';
import type { Library } from '../../models/library/library.ts';
import type { Machines } from '../../models/machines/machines.ts';
import type { RunTotals } from '../../experts/runs/run-totals.ts';
import type { EngineLog } from './engine-log.ts';
import type { Grants } from './grants.ts';
import type { NativePart } from './native-part.ts';
import type { UndoStack } from './undo.ts';

type Computing = Pick<Settings, 'placement' | 'ctx' | 'nUbatch' | 'maxTokens'>;

export type Services = {
  readonly context: EngineContext;
  readonly queue: JobQueue<Jobs>;
  /** Read them by runs/run-scores.ts. */
  readonly runTotals: RunTotals;
  readonly vocabulary: WarmVocabulary;
  readonly library: Library;
  readonly machines: Machines;
  readonly grants: Grants;
  readonly undo: UndoStack;
  /** What a check of answers has written so far; null: no answers were checked in this session. */
  readonly written: { readonly jobId: number; readonly answers: () => readonly WrittenAnswers[] } | null;
  readonly log: EngineLog;
  readonly native: NativePart;
  /** A command's: jobs that dead processes left queued stay so, and what is written joins no list of models. */
  readonly ownJobs: boolean;
  /** How a path is told: to people, or whole to the command line that named it. */
  readonly pathText: (path: string) => string;
  /** What jobs are computed with: as the user set it, or as a command's flags say. */
  readonly settings: () => Computing;
  /** Tells the page. */
  readonly emit: <E extends EventName>(name: E, payload: EventPayload<E>) => void;
  /** Shows a file in the system's file manager. When served, nothing happens. */
  reveal(path: string): void;
  /** Lets the page download a file, where it is on another computer. @returns under which id: a new one, unless it has one */
  offer(file: FileInState, id?: string): string;
  /** Adds a model to the system's recent documents. */
  recent(path: string): void;
};
