// What a report is about: a plan, the file that was written from it, and what was measured of both.
import { WinnowError } from '../../contract/errors.ts';
import { comparisonLedger, isOfFullModel, type StoredComparison } from '../evaluation/stored-comparison.ts';
import { listGenerations, type StoredGeneration } from '../generation/stored-generation.ts';
import { canonicalJson } from '../files/canonical-json.ts';
import { modelIdOfSync } from '../library/model-on-disk.ts';
import { domainsOf, requirePlan, settingsOf } from '../plans/plan-view.ts';
import { requireRun } from '../runs/stored-run.ts';
import type { Store } from '../store/database.ts';
import { listExports, type StoredExport } from '../store/exports.ts';
import { getModel, type StoredModel } from '../store/models.ts';
import { getPlan, listPlans, type StoredPlan } from '../store/plans.ts';

export type ReportSubject = {
  /** The full model. */
  readonly model: StoredModel;
  /** null: the file's experts come from a mask that no plan holds. */
  readonly plan: StoredPlan | null;
  /** Plans that differ from it by criterion and count only: what it is compared with. */
  readonly alternatives: readonly StoredPlan[];
  /** A file that was written; null: there is none. */
  readonly file: StoredExport | null;
  /** Newest first. */
  readonly evaluations: readonly StoredComparison[];
  readonly generations: readonly StoredGeneration[];
};

/** One of them, or none: whatever was chosen or written last. */
export type ReportChoice =
  | { readonly kind: 'newest' }
  | { readonly kind: 'run'; readonly runId: number }
  /** `exportId`: which of the files that were written from it; null: the newest. */
  | { readonly kind: 'plan'; readonly planId: number; readonly exportId: number | null }
  /** `path`: of a pruned file, or of any part of it. */
  | { readonly kind: 'file'; readonly path: string };

/**
 * With everything that was measured of it.
 * @throws WinnowError USAGE: there is no such plan, run or file, or nothing was chosen yet
 */
export function findSubject(store: Store, choice: ReportChoice): ReportSubject {
  switch (choice.kind) {
    case 'newest':
      return newestSubject(store);
    case 'run':
      return subjectOfPlan(store, planOfRun(store, choice.runId), null);
    case 'plan':
      return subjectOfPlan(store, requirePlan(store, choice.planId).plan, choice.exportId);
    case 'file':
      return subjectOfFile(store, exportAt(store, choice.path));
  }
}

function newestSubject(store: Store): ReportSubject {
  const [plan] = listPlans(store);
  const file = listExports(store).find(({ state }) => state === 'done');
  if (file && (file.finishedMs ?? file.startedMs) >= (plan?.createdMs ?? 0)) return subjectOfFile(store, file);
  if (plan) return subjectOfPlan(store, plan, null);
  throw new WinnowError('USAGE', 'There is nothing to report on yet. Choose experts first: winnow select --help');
}

/** The newest plan that was chosen by the run's scores. */
function planOfRun(store: Store, runId: number): StoredPlan {
  const { model } = requireRun(store, runId);
  const plan = listPlans(store, model.id).find((one) => settingsOf(one).selection?.runIds.includes(runId));
  if (plan) return plan;
  throw new WinnowError(
    'USAGE',
    `No experts were chosen by the scores of run ${runId} yet. Do that first: winnow select --help`,
    { runId },
  );
}

/** @throws WinnowError USAGE: no export wrote it */
function exportAt(store: Store, path: string): StoredExport {
  const id = modelIdOfSync(path);
  const file = listExports(store).find(({ state, outputPath }) => state === 'done' && modelIdOfSync(outputPath) === id);
  if (file) return file;
  throw new WinnowError(
    'USAGE',
    `${path} is no file that Winnow wrote on this machine. Name it by the path that it was written to, or name its selection: "winnow selections" lists them.`,
    { path },
  );
}

function subjectOfPlan(store: Store, plan: StoredPlan, exportId: number | null): ReportSubject {
  const files = listExports(store).filter(({ state, plan: { planId } }) => state === 'done' && planId === plan.id);
  return subjectOf(store, plan.modelId, plan, files.find(({ id }) => id === exportId) ?? files[0] ?? null);
}

function subjectOfFile(store: Store, file: StoredExport): ReportSubject {
  return subjectOf(store, file.modelId, planOf(store, file.plan.planId), file);
}

function planOf(store: Store, planId: number | null): StoredPlan | null {
  return (planId !== null && getPlan(store, planId)) || null;
}

function subjectOf(store: Store, modelId: number, plan: StoredPlan | null, file: StoredExport | null): ReportSubject {
  const model = getModel(store, modelId)!; // plans and exports go with their model
  const alternatives = plan ? alternativesOf(plan, store) : [];
  const planIds = new Set([...(plan ? [plan] : []), ...alternatives].map(({ id }) => id));
  const isOwn = (row: MeasuredRow): boolean => {
    const { full, planId } = row.settings;
    if (full.fingerprint !== model.fingerprint) return false;
    return plan ? planId !== null && planIds.has(planId) : isOfFile(row, file);
  };
  const evaluations = comparisonLedger(store).list();
  const measured = new Set(evaluations.filter(isOwn).map(measuredOn));
  const generations = listGenerations(store);
  const continued = new Set<string | null>(generations.filter(isOwn).map(({ settings }) => settings.full.measured));
  return {
    model,
    plan,
    alternatives,
    file,
    evaluations: evaluations.filter((row) => isOwn(row) || (isOfFullModel(row) && measured.has(measuredOn(row)))),
    generations: generations.filter((row) => isOwn(row) || continued.has(row.measured)),
  };
}

/** None for what was not chosen by the scores of stored runs. */
function alternativesOf(plan: StoredPlan, store: Store): StoredPlan[] {
  const basis = (one: StoredPlan): string | null => {
    const { selection } = settingsOf(one);
    if (!selection) return null;
    const { criterion: _criterion, keep: _keep, seed: _seed, ...rest } = selection;
    return canonicalJson(rest);
  };
  const own = basis(plan);
  return own === null ? [] : listPlans(store, plan.modelId).filter((one) => one.id !== plan.id && basis(one) === own);
}

type MeasuredRow = Pick<StoredComparison | StoredGeneration, 'settings' | 'createdMs'>;

/** Whether a file that belongs to no plan was measured, and not another one that lay there before. */
function isOfFile({ settings: { planId, variant }, createdMs }: MeasuredRow, file: StoredExport | null): boolean {
  if (!file || planId !== null || variant?.kind !== 'model') return false;
  return variant.modelId === modelIdOfSync(file.outputPath) && createdMs >= (file.finishedMs ?? 0);
}

/** Equal for rows whose figures can be compared. */
export function measuredOn({ settings: { text }, result: { ctx, tokens } }: StoredComparison): string {
  return `${text.hash} ${ctx} ${tokens}`;
}

/** Whether experts were chosen for the domain; null: it is not known, or they were chosen for none. */
export function isInDomain(domain: string | null, { plan, file }: ReportSubject): boolean | null {
  const domains = plan ? domainsOf(plan) : (file?.plan.domains ?? []);
  return domain === null || domains.length === 0 ? null : domains.includes(domain);
}

/** In domain first, then out of it, then what is not known. */
export function sideRank(inDomain: boolean | null): number {
  return inDomain === null ? 2 : inDomain ? 0 : 1;
}
