// Compares criteria, counts and fewer demos on the same scores and texts: each chooses experts, and is measured as a mask on the
// full model.
import { ensureNative } from '../../../../native/index.ts';
import type { EvaluationFigures } from '../../../contract/api/evaluations.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Grouping, ScoreRequest } from '../../../contract/requests.ts';
import { endingHost } from '../../base/backend/worker-host.ts';
import { matrixShape } from '../../experts/runs/stored-run.ts';
import { runScoring, type ScoredRun } from '../../experts/scoring/score-run.ts';
import { chooseExperts } from '../../experts/selection/choose-experts.ts';
import { addSums, emptySums, scoreMatrix } from '../../experts/selection/criteria.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import { isUngrouped, maskedHash } from '../../experts/selection/selection.ts';
import { largestNorms } from '../../experts/selection/super-experts.ts';
import { openFile } from '../../models/inspect.ts';
import type { Store } from '../../store/database.ts';
import { loadDemoScores, scoredPositions } from '../../store/demo-scores.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { hashText } from '../../store/domains.ts';
import type { Task } from '../../store/task.ts';
import { choosingDemosOfFile } from '../../write/pruning/choosing-demos.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import type { HashedText } from '../evaluation/figure-ledger.ts';
import { requireApart } from '../evaluation/other-texts.ts';
import { inSteps, Measuring, type Subject } from '../evaluation/measuring.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { readDocuments } from '../evaluation/read-documents.ts';

type CompareRequest = Omit<ScoreRequest, 'demos' | 'fresh'> & {
  /** What experts are chosen by. */
  readonly domains: readonly { readonly domain: string; readonly files: string[] }[];
  /** The texts to measure on. */
  readonly texts: readonly { readonly name: string; readonly file: string }[];
  readonly criteria: readonly Criterion[];
  /** Experts kept per layer: counts or shares. */
  readonly keep: readonly string[];
  /** Numbers of demos, the first ones, by which the first criterion also chooses. */
  readonly demoCounts: readonly number[];
  /** Used for models that route in groups. */
  readonly grouping: Grouping;
  /** Tokens per chunk of the texts. */
  readonly ctx: number;
  /** The most chunks of each text; null: all. */
  readonly chunks: number | null;
};

/** The way in which experts were chosen. */
type Way = {
  readonly domain: string;
  readonly criterion: Criterion;
  readonly demos: number;
  /** Experts kept per layer. */
  readonly keep: number;
};

export type Compared = {
  readonly nExpert: number;
  /** The full model's figures on each text. */
  readonly full: readonly { readonly text: string; readonly figures: EvaluationFigures }[];
  /** Each way on each text. */
  readonly rows: readonly (Way & { readonly text: string; readonly figures: EvaluationFigures })[];
};

/**
 * Runs a comparison. Finished runs are kept, so that the same request can resume.
 * @throws WinnowError USAGE, CALIBRATION_OVERLAP, and from scoring, choosing and measuring; CANCELLED
 */
export async function runCompare(request: CompareRequest, given: EngineContext, task: Task): Promise<Compared> {
  requireOwnNames(request);
  const context = given.withHost(endingHost(given.host, task.signal));
  await ensureNative({});
  const texts = await readTexts(request, context, task);
  const scored: ScoredRun[] = [];
  for (const { domain, files } of request.domains) {
    const demos = { kind: 'files' as const, files, domain };
    scored.push(await runScoring({ ...request, demos, fresh: false }, context, task));
  }
  const { headers, info } = await openFile(request.model, context.host);
  const seen = [...choosingDemosOfFile(context.store, headers[0]?.kv ?? {}), ...scored.flatMap(({ demos }) => demos)];
  await requireApart(await DemoCopies.of(context.store, seen, task.signal), texts, task);
  const choices: (Way & Subject)[] = [];
  for (const run of scored) choices.push(...chooseWays(run, request, context.store));
  return { nExpert: info.nExpert, ...(await measure(choices, texts, scored[0]!.info, request, context, task)) };
}

