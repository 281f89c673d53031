// Calls about writing pruned files, using them in other programs, and cutting original checkpoints.
import type {
  Export,
  ExportOptions,
  ExportParams,
  RepairOptions,
  exportsCalls,
} from '../../../contract/api/exports.ts';
import type { PruneRequest, RepairRequest } from '../../../contract/requests.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { modelOf, reportChoice, unchangedFile, writtenFile, contextMadeFor } from './named-files.ts';
import { displayNameOf, toDisplayPath } from '../../base/files/paths.ts';
import { exists, writeTextFile } from '../../base/files/user-files.ts';
import { modelName } from '../../models/model-files.ts';
import { domainsOf, requireSelection, selectionState, readSettings } from '../../experts/selections/selection-view.ts';
import { previewExport } from '../../write/exporting/plan-export.ts';
import { suggestName } from '../../write/pruning/suggest-name.ts';
import { type StoredExport, listExports, markInterruptedExports } from '../../store/exports.ts';
import { idleTask } from '../../store/task.ts';
import { getLibraryModel } from '../../store/library-models.ts';
import { getSelection } from '../../store/selections.ts';
import { type StoredModel, listModels } from '../../store/models.ts';
import { makePublishFolder } from '../../report/publish-folder.ts';
import { writeCard } from '../../report/write-card.ts';
import { writeChoice } from '../../report/write-choice.ts';
import { estimateRepair } from '../../write/repairing/write-model.ts';
import { withRunMatrix } from '../../write/pruning/write-importance.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';
import type { checkpointsCalls } from '../../../contract/api/checkpoints.ts';
import { pathOfStoredModel } from '../../models/library/library.ts';
import type { Program, programsCalls } from '../../../contract/api/programs.ts';
import type { CallResult } from '../../../contract/api.ts';
import { thisMachine } from '../../models/library/places.ts';
import { modelfile, needsFolder, openIn, programFolders } from '../../write/programs/open-in.ts';

