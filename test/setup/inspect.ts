// What a model file is, for tests that need one.
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { inspectLoadable } from '../../electron/engine/models/check-load.ts';

/** @throws WinnowError as `inspectLoadable` */
export async function inspect(path: string): Promise<ModelInfo> {
  using backend = new Backend('off', forkWorker);
  return (await inspectLoadable(path, backend)).info;
}
