// The whole main job on the bundled sample: score a domain's demos, keep a share of the experts, write the pruned file,
// and show what that did to the domain and to the others.
import type { Perplexities, TourOutcome } from '../../../contract/api/studies.ts';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { TourRequest } from '../../../contract/requests.ts';
import { CLASSES_OF_CHOICE, defaultTokens } from '../../../contract/token-classes.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { HashedText } from '../evaluation/figure-ledger.ts';
import { Measuring, type Subject } from '../evaluation/measuring.ts';
import { requireApart } from '../evaluation/keep-apart.ts';
import type { EvaluationSubject } from '../evaluation/model-slot.ts';
import { readEvaluationText } from '../evaluation/read-documents.ts';
import { SAMPLE_MODEL, sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { inspectFile } from '../../models/inspect.ts';
import { runPrune } from '../../write/pruning/run-prune.ts';
import { quantiserIn } from '../../write/quantising/quantiser.ts';
import { runScoring } from '../../experts/scoring/run-scoring.ts';
import { loadOutcome } from '../../experts/scoring/score-outcome.ts';
import { randomMatrix, scoreMatrix } from '../../experts/selection/criteria.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import { maskedHash } from '../../experts/selection/selection.ts';
import { selectExperts } from '../../experts/selection/select.ts';
import { mean } from '../../base/statistics/averages.ts';
import { addClassSums } from '../../store/class-sums.ts';
import { hashText } from '../../store/held-out-texts.ts';

const RANDOM_SEEDS = [1, 2, 3];
const CTX = 512;
/** How much of the progress bar scoring takes; measuring is the rest. */
const SCORING_SHARE = 0.2;

/** @throws WinnowError USAGE for an unknown domain, and what the steps throw */
export async function runTour(request: TourRequest, context: EngineContext, task: Task): Promise<TourOutcome> {
  const { domain, placement, chunks } = request;
  const { demos } = sampleFiles(domain);
  const progress = (share: number): void => task.progress(Math.round(1000 * share), 1000, 'permille');
  const scored = await runScoring(
    {
      model: SAMPLE_MODEL,
      demos: { kind: 'files', files: [demos], domain },
      limit: request.demos,
      maxTokens: 0,
      nUbatch: 2048,
      placement,
      fresh: false,
    },
    context,
    {
      ...task,
      progress: (done, total) => progress((SCORING_SHARE * done) / total),
      // the least part of the tour
      about: ({ estimate: _, ...note }) => task.about(note),
    },
  );
  const { info } = scored;
  const { classTotals } = loadOutcome(context.store, scored);
  const shape = { nLayers: info.moeLayers.length, nExpert: info.nExpert };
  const options = { keep: resolveKeep(request.keep, info.nExpert), nExpertUsed: info.nExpertUsed };
  const sums = addClassSums(
    classTotals,
    CLASSES_OF_CHOICE[defaultTokens(info.moeLayers)],
    shape.nLayers * shape.nExpert,
  );
  const { kept } = selectExperts(scoreMatrix('easy-ep', sums, shape), options);

  const output = resolve(
    request.output ?? join('out', `winnow-sample-${domain}-${options.keep}of${info.nExpert}.gguf`),
  );
  await mkdir(dirname(output), { recursive: true });
  const written = await runPrune(
    {
      model: SAMPLE_MODEL,
      kept,
      output,
      grouping: 'ungrouped',
      nextn: 'drop',
      split: 'single',
      allowFewerUsed: false,
      overwrite: true,
      dryRun: false,
    },
    context,
    { ...task, progress: () => {} },
    quantiserIn(context.scratchDir),
  );

  const pruned = (await inspectFile(output, context)).info;
  const randomKept = RANDOM_SEEDS.map((seed) => selectExperts(randomMatrix({ ...shape, seed }), options).kept);
  const domains = sampleDomains();
  const texts = await Promise.all(
    domains.map(async (name) => {
      const text = await readEvaluationText(sampleFiles(name).text);
      return { name, text, hash: hashText(text) };
    }),
  );
  await requireApart(context.store, scored.demos, texts, task.signal);
  const subjectOf = (of: EvaluationSubject): Subject => ({ of, hash: maskedHash(of) });
  const [full, preview, file] = [{ info }, { info, kept }, { info: pruned }].map(subjectOf) as [
    Subject,
    Subject,
    Subject,
  ];
  const random = randomKept.map((experts) => subjectOf({ info, kept: experts }));
  await using measuring = new Measuring<Subject, HashedText>(null, null, {
    ctx: CTX,
    placement,
    context,
    task,
    onProgress: (done, total) => progress(SCORING_SHARE + ((1 - SCORING_SHARE) * done) / total),
  });
  const results = await measuring.all([full, preview, ...random, file], texts, chunks);

  const byDomain = Object.fromEntries(
    texts.map((text): [string, Perplexities] => {
      const perplexityOf = (subject: Subject): number =>
        results.get(subject)?.get(text)?.figures.perplexity.value ?? NaN;
      return [
        text.name,
        {
          full: perplexityOf(full),
          preview: perplexityOf(preview),
          pruned: perplexityOf(file),
          random: mean(random.map(perplexityOf)),
        },
      ];
    }),
  );
  const others = domains
    .filter((name) => name !== domain)
    .map((name) => byDomain[name])
    .filter((row) => row !== undefined);
  const average = (column: keyof Perplexities): number => mean(others.map((row) => row[column]));
  return {
    domain,
    keep: options.keep,
    nExpert: info.nExpert,
    demos: scored.demos.length,
    tokens: scored.tokens,
    scoring: { seconds: scored.run.seconds, reused: scored.run.reused },
    files: { full: SAMPLE_MODEL, pruned: output },
    bytes: { full: info.bytes, pruned: written.bytes },
    perplexity: {
      inDomain: byDomain[domain] ?? { full: NaN, preview: NaN, pruned: NaN, random: NaN },
      outOfDomain: {
        full: average('full'),
        preview: average('preview'),
        pruned: average('pruned'),
        random: average('random'),
      },
      byDomain,
    },
  };
}
