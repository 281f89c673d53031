// Starting the scoring of what is chosen, and going on with one that stopped.
import { useState } from 'react';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { useCallMutation } from '../../state/calls.ts';
import { rememberStart } from './score-job.ts';

export type Scoring = {
  /** How many will be scored, from the first. */
  readonly demos: number;
  readonly setDemos: (count: number) => void;
  readonly isPending: boolean;
  readonly error: WinnowError | null;
  /** @param fresh scores again although the same run is stored */
  readonly start: (how: { readonly fresh: boolean }) => void;
  /** @param job that stopped; without it the same request finds its run again */
  readonly goOn: (job: JobView | undefined) => void;
};

export function useScoring(model: ModelEntry | null, domain: Domain | null): Scoring {
  const [limit, setLimit] = useState<number | null>(null);
  const run = useCallMutation('runs.start', {
    onSuccess: ({ jobId }, { modelId, domainId }) => rememberStart({ jobId, modelId, domainId }),
  });
  const requeue = useCallMutation('jobs.requeue');
  const all = domain?.demos ?? 0;
  const isLimited = limit !== null && limit < all;
  const start = ({ fresh }: { readonly fresh: boolean }): void => {
    if (model === null || domain === null) return;
    requeue.reset();
    run.mutate({ modelId: model.id, domainId: domain.id, limit: isLimited ? limit : null, fresh });
  };
  return {
    demos: isLimited ? limit : all,
    setDemos: setLimit,
    isPending: run.isPending || requeue.isPending,
    error: run.error ?? requeue.error,
    start,
    goOn: (job) => {
      run.reset();
      if (job === undefined) start({ fresh: false });
      else requeue.mutate({ jobId: job.id });
    },
  };
}
