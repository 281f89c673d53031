// Calls that compare ways of choosing experts, and the tour on the bundled sample.
import type { studiesCalls, StudyParams } from '../../../contract/api/studies.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { estimateCompare } from '../../measure/study/estimate-compare.ts';
import { idleTask } from '../../store/task.ts';
import { someNames } from './comparisons.ts';
import { modelOf } from './model-of.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `studies.*` and `sample.tour`. */
export function studiesHandlers(services: Services): Pick<CallHandlers, keyof typeof studiesCalls> {
  const { context, grants, native, ownJobs } = services;
  return {
    'studies.estimate': async (params, signal) => {
      const { request } = studyOf(services, params);
      await native.ensure();
      const warned: string[] = [];
      const task = idleTask(signal, (line) => warned.push(line));
      return { ...(await estimateCompare(request, context.forPlans(), task)), warned };
    },
    'studies.start': (params) => {
      const { request, subject } = studyOf(services, params);
      return startJob(services, 'compare', request, subject);
    },
    'sample.tour': ({ target, ...params }) => {
      // only a command line has a current folder to write to
      if (target === null && !ownJobs) throw new WinnowError('USAGE', say('fileNotHandedOver'));
      const { placement } = services.settings();
      const output = target === null ? {} : { output: grants.path(target, 'write') };
      return startJob(services, 'tour', { ...params, ...output, placement }, params.domain);
    },
  };
}

/** The study that a call asks for. @throws WinnowError as `modelOf` and `Grants.path` */
function studyOf(
  services: Services,
  { model: ref, demos, texts, ...options }: StudyParams,
): { readonly request: CompareRequest; readonly subject: string } {
  const read = (grant: string): string => services.grants.path(grant, 'read');
  const { path: model, name } = modelOf(services, ref);
  const { nUbatch, maxTokens, placement } = services.settings();
  const request: CompareRequest = {
    ...options,
    model,
    demos: demos.map(({ domain, grants }) => ({ domain, files: grants.map(read) })),
    texts: texts.map((text) => ({ name: text.name, file: read(text.grant) })),
    nUbatch,
    maxTokens,
    placement,
  };
  return { request, subject: `${name} · ${someNames(demos.map(({ domain }) => domain))}` };
}
