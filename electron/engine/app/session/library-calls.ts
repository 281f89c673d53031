// Calls about models on this machine, the sample among them, and on the model hub.
import { displayNameOf } from '../../base/files/paths.ts';
import type { libraryCalls } from '../../../contract/api/library.ts';
import { WinnowError, errorToData } from '../../../contract/errors.ts';
import type { CallHandler, CallHandlers } from '../../../contract/server.ts';
import type { ModelIdentity } from '../../../contract/model-info.ts';
import { Backend } from '../../base/backend/backend.ts';
import { SAMPLE_MODEL } from '../../base/files/sample-files.ts';
import { openLoadable } from '../../models/check-load.ts';
import { knownIdentity } from '../../models/identity.ts';
import { identified } from '../../models/inspect.ts';
import { firstPartPath } from '../../models/model-files.ts';
import { openSampleDomains } from '../../measure/sample/open-sample.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';
import { dropUploaded, keepUploaded } from '../../models/library/library.ts';
import { readProvenance, readRepair } from '../../models/library/header-reader.ts';
import type { hubCalls } from '../../../contract/api/hub.ts';
import { readHubAddress } from '../../models/hub/address.ts';
import { findFromHub, lookOnHub } from '../../models/hub/hub-process.ts';

/** The calls `library.*` and `sample.*`. */
export function libraryHandlers(services: Services): CallHandlers<keyof typeof libraryCalls> {
  const { context, library } = services;
  return {
    'library.list': () => library.list(),
    'library.get': ({ modelId }) => library.get(modelId),
    'library.scan': (_, signal) => library.scan(signal),
    'library.add': addFiles(services),
    'library.remove': ({ modelId }) => library.remove(modelId),
    'library.folders': () => library.folders(),
    'library.addFolder': ({ grant }) => library.addFolder(services.grants.path(grant, 'folder')),
    'library.removeFolder': ({ displayPath }) => library.removeFolder(displayPath),
    'library.memory': ({ modelId, ctx, keep }) => library.memory(modelId, ctx, keep),
    'library.machine': async () => {
      await services.native.ensure();
      return library.freeMemory();
    },
    'library.inspect': inspectFile(services),
    'library.reveal': ({ modelId }) => services.reveal(library.path(modelId)),
    'sample.open': async (_, signal) => {
      await services.native.ensure();
      const modelId = await library.add(SAMPLE_MODEL, 'sample');
      const domainId = await openSampleDomains(context, signal);
      services.emit('demos', { domainId: null });
      return { modelId, domainId };
    },
  };
}

function inspectFile({ context, grants, native, pathText }: Services): CallHandler<'library.inspect'> {
  return async ({ grant, identify }, signal) => {
    const file = grants.path(grant, 'read');
    await native.ensure();
    using backend = new Backend('off', context.host);
    const model = await openLoadable(file, backend);
    const { path, parts, ...facts } = model.info;
    const { kv } = model;
    const provenance = readProvenance(kv, facts.nExpert);
    const identity = identify
      ? (await identified(model, { identities: context.identities, signal })).info
      : await findIdentity(parts, context);
    const fingerprint = identity?.fingerprint ?? null;
    return {
      ...facts,
      parts: parts.length,
      displayPath: pathText(path),
      fingerprint,
      provenance,
      repaired: readRepair(kv),
    };
  };
}

/** The known identity of a file; null: not known, or the database cannot be read. */
async function findIdentity(parts: readonly string[], { identities }: EngineContext): Promise<ModelIdentity | null> {
  try {
    return await knownIdentity(parts, identities);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    return null;
  }
}

/** Adds one file after the other; a bad file does not affect the others. */
function addFiles(services: Services): CallHandler<'library.add'> {
  return async ({ grants }, signal) => {
    await services.native.ensure();
    const outcomes = [];
    // the parts of a split model are handed over as separate files
    const added = new Map<string, string>();
    for (const grant of grants) {
      signal.throwIfAborted();
      let name = '';
      try {
        const path = await keptPath(services, grant);
        name = displayNameOf(path);
        const first = firstPartPath(path);
        const modelId = added.get(first) ?? (await services.library.add(path));
        if (!added.has(first)) services.recent(path);
        added.set(first, modelId);
        outcomes.push({ grant, name, error: null, modelId });
      } catch (error) {
        if (!(error instanceof WinnowError)) services.log.add('error', 'library', `adding ${name}: ${String(error)}`);
        if (name !== '') await dropRefused(services, grant);
        outcomes.push({ grant, name, error: errorToData(error), modelId: null });
      }
    }
    return outcomes;
  };
}

/**
 * Keeps an uploaded file.
 * @returns the path of the file from now on
 * @throws WinnowError USAGE as `Grants.get`
 */
async function keptPath({ grants }: Services, id: string): Promise<string> {
  const grant = grants.get(id, 'read');
  const { path, keepAs } = grant;
  if (keepAs === undefined || path === keepAs) return path;
  await keepUploaded(path, keepAs);
  grants.add({ ...grant, path: keepAs });
  return keepAs;
}

async function dropRefused({ grants, library }: Services, id: string): Promise<void> {
  const { path, keepAs } = grants.get(id, 'read');
  if (path === keepAs) await dropUploaded(path, library);
}

/** The calls `hub.*`. */
export function hubHandlers(services: Services): CallHandlers<keyof typeof hubCalls> {
  const { context, library, native, pathText } = services;
  return {
    'hub.find': async ({ address }, signal) => {
      const path = await findFromHub(address, context, signal);
      if (path === null) return null;
      return { displayPath: pathText(path), modelId: library.holds(path) ? library.idOf(path) : null };
    },
    'hub.look': async ({ address, ctx }, signal) => {
      await native.ensure();
      return lookOnHub(address, context, { ctx, memory: () => library.freeMemory(), signal });
    },
    'hub.get': ({ address }) => {
      readHubAddress(address);
      return startJob(services, 'get', { address }, address);
    },
  };
}
