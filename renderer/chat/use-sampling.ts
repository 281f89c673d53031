// How answers are sampled, remembered between visits.
import { z } from 'zod';
import { useViewState } from '../state/settings.ts';
import type { Sampling } from './conversation.ts';

const samplingSchema = z.object({ maxTokens: z.int(), temperature: z.number(), seed: z.int() });
const USUAL: Sampling = { maxTokens: 256, temperature: 0, seed: 1 };

export function useSampling(): [Sampling, (sampling: Sampling) => void] {
  return useViewState('try.sampling', samplingSchema, USUAL);
}
