// Going to Export from where it was found out how a file is best written.
import type { QuantiseOptions } from '../../electron/contract/quantise.ts';
import { go } from './navigation.ts';

/** How the choice at hand is to be written; null: as the source. */
export type ExportRequest = { readonly quantise: QuantiseOptions | null };

let asked: ExportRequest | null = null;

export function goExport(request: ExportRequest): void {
  asked = request;
  go('export');
}

/** What is to be filled in; once. */
export function takeExportRequest(): ExportRequest | null {
  const was = asked;
  asked = null;
  return was;
}
