// What is compared, made ready to be loaded: headers read, masks checked. What cannot be measured fails alone.
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context.ts';
import { inspectModel, requirePrunable } from '../models/inspect.ts';
import { requireEnoughExperts } from '../pruning/check-kept.ts';
import type { Compared, ComparisonRequest } from './comparison-request.ts';
import type { EvaluationSubject } from './model-slot.ts';
import { subjectHash } from './stored-comparison.ts';

/** What could not be measured; `text` is the text's name, null where no text is to blame. */
export type Failure = { readonly label: string; readonly text: string | null; readonly error: WinnowError };

/** A variant that can be measured. */
export type Prepared = { readonly compared: Compared; readonly subject: EvaluationSubject; readonly hash: string };

/**
 * Reads the headers.
 * @param failures gets the variants that cannot be measured
 * @throws WinnowError of inspecting and masking the full model; CANCELLED
 */
export async function prepareSubjects(
  { full, variants }: Pick<ComparisonRequest, 'full' | 'variants'>,
  { host }: EngineContext,
  failures: Failure[],
): Promise<{ readonly full: Prepared; readonly variants: readonly Prepared[] }> {
  const infos = new Map<string, ModelInfo>();
  const inspect = async (path: string): Promise<ModelInfo> => {
    const known = infos.get(path);
    if (known) return known;
    // a worker each: a header may kill it
    using backend = new Backend('off', host);
    const { info } = await inspectModel(path, backend);
    infos.set(path, info);
    return info;
  };
  const prepare = async (compared: Compared): Promise<Prepared> => {
    const subject = subjectOf(compared, await inspect(compared.path));
    return { compared, subject, hash: subjectHash(subject) };
  };
  const reference = await prepare(full);
  const prepared: Prepared[] = [];
  for (const compared of variants) {
    try {
      prepared.push(await prepare(compared));
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code === 'CANCELLED') throw error;
      failures.push({ label: compared.label, text: null, error });
    }
  }
  return { full: reference, variants: prepared };
}

/** @throws WinnowError MODEL_CHANGED; NOT_MOE, ARCH_REFUSED, SELECTION_IMPOSSIBLE: it cannot be masked */
function subjectOf({ path, fingerprint, kept, grouping }: Compared, info: ModelInfo): EvaluationSubject {
  if (fingerprint !== null && info.fingerprint !== fingerprint) {
    throw new WinnowError('MODEL_CHANGED', `${path} is not the model that the plan was made for. Choose that one.`, { path }); // prettier-ignore
  }
  if (!kept) return { info };
  requirePrunable(info);
  requireEnoughExperts(kept, info);
  return { info, kept, ungrouped: info.nExpertGroups > 1 && grouping === 'ungrouped' };
}

/**
 * One error for all failures: the first one, with all of them in its details.
 * @param failures at least one
 */
export function summaryOf(failures: readonly Failure[]): WinnowError {
  const [first] = failures;
  if (!first) throw new RangeError('there is no failure');
  const { code, message } = first.error;
  const details = {
    failures: failures.map(({ label, text, error }) => ({ label, text, code: error.code, message: error.message })),
  };
  const more = failures.length === 1 ? '' : ` ${failures.length - 1} more failed.`;
  return new WinnowError(code, `${message}${more} What could be measured is kept.`, details, first.error);
}