/** The calls `exports.*` and `checkpoints.*`. */
export function exportsHandlers(
  services: Services,
): CallHandlers<keyof typeof exportsCalls | keyof typeof checkpointsCalls> {
  const { context, native } = services;
  return {
    'exports.suggestName': ({ selectionId, quantType }) => {
      const { selection, model } = requireSelection(context.store, selectionId);
      const domains = domainsOf(selection);
      const { name, keep } = selectionState({ selection, model });
      return { name: suggestName(model.info, domains.length > 0 ? domains : [name], keep, quantType) };
    },
    'exports.plan': async (params, signal) => {
      const request = pruneRequest(services, params);
      await native.ensure();
      return withRunMatrix(request, context, signal, (by) => previewExport(by, context, signal));
    },
    'exports.repairCost': async ({ selectionId, repair, bytes, quantType }, signal) => {
      const { selection: chosenBy, model } = requireSelection(context.store, selectionId);
      const { keep } = selectionState({ selection: chosenBy, model });
      await native.ensure();
      const repairing = {
        source: pathOfStoredModel(services.library, model),
        repair: repairRequest(services, repair),
        chosenBy,
      };
      const file = { keep, bytes, type: quantType?.toLowerCase() };
      return estimateRepair(repairing, file, context.forPlans(), idleTask(signal));
    },
    'exports.start': (params) => {
      const { choice } = params;
      const request = pruneRequest(services, params);
      if (choice.kind !== 'selection') {
        const { name } = modelOf(services, choice.model);
        return startJob(services, 'export', request, `${name} · ${displayNameOf(request.output)}`);
      }
      const { selection, model } = requireSelection(context.store, choice.selectionId);
      const { name } = selectionState({ selection, model });
      const modelId = services.library.findByFingerprint(model.fingerprint);
      if (modelId !== null) services.library.touch(modelId);
      return startJob(services, 'export', request, `${modelName(model.info)} · ${name}`);
    },
    'exports.quantise': ({ model: ref, target, imatrix, repair, ...options }) => {
      const { path: model, name } = modelOf(services, ref);
      const request = {
        ...options,
        model,
        output: services.grants.path(target, 'write'),
        imatrix: imatrix && services.grants.path(imatrix, 'read'),
        repair: repair && repairRequest(services, repair),
      };
      if (ref.kind === 'library') services.library.touch(ref.modelId);
      return startJob(services, 'quantise', request, `${name} · ${options.quantise.type}`);
    },
    'checkpoints.start': ({ checkpoint: folder, choice, model, target, ...options }) => {
      const checkpoint = services.grants.path(folder, 'folder');
      const request = {
        ...options,
        checkpoint,
        output: services.grants.path(target, 'write'),
        ...(choice.kind === 'selection'
          ? { selectionId: choice.selectionId }
          : { choice: services.grants.path(choice.file, 'read') }),
        ...(model && { model: modelOf(services, model).path }),
      };
      const subject = `${displayNameOf(checkpoint)} · ${displayNameOf(request.output)}`;
      return startJob(services, 'checkpoint', request, subject);
    },
    'exports.list': async () => {
      markInterruptedExports(context.store);
      const models = new Map(listModels(context.store).map((model) => [model.id, model]));
      const views = listExports(context.store).map(async (row) => {
        const model = models.get(row.modelId);
        return model ? [await exportView(services, { row, model })] : [];
      });
      return (await Promise.all(views)).flat();
    },
    'exports.card': async ({ subject, target, ...form }, signal) => {
      const choice = await reportChoice(services, subject);
      const { path, verdict } = await services.grants.writeIf(target, (output) =>
        writeCard({ ...form, choice, output }, context, signal),
      );
      return { displayPath: services.pathText(path), verdict };
    },
    'exports.publish': async ({ subject, target, repository, baseModel }, signal) => {
      const choice = await reportChoice(services, subject);
      await native.ensure();
      const named = target === null ? undefined : services.grants.path(target, 'write');
      const made = await makePublishFolder({ choice, folder: named, repository, baseModel }, context, { signal });
      const { folder, files, command, gaps } = made;
      return { displayPath: services.pathText(folder), files: [...files], command, gaps: [...gaps] };
    },
    'exports.choice': async ({ subject, form, target, overwrite }, signal) => {
      const named = await reportChoice(services, subject);
      const beside = target === 'beside' ? target : undefined;
      const { path, choice } = await services.grants.writeIf(beside ? null : target, (output = beside) =>
        writeChoice({ choice: named, output, form, overwrite }, context, signal),
      );
      return { displayPath: path === null ? null : services.pathText(path), choice };
    },
    'exports.download': async ({ exportId }, signal) => {
      const file = await unchangedFile(context.store, await writtenFile(context.store, exportId), signal);
      return { id: services.offer(file), name: displayNameOf(file.path) };
    },
    'exports.reveal': async ({ exportId }) => {
      services.reveal((await writtenFile(context.store, exportId)).outputPath);
    },
  };
}

type Asked<Run> = Omit<ExportParams, 'options'> & { readonly options: Options<Run> };

type Options<Run> = Omit<ExportOptions, 'imatrixRun'> & {
  readonly imatrixRun: Run | null;
  readonly dryRun?: boolean;
};

/** The request to prune. @throws WinnowError USAGE: no such selection or grant; FILE_NOT_FOUND: the model is gone */
function pruneRequest<Run extends number | 'own'>(
  services: Services,
  { choice, target, options }: Asked<Run>,
): Omit<PruneRequest, 'imatrixRun'> & { readonly imatrixRun?: Run } {
  const { grants } = services;
  const { imatrix, imatrixRun, repair, quantise, activeExperts, ...rest } = options;
  return {
    dryRun: false,
    ...rest,
    ...chosen(services, choice),
    ...(activeExperts !== undefined && { activeExperts }),
    output: grants.path(target, 'write'),
    ...(quantise !== null && { quantise }),
    ...(imatrix !== null && { imatrix: grants.path(imatrix, 'read') }),
    ...(imatrix === null && imatrixRun !== null && { imatrixRun }),
    ...(repair !== null && { repair: repairRequest(services, repair) }),
  };
}

function repairRequest(services: Services, { demos, limit }: RepairOptions): RepairRequest {
  const { grants, settings } = services;
  return {
    ...(demos !== null && { demos: { kind: 'files', files: demos.map((grant) => grants.path(grant, 'read')) } }),
    limit,
    placement: settings().placement,
  };
}

