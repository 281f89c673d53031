// What a report says, before it is put into words.
import type { Criterion, ScoreMatrix } from '../../contract/criteria.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { StoredComparison } from '../evaluation/stored-comparison.ts';
import type { PlanSettings } from '../selection/plan-settings.ts';
import type { StoredExport } from '../store/exports.ts';

export type ReportSource = PlanSettings['demos'][number] & {
  /** Of the score run, such as "nUbatch" → "2048"; null: the run was deleted. */
  readonly settings: Readonly<Record<string, string>> | null;
};

export type ReportPlan = {
  readonly name: string;
  /** null: an imported mask. */
  readonly criterion: Criterion | null;
  readonly settings: PlanSettings;
  readonly kept: readonly (readonly number[])[];
  readonly sources: readonly ReportSource[];
  /** null: the scores are not there any more, or there never were any. */
  readonly matrix: ScoreMatrix | null;
  /** Share of the score kept, per layer. */
  readonly retained: readonly number[] | null;
};

export type ReportContent = {
  readonly madeMs: number;
  readonly version: string;
  readonly llama: string;
  readonly model: ModelInfo;
  readonly plan: ReportPlan | null;
  readonly evaluations: readonly StoredComparison[];
  readonly file: StoredExport | null;
};
