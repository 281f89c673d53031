// Identifies the file that something was measured on, whether it was made for measuring or written by the user.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantRules, QuantType } from '../../../contract/quantise.ts';
import { hashJson } from '../../store/json.ts';
import type { FileOptions } from './fit-files.ts';

type IdentifiedFile = {
  /** The source model. */
  readonly info: Pick<ModelInfo, 'fingerprint' | 'nExpert'>;
  readonly kept: KeptExperts;
  readonly type: QuantType | null;
  /** Types for parts of the file; {}: none. */
  readonly rules: QuantRules;
  /** Fingerprint of the full model's importance matrix; null: none. */
  readonly imatrix: string | null;
  readonly grouping: FileOptions['grouping'];
  /** null: as many as the model says. */
  readonly activeExperts: number | null;
  /** The share of neurons that kept experts keep, chosen by the importance matrix; null: all. */
  readonly width: number | null;
  /** Key of the repair, which is applied if it makes the file clearly better; null: no repair. */
  readonly repair: string | null;
};

/** A hash that is equal for files that compute the same, with or without prediction blocks. SHA-256, hex. */
export function fileIdentity({
  info,
  kept,
  type,
  rules,
  imatrix,
  grouping,
  activeExperts,
  width,
  repair,
}: IdentifiedFile): string {
  const isWhole = kept[0]?.length === info.nExpert;
  return hashJson({
    source: info.fingerprint,
    kept: isWhole ? null : kept,
    type,
    ...(Object.keys(rules).length > 0 && { rules }),
    imatrix: type === null && width === null ? null : imatrix,
    grouping: isWhole && activeExperts === null && width === null ? null : grouping,
    ...(activeExperts !== null && { activeExperts }),
    ...(width !== null && { width }),
    ...(repair !== null && { repair }),
  });
}
