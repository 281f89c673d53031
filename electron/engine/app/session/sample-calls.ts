// The tour on the bundled sample.
import type { sampleCalls } from '../../../contract/api/sample.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The call `sample.tour`. */
export function sampleHandlers(services: Services): Pick<CallHandlers, keyof typeof sampleCalls> {
  const { grants, ownJobs } = services;
  return {
    'sample.tour': ({ target, ...params }) => {
      // only a command line has a current folder to write to
      if (target === null && !ownJobs) throw new WinnowError('USAGE', say('fileNotHandedOver'));
      const { placement } = services.settings();
      const output = target === null ? {} : { output: grants.path(target, 'write') };
      return startJob(services, 'tour', { ...params, ...output, placement }, params.domain);
    },
  };
}
