// What became of each file that was handed over, for the panel that shows it.
import { create } from 'zustand';
import type { ImportedFile } from '../../electron/contract/api/demos.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import type { Sentence } from '../../electron/contract/sentences.ts';
import type { FileKind } from './file-kinds.ts';
import type { ImportTarget } from './import-question.ts';

/** The outcome for the rows of a file: demos, or documents of a held-out text. */
export type RowCounts = Pick<ImportedFile, 'rejected' | 'rejectedCount'> &
  (
    | ({ readonly kind: 'demos' } & Pick<ImportedFile, 'added' | 'known' | 'duplicateCount' | 'ownAnswers'>)
    | { readonly kind: 'documents'; readonly documents: number }
  );

export type FileResult = {
  readonly name: string;
  readonly kind: FileKind;
  /** `missing`: the host could not find it. `folder`: a browser cannot upload folders. */
  readonly state: 'busy' | 'added' | 'failed' | 'declined' | 'missing' | 'folder';
  readonly counts: RowCounts | null;
  /** What was left out of the file, and what it does not prove. */
  readonly said: readonly Sentence[];
  readonly error: ErrorData | null;
};

type Results = {
  readonly files: readonly FileResult[];
  /** Where examples went. */
  readonly placed: ImportTarget | null;
};

const NONE: Results = { files: [], placed: null };

export const useResults = create<Results>()(() => NONE);

export function clearResults(): void {
  useResults.setState(NONE);
}

export function report(name: string, kind: FileKind, outcome: Partial<FileResult>): void {
  const result: FileResult = { name, kind, state: 'busy', counts: null, said: [], error: null, ...outcome };
  useResults.setState(({ files }) => {
    const isKnown = files.some((file) => file.name === name && file.kind === kind);
    if (!isKnown) return { files: [...files, result] };
    return { files: files.map((file) => (file.name === name && file.kind === kind ? result : file)) };
  });
}

/** Removes the entries of files that are still busy: nothing became of them. */
export function forgetBusy(): void {
  useResults.setState(({ files }) => ({ files: files.filter(({ state }) => state !== 'busy') }));
}

type Outcome = { readonly name: string; readonly error: ErrorData | null; readonly said?: readonly Sentence[] };

export function reportOutcome(
  kind: FileKind,
  { name, error, said = [] }: Outcome,
  counts: RowCounts | null = null,
): void {
  report(name, kind, { state: error === null ? 'added' : 'failed', error, said, counts });
}

/** Reports on adding files of one kind; an error of the whole applies to every file. */
export async function reporting(kind: FileKind, grants: readonly Grant[], add: () => Promise<void>): Promise<void> {
  if (grants.length === 0) return;
  for (const { name } of grants) report(name, kind, { state: 'busy' });
  try {
    await add();
  } catch (error) {
    for (const { name } of grants) reportOutcome(kind, { name, error: errorToData(error) });
  }
}