/** The part of the request that says which experts of which model are kept. */
function chosen(services: Services, choice: ExportParams['choice']) {
  if (choice.kind !== 'selection') {
    return { model: modelOf(services, choice.model).path, choice: services.grants.path(choice.file, 'read') };
  }
  const { selection, model } = requireSelection(services.context.store, choice.selectionId);
  const { grouping, activeExperts } = readSettings(selection);
  return {
    model: pathOfStoredModel(services.library, model),
    kept: selection.kept,
    selectionId: selection.id,
    grouping,
    ...(activeExperts !== null && { activeExperts }),
  };
}

type ExportContext = {
  readonly row: StoredExport;
  readonly model: StoredModel;
};

async function exportView(services: Services, { row, model }: ExportContext): Promise<Export> {
  const { store } = services.context;
  const { selectionHash, selectionId } = row.plan;
  const modelId = row.state === 'done' && (await exists(row.outputPath)) ? services.library.idOf(row.outputPath) : null;
  return {
    id: row.id,
    sourceName: modelName(model.info),
    sourceModelId: services.library.findByFingerprint(model.fingerprint),
    modelId: modelId !== null && getLibraryModel(store, modelId) ? modelId : null,
    displayPath: services.pathText(row.outputPath),
    selectionHash,
    selectionId: selectionId !== null && getSelection(store, selectionId) ? selectionId : null,
    fullBytes: model.info.bytes,
    bytes: row.bytes,
    sha256: row.sha256,
    seconds: row.seconds,
    state: row.state,
    startedMs: row.startedMs,
    keep: row.plan.keep,
    nExpert: model.info.nExpert,
    quantType: row.plan.quantised?.type ?? null,
    ...(Object.keys(row.plan.quantised?.rules ?? {}).length > 0 && { mixed: true }),
    repair: row.plan.repaired ? { facts: row.plan.repaired, leftOut: null } : (row.plan.unrepaired ?? null),
  };
}

type Copy = NonNullable<CallResult<'programs.list'>[number]['copy']>;

/** Time between reports to the page of how much was copied. */
const TELL_MS = 100;

/** The calls `programs.*`. */
export function programsHandlers(services: Services): CallHandlers<keyof typeof programsCalls> {
  const { context, grants, native } = services;
  const { host } = context;
  const copies = new Map<Program, Copy>();
  return {
    'programs.list': async () =>
      (await programFolders(thisMachine())).map(({ program, folder }) => ({
        program,
        displayPath: folder === null ? null : toDisplayPath(folder),
        isHere: folder !== null || !needsFolder(program),
        copy: copies.get(program) ?? null,
      })),
    'programs.open': async ({ file, program, folder, ctx: inputCtx }, signal) => {
      const model =
        file.kind === 'file'
          ? grants.path(file.grant, 'read')
          : (await writtenFile(context.store, file.exportId)).outputPath;
      const exportId = file.kind === 'file' ? null : file.exportId;
      await native.ensure();
      const { placement, ctx: usual } = services.settings();
      const madeFor = await contextMadeFor(context.store, model);
      const ctx = inputCtx ?? madeFor ?? usual;
      const named = folder === null ? null : grants.path(folder, 'folder');
      const request = { model, program, folder: named, ctx, isMadeFor: ctx === madeFor, placement };
      const tell = (): void => services.emit('copying', { program, copy: copies.get(program) ?? null });
      let lastMs = -Infinity;
      const onProgress = (done: number, total: number): void => {
        copies.set(program, { exportId, done, total });
        const now = performance.now();
        if (now - lastMs < TELL_MS) return;
        lastMs = now;
        tell();
      };
      try {
        return await openIn(request, host, thisMachine(), { signal, onProgress });
      } finally {
        if (copies.delete(program)) tell();
      }
    },
    'programs.modelfile': async ({ exportId, target }, signal) => {
      const { outputPath } = await writtenFile(context.store, exportId);
      await native.ensure();
      const { placement, ctx: usual } = services.settings();
      const madeFor = await contextMadeFor(context.store, outputPath);
      const how = { ctx: madeFor ?? usual, isMadeFor: madeFor !== null, placement };
      const text = await modelfile({ model: outputPath, ...how }, host, signal);
      await grants.write(target, (path) => writeTextFile(path, text));
    },
  };
}
