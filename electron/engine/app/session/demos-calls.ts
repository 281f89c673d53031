// Calls about domains, their demos and their held-out texts.
import { displayNameOf } from '../../base/files/paths.ts';
import type { demosCalls, ExaminedFile } from '../../../contract/api/demos.ts';
import type { ColumnRoles } from '../../../contract/demo.ts';
import { WinnowError, errorToData, type ErrorData } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { removeDemos, removeDomain, removeText } from '../../demos/deletions.ts';
import { examineDemoFile } from '../../demos/examine.ts';
import { importIntoDomain } from '../../demos/import.ts';
import { importHeldOutText } from '../../measure/evaluation/read-documents.ts';
import { findDemos, getDemo, listDemoIds, summariseDemos } from '../../store/demos.ts';
import { createDomain, getDomain, listDomains, renameDomain, listHeldOutTexts } from '../../store/domains.ts';
import { modelOf } from './named-files.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** Maximum lines that a report names; a file may have a million. */
const NAMED_LINES = 1000;

/** The calls `domains.*`, `demos.*` and `texts.*`. */
export function demosHandlers(services: Services): CallHandlers<keyof typeof demosCalls> {
  const { context } = services;
  return {
    'domains.list': () => listDomains(context.store),
    'domains.create': ({ name }) => {
      const domain = createDomain(context.store, name);
      services.emit('demos', { domainId: domain.id });
      return domain;
    },
    'domains.rename': ({ domainId, name }) => {
      renameDomain(context.store, domainId, name);
      const domain = getDomain(context.store, domainId);
      services.emit('demos', { domainId });
      return domain;
    },
    'domains.delete': async ({ domainId }) => undoable(services, await removeDomain(context.store, domainId)),
    'demos.examine': async ({ grants }, signal) => {
      const files = [];
      for (const grant of grants) files.push(await examineFile(services, grant, signal));
      return files;
    },
    'demos.import': (params, signal) =>
      importFiles(services, params, NOTHING_ADDED, signal, async (path, columns) => {
        const imported = await importIntoDomain(services.context, params.domainId, path, signal, columns);
        const { format, added, known, ownAnswers, duplicates, rejected, left } = imported;
        return {
          ...{ format, added, known, ownAnswers },
          left: [...left],
          duplicates: duplicates.slice(0, NAMED_LINES),
          duplicateCount: duplicates.length,
          rejected: rejected.slice(0, NAMED_LINES),
          rejectedCount: rejected.length,
        };
      }),
    'demos.list': async ({ domainId, offset, limit, search }, signal) => {
      const isSearch = search.trim() !== '';
      const matches = isSearch ? await findDemos(context.store, domainId, search, signal) : null;
      const page = matches
        ? matches.slice(offset, offset + limit)
        : listDemoIds(context.store, domainId, { offset, limit });
      const total = matches?.length ?? getDomain(context.store, domainId).demos;
      const demos = summariseDemos(context.store, page).map(({ sourcePath, sourceLine, answeredBy, ...demo }) => ({
        ...demo,
        answeredByModel: answeredBy !== null,
        source: displayNameOf(sourcePath),
        line: sourceLine,
      }));
      return { total, demos };
    },
    'demos.get': ({ demoId }) => getDemo(context.store, demoId).content,
    'demos.delete': async ({ demoIds }) => undoable(services, await removeDemos(context.store, demoIds)),
    'demos.respond': ({ model: ref, demos, ...options }) => {
      const model = modelOf(services, ref);
      const { placement } = services.settings();
      const common = { ...options, model: model.path, placement };
      if (demos.kind === 'files') {
        const { grants, target, ...how } = demos;
        const output = services.grants.path(target, 'write');
        const files = grants.map((grant) => services.grants.path(grant, 'read'));
        const request = { ...common, demos: { ...how, files, output } };
        return startJob(services, 'respond', request, `${model.name} · ${displayNameOf(output)}`);
      }
      const { domainId } = demos;
      const domain = getDomain(context.store, domainId);
      if (domain.promptOnly === 0) {
        throw new WinnowError('USAGE', msg('allAnswered', { name: domain.name }), { domainId });
      }
      const request = { ...common, demos: { ...demos, modelName: model.name } };
      return startJob(services, 'respond', request, `${model.name} · ${domain.name}`);
    },
    'texts.list': () => listHeldOutTexts(context.store),
    'texts.import': (params, signal) =>
      importFiles(services, params, NO_TEXT, signal, async (path, columns) => {
        const { text, rejected } = await importHeldOutText(services.context, params.domainId, path, columns);
        const { id: textId, documents } = text;
        return { textId, documents, rejected: rejected.slice(0, NAMED_LINES), rejectedCount: rejected.length };
      }),
    'texts.delete': ({ textId }) => undoable(services, removeText(context.store, textId)),
  };
}

const NO_TEXT = { textId: null, documents: null, rejected: [], rejectedCount: 0 };

const NOTHING_ADDED = {
  format: null,
  added: 0,
  known: 0,
  duplicates: [],
  duplicateCount: 0,
  ownAnswers: 0,
  left: [],
  rejected: [],
  rejectedCount: 0,
};

/** Examines one file. Errors are ignored here, and reported when it is imported or scored. @throws the signal's reason */
async function examineFile(services: Services, grant: string, signal: AbortSignal): Promise<ExaminedFile> {
  try {
    return { grant, columns: await examineDemoFile(services.grants.path(grant, 'read'), services.context.host) };
  } catch {
    signal.throwIfAborted();
    return { grant, columns: [] };
  }
}

type ImportParams = Parameters<CallHandlers['demos.import']>[0];

/**
 * Imports one file after the other; a bad file does not affect the others.
 * @param failed outcome of a file that cannot be imported
 * @throws WinnowError USAGE: the domain was deleted; the signal's reason: the files before it stay imported
 */
async function importFiles<Done extends object, Failed extends object>(
  services: Services,
  { domainId, grants, columns = {} }: ImportParams,
  failed: Failed,
  signal: AbortSignal,
  work: (path: string, columns: ColumnRoles | undefined) => Promise<Done>,
): Promise<((Done | Failed) & { grant: string; name: string; error: ErrorData | null })[]> {
  getDomain(services.context.store, domainId);
  const files = [];
  for (const grant of grants) {
    signal.throwIfAborted();
    let name = '';
    try {
      const path = services.grants.path(grant, 'read');
      name = displayNameOf(path);
      files.push({ ...(await work(path, columns[grant])), grant, name, error: null });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WinnowError)) services.log.add('error', 'engine', `importing ${name}: ${String(error)}`);
      files.push({ ...failed, grant, name, error: errorToData(error) });
    } finally {
      services.emit('demos', { domainId });
    }
  }
  return files;
}

/** Tells the page about a deletion, and remembers how to undo it. */
function undoable(services: Services, { domainIds, restore }: ReturnType<typeof removeText>): { undoId: number } {
  const tell = (): void => {
    for (const domainId of domainIds) services.emit('demos', { domainId });
  };
  return services.undo.deleted(tell, restore);
}
