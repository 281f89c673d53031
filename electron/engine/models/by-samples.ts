// What earlier versions made. They knew a model only by samples of its bytes, which prove less than every byte. What they made stays
// readable and leads to the model with these samples, but never counts as a reusable result of that model; its use is reported.
import { z } from 'zod';
import type { ModelInfo } from '../../contract/model-info.ts';
import { say, type Sentence } from '../../contract/sentences.ts';

/** The first version of scoring that identifies the models of its runs by every byte. */
const PROVEN_SCORING = 4;

/** Whether a model, or what a file states about one, comes from such a version: none of them knew the hash `kindred`. */
export function isBySamples({ kindred }: { readonly kindred?: string | undefined }): boolean {
  return kindred === undefined;
}

/** Whether such a version scored a run. @param settings of the run */
export function isRunBySamples(settings: unknown): boolean {
  const { version } = z
    .looseObject({ version: z.number().default(0) })
    .catch({ version: 0 })
    .parse(settings);
  return version < PROVEN_SCORING;
}

type BySamples =
  /** A file such as a recipe; `file` is the name of the model file that it was made for. */
  | { readonly kind: 'made'; readonly file: string }
  /** Demos, which are scored again. */
  | { readonly kind: 'scored' }
  /** A stored choice, which belongs to the model from now on; measurements of it no longer count. */
  | { readonly kind: 'chosen' };

/** The sentence that reports the use of something from such a version for the model with the same samples. */
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
