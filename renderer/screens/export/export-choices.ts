// Where to write and how, while the window is open. A selection that changes keeps its target.
import { create } from 'zustand';
import type { ExportOptions } from '../../../electron/contract/api/exports.ts';
import type { Grant } from '../../../electron/contract/bridge.ts';
import type { ExportRequest } from '../../state/export-request.ts';
import { followJob } from '../../state/jobs.ts';
import { choose, useTrail } from '../../state/trail.ts';
import type { ChosenOptions } from './export-matrix.ts';
import { fileToChoose, type ExportTarget, type StartedExport } from './started-export.ts';

type ExportChoices = ExportTarget & ChosenOptions;

const DEFAULTS: ExportOptions = {
  nextn: 'scored',
  split: 'single',
  splitMaxBytes: null,
  quantise: null,
  imatrix: null,
  imatrixRun: null,
  calibrationId: null,
  repair: null,
  allowFewerUsed: false,
  overwrite: false,
};

export const useExportChoices = create<ExportChoices>()(() => ({
  target: null,
  options: DEFAULTS,
  imatrix: 'run',
  calibrate: false,
  started: null,
}));

/** Another file: what was said of the old one does not hold for it. */
export function setTarget(target: Grant): void {
  useExportChoices.setState(({ options }) => ({ target, started: null, options: { ...options, overwrite: false } }));
}

/** The file is chosen once it is there, whatever screen is shown by then. */
export function rememberExport(started: StartedExport): void {
  useExportChoices.setState({ started });
  followJob(started.jobId, (job) => {
    const exportId = fileToChoose(started, job, useTrail.getState());
    if (exportId !== null) choose({ exportId });
  });
}

export function setOptions(change: Partial<ExportOptions>): void {
  useExportChoices.setState(({ options }) => ({ options: { ...options, ...change } }));
}

export function setImatrix(imatrix: ExportChoices['imatrix']): void {
  useExportChoices.setState({ imatrix });
}

export function setCalibrate(calibrate: boolean): void {
  useExportChoices.setState({ calibrate });
}

/** What was found elsewhere is to be written: to a new file. */
export function fillIn({ quantise }: ExportRequest): void {
  useExportChoices.setState(({ options }) => ({
    target: null,
    started: null,
    imatrix: 'run',
    calibrate: false,
    options: { ...options, quantise, overwrite: false },
  }));
}
