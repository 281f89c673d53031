// The compare use case: a full model and variants of it on several texts. What is stored already is not measured again,
// and what is measured is stored at once.
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { getHeldOutText } from '../../store/held-out-texts.ts';
import { readOtherText, type TextOfDomain } from './other-texts.ts';
import { choosingHashes, choosingDemosOfVariant } from '../../write/pruning/choosing-demos.ts';
import type { ComparisonRequest } from './comparison-request.ts';
import { evaluateEach, optionsInSteps, REFERENCE } from './evaluate.ts';
import { requireApart } from './keep-apart.ts';
import { prepareSubjects, summaryOf, type Failure, type Prepared } from './prepare-subjects.ts';
import { comparisonLedger, measurementHash, type ComparisonSettings } from './stored-comparison.ts';

export type ComparisonOutcome = {
  /** Rows of the database, old and new ones. */
  readonly evaluationIds: readonly number[];
};

/**
 * @throws WinnowError CALIBRATION_OVERLAP, CANCELLED, and what inspecting, loading or running the full model throws; when single variants or
 * texts failed, the first one's failure, with all of them in its details. What was measured is stored in any case.
 */
export async function runComparison(
  request: ComparisonRequest,
  context: EngineContext,
  task: Task,
): Promise<ComparisonOutcome> {
  const failures: Failure[] = [];
  const { full, variants } = await prepareSubjects(request, context, task, failures);
  const demos = variants.flatMap(({ compared, kv }) => choosingDemosOfVariant(context.store, compared.selectionId, kv));
  const texts = [
    ...storedTexts(request, context, failures),
    ...(await otherTexts(request, context, await choosingHashes(context.store, demos, task.signal), failures)),
  ];
  await requireApart(context.store, demos, texts, task.signal);
  const ids: number[] = [];
  const ledger = comparisonLedger(context.store);
  const keep = (prepared: Prepared, text: TextOfDomain, result: EvaluationFigures): void => {
    const measured = hashOf(prepared, text, full, request);
    const settings = settingsOf(prepared, text, full, request);
    ids.push(ledger.keep({ modelPath: prepared.subject.info.path, measured, settings, result }));
    task.about({ evaluationIds: ids });
  };

  const missing = new Set<string>();
  for (const [index, prepared] of [[REFERENCE, full] as const, ...variants.entries()]) {
    for (const [t, text] of texts.entries()) {
      const stored = ledger.find(hashOf(prepared, text, full, request));
      if (stored) keep(prepared, text, stored.result);
      else missing.add(`${index} ${t}`);
    }
  }

  if (missing.size > 0) {
    const measurements = {
      subjects: variants.map(({ subject }) => subject),
      texts,
      against: full.subject,
      wanted: (subject: number, text: number) => missing.has(`${subject} ${text}`),
    };
    const options = optionsInSteps(request, context, task);
    for await (const { subject, text: t, result, error } of evaluateEach(measurements, options)) {
      const prepared = subject === REFERENCE ? full : variants[subject];
      const text = texts[t];
      if (!prepared || !text) continue;
      if (error) failures.push({ label: prepared.compared.label, text: text.name, error });
      // the reference runs again for its distributions although its own figures are there
      else if (missing.has(`${subject} ${t}`)) keep(prepared, text, result);
    }
  }
  if (failures.length > 0) throw summaryOf(failures);
  return { evaluationIds: ids };
}

function settingsOf(
  { compared, subject, said }: Prepared,
  { id, name, domain, hash }: TextOfDomain,
  { subject: { info } }: Prepared,
  { fullName, chunks }: ComparisonRequest,
): ComparisonSettings {
  return {
    variant: compared.variant,
    label: compared.label,
    full: { name: fullName, fingerprint: info.fingerprint },
    fingerprint: subject.info.fingerprint,
    selectionHash: compared.selectionHash,
    selectionId: compared.selectionId,
    keep: subject.kept?.[0]?.length ?? subject.info.nExpert,
    nExpert: info.nExpert,
    text: { id, name, domain, hash },
    chunkLimit: chunks ?? 0,
    inDomain: compared.domains?.includes(domain) ?? null,
    ...(said && { said }),
  };
}

function hashOf(
  prepared: Prepared,
  text: TextOfDomain,
  full: Prepared,
  { ctx, chunks, placement }: ComparisonRequest,
): string {
  const against = prepared === full ? null : full.subject.info.fingerprint;
  return measurementHash({ subject: prepared.hash, against, textHash: text.hash, ctx, chunks, placement });
}

function storedTexts({ textIds }: ComparisonRequest, { store }: EngineContext, failures: Failure[]) {
  return textIds.flatMap((id): TextOfDomain[] => {
    const text = getHeldOutText(store, id);
    if (text) return [text];
    const error = new WinnowError('FILE_NOT_FOUND', say('textDeleted'), { id });
    failures.push({ label: '', text: null, error });
    return [];
  });
}

async function otherTexts(
  { otherTexts: others }: ComparisonRequest,
  { store }: EngineContext,
  choosing: ReadonlySet<string>,
  failures: Failure[],
): Promise<TextOfDomain[]> {
  const texts: TextOfDomain[] = [];
  for (const other of others) {
    try {
      texts.push(await readOtherText(store, other, choosing));
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      failures.push({ label: '', text: other.domain, error });
    }
  }
  return texts;
}
