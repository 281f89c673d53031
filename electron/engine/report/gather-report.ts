// Collects a report's data from the database as it is now.
import { displayNameOf } from '../base/files/display-path.ts';
import { llamaSource } from '../../../native/index.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { REPORT_FORMAT, REPORT_VERSION, type ReportFile, type ReportWrittenFile } from '../../contract/report-file.ts';
import type { EngineContext } from '../store/engine-context.ts';
import { answersOfChoices } from '../measure/generation/choice-answers.ts';
import { modelName } from '../models/model-name.ts';
import type { ScoreSources } from '../experts/selections/selection-scores.ts';
import type { StoredExport } from '../store/exports.ts';
import type { StoredSelection } from '../store/selections.ts';
import { blocksOfChoice } from '../models/prediction-blocks.ts';
import { packageVersion } from '../base/files/package-version.ts';
import { publishedRepair } from '../../contract/repair.ts';
import { quantisedPart } from './quantised-part.ts';
import { commandsPart } from './commands-part.ts';
import { evaluationPart } from './evaluation-part.ts';
import { generationPart } from './generation-part.ts';
import { planPart } from './plan-part.ts';
import { domainsOfSubject, type ReportSubject } from './subject.ts';
import { stateOfRecorded } from './recorded-file.ts';
import { summaryOf } from './summary.ts';

/** Collects the data and checks the state of the written file. @throws WinnowError as `gatherReport` and `stateOfRecorded` */
export async function reportNow(
  subject: ReportSubject,
  { host, known }: Pick<EngineContext, 'host' | 'known'>,
  sources: ScoreSources,
  signal?: AbortSignal,
): Promise<ReportFile> {
  const report = await gatherReport(subject, sources, signal);
  const now = subject.file && (await stateOfRecorded(subject.file, { host, known, signal }));
  return { ...report, file: report.file && now && { ...report.file, now } };
}

/** Collects the data. @throws WinnowError STORE: a stored matrix is damaged; the signal's reason */
export async function gatherReport(
  subject: ReportSubject,
  sources: ScoreSources,
  signal?: AbortSignal,
): Promise<ReportFile> {
  const { info } = subject.model;
  const plan = subject.selection && (await planPart(subject.selection, subject.model, sources, signal));
  const chosenBy = plan ?? (subject.chosenBy && (await planPart(subject.chosenBy, subject.model, sources, signal)));
  const file = subject.file && {
    ...filePart(subject.file),
    ...(plan === null && { criterion: chosenBy?.criterion ?? null }),
  };
  const { evaluations, compared, judged, own } = evaluationPart(subject);
  const generations = generationPart(subject, sources.store);
  const domains = domainsOfSubject(subject);
  const answers = subject.hash === null ? null : answersOfChoices(sources.store)(subject.hash, domains);
  const model = modelPart(info, subject.selection?.kept);
  return {
    format: REPORT_FORMAT,
    version: REPORT_VERSION,
    made: new Date().toISOString(),
    made_by: { winnow: await packageVersion(), llama_cpp: llamaSource().tag },
    summary: summaryOf({ info, plan, file, judged, own, domains, generations, answers }),
    model,
    plan,
    file,
    compared,
    evaluations,
    generations,
    commands: commandsPart({ model: model.file, nExpert: model.n_expert, plan, chosenBy, file, evaluations }),
  };
}

/** The data on the full model. @param kept the choice whose layers are listed */
function modelPart(info: ModelInfo, kept: StoredSelection['kept'] | undefined): ReportFile['model'] {
  return {
    name: modelName(info),
    file: displayNameOf(info.path),
    arch: info.arch,
    file_type: info.fileType,
    bytes: info.bytes,
    parts: info.parts.length,
    moe_layers: kept ? blocksOfChoice(info, kept) : [...info.moeLayers],
    n_expert: info.nExpert,
    n_expert_used: info.nExpertUsed,
    n_expert_groups: info.nExpertGroups,
    context_length: info.contextLength,
    fingerprint: info.fingerprint,
  };
}

function filePart({
  plan,
  outputPath,
  bytes,
  sha256,
  seconds,
  startedMs,
  finishedMs,
}: StoredExport): ReportWrittenFile {
  return {
    name: displayNameOf(outputPath),
    written: new Date(finishedMs ?? startedMs).toISOString(),
    keep: plan.keep,
    bytes: bytes ?? 0,
    files: plan.files.map((path) => displayNameOf(path)),
    sha256,
    seconds,
    ...(plan.quantised && { quantised: quantisedPart(plan.quantised) }),
    ...(plan.repaired && { repaired: publishedRepair(plan.repaired) }),
    ...(plan.madeFor && { made_for: plan.madeFor }),
    ...(plan.how && { how: howPart(plan.how) }),
  };
}

function howPart({
  grouping,
  activeExperts,
  lowerUsed,
  width = null,
  nextn,
  split,
  splitMax,
  imatrix,
}: NonNullable<StoredExport['plan']['how']>): NonNullable<ReportWrittenFile['how']> {
  return {
    grouping,
    active_experts: activeExperts,
    lower_used: lowerUsed,
    nextn,
    split,
    split_max: splitMax,
    ...(width !== null && { width }),
    imatrix: imatrix && {
      name: imatrix.name,
      run_id: imatrix.runId,
      datasets: [...imatrix.datasets],
      chunks: imatrix.chunks,
      ...(imatrix.covered && { covered: imatrix.covered }),
    },
  };
}
