// Calls about checks of answers: what models generate for prompts of a domain.
import type { CheckedGeneration, CheckFile, Generation, generationsCalls } from '../../../contract/api/generations.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { comparedModels } from '../../measure/evaluation/compared-variants.ts';
import { requireDemos } from '../../demos/collect-demos.ts';
import type { GenerationRequest } from '../../measure/generation/generation-request.ts';
import { requestOfFiles, type GenerateFilesRequest } from '../../measure/generation/files-request.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { modelOf } from './named-files.ts';
import { generationExamples } from '../../measure/generation/examples.ts';
import {
  getGeneration,
  listGenerations,
  readGenerationTexts,
  referenceIds,
  type GenerationTexts,
  type StoredGeneration,
} from '../../measure/generation/stored-generation.ts';
import { listDomains } from '../../store/domains.ts';
import { deleteRows, restoreRows } from '../../store/stored-rows.ts';
import { someNames, variantSources } from './comparisons.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `generations.*`. */
export function generationsHandlers(services: Services): Pick<CallHandlers, keyof typeof generationsCalls> {
  const { context, library } = services;
  const { store } = context;
  return {
    'generations.start': async (params, signal) => {
      if (!('domainIds' in params)) {
        const warned: string[] = [];
        const hooks = { signal, onWarning: (line: string) => void warned.push(line) };
        const request = await requestOfFiles(checkOfFiles(services, params), context, hooks);
        const started = startJob(
          services,
          'generate',
          request,
          `${request.fullName} · ${displayNameOf(request.demos.kind === 'files' ? (request.demos.files[0] ?? '') : '')}`,
        );
        for (const text of warned) services.emit('jobLine', { ...started, text });
        return started;
      }
      const { against, variants, domainIds, ...rest } = params;
      const ids = [...new Set(domainIds)];
      const names = ids.map((id) => requireDemos(store, id).name);
      const models = comparedModels(variantSources(services), { against, variants });
      const { placement } = services.settings();
      library.touch(against);
      const request: GenerationRequest = {
        ...models,
        ...rest,
        demos: { kind: 'domains', domainIds: ids },
        scored: [],
        placement,
      };
      return startJob(services, 'generate', request, `${models.fullName} · ${someNames(names)}`);
    },
    'generations.get': ({ generationIds }) => {
      return generationIds.flatMap((id) => {
        const row = getGeneration(store, id);
        const texts = readGenerationTexts(store, id);
        return row && texts ? [checkedView(row, texts)] : [];
      });
    },
    'generations.list': () => {
      const domainIds = new Set(listDomains(store).map(({ id }) => id));
      const modelIdOf = library.finder();
      const rows = listGenerations(store).filter(
        ({ settings }) => settings.variant !== null && settings.domain.isKnown,
      );
      const references = referenceIds(rows);
      return rows.flatMap((row) =>
        generationView(row, { modelIdOf, domainIds, referenceId: references.get(row.id) ?? null }),
      );
    },
    'generations.examples': (query) => {
      const { total, examples } = generationExamples(store, query);
      return { total, examples: [...examples] };
    },
    'generations.written': () => {
      const { written } = services;
      return written && { jobId: written.jobId, answers: [...written.answers()] };
    },
    'generations.delete': ({ generationIds }) => {
      const deleted = deleteRows(store, 'generation_checks', 'id', generationIds);
      const tell = (): void => services.emit('generations', {});
      return services.undo.deleted(tell, () => restoreRows(store, 'generation_checks', deleted));
    },
  };
}

/** The check of files that a call asks for. @throws WinnowError as `modelOf` and `Grants.path` */
function checkOfFiles(
  services: Services,
  { model, prompts, choice, scores, against, ...options }: CheckFile,
): GenerateFilesRequest {
  const read = (grant: string): string => services.grants.path(grant, 'read');
  return {
    ...options,
    model: modelOf(services, model).path,
    prompts: prompts.map(read),
    placement: services.settings().placement,
    choice: choice === undefined ? undefined : read(choice),
    scores: scores?.map(read),
    against: against && modelOf(services, against).path,
  };
}

function checkedView(
  { measured, settings, figures }: StoredGeneration,
  { prompts, completions }: GenerationTexts,
): CheckedGeneration {
  const { label, full, domain, sampling, maxTokens } = settings;
  const isFull = measured === full.measured;
  return {
    label,
    reference: full.measured,
    isFull,
    domain: domain.name,
    sampling,
    maxTokens,
    figures,
    prompts,
    completions,
  };
}

type ViewContext = {
  readonly modelIdOf: (fingerprint: string) => string | null;
  readonly domainIds: ReadonlySet<number>;
  readonly referenceId: number | null;
};

/** The view of a check; empty for a choice from the command line that equals no selection, since the interface cannot name it. */
function generationView(
  { id, createdMs, settings, figures, judged }: StoredGeneration,
  { modelIdOf, domainIds, referenceId }: ViewContext,
): Generation[] {
  const { variant, full, domain, ...about } = settings;
  if (variant === null) return [];
  return [
    {
      id,
      variant,
      ...about,
      selectionHash: settings.selectionHash,
      modelId: modelIdOf(full.fingerprint),
      modelName: full.name,
      domainId: domain.id !== null && domainIds.has(domain.id) ? domain.id : null,
      domain: domain.name,
      prompts: judged.length,
      completions: judged.reduce((sum, samples) => sum + samples.length, 0),
      referenceId,
      ...figures,
      createdMs,
    },
  ];
}
