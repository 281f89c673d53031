// Winnow without a window, to be killed: a host, its engine in a process of its own, and the workers below that.
import type { GrantedPath } from '../../../electron/contract/host-messages.ts';
import { EngineSupervisor } from '../../../electron/host/engine-supervisor.ts';
import { startEngineProcess } from '../../../electron/server/engine-process.ts';

/** `restart`: another engine in place of one that died. */
export type HostOrder = { readonly message: unknown } | { readonly grant: GrantedPath } | 'restart';

const [home = ''] = process.argv.slice(2);
const engine = new EngineSupervisor({
  startProcess: () => startEngineProcess(home),
  toPage: (message) => process.send?.(message),
});
engine.start();

process.on('message', (order: HostOrder) => {
  if (order === 'restart') engine.restart();
  else if ('grant' in order) engine.grant(order.grant);
  else engine.fromPage(order.message);
});
process.on('disconnect', () => void engine.close().then(() => process.exit()));
