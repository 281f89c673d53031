// Calls about the model hub.
import type { hubCalls } from '../../../contract/api/hub.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { readHubAddress } from '../../models/hub/address.ts';
import { findFromHub } from '../../models/hub/hub-process.ts';
import { lookOnHub } from '../../models/hub/look-on-hub.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `hub.*`. */
export function hubHandlers(services: Services): CallHandlers<keyof typeof hubCalls> {
  const { context, library, native, pathText } = services;
  return {
    'hub.find': async ({ address }, signal) => {
      const path = await findFromHub(address, context, signal);
      if (path === null) return null;
      return { displayPath: pathText(path), modelId: library.holds(path) ? library.idOf(path) : null };
    },
    'hub.look': async ({ address, ctx }, signal) => {
      await native.ensure();
      return lookOnHub(address, context, { ctx, memory: () => library.freeMemory(), signal });
    },
    'hub.get': ({ address }) => {
      readHubAddress(address);
      return startJob(services, 'get', { address }, address);
    },
  };
}
