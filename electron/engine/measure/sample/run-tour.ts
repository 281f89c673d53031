// Does Winnow's main job on the bundled sample: scores a domain's demos, keeps a share of the experts, writes the pruned file,
// and shows what that did to the domain and to the others.
import type { Perplexities, TourOutcome } from '../../../contract/api/sample.ts';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { TourRequest } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { HashedText } from '../evaluation/figure-ledger.ts';
import { Measuring, type Subject } from '../evaluation/measuring.ts';
import { requireApart } from '../evaluation/other-texts.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { readEvaluationText } from '../evaluation/read-documents.ts';
import { SAMPLE_MODEL, sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { inspectFile } from '../../models/inspect.ts';
import { DemoCopies } from '../../write/pruning/demo-copies.ts';
import { runPrune, type PruneOutcome } from '../../write/exporting/run-export.ts';
import { runScoring, type ScoredRun } from '../../experts/scoring/score-run.ts';
import { RunTotals } from '../../experts/runs/run-totals.ts';
import { randomMatrix, scoreMatrix } from '../../experts/selection/criteria.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import { maskedHash } from '../../experts/selection/selection.ts';
import { selectExperts } from '../../experts/selection/layer-rules.ts';
import { mean } from '../../base/statistics/numbers.ts';
import { hashText } from '../../store/domains.ts';

const RANDOM_SEEDS = [1, 2, 3];
const CTX = 512;
/** Share of scoring in the progress bar; measuring is the rest. */
const SCORING_SHARE = 0.2;

/** Runs the tour. @throws WinnowError USAGE: the domain is unknown; and what the steps throw */
export async function runTour(request: TourRequest, context: EngineContext, task: Task): Promise<TourOutcome> {
  const { domain } = request;
  const progress = (share: number): void => task.progress(Math.round(1000 * share), 1000, 'permille');
  const scored = await scoreSample(request, context, {
    ...task,
    progress: (done, total) => progress((SCORING_SHARE * done) / total),
    // an estimate of scoring alone, which is the smallest part of the tour, is not passed on
    about: ({ estimate: _, ...note }) => task.about(note),
  });
  const { info } = scored;
  const keep = resolveKeep(request.keep, info.nExpert);
  const chosen = await chooseOfSample(scored, keep, context);
  const output = resolve(request.output ?? join('out', `winnow-sample-${domain}-${keep}of${info.nExpert}.gguf`));
  const written = await pruneSample(chosen.kept, output, context, task);

  const pruned = (await inspectFile(output, context)).info;
  const texts = await Promise.all(
    sampleDomains().map(async (name) => {
      const text = await readEvaluationText(sampleFiles(name).text);
      return { name, text, hash: hashText(text) };
    }),
  );
  await requireApart(await DemoCopies.of(context.store, scored.demos, task.signal), texts, task);
  const toSubject = (of: EvaluationSubject): Subject => ({ of, hash: maskedHash(of) });
  const subjects = {
    full: [toSubject({ info })],
    preview: [toSubject({ info, kept: chosen.kept })],
    random: chosen.random.map((kept) => toSubject({ info, kept })),
    pruned: [toSubject({ info: pruned })],
  };
  const byDomain = await measureSample(request, subjects, texts, context, task, (share) =>
    progress(SCORING_SHARE + (1 - SCORING_SHARE) * share),
  );
  const { [domain]: inDomain = perplexities(() => NaN), ...others } = byDomain;
  return {
    domain,
    keep,
    nExpert: info.nExpert,
    demos: scored.demos.length,
    tokens: scored.tokens,
    scoring: { seconds: scored.run.seconds, reused: scored.run.reused },
    files: { full: SAMPLE_MODEL, pruned: output },
    bytes: { full: info.bytes, pruned: written.bytes },
    perplexity: {
      inDomain,
      outOfDomain: perplexities((column) => mean(Object.values(others).map((row) => row[column]))),
      byDomain,
    },
  };
}

function scoreSample(
  { domain, demos: limit, placement }: TourRequest,
  context: EngineContext,
  task: Task,
): Promise<ScoredRun> {
  const request = {
    model: SAMPLE_MODEL,
    demos: { kind: 'files' as const, files: [sampleFiles(domain).demos], domain },
    limit,
    maxTokens: 0,
    nUbatch: 2048,
    placement,
    fresh: false,
  };
  return runScoring(request, context, task);
}

/** The experts that EASY-EP keeps, and random choices with the same count. */
async function chooseOfSample(
  scored: ScoredRun,
  keep: number,
  { store }: EngineContext,
): Promise<{ readonly kept: KeptExperts; readonly random: readonly KeptExperts[] }> {
  const { moeLayers, nExpert, nExpertUsed } = scored.info;
  const shape = { nLayers: moeLayers.length, nExpert };
  const { sums } = await new RunTotals(store).of(scored.run.id);
  const options = { keep, nExpertUsed };
  return {
    kept: selectExperts(scoreMatrix('easy-ep', sums, shape), options).kept,
    random: RANDOM_SEEDS.map((seed) => selectExperts(randomMatrix({ ...shape, seed }), options).kept),
  };
}

async function pruneSample(
  kept: KeptExperts,
  output: string,
  context: EngineContext,
  task: Task,
): Promise<PruneOutcome> {
  await mkdir(dirname(output), { recursive: true });
  const request = {
    model: SAMPLE_MODEL,
    kept,
    output,
    grouping: 'ungrouped' as const,
    nextn: 'drop' as const,
    allowFewerUsed: false,
    overwrite: true,
    dryRun: false,
  };
  return runPrune(request, context, { ...task, progress: () => {} });
}

/** Measures all subjects on all domains; of several, the mean. @param onProgress receives the finished share */
async function measureSample(
  { placement, chunks }: TourRequest,
  subjects: Readonly<Record<keyof Perplexities, readonly Subject[]>>,
  texts: readonly HashedText[],
  context: EngineContext,
  task: Task,
  onProgress: (share: number) => void,
): Promise<Record<string, Perplexities>> {
  await using measuring = new Measuring<Subject, HashedText>(null, null, {
    ctx: CTX,
    placement,
    context,
    task,
    onProgress: (done, total) => onProgress(done / total),
  });
  const results = await measuring.all(Object.values(subjects).flat(), texts, chunks);
  const perplexity = (subject: Subject, text: HashedText): number =>
    results.get(subject)?.get(text)?.figures.perplexity.value ?? NaN;
  return Object.fromEntries(
    texts.map((text): [string, Perplexities] => [
      text.name,
      perplexities((column) => mean(subjects[column].map((subject) => perplexity(subject, text)))),
    ]),
  );
}

function perplexities(of: (column: keyof Perplexities) => number): Perplexities {
  return { full: of('full'), preview: of('preview'), pruned: of('pruned'), random: of('random') };
}
