// Tests the best file and the best one of the other kind on text that the search has not seen, and compares their answers.
import type { FitAnswers, FitResult } from '../../../contract/fit.ts';
import { answersOf } from './answers.ts';
import { confirmation, measuredToConfirm, type ConfirmedFile } from './confirm.ts';
import type { Running } from './running.ts';
import type { Found } from './search.ts';
import type { SearchContext } from './search-context.ts';
import { LAST_STAGE, STAGE_CHUNKS } from './stages.ts';

type Proof = ReturnType<typeof confirmation> & {
  /** Indexed by the files' indexes. */
  readonly answers: ReadonlyMap<number, FitAnswers>;
  /** Whether the time was up, so that little was read. */
  readonly isLate: boolean;
};

/** Proves the files that were found. @throws WinnowError from making and measuring */
export async function prove(
  { winner, rival }: Found,
  running: readonly Running[],
  search: SearchContext,
): Promise<Proof> {
  const { planned, measuring, progress, isTimeUp } = search;
  const isLate = isTimeUp();
  const toProve = [winner, ...(rival === null ? [] : [rival])];
  const toAnswer = planned.prompts.length === 0 ? 0 : toProve.length;
  progress.begin('proving', toProve.length + toAnswer);
  const proved: ConfirmedFile[] = [];
  for (const file of toProve) {
    const chunks = STAGE_CHUNKS[isLate ? 0 : LAST_STAGE]!;
    proved.push(await measuredToConfirm(file, running[file]!.subject, planned.texts.confirm, chunks, measuring));
    progress.count(proved.length);
  }
  const [first, second = null] = proved;
  const confirmed = confirmation(first!, second);
  const answers = await answersOfBest(confirmed, running, search, (answered) =>
    progress.count(toProve.length + answered),
  );
  return { ...confirmed, answers, isLate };
}

/** Answers of the best file and of the one it is compared with. Files for which there was no time have none. */
async function answersOfBest(
  { best, over }: Pick<FitResult, 'best' | 'over'>,
  running: readonly Running[],
  { request, planned, making, measuring, progress, isTimeUp }: SearchContext,
  onFile: (answered: number) => void,
): Promise<ReadonlyMap<number, FitAnswers>> {
  const answers = new Map<number, FitAnswers>();
  const { prompts } = planned;
  if (prompts.length === 0) return answers;
  const { threads } = request.placement;
  for (const index of new Set([best, over?.file ?? best])) {
    if (isTimeUp()) break;
    const { backend } = await measuring.hold(running[index]!.subject);
    answers.set(index, await answersOf(backend, prompts, making.model.info.contextLength, threads, progress.task));
    onFile(answers.size);
  }
  return answers;
}
