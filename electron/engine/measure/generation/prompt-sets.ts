// Gathers the prompts of a request: of each domain, or of files, without the demos that experts were chosen by.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { loadVocabulary } from '../../base/backend/load-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { collectDemos, type SourceDemo } from '../../demos/collect-demos.ts';
import { gatherDemos } from '../../demos/collect-demos.ts';
import { isChosen, type ChoosingDemo } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { demosOfScores, type Prepared } from '../evaluation/prepare-subjects.ts';
import type { GenerationRequest } from './generation-request.ts';
import { preparePrompts, type Prompt } from './prompts.ts';

type NamedSet = {
  /** null: the demos came from files. */
  readonly domainId: number | null;
  readonly domain: string;
  /** Whether the domain is known; if not, `domain` names the files. */
  readonly isKnown: boolean;
};

export type PromptSet = NamedSet & {
  readonly prompts: readonly Prompt[];
  /** A hash that is equal for equal prompts and expected answers. SHA-256, hex. */
  readonly hash: string;
};

type DemoSet = NamedSet & { readonly demos: readonly SourceDemo[] };

/**
 * Gathers the prompts.
 * @param full the full model, whose template and tokenizer make the prompts for all models
 * @param compared models whose experts may have been chosen by some of the demos
 * @throws WinnowError CALIBRATION_OVERLAP: no demo is left; DEMOS_EMPTY: no demo makes a prompt; USAGE: a domain was deleted;
 * from importing files and loading the vocabulary; the signal's reason
 */
export async function gatherPromptSets(
  { demos, scores = [], limit }: GenerationRequest,
  { info }: EvaluationSubject,
  compared: readonly Prepared[],
  context: EngineContext,
  task: Task,
): Promise<PromptSet[]> {
  const { store, host } = context;
  const sets =
    demos.kind === 'files'
      ? [await demosOfFiles(demos, context, task)]
      : await demosOfDomains(demos.domainIds, context, task.signal);
  const scored = await demosOfScores(scores, context, task);
  compared.forEach((variant) => warnOf(variant, scored, task));
  const choosing = [...scored, ...compared.flatMap((variant) => variant.choosing)];
  const copies = await DemoCopies.of(store, choosing, task.signal);
  using backend = new Backend('off', host);
  const model = await loadVocabulary(backend, info);
  const made: PromptSet[] = [];
  for (const set of sets) {
    const usable = withoutScored(set, copies, task).slice(0, limit);
    const { prompts, warnings } = await preparePrompts(usable, { backend, model }, info.contextLength, task.signal);
    for (const warning of warnings) task.log(inEnglish(warning));
    if (prompts.length === 0) {
      throw new WinnowError('DEMOS_EMPTY', say('noPrompts', { domain: set.domain, reasons: warnings }));
    }
    made.push({ domainId: set.domainId, domain: set.domain, isKnown: set.isKnown, prompts, hash: hashOf(prompts) });
  }
  return made;
}

async function demosOfFiles(
  { files, domain }: Extract<GenerationRequest['demos'], { kind: 'files' }>,
  { host }: EngineContext,
  { log }: Task,
): Promise<DemoSet> {
  const { demos, warnings } = await gatherDemos(files, host);
  for (const warning of warnings) log(warning);
  return {
    domainId: null,
    domain: domain ?? files.map((file) => basename(file)).join(', '),
    isKnown: domain !== null,
    demos,
  };
}

async function demosOfDomains(ids: readonly number[], context: EngineContext, signal: AbortSignal): Promise<DemoSet[]> {
  const sets: DemoSet[] = [];
  for (const domainId of ids) {
    const collected = await collectDemos({ kind: 'domain', domainId }, {}, context, signal);
    sets.push({ domainId, isKnown: true, ...collected });
  }
  return sets;
}

/**
 * Warns where not all demos that chose a variant's experts are known.
 * @param scored demos that the user names, in addition to those of its selection or file
 */
function warnOf(
  { compared: { label }, of, kv, choosing }: Prepared,
  scored: readonly ChoosingDemo[],
  { log }: Task,
): void {
  if (of.kept === undefined && !isChosen(kv)) return;
  const demos = [...scored, ...choosing];
  if (demos.length > 0 && demos.every(({ hash }) => hash !== null)) return;
  log(`Not all demos by which the experts of ${label} were chosen are known here: some prompts may be among them.`);
}

/** The demos that no expert was chosen by. @throws WinnowError CALIBRATION_OVERLAP: none is left */
function withoutScored({ domain, demos }: DemoSet, copies: DemoCopies, { log }: Task): SourceDemo[] {
  const usable = demos.filter(({ content }) => !copies.has(content));
  if (usable.length === 0) {
    throw new WinnowError('CALIBRATION_OVERLAP', say('allDemosScored', { demos: demos.length, domain }), {
      domain,
      demos: demos.length,
    });
  }
  const left = demos.length - usable.length;
  if (left > 0)
    log(`${left} of ${demos.length} demos of ${domain} cannot be prompts: the experts were chosen by them.`);
  return usable;
}

/** A hash of the tokens and of everything else that findings depend on. */
function hashOf(prompts: readonly Prompt[]): string {
  const sum = createHash('sha256');
  for (const { hash, kind, tokens } of prompts) {
    sum.update(JSON.stringify([hash, kind, tokens.length]));
    sum.update(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
  }
  return sum.digest('hex');
}
