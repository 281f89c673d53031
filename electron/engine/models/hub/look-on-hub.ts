// What an address names, before a byte of its weights is downloaded: the size and, for a model, whether it fits this machine and how
// far it would have to be pruned to fit.
import { join } from 'node:path';
import type { FreeMemory } from '../../../contract/api/library.ts';
import type { HubLook } from '../../../contract/api/hub.ts';
import { WinnowError, sentenceBy } from '../../../contract/errors.ts';
import { withTexts } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { freeBytes } from '../../base/files/free-space.ts';
import type { WorkerClient } from '../../base/backend/worker-client.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { openLoadable } from '../check-load.ts';
import type { ReadModel } from '../inspect.ts';
import { memoryFit, roomFor } from '../library/memory-fit.ts';
import { partPaths } from '../model-files.ts';
import { chatBuffers, keepForBudget, memoryFacts } from '../placement/conversation.ts';
import { modelShape } from '../placement/model-shape.ts';
import { readHubAddress } from './address.ts';
import { hubFolder, requireHubAllowed, withHub } from './hub-process.ts';
import type { RemoteFile, methods } from './protocol.ts';

type Looking = {
  /** Tokens of the conversation that must also fit. */
  readonly ctx: number;
  readonly memory: () => Promise<FreeMemory>;
  readonly signal: AbortSignal;
};

/** @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE; errors of a header that Winnow does not read; NO_SPACE */
export async function lookOnHub(address: string, context: EngineContext, looking: Looking): Promise<HubLook> {
  const { kind } = readHubAddress(address);
  requireHubAllowed(context.store);
  return withHub(context.host, looking.signal, async (hub) => {
    await using scratch = await makeScratchFolder(context.scratchDir, 'hub');
    const files = await hub.call('look', { address, folder: scratch.path }, looking);
    return {
      files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      freeBytes: await freeBytes(hubFolder(context.home)),
      model: kind === 'data' ? null : await modelOf(files, { address, hub, context, folder: scratch.path, ...looking }),
    };
  });
}

type Reading = Looking & {
  readonly address: string;
  readonly hub: WorkerClient<typeof methods>;
  readonly context: EngineContext;
  readonly folder: string;
};

async function modelOf(files: readonly RemoteFile[], reading: Reading): Promise<NonNullable<HubLook['model']>> {
  const { address, hub, context, folder, ctx, memory } = reading;
  const paths = files.map(({ name }) => join(folder, name));
  for (const [i, file] of files.entries()) {
    await hub.call('readHead', { address, file, path: paths[i] ?? '' }, reading);
  }
  using backend = new Backend('off', context.host);
  const model = await openLoadable(paths[0] ?? '', backend).catch((error: unknown) => {
    throw namedByAddress(error, address, paths[0] ?? '');
  });
  const buffers = await chatBuffers(backend, model.info, ctx);
  const machine = await memory();
  const measured = { ...model, shape: modelShape(model) };
  const keep = fittingCount(model, memoryFacts(measured, ctx, buffers), roomFor(machine).memory);
  return {
    ...model.info,
    moeLayers: [...model.info.moeLayers],
    keep,
    fit: memoryFit(measured, { ctx, keep }, machine, buffers),
  };
}

function fittingCount({ info }: ReadModel, facts: ReturnType<typeof memoryFacts>, budgetBytes: number): number | null {
  if (!info.prunable.ok) return null;
  try {
    const keep = keepForBudget({ ...facts, budgetBytes, nExpertUsed: info.nExpertUsed, unit: info.expertsPerBlock });
    return keep === info.nExpert ? null : keep;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'SELECTION_IMPOSSIBLE') return null;
    throw error;
  }
}

/** Names the address in an error: the faulty header is on the hub, not in the scratch file that it was read from. */
function namedByAddress(error: unknown, address: string, path: string): unknown {
  if (!(error instanceof WinnowError)) return error;
  const parts = partPaths(path);
  const said = withTexts(sentenceBy(error), (text) =>
    parts.reduce((rest, part) => rest.replaceAll(part, address), text),
  );
  return new WinnowError(error.code, said, { address }, error);
}
