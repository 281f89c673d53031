// Computes what a reader should know after half a minute: what was kept, what that costs in and out of the domain, what was not measured.
import type { ModelInfo } from '../../contract/model-info.ts';
import {
  REPORT_CHECKS,
  type ReportCompared,
  type ReportGap,
  type ReportGeneration,
  type ReportPlan,
  type ReportSummary,
  type ReportWarning,
  type ReportWrittenFile,
} from '../../contract/report-file.ts';
import { isAcrossSevere, type VerdictAnswers } from '../../contract/verdict.ts';
import { fittedIn, verdictOn, type PairedRow } from '../measure/evaluation/choice-figures.ts';
import { prunedBytes } from '../experts/selection/choose-experts.ts';
import { isOfChoice } from './report-variant.ts';

/** Statistical power that a test should have. */
const ENOUGH_POWER = 0.8;

type SummaryInput = {
  readonly info: ModelInfo;
  readonly plan: ReportPlan | null;
  readonly file: ReportWrittenFile | null;
  /** The judged variant; null: not measured. */
  readonly judged: ReportCompared | null;
  /** The measurements that the judgement is based on. */
  readonly own: readonly PairedRow[];
  /** The domains that the experts were chosen for. */
  readonly domains: readonly string[];
  readonly generations: readonly ReportGeneration[];
  readonly answers: VerdictAnswers | null;
};

/** Size, verdict, judged figures and warnings. Bytes are predicted if no file was written. */
export function summaryOf(input: SummaryInput): ReportSummary {
  const { info, plan, file, judged, own, domains, answers } = input;
  const { in_domain = null, out_of_domain = null, unknown_domain = null } = judged ?? {};
  const keep = file?.keep ?? plan?.keep ?? info.nExpert;
  const bytes = { full: info.bytes, pruned: file?.bytes ?? prunedBytes(info, keep), predicted: file === null };
  return {
    keep,
    n_expert: info.nExpert,
    n_layers: info.moeLayers.length,
    bytes,
    subject: judged?.variant ?? null,
    in_domain,
    out_of_domain,
    unknown_domain,
    verdict: verdictOn(own, {
      bytes,
      domains: [...domains],
      answers,
      ...(file?.quantised && { type: file.quantised.type }),
      ...fittedIn(file),
    }),
    warnings: warningsOf(input),
    not_measured: gapsOf(input),
  };
}

const SIDES = ['in_domain', 'out_of_domain'] as const;

function warningsOf({ info, plan, file, judged, generations }: SummaryInput): ReportWarning[] {
  const sides = SIDES.flatMap((side): ReportWarning[] => {
    const cost = judged?.[side];
    if (!cost) return [];
    if (cost.ratio.low === null || cost.ratio.high === null)
      return [{ code: 'no_interval', side, tokens: cost.tokens }];
    return isAcrossSevere(cost.ratio) ? [{ code: 'uncertain', side }] : [];
  });
  const texts = judged?.unknown_domain?.texts ?? 0;
  const isWhole = (file?.keep ?? plan?.keep) === info.nExpert;
  const isMask = plan === null ? !isWhole : plan.criterion === null;
  return [
    ...(file && judged?.variant.kind === 'preview' ? [{ code: 'preview_only' } as const] : []),
    ...sides,
    ...generations.filter((one) => isOfChoice(one.variant, plan)).flatMap(writesWorse),
    ...fewPrompts(generations),
    ...(texts > 0 ? [{ code: 'unknown_domain', texts } as const] : []),
    ...(isMask
      ? [{ code: 'imported_choice' } as const]
      : plan?.scores === null
        ? [{ code: 'scores_gone' } as const]
        : []),
  ];
}

function writesWorse({ against_full, domain, in_domain }: ReportGeneration): ReportWarning[] {
  if (!against_full || in_domain === false) return [];
  return REPORT_CHECKS.flatMap((check): ReportWarning[] => {
    const known = against_full.differences[check];
    const isWorse = known && (check === 'answer' ? known.high < 0 : known.low > 0);
    return isWorse ? [{ code: 'writes_worse', check, domain, difference: known.difference }] : [];
  });
}

/** The warning about too few prompts, once, for the check with the most prompts. */
function fewPrompts(generations: readonly ReportGeneration[]): ReportWarning[] {
  const [most] = generations
    .flatMap(({ against_full }) => against_full?.sensitivity ?? [])
    .sort((a, b) => b.prompts - a.prompts);
  if (!most || most.power_for_double >= ENOUGH_POWER) return [];
  return [
    { code: 'few_prompts', prompts: most.prompts, power: most.power_for_double, needed: most.prompts_for_double },
  ];
}

function gapsOf({ judged, generations }: SummaryInput): ReportGap[] {
  const costs = judged
    ? [judged.in_domain, judged.out_of_domain, judged.unknown_domain].filter((cost) => cost !== null)
    : [];
  return [
    ...SIDES.filter((side) => !judged?.[side]),
    ...(costs.every(({ kl_mean }) => kl_mean === null) ? ['divergence' as const] : []),
    ...(generations.length === 0 ? ['generation' as const] : []),
  ];
}
