// Phrases of the report that depend on their subject.
import { displayBytes } from '../../../contract/display-bytes.ts';
import type { ReportVariant, ReportWarning } from '../../../contract/report-file.ts';
import type { Words } from '../../../contract/text/words.ts';

/** The name of a variant. @param nExpert experts per layer of the full model */
export function variantText(
  { kind, criterion, keep, type, bytes }: ReportVariant,
  nExpert: number,
  say: Words,
): string {
  if (kind === 'full') return say('report.variantFull');
  const parts = [
    criterion,
    keep === null ? null : say('report.keptValue', { keep, nExpert }),
    type ?? null,
    bytes === undefined ? null : displayBytes(bytes),
  ].filter((part) => part !== null);
  const how = parts.length === 0 ? '' : parts.reduce((before, column) => say('sentences.listed', { before, column }));
  return say(kind === 'file' ? 'report.variantFile' : 'report.variantPreview', { how });
}

/** A warning of the verdict as a sentence of the report. */
export function warningText(warning: ReportWarning, say: Words): string {
  switch (warning.code) {
    case 'uncertain':
      return say(`report.warning.uncertain.${warning.side}`);
    case 'no_interval':
      return say(`report.warning.no_interval.${warning.side}`, { tokens: warning.tokens });
    case 'writes_worse': {
      const { domain, check, difference } = warning;
      const points = `${difference < 0 ? '−' : '+'}${Math.abs(100 * difference).toFixed(1)}`;
      return say('report.warning.writes_worse', { domain, what: say(`report.worse.${check}`), points });
    }
    case 'few_prompts': {
      const { prompts, power, needed } = warning;
      return say('report.warning.few_prompts', { prompts, percent: Math.round(100 * power), needed });
    }
    case 'unknown_domain':
      return say('report.warning.unknown_domain', { count: warning.texts });
    default:
      return say(`report.warning.${warning.code}`);
  }
}
