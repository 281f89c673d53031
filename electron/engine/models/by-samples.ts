// What earlier versions made. They knew a model by samples of its bytes alone, which prove less than every byte: what they made stays
// readable and leads to the model with these samples; it is no result of that model that can be reused; and where it is used, that is said.
import { z } from 'zod';
import type { ModelInfo } from '../../contract/model-info.ts';
import { say, type Sentence } from '../../contract/sentences.ts';

/** The first version of scoring whose runs are of models that are known by every byte. */
const PROVEN_SCORING = 4;

/** Whether a model, or what a file says of one, comes from such a version: none of them knew what is the same in all types. */
export function isBySamples({ kindred }: { readonly kindred?: string | undefined }): boolean {
  return kindred === undefined;
}

/** Whether a run was scored by such a version. @param settings of the run */
export function isRunBySamples(settings: unknown): boolean {
  const { version } = z
    .looseObject({ version: z.number().default(0) })
    .catch({ version: 0 })
    .parse(settings);
  return version < PROVEN_SCORING;
}

type BySamples =
  /** Such as a recipe; the name of the file that it was made for. */
  | { readonly kind: 'made'; readonly file: string }
  /** Demos, which are scored anew. */
  | { readonly kind: 'scored' }
  /** A stored choice, which is the model's from now on; what was measured of it counts no more. */
  | { readonly kind: 'chosen' };

/** What is said where something of such a version is used for the model that has the same samples. */
export function bySamplesSaid(what: BySamples, { path }: Pick<ModelInfo, 'path'>): Sentence {
  switch (what.kind) {
    case 'made':
      return say('bySamples', {
        path,
        made: say('bySamplesMade', { file: what.file }),
        then: say('bySamplesMadeAnew'),
      });
    case 'scored':
      return say('bySamples', { path, made: say('bySamplesScored'), then: say('bySamplesScoredAnew') });
    case 'chosen':
      return say('bySamples', { path, made: say('bySamplesChosen'), then: say('bySamplesMeasuredAnew') });
  }
}
