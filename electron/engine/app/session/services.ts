// What the calls of a session use.
import type { EventName, EventPayload } from '../../../contract/api.ts';
import type { Settings } from '../../../contract/api/app.ts';
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

/** What differs between a window, the served mode and the command line. */
export type Shell = {
  /** Shows a file in the system's file manager. Does nothing in the served mode. */
  reveal(path: string): void;
  /** Lets a page on another computer download a file. @returns the file's id, which is new unless it is given */
  offer(file: FileInState, id?: string): string;
  /** Adds a model to the system's recent documents. */
  recent(path: string): void;
};

/** How a session meets its client. */
export type Face = Shell & {
  /** Whether a command owns the jobs: queued jobs of dead processes are left alone, and written files join no list of models. */
  readonly ownJobs: boolean;
  /** A path in the client's form: shortened for display, or complete for the command line. */
  readonly pathText: (path: string) => string;
  /** The settings that jobs compute with: the user's, or those of a command's flags. */
  readonly settings: () => Settings;
};

export type Services = Face & {
  readonly context: EngineContext;
  readonly queue: JobQueue<Jobs>;
  /** Totals of runs, to be read through runs/run-totals.ts. */
  readonly runTotals: RunTotals;
  readonly library: Library;
  readonly machines: Machines;
  readonly grants: Grants;
  readonly undo: UndoStack;
  readonly log: EngineLog;
  readonly native: NativePart;
  readonly emit: <E extends EventName>(name: E, payload: EventPayload<E>) => void;
};
