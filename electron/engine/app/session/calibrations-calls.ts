// Calls about fitting the routers of a choice.
import type { calibrationsCalls } from '../../../contract/api/calibrations.ts';
import type { CalibrateRequest } from '../../../contract/requests.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { calibrationRequest } from '../../write/calibrating/calibrate-selection.ts';
import { estimateCalibration } from '../../write/calibrating/run-calibrate.ts';
import { idleTask } from '../../store/task.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { exists } from '../../base/files/user-files.ts';
import { pathOfStoredModel } from '../../models/library/stored-models.ts';
import { modelName } from '../../models/model-name.ts';
import {
  hashOf,
  requireSelection,
  selectionState,
  type SelectionOfModel,
} from '../../experts/selections/selection-view.ts';
import { calibrationOf } from '../../store/calibrations.ts';
import { choiceFileOf, demoFilesOf } from './model-of.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `calibrations.*`. */
export function calibrationsHandlers(services: Services): Pick<CallHandlers, keyof typeof calibrationsCalls> {
  const { context, library, native } = services;
  const { store } = context;
  const requestOf = (planned: SelectionOfModel): CalibrateRequest => {
    const { placement } = services.settings();
    return calibrationRequest(context, planned, { model: pathOfStoredModel(library, planned.model), placement });
  };
  return {
    'calibrations.estimate': async ({ selectionId }, signal) => {
      const request = requestOf(requireSelection(store, selectionId));
      await native.ensure();
      return estimateCalibration(request, context, idleTask(signal));
    },
    'calibrations.start': (params) => {
      if (params.kind === 'files') {
        const { kind: _, choice, demos, target, ...options } = params;
        const { name, ...chosen } = choiceFileOf(services, choice);
        const output = services.grants.path(target, 'write');
        const { placement } = services.settings();
        const request = { ...options, ...chosen, demos: demoFilesOf(services, demos), output, placement };
        return startJob(services, 'calibrate', request, `${name} · ${displayNameOf(output)}`);
      }
      const planned = requireSelection(store, params.selectionId);
      const subject = `${modelName(planned.model.info)} · ${selectionState(planned).name}`;
      return startJob(services, 'calibrate', requestOf(planned), subject);
    },
    'calibrations.get': async ({ selectionId }) => {
      const found = calibrationOf(store, hashOf(requireSelection(store, selectionId)));
      if (!found) return null;
      const { id, facts, path, createdMs } = found;
      const isUsable = path !== null && (await exists(path));
      // routers that were kept and are gone are to be fitted again
      return facts.gate.kept && !isUsable ? null : { id, facts, isUsable, createdMs };
    },
  };
}