function requireOwnNames({ domains, texts }: CompareRequest): void {
  const twice = (names: readonly string[]): string | undefined => names.find((name, i) => names.indexOf(name) !== i);
  const double = twice(domains.map(({ domain }) => domain)) ?? twice(texts.map(({ name }) => name));
  if (double !== undefined)
    throw new WinnowError('USAGE', `"${double}" is named twice. Give each domain and each text a name of its own.`);
}

async function readTexts({ texts }: CompareRequest, { host }: EngineContext, task: Task): Promise<HashedText[]> {
  const read: HashedText[] = [];
  for (const { name, file } of texts) {
    const { text, warnings } = await readDocuments([file], host, task.signal);
    warnings.forEach((warning) => task.log(warning));
    read.push({ name, text: text.text, hash: hashText(text.text) });
  }
  return read;
}

/** What each way keeps by a domain's scores: every criterion by all demos, the first one also by fewer. */
function chooseWays(
  { run, domain, info }: ScoredRun,
  { criteria, keep, demoCounts, grouping }: CompareRequest,
  store: Store,
): (Way & Subject)[] {
  const positions = scoredPositions(store, run.id);
  const shape = matrixShape(info);
  const all = positions.length;
  const fewer = [...new Set(demoCounts)].filter((count) => count < all).toSorted((a, b) => b - a);
  const ways = [
    ...criteria.map((criterion) => ({ criterion, demos: all })),
    ...fewer.map((demos) => ({ criterion: criteria[0]!, demos })),
  ];
  const choices: (Way & Subject)[] = [];
  for (const { criterion, demos } of ways) {
    const sums = emptySums(shape.nLayers, shape.nExpert);
    const places = positions.slice(0, demos);
    const scored = places.map((position) => loadDemoScores(store, run.id, position));
    for (const demo of scored) addSums(sums, demo.sums);
    const maxNorm = largestNorms(scored.map((demo) => demo.maxNorm));
    const scores = [{ domain, matrix: scoreMatrix(criterion, sums, shape), maxNorm }];
    for (const count of new Set(keep.map((spec) => resolveKeep(spec, info.nExpert)))) {
      const options = {
        keep: count,
        mix: 'shares' as const,
        pins: [],
        drops: [],
        grouping,
        superExperts: 'pin' as const,
      };
      const { kept } = chooseExperts(scores, info, options);
      const of = { info, kept, ungrouped: isUngrouped(info, grouping) };
      choices.push({ domain, criterion, demos, keep: count, of, hash: maskedHash(of) });
    }
  }
  return choices;
}

async function measure(
  choices: readonly (Way & Subject)[],
  texts: readonly HashedText[],
  info: EvaluationSubject['info'],
  { ctx, chunks, placement }: CompareRequest,
  context: EngineContext,
  task: Task,
): Promise<Pick<Compared, 'full' | 'rows'>> {
  const full = { of: { info }, hash: maskedHash({ info }) };
  // several ways may keep the same experts
  const distinct = new Map<string, Subject>(choices.map((choice) => [choice.hash, choice]));
  const options = { ctx, placement, context, task, onProgress: inSteps(task) };
  await using measuring = new Measuring<Subject, HashedText>(full, null, options);
  const measured = await measuring.all([...distinct.values()], texts, chunks);
  const getFigures = (subject: Subject, text: HashedText): EvaluationFigures =>
    measured.get(subject)!.get(text)!.figures;
  return {
    full: texts.map((text) => ({ text: text.name, figures: getFigures(full, text) })),
    rows: choices.flatMap(({ domain, criterion, demos, keep, hash }) =>
      texts.map((text) => {
        const figures = getFigures(distinct.get(hash)!, text);
        return { domain, criterion, demos, keep, text: text.name, figures };
      }),
    ),
  };
}
