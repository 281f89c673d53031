// Winnow without a window, to be killed: a host, its engine in a process of its own, and the workers below that.
import { z } from 'zod';
import { EngineConnection } from '../../electron/server/engine-connection.ts';
import { hostOrderSchema } from './app-orders.ts';

const home = z.string().parse(process.argv[2]);
const engine = new EngineConnection(home, (message) => process.send?.(message));

process.on('message', (raw) => {
  const order = hostOrderSchema.parse(raw);
  if (order.kind === 'page') engine.fromPage(order.message);
  if (order.kind === 'grant') engine.grant(order.grant);
  if (order.kind === 'restart') engine.restart();
});
process.on('disconnect', () => void engine.close().then(() => process.exit()));
