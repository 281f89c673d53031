// Every kind of job: how its stored parameters are read, what does the work, and what the database keeps of the outcome.
// A new kind is one line here. While it runs, it tells its step and the rows that it makes by `task.about`.
import { z } from 'zod';
import {
  answerRequestSchema,
  compareRequestSchema,
  demoRequestSchema,
  evaluateRequestSchema,
  pruneRequestSchema,
  scoreRequestSchema,
} from '../../contract/requests.ts';
import { runAnswers } from '../answers/run-answers.ts';
import { respondRequestSchema, runRespond } from '../answers/run-respond.ts';
import { endingHost } from '../backend/ending-host.ts';
import type { EngineContext, Task } from '../context.ts';
import { comparisonRequestSchema } from '../evaluation/comparison-request.ts';
import { runComparison } from '../evaluation/run-comparison.ts';
import { runEvaluation } from '../evaluation/run-evaluation.ts';
import { generationRequestSchema } from '../generation/generation-request.ts';
import { runGeneration } from '../generation/run-generation.ts';
import { runPrune } from '../pruning/run-prune.ts';
import { runSampleDemo } from '../sample/run-demo.ts';
import { runScoring } from '../scoring/run-scoring.ts';
import { runCompare } from '../study/run-compare.ts';
import type { JobId } from './job.ts';
import type { JobContext, JobHandlers } from './queue.ts';

/**
 * @param onOutcome gets what the work returned, whole, before the database keeps its summary
 */
export function jobHandlers(
  context: EngineContext,
  onOutcome: (jobId: JobId, outcome: unknown) => void = () => {},
): Required<JobHandlers> {
  /** @param summary what the database keeps of the outcome: JSON */
  const handler =
    <Request, Outcome>(
      schema: z.ZodType<Request>,
      work: (request: Request, context: EngineContext, task: Task) => Promise<Outcome>,
      summary: (outcome: Outcome) => unknown,
    ) =>
    async (params: unknown, job: JobContext): Promise<unknown> => {
      const outcome = await work(schema.parse(params), context.withHost(endingHost(context.host, job.signal)), job);
      onOutcome(job.jobId, outcome);
      return summary(outcome);
    };
  return {
    score: handler(scoreRequestSchema, runScoring, ({ run }) => run),
    export: handler(pruneRequestSchema, runPrune, ({ exportId, files, bytes, seconds }) => ({
      exportId,
      files,
      bytes,
      seconds,
    })),
    // one text from files, or variants on stored texts
    evaluate: handler(
      z.union([comparisonRequestSchema, evaluateRequestSchema]),
      async (request, ...rest) =>
        'variants' in request ? runComparison(request, ...rest) : runEvaluation(request, ...rest),
      (outcome) => outcome,
    ),
    compare: handler(compareRequestSchema, runCompare, ({ domains, texts, rows }) => ({
      domains,
      texts: texts.length,
      rows: rows.length,
    })),
    generate: handler(generationRequestSchema, runGeneration, (outcome) => outcome),
    preview: handler(demoRequestSchema, runSampleDemo, ({ perplexity }) => perplexity),
    // the demos of a domain, or of files
    respond: handler(
      z.union([respondRequestSchema, answerRequestSchema]),
      async (request, ...rest) => ('domainId' in request ? runRespond(request, ...rest) : runAnswers(request, ...rest)),
      (outcome) => outcome,
    ),
  };
}
