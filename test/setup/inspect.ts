// What a model file is, for tests that need one.
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { inspectLoadable } from '../../electron/engine/models/check-load.ts';
import type { IdentifiedInfo } from '../../electron/engine/models/identity.ts';

/** @throws WinnowError as `inspectLoadable` */
export async function inspect(path: string): Promise<IdentifiedInfo> {
  using backend = new Backend('off', forkWorker);
  return (await inspectLoadable(path, backend)).info;
}
