// Winnow without a window, to be killed: a host, its engine in a process of its own, and the workers below that.
import { z } from 'zod';
import { EngineSupervisor } from '../../../electron/host/engine-supervisor.ts';
import { startEngineProcess } from '../../../electron/server/engine-process.ts';

const hostOrderSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('page'), message: z.unknown() }),
  z.object({
    kind: z.literal('grant'),
    grant: z.object({ id: z.string(), path: z.string(), access: z.enum(['read', 'write', 'folder']) }),
  }),
  /** Start another engine in place of one that died. */
  z.object({ kind: z.literal('restart') }),
]);
export type HostOrder = z.infer<typeof hostOrderSchema>;

const home = z.string().parse(process.argv[2]);
const engine = new EngineSupervisor({
  startProcess: () => startEngineProcess(home),
  toPage: (message) => process.send?.(message),
});
engine.start();

process.on('message', (raw) => {
  const order = hostOrderSchema.parse(raw);
  if (order.kind === 'page') engine.fromPage(order.message);
  if (order.kind === 'grant') engine.grant(order.grant);
  if (order.kind === 'restart') engine.restart();
});
process.on('disconnect', () => void engine.close().then(() => process.exit()));
