// Scoring a model that is handed over, on demos of files.
import type { ScoreFiles } from '../../../contract/api/runs.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { demoFilesOf, modelOf } from './model-of.ts';
import type { Services } from './services.ts';

/** @returns the request, and what it works on, for people. @throws WinnowError as `modelOf` and `demoFilesOf` */
export function scoringOfFiles(
  services: Services,
  { model: ref, demos: files, ...options }: ScoreFiles,
): { readonly request: ScoreRequest; readonly subject: string } {
  const { path: model, name } = modelOf(services, ref);
  const demos = demoFilesOf(services, files);
  const { nUbatch, maxTokens, placement } = services.settings();
  return {
    request: { ...options, model, demos, maxTokens, nUbatch, placement },
    subject: `${name} · ${demos.domain ?? displayNameOf(demos.files[0] ?? '')}`,
  };
}
