// The verdicts on choices, as the engine gives them.
import type { JudgedChoice } from '../../electron/contract/api/evaluations.ts';
import { useCall } from '../state/calls.ts';

/** @returns undefined: not known yet */
export function useJudgedChoice(hash: string): JudgedChoice | undefined {
  return useCall('evaluations.verdicts', {}).data?.find((choice) => choice.hash === hash);
}
