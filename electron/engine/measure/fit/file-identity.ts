// Which file something was measured of, whether it is made for that or written.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantRules, QuantType } from '../../../contract/quantise.ts';
import { hashJson } from '../../store/json.ts';
import type { FileOptions } from './fit-files.ts';

type IdentifiedFile = {
  /** Of the source model. */
  readonly info: Pick<ModelInfo, 'fingerprint' | 'nExpert'>;
  readonly kept: KeptExperts;
  readonly type: QuantType | null;
  /** Of parts of it; {}: none. */
  readonly rules: QuantRules;
  /** Fingerprint of the importance matrix of the full model; null: without one. */
  readonly imatrix: string | null;
  readonly grouping: FileOptions['grouping'];
  /** null: as many as the model says. */
  readonly activeExperts: number | null;
  /** The share of their neurons that kept experts have, by the importance matrix; null: all. */
  readonly width: number | null;
  /** By what it is repaired where that makes it clearly better; null: not at all. */
  readonly repair: string | null;
};

/** Equal for files that compute the same, with or without prediction blocks. SHA-256, hex. */
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
