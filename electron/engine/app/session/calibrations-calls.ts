// Calls about fitting a choice of experts.
import type { calibrationsCalls } from '../../../contract/api/calibrations.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { choiceFileOf, demoFilesOf } from './model-of.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `calibrations.*`. */
export function calibrationsHandlers(services: Services): Pick<CallHandlers, keyof typeof calibrationsCalls> {
  return {
    'calibrations.start': ({ choice, demos, target, ...options }) => {
      const { name, ...chosen } = choiceFileOf(services, choice);
      const output = services.grants.path(target, 'write');
      const { placement } = services.settings();
      const request = { ...options, ...chosen, demos: demoFilesOf(services, demos), output, placement };
      return startJob(services, 'calibrate', request, `${name} · ${displayNameOf(output)}`);
    },
  };
}
