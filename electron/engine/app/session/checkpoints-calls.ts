// Calls about original checkpoints.
import type { checkpointsCalls } from '../../../contract/api/checkpoints.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { modelOf } from './model-of.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `checkpoints.*`. */
export function checkpointsHandlers(services: Services): Pick<CallHandlers, keyof typeof checkpointsCalls> {
  const { grants } = services;
  return {
    'checkpoints.start': ({ checkpoint: folder, choice, model, target, ...options }) => {
      const checkpoint = grants.path(folder, 'folder');
      const request = {
        ...options,
        checkpoint,
        output: grants.path(target, 'write'),
        ...(choice.kind === 'selection'
          ? { selectionId: choice.selectionId }
          : { choice: grants.path(choice.file, 'read') }),
        ...(model && { model: modelOf(services, model).path }),
      };
      const subject = `${displayNameOf(checkpoint)} · ${displayNameOf(request.output)}`;
      return startJob(services, 'checkpoint', request, subject);
    },
  };
}
