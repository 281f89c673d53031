// What searches have measured, as the database keeps it: beside what is measured of selections and files, and found by nobody who
// looks for figures without sums.
import { z } from 'zod';
import { evaluationFiguresSchema } from '../../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { placementSchema } from '../../../contract/requests.ts';
import { hashOfFile } from '../../models/identity.ts';
import type { Store } from '../../store/database.ts';
import { hashJson } from '../../store/json.ts';
import { Ledger } from '../../store/ledger.ts';
import type { FileType, Kept, Making } from './fit-files.ts';

const settingsSchema = z.object({
  fit: z.literal(true),
  /** As `fileIdentity` gives it; null: the source model itself. */
  file: z.string().nullable(),
  /** Fingerprint of the source model. */
  source: z.string(),
  /** `id` null: it is none that the user held out. */
  text: z.object({ id: z.int().nullable(), name: z.string(), domain: z.string(), hash: z.string() }),
  /** So many of the text at most. */
  chunks: z.int(),
  placement: placementSchema,
});
type FitSettings = Readonly<z.infer<typeof settingsSchema>>;

const resultSchema = z.object({
  figures: evaluationFiguresSchema,
  tokens: z.array(z.int()),
  nll: z.array(z.number()),
});
type FitMeasured = Readonly<z.infer<typeof resultSchema>>;

/** Rows of older versions do not say of which file they are: they are found by what was measured, and are in no list. */
export function fitLedger(store: Store): Ledger<FitSettings, FitMeasured> {
  return new Ledger(store, {
    table: 'evaluations',
    settings: settingsSchema,
    result: resultSchema,
    identityOf: (settings) => settings,
  });
}

export type IdentifiedFile = {
  /** Of the source model. */
  readonly info: Pick<ModelInfo, 'fingerprint' | 'nExpert'>;
  readonly kept: Kept;
  readonly type: FileType;
  /** Fingerprint of the importance matrix of the full model; null: without one. */
  readonly imatrix: string | null;
  readonly grouping: Making['grouping'];
  /** null: as many as the model says. */
  readonly activeExperts: number | null;
};

/** Equal for files whose tensors are alike byte for byte, with as many active experts. SHA-256, hex. */
export function fileIdentity({ info, kept, type, imatrix, grouping, activeExperts }: IdentifiedFile): string {
  const isWhole = kept[0]?.length === info.nExpert;
  return hashJson({
    ...{ source: info.fingerprint, kept: isWhole ? null : kept, type },
    imatrix: type === null ? null : imatrix,
    grouping: isWhole && activeExperts === null ? null : grouping,
    ...(activeExperts !== null && { activeExperts }),
  });
}

/** @throws WinnowError of reading it */
export async function matrixFingerprint(path: string): Promise<string> {
  return hashOfFile(path);
}
