// Calls about checks of answers: what models write on prompts of a domain.
import type { Generation, generationsCalls } from '../../../contract/api/generations.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { comparedModels } from '../../measure/evaluation/compared-variants.ts';
import { requireDemos } from '../../demos/collect-demos.ts';
import type { GenerationRequest } from '../../measure/generation/generation-request.ts';
import { generationExamples } from '../../measure/generation/examples.ts';
import { listGenerations, referenceIds, type StoredGeneration } from '../../measure/generation/stored-generation.ts';
import { hashFinder, measuredHash } from '../../experts/selections/selection-view.ts';
import { listDomains } from '../../store/domains.ts';
import { deleteMeasurements, restoreMeasurements } from '../../store/measurements.ts';
import { someNames, variantSources } from './comparisons.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';
import { startJob } from './start-job.ts';

/** The calls `generations.*`. */
export function generationsHandlers(services: Services): Pick<CallHandlers, keyof typeof generationsCalls> {
  const { context, library } = services;
  const { store } = context;
  return {
    'generations.start': async ({ against, variants, domainIds, ...rest }, signal) => {
      const ids = [...new Set(domainIds)];
      const names = ids.map((id) => requireDemos(store, id).name);
      const models = await comparedModels(variantSources(services), { against, variants }, signal);
      const { placement } = readSettings(store);
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
    'generations.list': () => {
      const domainIds = new Set(listDomains(store).map(({ id }) => id));
      const modelIdOf = library.finder();
      const rows = listGenerations(store).filter(
        ({ settings }) => settings.variant !== null && settings.domain.isKnown,
      );
      const references = referenceIds(rows);
      const hashOfId = hashFinder(store);
      return rows.flatMap((row) =>
        generationView(row, { modelIdOf, hashOfId, domainIds, referenceId: references.get(row.id) ?? null }),
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
      const deleted = deleteMeasurements(store, 'generation_checks', generationIds);
      const tell = (): void => services.emit('generations', {});
      return services.undo.deleted(tell, () => restoreMeasurements(store, 'generation_checks', deleted));
    },
  };
}

type ViewContext = {
  readonly modelIdOf: (fingerprint: string) => string | null;
  readonly hashOfId: (selectionId: number | null) => string | null;
  readonly domainIds: ReadonlySet<number>;
  readonly referenceId: number | null;
};

/** None for a mask of the command line that no selection keeps: the interface cannot name it. */
function generationView(
  { id, createdMs, settings, figures, judged }: StoredGeneration,
  { modelIdOf, hashOfId, domainIds, referenceId }: ViewContext,
): Generation[] {
  const { variant, full, domain, ...about } = settings;
  if (variant === null) return [];
  return [
    {
      id,
      variant,
      ...about,
      selectionHash: measuredHash(settings, hashOfId),
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
