// Where to write and how, while the window is open. A plan that changes keeps its target.
import { create } from 'zustand';
import type { ExportOptions } from '../../../electron/contract/api/exports.ts';
import type { Grant } from '../../../electron/contract/bridge.ts';

type ExportChoices = {
  readonly target: Grant | null;
  readonly options: ExportOptions;
  /** The job that was started from here last. */
  readonly jobId: number | null;
};

const DEFAULTS: ExportOptions = {
  nextn: 'reuse',
  split: 'single',
  splitMaxBytes: null,
  imatrix: null,
  allowFewerUsed: false,
  overwrite: false,
};

export const useExportChoices = create<ExportChoices>()(() => ({ target: null, options: DEFAULTS, jobId: null }));

/** Another file: what was said of the old one does not hold for it. */
export function setTarget(target: Grant): void {
  useExportChoices.setState(({ options }) => ({ target, jobId: null, options: { ...options, overwrite: false } }));
}

export function setOptions(change: Partial<ExportOptions>): void {
  useExportChoices.setState(({ options }) => ({ options: { ...options, ...change } }));
}
