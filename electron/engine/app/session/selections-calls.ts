// Calls about which experts to keep.
import type { ModelEntry } from '../../../contract/api/library.ts';
import type { RecognisedChoice, Selection, selectionsCalls } from '../../../contract/api/selections.ts';
import type { CallResult } from '../../../contract/api.ts';
import { CRITERIA } from '../../../contract/criteria.ts';
import { errorToData } from '../../../contract/errors.ts';
import type { ChoiceFile } from '../../../contract/choice-file.ts';
import { keptCount } from '../../../contract/kept-experts.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { Backend } from '../../base/backend/backend.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { mean } from '../../base/statistics/numbers.ts';
import { inspectModel } from '../../models/inspect.ts';
import { choiceLengths } from '../../models/prediction-blocks.ts';
import {
  choose,
  selectionResult,
  settingsOfChoice,
  type ChoiceRequest,
  type Scores,
  chooserTools,
  scoresOfRuns,
} from '../../experts/selections/choose.ts';
import { openScores } from '../../experts/selections/scores-of-files.ts';
import {
  selectionView,
  requireSelection,
  type SelectionOfModel,
  readHistory,
} from '../../experts/selections/selection-view.ts';
import { importChoice, rememberChoice, saveSelection } from '../../experts/selections/save-selection.ts';
import { choiceDocument, recogniseChoice, writeChoiceFile } from '../../experts/selection/choice-file.ts';
import { libraryModelsByFingerprint } from '../../store/library-models.ts';
import type { Store } from '../../store/database.ts';
import { listModels } from '../../store/models.ts';
import { deleteSelection, listedSelections, renameSelection } from '../../store/selections.ts';
import { restoreRows } from '../../store/stored-rows.ts';
import type { Services } from './services.ts';
import { changeSettings, readSettings } from './settings.ts';

type RecognisedFile = CallResult<'selections.recognise'>[number];

/** The calls `selections.*`. */
export function selectionsHandlers(services: Services): CallHandlers<keyof typeof selectionsCalls> {
  const { context, grants, library, native, pathText } = services;
  return {
    'selections.compute': async ({ request: input, remember, target }, signal) => {
      const { scores, request } = await scoresFor(services, input, signal);
      const choice = await choose(scores, request);
      if (remember || target !== null) {
        const { kept, retained } = choice;
        const criterion = CRITERIA.find((name) => name === request.criterion) ?? null;
        const { modelId, ...origin } = await scores.origin();
        const settings = settingsOfChoice(origin, request, mean(retained));
        if (remember && modelId !== null) {
          rememberChoice(context.store, { modelId, kept, criterion, settings });
          services.emit('selections', {});
        }
        if (target !== null) {
          const document = choiceDocument(scores.choiceModel(kept), { kept, criterion, settings });
          await grants.write(target, async (path) => {
            await refuseInputAsOutput(path, [scores.model.path]);
            await writeChoiceFile(path, document);
          });
        }
      }
      return selectionResult(scores, choice, pathText);
    },
    'selections.save': async ({ request, ...options }, signal) => {
      const tools = chooserTools(context.store, library, services.runTotals);
      const { id } = await saveSelection(context.store, request, options, tools, signal);
      services.emit('selections', {});
      // the page may be closed before it receives the result
      const { trail } = readSettings(context.store);
      if (options.changedFrom !== null && options.changedFrom === trail.selectionId && id !== trail.selectionId)
        changeSettings(context.store, services.emit, { trail: { ...trail, selectionId: id, exportId: null } });
      return view(services, requireSelection(context.store, id));
    },
    'selections.list': ({ modelId }) => {
      // a model may lie in several places, and its selections are shown for each
      const models = new Map(
        listModels(context.store).map((model) => [
          model.id,
          { model, ids: libraryModelsByFingerprint(context.store, model.fingerprint) },
        ]),
      );
      return listedSelections(context.store).flatMap((selection) => {
        const { model, ids = [] } = models.get(selection.modelId) ?? {};
        if (!model || (modelId !== null && !ids.includes(modelId))) return [];
        return [selectionView({ selection, model }, modelId ?? services.library.findByFingerprint(model.fingerprint))];
      });
    },
    'selections.get': ({ selectionId }) => view(services, requireSelection(context.store, selectionId)),
    'selections.history': ({ selectionId }) => readHistory(context.store, requireSelection(context.store, selectionId)),
    'selections.rename': ({ selectionId, name }) => {
      renameSelection(context.store, requireSelection(context.store, selectionId).selection.id, name);
      services.emit('selections', {});
      return view(services, requireSelection(context.store, selectionId));
    },
    'selections.delete': ({ selectionId }) => {
      requireSelection(context.store, selectionId);
      const deleted = deleteSelection(context.store, selectionId);
      return services.undo.deleted(
        () => services.emit('selections', {}),
        () => restoreRows(context.store, 'selections', deleted),
      );
    },
    'selections.recognise': async ({ grants: ids }) => {
      const models = await library.list();
      const kindreds = listKindreds(context.store);
      const recognise = async (grant: string): Promise<RecognisedFile> => {
        try {
          const choice = await recogniseChoice(grants.path(grant, 'read'));
          return { grant, choice: choice && recognised(choice, models, services, kindreds), error: null };
        } catch (error) {
          return { grant, choice: null, error: errorToData(error) };
        }
      };
      const files = [];
      for (const id of ids) files.push(await recognise(id));
      return files;
    },
    'selections.importChoice': async ({ modelId, grant }) => {
      const path = grants.path(grant, 'read');
      await native.ensure();
      using backend = new Backend('off', context.host);
      const { info } = await inspectModel(library.path(modelId), backend, context);
      const { selection, warnings } = await importChoice(context.store, info, path);
      services.emit('selections', {});
      return { ...selectionView(requireSelection(context.store, selection.id), modelId), said: [...warnings] };
    },
  };
}

