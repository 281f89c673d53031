// Calls about domains, their demos and their held-out texts.
import { basename } from 'node:path';
import type { demosCalls, ImportedFile, ImportedText } from '../../contract/api/demos.ts';
import { WinnowError, errorToData, type ErrorData } from '../../contract/errors.ts';
import type { CallHandlers } from '../../contract/server.ts';
import type { Vocabulary } from '../models/warm-vocabulary.ts';
import { removeDemos, removeDomain, removeText, type Deletion } from '../demos/deletions.ts';
import { importIntoDomain } from '../demos/import-set.ts';
import { countTokens, previewDemo } from '../demos/preview.ts';
import { importHeldOutText } from '../evaluation/import-text.ts';
import { findDemos } from '../store/demo-search.ts';
import { getDemo, listDemoIds, summariseDemos, type StoredDemoSummary } from '../store/demos.ts';
import { createDomain, getDomain, listDomains, renameDomain } from '../store/domains.ts';
import { listHeldOutTexts } from '../store/held-out-texts.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';
import { startJob } from './start-job.ts';

type DemosHandlers = Pick<CallHandlers, keyof typeof demosCalls>;
type Part<Prefix extends string> = Pick<DemosHandlers, Extract<keyof DemosHandlers, `${Prefix}.${string}`>>;

/** Lines that a report names; a file may have a million. */
const NAMED_LINES = 1000;

/** The calls `domains.*`, `demos.*` and `texts.*`. */
export function demosHandlers(services: Services): DemosHandlers {
  return { ...domainHandlers(services), ...demoHandlers(services), ...textHandlers(services) };
}

function domainHandlers(services: Services): Part<'domains'> {
  const { store } = services.context;
  return {
    'domains.list': () => listDomains(store),
    'domains.create': ({ name }) => {
      const domain = createDomain(store, name);
      services.emit('demos', { domainId: domain.id });
      return domain;
    },
    'domains.rename': ({ domainId, name }) => {
      renameDomain(store, domainId, name);
      const domain = getDomain(store, domainId);
      services.emit('demos', { domainId });
      return domain;
    },
    'domains.delete': async ({ domainId }) => undoable(services, await removeDomain(store, domainId)),
  };
}

function demoHandlers(services: Services): Part<'demos'> {
  const { store } = services.context;
  return {
    'demos.import': ({ domainId, grants }, signal) =>
      importFiles(services, domainId, grants, NOTHING_ADDED, signal, async (path) => {
        const { duplicates, rejected, ...report } = await importIntoDomain(services.context, domainId, path, signal);
        return {
          ...report,
          duplicates: duplicates.slice(0, NAMED_LINES),
          duplicateCount: duplicates.length,
          rejected: rejected.slice(0, NAMED_LINES),
          rejectedCount: rejected.length,
        };
      }),
    'demos.list': async ({ domainId, offset, limit, search }, signal) => {
      const isSearch = search.trim() !== '';
      const found = isSearch ? await findDemos(store, domainId, search, signal) : null;
      const page = found ? found.slice(offset, offset + limit) : listDemoIds(store, domainId, { offset, limit });
      const total = found?.length ?? getDomain(store, domainId).demos;
      return { total, demos: summariseDemos(store, page).map(demoSummary) };
    },
    'demos.get': ({ demoId }) => getDemo(store, demoId).content,
    'demos.rendered': async ({ demoId, modelId, maxTokens }, signal) => {
      const { content } = getDemo(store, demoId);
      await services.native.ensure();
      const path = services.library.path(modelId);
      return services.vocabulary.use(path, (vocabulary) => previewDemo(content, maxTokens, vocabulary), signal);
    },
    'demos.delete': async ({ demoIds }) => undoable(services, await removeDemos(store, demoIds)),
    'demos.count': async ({ domainId, modelId, maxTokens }, signal) => {
      await services.native.ensure();
      const path = services.library.path(modelId);
      const count = (vocabulary: Vocabulary) => countTokens(services.context, domainId, maxTokens, vocabulary, signal);
      return services.vocabulary.use(path, count, signal);
    },
    'demos.respond': ({ domainId, modelId, maxTokens }) => {
      const domain = getDomain(store, domainId);
      if (domain.promptOnly === 0) {
        throw new WinnowError('USAGE', `Every chat of ${domain.name} has an answer already.`, { domainId });
      }
      const model = services.library.path(modelId);
      const modelName = services.library.entry(modelId).name;
      const { placement } = readSettings(store);
      const params = { domainId, model, modelName, maxTokens, placement };
      return startJob(services, 'respond', params, `${modelName} · ${domain.name}`);
    },
  };
}

function textHandlers(services: Services): Part<'texts'> {
  const { store } = services.context;
  return {
    'texts.list': () => listHeldOutTexts(store),
    'texts.import': ({ domainId, grants }, signal) =>
      importFiles(services, domainId, grants, NO_TEXT, signal, async (path) => {
        const { text, rejected } = await importHeldOutText(services.context, domainId, path);
        const { id: textId, documents } = text;
        return { textId, documents, rejected: rejected.slice(0, NAMED_LINES), rejectedCount: rejected.length };
      }),
    'texts.delete': ({ textId }) => undoable(services, removeText(store, textId)),
  };
}

const NO_TEXT: Omit<ImportedText, 'grant' | 'name' | 'error'> = {
  textId: null,
  documents: null,
  rejected: [],
  rejectedCount: 0,
};

const NOTHING_ADDED: Omit<ImportedFile, 'grant' | 'name' | 'error'> = {
  format: null,
  added: 0,
  known: 0,
  duplicates: [],
  duplicateCount: 0,
  rejected: [],
  rejectedCount: 0,
};

/**
 * Imports one file after the other; a bad one costs only itself.
 * @param failed what is said of a file that cannot be imported
 * @throws WinnowError USAGE: the domain was deleted; the signal's reason, with the files so far imported
 */
async function importFiles<Outcome extends object>(
  services: Services,
  domainId: number,
  grants: readonly string[],
  failed: Outcome,
  signal: AbortSignal,
  work: (path: string) => Promise<Outcome>,
): Promise<(Outcome & { grant: string; name: string; error: ErrorData | null })[]> {
  getDomain(services.context.store, domainId);
  const outcomes = [];
  for (const grant of grants) {
    signal.throwIfAborted();
    let name = '';
    try {
      const path = services.grants.path(grant, 'read');
      name = basename(path);
      outcomes.push({ ...(await work(path)), grant, name, error: null });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WinnowError)) services.log.add('error', 'engine', `importing ${name}: ${String(error)}`);
      outcomes.push({ ...failed, grant, name, error: errorToData(error) });
    } finally {
      services.emit('demos', { domainId });
    }
  }
  return outcomes;
}

/** Tells the page of a deletion, and remembers how it is undone. */
function undoable(services: Services, { domainIds, restore }: Deletion): { undoId: number } {
  const tell = (): void => {
    for (const domainId of domainIds) services.emit('demos', { domainId });
  };
  return services.undo.deleted(tell, restore);
}

function demoSummary({ sourcePath, sourceLine, answeredBy, ...demo }: StoredDemoSummary) {
  return { ...demo, answeredByModel: answeredBy !== null, source: basename(sourcePath), line: sourceLine };
}
