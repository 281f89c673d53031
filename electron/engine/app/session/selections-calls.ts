// Calls about which experts to keep.
import type { ModelEntry } from '../../../contract/api/library.ts';
import type { ChoiceFile, Selection, selectionsCalls } from '../../../contract/api/selections.ts';
import type { CallResult } from '../../../contract/api.ts';
import { errorToData } from '../../../contract/errors.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { Backend } from '../../base/backend/backend.ts';
import { inspectModel } from '../../models/inspect.ts';
import { choiceLengths } from '../../models/prediction-blocks.ts';
import { chooseFromRuns, chooserTools, selectionResult } from '../../experts/selections/choose-from-runs.ts';
import { fittingCount, offeredSteps } from '../../experts/selections/offered-counts.ts';
import {
  selectionView,
  requireSelection,
  type SelectionOfModel,
  settingsOf,
} from '../../experts/selections/selection-view.ts';
import { historyOf } from '../../experts/selections/history.ts';
import { importMask, saveSelection } from '../../experts/selections/save-selection.ts';
import { maskDocument, maskModel, writeMaskFile } from '../../experts/selection/mask-file.ts';
import { recogniseChoice, type RecognisedChoice } from '../../experts/selection/recognise-choice.ts';
import { libraryModelsByFingerprint } from '../../store/library-models.ts';
import type { Store } from '../../store/database.ts';
import { listModels } from '../../store/models.ts';
import { deleteSelection, listedSelections, renameSelection, restoreSelections } from '../../store/selections.ts';
import type { Services } from './services.ts';
import { changeSettings, readSettings } from './settings.ts';

type RecognisedFile = CallResult<'selections.recognise'>[number];
type SelectionsHandlers = Pick<CallHandlers, keyof typeof selectionsCalls>;

/** The calls `selections.*`. */
export function selectionsHandlers(services: Services): SelectionsHandlers {
  return {
    ...offerHandlers(services),
    ...choosingHandlers(services),
    ...listHandlers(services),
    ...maskHandlers(services),
  };
}

function offerHandlers(services: Services): Pick<SelectionsHandlers, 'selections.steps' | 'selections.fit'> {
  const { store } = services.context;
  return {
    'selections.steps': (limits) => offeredSteps(store, limits),
    'selections.fit': async (request) =>
      fittingCount(
        store,
        request,
        chooserTools(services.library, services.runTotals).memory,
        await services.library.freeMemory(),
      ),
  };
}

function choosingHandlers(services: Services): Pick<SelectionsHandlers, 'selections.compute' | 'selections.save'> {
  const { store } = services.context;
  const tools = chooserTools(services.library, services.runTotals);
  return {
    'selections.compute': async ({ request }, signal) => selectionResult(await chooseFromRuns(request, tools, signal)),
    'selections.save': async ({ request, ...options }, signal) => {
      const { id } = await saveSelection(store, request, options, tools, signal);
      services.emit('selections', {});
      // the page may be gone before it hears of it
      const { trail } = readSettings(store);
      if (options.changedFrom !== null && options.changedFrom === trail.selectionId && id !== trail.selectionId)
        changeSettings(store, services.emit, { trail: { ...trail, selectionId: id, exportId: null } });
      return view(services, requireSelection(store, id));
    },
  };
}

type ListCall = 'list' | 'get' | 'history' | 'rename' | 'delete';