type Asked = Parameters<CallHandlers['selections.compute']>[0]['request'];

/** The scores that a call names, and the request to choose from them. */
async function scoresFor(
  { context, grants, library, native, runTotals }: Services,
  input: Asked,
  signal: AbortSignal,
): Promise<{ readonly scores: Scores; readonly request: ChoiceRequest }> {
  if ('runIds' in input) {
    return {
      scores: await scoresOfRuns(input, chooserTools(context.store, library, runTotals), signal),
      request: input,
    };
  }
  await native.ensure();
  const files = input.files.map((grant) => grants.path(grant, 'read'));
  const model = input.model === null ? null : grants.path(input.model, 'read');
  const opened = await openScores({ ...input, files, model }, context, signal);
  const { keep, by } = opened;
  const criterion = input.criterion ?? opened.usualCriterion;
  return { scores: by(criterion), request: { ...input, criterion, seed: 0, keep } };
}

/** The identity across types (`kindred`) of each used model, indexed by its id in the library. */
function listKindreds(store: Store): ReadonlyMap<string, string> {
  return new Map(
    listModels(store).flatMap(({ fingerprint, info: { kindred } }) =>
      kindred === undefined ? [] : libraryModelsByFingerprint(store, fingerprint).map((id) => [id, kindred] as const),
    ),
  );
}

/** A recognised choice with the models it may apply to: the one it was made for, and those of its shape not known to be different. */
function recognised(
  { kept, model: { file, fingerprint, kindred, n_expert: nExpert } }: ChoiceFile,
  models: readonly ModelEntry[],
  { library }: Services,
  kindreds: ReadonlyMap<string, string>,
): RecognisedChoice {
  const named = library.findByFingerprint(fingerprint);
  const mayBe = (id: string): boolean =>
    kindred === undefined ? named === null : (kindreds.get(id) ?? kindred) === kindred;
  const fitting = models
    .filter(({ details }) => details?.nExpert === nExpert && choiceLengths(details).includes(kept.length))
    .filter(({ id }) => id !== named && mayBe(id))
    .toSorted((a, b) => (b.lastUsedMs ?? 0) - (a.lastUsedMs ?? 0));
  return {
    keep: keptCount(kept),
    nExpert,
    model: file,
    modelIds: [...(named === null ? [] : [named]), ...fitting.map(({ id }) => id)],
  };
}

function view(services: Services, planned: SelectionOfModel): Selection {
  return selectionView(planned, services.library.findByFingerprint(planned.model.fingerprint));
}
