// The engine's side of a backend worker: Winnow's own llama.cpp, which scores, masks and measures.
import type { GpuChoice } from '../../../native/index.ts';
import { methods } from './protocol.ts';
import { WorkerClient } from './worker-client.ts';
import { forkWorker, type WorkerHost } from './worker-host.ts';

export class Backend extends WorkerClient<typeof methods> {
  constructor(gpu: GpuChoice = 'off', host: WorkerHost = forkWorker) {
    super('backend', methods, host({ entry: 'backend', args: [gpu] }));
  }
}
