// What is remembered of the processor's speed.
import { expect, test } from 'vitest';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { processorFlops } from '../../electron/engine/experts/scoring/processor-rate.ts';
import { openStore } from '../../electron/engine/store/database.ts';
import { takeAllCores } from '../setup/own-cores.ts';
import { temporaryHome } from '../unit/store/support.ts';

// two threads that wait busily for each other
takeAllCores();

test('each number of threads is measured once', async () => {
  const store = openStore(temporaryHome());
  const flops = (threads: number): Promise<number> => processorFlops(store, threads, forkWorker);
  const one = await flops(1);
  const two = await flops(2);
  // measured again, it would be another number
  expect(await flops(1)).toBe(one);
  expect(await flops(2)).toBe(two);
  store.close();
});
