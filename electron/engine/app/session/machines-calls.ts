// Calls about machines that lend their memory.
import type { machinesCalls } from '../../../contract/api/machines.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import type { Services } from './services.ts';

/** The calls `machines.*`. */
export function machinesHandlers({ machines }: Services): Pick<CallHandlers, keyof typeof machinesCalls> {
  return {
    'machines.list': () => machines.list(),
    'machines.add': ({ endpoint, name }) => machines.add(endpoint, name),
    'machines.remove': ({ endpoint }) => machines.remove(endpoint),
    'machines.use': ({ endpoint, on }) => machines.use(endpoint, on),
    'machines.check': ({ endpoint }) => machines.check(endpoint),
  };
}
