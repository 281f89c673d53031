// What a part of `npm run bench:scale` hands back: its document, and what was estimated of its runs against what they took.
import type { ScoringEstimate } from '../../../electron/contract/api/runs.ts';
import type { MeasuredDocument } from '../measured-documents.ts';

/** One run of the engine. */
export type MeasuredRun = {
  /** As the table of what was estimated names it. */
  readonly name: string;
  readonly estimate: ScoringEstimate;
  /** Loading and scoring: from when it was estimated to the end. */
  readonly seconds: number;
  /** Read from the disk by the run's worker; null: not measured. */
  readonly readBytes: number | null;
  /** Memory of the worker that is not the model's file, at its highest; null: not measured. */
  readonly heldBytes: number | null;
};

export type ScalePart = Omit<MeasuredDocument, 'reports'> & {
  readonly runs: readonly MeasuredRun[];
};

export type ScaleBench = {
  /** The generated models: three layers, and twelve of the same total. */
  readonly models: { readonly three: string; readonly twelve: string };
  /** Demos of `demoTokens` tokens each, `demos` of them. */
  readonly demoFile: string;
  readonly demos: number;
  readonly demoTokens: number;
  /** A WINNOW_HOME of its own. */
  readonly home: string;
  readonly threads: number;
};
