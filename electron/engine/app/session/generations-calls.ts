// Calls about checks of answers: what models generate for prompts of a domain.
import type { CheckFile, Generation, generationsCalls } from '../../../contract/api/generations.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { choiceModels } from '../../measure/evaluation/choice-comparison.ts';
import { isInDomain, choiceOfSelection } from '../../measure/evaluation/judged-choices.ts';
import { domainsOf } from '../../experts/selections/selection-view.ts';
import { requireDemos } from '../../demos/collect-demos.ts';
import { requestOfFiles } from '../../measure/generation/generation-request.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { modelOf } from './named-files.ts';
import { checksOfChoice } from '../../measure/generation/choice-answers.ts';
import {
  generationExamples,
  generationLedger,
  readGenerationTexts,
} from '../../measure/generation/stored-generation.ts';
import { getExport } from '../../store/exports.ts';
import { someNames } from './evaluations-calls.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `generations.*`. */
export function generationsHandlers(services: Services): CallHandlers<keyof typeof generationsCalls> {
  const { context, library } = services;
  const { store } = context;
  return {
    'generations.start': async (params) => {
      if (!('domainIds' in params)) {
        const check = checkOfFiles(services, params);
        const { name } = modelOf(services, params.against ?? params.model);
        const subject = `${name} · ${displayNameOf(check.prompts[0] ?? '')}`;
        return startJob(services, 'generate', requestOfFiles(check, store), subject);
      }
      const { selectionId, exportId, domainIds, limit, maxTokens } = params;
      const ids = [...new Set(domainIds)];
      const names = ids.map((id) => requireDemos(store, id).name);
      const written = exportId === null ? undefined : getExport(store, exportId);
      const { fullId, ...models } = await choiceModels({ store, library }, { selectionId, written });
      library.touch(fullId);
      const request = {
        ...models,
        limit,
        maxTokens,
        demos: { kind: 'domains' as const, domainIds: ids },
        placement: services.settings().placement,
      };
      return startJob(services, 'generate', request, `${library.entry(fullId).name} · ${someNames(names)}`);
    },
    'generations.get': ({ generationIds }) => {
      return generationIds.flatMap((id) => {
        const row = generationLedger(store).get(id);
        const texts = readGenerationTexts(store, id);
        if (!row || !texts) return [];
        const { label, full, domain, maxTokens } = row.settings;
        const isFull = row.measured === full.measured;
        const { figures } = row.result;
        return [{ label, reference: full.measured, isFull, domain: domain.name, maxTokens, figures, ...texts }];
      });
    },
    'generations.list': ({ selectionId, exportId }) => {
      const { hash, selection } = choiceOfSelection(store, selectionId, exportId);
      const domains = domainsOf(selection);
      const checks = checksOfChoice(store, hash).map(({ own, full }): Generation => {
        const { variant, domain, maxTokens } = own.settings;
        return {
          id: own.id,
          domain: domain.name,
          inDomain: isInDomain(domain.isKnown ? domain.name : null, domains),
          isFile: variant?.kind === 'model',
          prompts: own.result.judged.length,
          maxTokens,
          own: own.result.figures,
          full: full.result.figures,
        };
      });
      return checks.toSorted((a, b) => Number(b.inDomain ?? false) - Number(a.inDomain ?? false));
    },
    'generations.examples': ({ id }) => generationExamples(store, id),
  };
}

/** The paths of a check of files. @throws WinnowError as `modelOf` and `Grants.path` */
function checkOfFiles(services: Services, { model, prompts, choice, scores, against, ...options }: CheckFile) {
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
