// The engine's side of a backend worker: Winnow's own llama.cpp, which scores, masks and measures.
import type { GpuChoice } from '../../../../native/index.ts';
import { figureFailure } from './figures.ts';
import { machineFailure } from './machine-failure.ts';
import { methods, type Event, type Params, type Result } from './protocol.ts';
import { WorkerClient, type CallOptions } from './worker-client.ts';
import { forkWorker, type WorkerHost } from './worker-host.ts';

export class Backend extends WorkerClient<typeof methods> {
  /** The host that started it, for starting further workers. */
  readonly host: WorkerHost;

  constructor(gpu: GpuChoice = 'off', host: WorkerHost = forkWorker) {
    super('backend', methods, host({ entry: 'backend', args: [gpu] }));
    this.host = host;
  }

  /** @throws WinnowError as WorkerClient.call; MACHINE_UNAVAILABLE, OUT_OF_MEMORY: a machine that lends memory failed;
   * GGUF_CORRUPT: a figure is not a finite number */
  override async call<M extends keyof typeof methods>(
    method: M,
    params: Params<M>,
    options: CallOptions & { readonly onEvent?: (event: Event<M>) => void } = {},
  ): Promise<Result<M>> {
    try {
      return await super.call(method, params, options);
    } catch (error) {
      throw machineFailure(error, this.model) ?? figureFailure(error, method, this.model) ?? error;
    }
  }
}
