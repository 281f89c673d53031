// Builds the command line's request to check answers: of files, with prompts from files.
import { basename, resolve } from 'node:path';
import type { EngineContext } from '../../store/engine-context.ts';
import { choosingDemosOfChoice, choosingDemosOfScores, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { fileAsItIs } from '../evaluation/comparison-request.ts';
import { namedPreview, selectionLike } from '../evaluation/prepare-subjects.ts';
import { domainOfFiles } from '../evaluation/other-texts.ts';
import { inspectFile, openFile, requirePrunable } from '../../models/inspect.ts';
import { modelName } from '../../models/model-name.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import { readModelChoice } from '../../experts/selection/choice-file.ts';
import { readScoresFile } from '../../experts/selection/scores-file.ts';
import type { GenerationRequest } from './generation-request.ts';

export type GenerateFilesRequest = Omit<GenerationRequest, 'full' | 'fullName' | 'variants' | 'demos' | 'scored'> & {
  /** Number of experts that each token is routed to, fewer than the model says. */
  readonly activeExperts?: number | undefined;
  readonly model: string;
  /** The file of a choice, which makes a preview of the pruned model. */
  readonly choice?: string | undefined;
  /** The full model. Without it, a preview is compared with the same model as it is, and a file is not compared. */
  readonly against?: string | undefined;
  /** Scores files that the experts were chosen by. */
  readonly scores?: readonly string[] | undefined;
  readonly prompts: readonly string[];
  /** Domain of the prompts. Default: the domain with the name of their first file, if there is one. */
  readonly domain?: string | undefined;
};

type Tools = {
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
};

/** The request. @throws WinnowError from inspecting the full model, from the choice and the scores */
export async function requestOfFiles(
  {
    model,
    choice,
    against = model,
    scores = [],
    prompts,
    domain,
    activeExperts: active,
    ...rest
  }: GenerateFilesRequest,
  context: EngineContext,
  { signal, onWarning }: Tools = {},
): Promise<GenerationRequest> {
  const { host, store } = context;
  const fullName = modelName((await openFile(against, host)).info);
  let variant = fileAsItIs(model);
  let demosOfChoice: readonly ChoosingDemo[] = [];
  const activeExperts = active ?? null;
  const isMasked = choice !== undefined || activeExperts !== null;
  if (isMasked) {
    const { info } = await inspectFile(model, context);
    requirePrunable(info);
    const read = choice === undefined ? null : await readModelChoice(choice, info, active, signal);
    read?.warnings.forEach((warning) => onWarning?.(inEnglish(warning)));
    const masked = { kept: read?.kept ?? null, activeExperts: read?.activeExperts ?? activeExperts };
    variant = {
      ...variant,
      variant: null,
      label: basename(choice ?? model),
      ...namedPreview(selectionLike(store, info, masked), masked),
      ...masked,
      grouping: read?.grouping ?? 'ungrouped',
    };
    demosOfChoice = read ? choosingDemosOfChoice(store, read.document) : [];
  }
  const files = await Promise.all(scores.map((path) => readScoresFile(path, signal)));
  const isItself = !isMasked && resolve(model) === resolve(against);
  return {
    ...rest,
    full: fileAsItIs(against),
    fullName,
    variants: isItself ? [] : [variant],
    scored: [...demosOfChoice, ...files.flatMap((file) => choosingDemosOfScores(store, file))],
    demos: { kind: 'files', files: [...prompts], domain: domain ?? domainOfFiles(store, prompts) },
  };
}