function listHandlers(services: Services): Pick<SelectionsHandlers, `selections.${ListCall}`> {
  const { store } = services.context;
  return {
    'selections.list': ({ modelId }) => {
      // a model may lie in several places: its selections are shown at each
      const models = new Map(
        listModels(store).map((model) => [
          model.id,
          { model, ids: libraryModelsByFingerprint(store, model.fingerprint) },
        ]),
      );
      return listedSelections(store).flatMap((selection) => {
        const { model, ids = [] } = models.get(selection.modelId) ?? {};
        if (!model || (modelId !== null && !ids.includes(modelId))) return [];
        return [selectionView({ selection, model }, modelId ?? services.library.findByFingerprint(model.fingerprint))];
      });
    },
    'selections.get': ({ selectionId }) => view(services, requireSelection(store, selectionId)),
    'selections.history': ({ selectionId }) => historyOf(store, requireSelection(store, selectionId)),
    'selections.rename': ({ selectionId, name }) => {
      renameSelection(store, requireSelection(store, selectionId).selection.id, name);
      services.emit('selections', {});
      return view(services, requireSelection(store, selectionId));
    },
    'selections.delete': ({ selectionId }) => {
      requireSelection(store, selectionId);
      const deleted = deleteSelection(store, selectionId);
      return services.undo.deleted(
        () => services.emit('selections', {}),
        () => restoreSelections(store, deleted),
      );
    },
  };
}

type MaskCalls = 'selections.recognise' | 'selections.importMask' | 'selections.exportMask';

function maskHandlers(services: Services): Pick<SelectionsHandlers, MaskCalls> {
  const { context, grants, library, native } = services;
  const { store } = context;
  return {
    'selections.recognise': async ({ grants: ids }) => {
      const models = await library.list();
      const kindreds = kindredsOf(store);
      const recognise = async (grant: string): Promise<RecognisedFile> => {
        try {
          const choice = await recogniseChoice(grants.path(grant, 'read'));
          return { grant, choice: choice && choiceFile(choice, models, { library, kindreds }), error: null };
        } catch (error) {
          return { grant, choice: null, error: errorToData(error) };
        }
      };
      const files = [];
      for (const id of ids) files.push(await recognise(id));
      return files;
    },
    'selections.importMask': async ({ modelId, grant }) => {
      const path = grants.path(grant, 'read');
      await native.ensure();
      using backend = new Backend('off', context.host);
      const { info } = await inspectModel(library.path(modelId), backend, context);
      const { selection, warnings } = await importMask(store, info, path);
      services.emit('selections', {});
      return { ...selectionView(requireSelection(store, selection.id), modelId), said: [...warnings] };
    },
    'selections.exportMask': async ({ selectionId, target }) => {
      const { selection, model } = requireSelection(store, selectionId);
      const { kept, criterion } = selection;
      const document = maskDocument(maskModel(model.info, kept), kept, { criterion, settings: settingsOf(selection) });
      await grants.write(target, (path) => writeMaskFile(path, document));
    },
  };
}

/** By which each model of the library that was used is known in all its types. */
function kindredsOf(store: Store): ReadonlyMap<string, string> {
  return new Map(
    listModels(store).flatMap(({ fingerprint, info: { kindred } }) =>
      kindred === undefined ? [] : libraryModelsByFingerprint(store, fingerprint).map((id) => [id, kindred] as const),
    ),
  );
}

/** With the models that it may be used for: that which it was made for, and those of its shape that are not known to be others. */
function choiceFile(
  { kind, keep, nLayers, nExpert, model, fingerprint, kindred }: RecognisedChoice,
  models: readonly ModelEntry[],
  { library, kindreds }: Pick<Services, 'library'> & { readonly kindreds: ReadonlyMap<string, string> },
): ChoiceFile {
  const named = fingerprint === null ? null : library.findByFingerprint(fingerprint);
  const mayBe = (id: string): boolean =>
    fingerprint === null || (kindred === undefined ? named === null : (kindreds.get(id) ?? kindred) === kindred);
  const fitting = models
    .filter(({ details }) => details?.nExpert === nExpert && choiceLengths(details).includes(nLayers))
    .filter(({ id }) => id !== named && mayBe(id))
    .toSorted((a, b) => (b.lastUsedMs ?? 0) - (a.lastUsedMs ?? 0));
  return {
    ...{ kind, keep, nLayers, nExpert, model },
    modelIds: [...(named === null ? [] : [named]), ...fitting.map(({ id }) => id)],
  };
}

function view(services: Services, planned: SelectionOfModel): Selection {
  return selectionView(planned, services.library.findByFingerprint(planned.model.fingerprint));
}
