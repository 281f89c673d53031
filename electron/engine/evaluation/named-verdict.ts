// The verdict on what the command line named by files: everything that is stored of the choice, else what was measured just now.
import type { EvaluationFigures } from '../../contract/api/evaluations.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { EvaluateRequest } from '../../contract/requests.ts';
import { gradeOf, type Verdict, type VerdictSide } from '../../contract/verdict.ts';
import type { EngineContext } from '../context/engine-context.ts';
import { inspectFile } from '../models/inspect.ts';
import { shapeOf } from '../runs/stored-run.ts';
import { prunedBytes } from '../selection/choose-experts.ts';
import { readMaskFile } from '../selection/mask-file.ts';
import { selectionHash } from '../selection/selection-hash.ts';
import { judgedChoices } from './judged-choices.ts';
import { domainOfFiles, namedFile } from './named-subject.ts';

/**
 * @param figures that the request gave
 * @returns null: it was compared with no full model, or is that model
 * @throws WinnowError of the mask, and of inspecting
 */
export async function namedVerdict(
  request: EvaluateRequest,
  figures: EvaluationFigures,
  { store, host }: EngineContext,
): Promise<Verdict | null> {
  const { model, mask, grouping, against } = request;
  const side = sideOf(domainOfFiles(store, [request.text].flat(), request.domain), figures);
  if (!side) return null;
  const { info } = await inspectFile(model, host);
  const kept = mask === undefined ? null : (await readMaskFile(mask, shapeOf(info))).kept;
  const hash = kept ? selectionHash(info, kept, grouping) : namedFile(store, model).selectionHash;
  const stored = judgedChoices(store).find((choice) => choice.hash === hash)?.verdict;
  if (stored?.inside || stored?.outside || stored?.unknown) return stored;
  const full = kept || against === undefined ? info : (await inspectFile(against, host)).info;
  const isChoice = kept !== null || full.fingerprint !== info.fingerprint;
  if (!isChoice) return null;
  return { bytes: bytesOf(full, info, kept), domains: [], inside: null, outside: null, unknown: side, grade: null };
}

function bytesOf(full: ModelInfo, info: ModelInfo, kept: readonly (readonly number[])[] | null): Verdict['bytes'] {
  if (!kept) return { full: full.bytes, pruned: info.bytes, predicted: false };
  return { full: full.bytes, pruned: prunedBytes(info, kept[0]?.length ?? info.nExpert), predicted: true };
}

/** Nobody knows what the experts were chosen for. */
function sideOf(domain: string | null, { ratio, top1, tokens }: EvaluationFigures): VerdictSide | null {
  if (!ratio) return null;
  const grade = gradeOf({ ratio, top1 });
  return { ratio, tokens, grade, parts: [{ domain, ratio, top1, tokens, grade }] };
}
