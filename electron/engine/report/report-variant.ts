// Describes what was measured, for a report: the full model, a pruned file, or a preview of a choice.
import type { Variant } from '../../contract/api/evaluations.ts';
import { CRITERIA } from '../../contract/criteria.ts';
import type { ReportPlan, ReportVariant } from '../../contract/report-file.ts';
import type { ReportSubject } from './subject.ts';

type Measured = {
  /** null: the command line named it, and it belongs to no selection. */
  readonly variant: Variant | null;
  readonly label: string;
  readonly selectionId: number | null;
  /** The file's fingerprint; undefined: older rows do not say. */
  readonly fingerprint?: string;
  /** Experts per layer; undefined: older rows do not say. */
  readonly keep?: number;
  readonly isFull: boolean;
};

/** The subject of a measurement: the full model, a preview, or a written file. */
export function variantOf(
  { variant, label, selectionId, fingerprint, keep, isFull }: Measured,
  subject: ReportSubject,
): ReportVariant {
  if (isFull) return { kind: 'full', label, criterion: null, keep: subject.model.info.nExpert, mix: null };
  const selection = [...(subject.selection ? [subject.selection] : []), ...subject.alternatives].find(
    ({ id }) => id === selectionId,
  );
  const planned = { criterion: selection?.criterion ?? null, keep: keep ?? selection?.kept[0]?.length ?? null };
  if (variant?.kind !== 'preview') {
    const file = variant ? subject.written.get(fingerprint ?? '') : undefined;
    return {
      kind: 'file',
      label,
      ...planned,
      mix: null,
      ...(file?.plan.quantised && { type: file.plan.quantised.type }),
      ...(file && file.bytes !== null && { bytes: file.bytes }),
    };
  }
  return {
    kind: 'preview',
    label,
    criterion: variant.criterion ?? planned.criterion,
    keep: variant.keep ?? planned.keep,
    mix: variant.mix,
  };
}

/** Whether a variant is the selection's own choice, as a file or a preview; without a selection every file is. */
export function isOfChoice(
  { kind, criterion, keep, mix }: ReportVariant,
  selection: Pick<ReportPlan, 'criterion' | 'keep'> | null,
): boolean {
  if (!selection) return kind === 'file';
  return kind !== 'full' && mix === null && criterion === selection.criterion && keep === selection.keep;
}

const KINDS = ['full', 'file', 'preview'] as const;

/** Sorts variants: the full model, files, previews by criterion; within these, those that keep most experts first. */
export function byVariant(a: ReportVariant, b: ReportVariant): number {
  const criterion = (variant: ReportVariant): number =>
    variant.criterion === null ? -1 : CRITERIA.indexOf(variant.criterion);
  return (
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    criterion(a) - criterion(b) ||
    (b.keep ?? 0) - (a.keep ?? 0) ||
    a.label.localeCompare(b.label)
  );
}
