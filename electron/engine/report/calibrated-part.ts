// What reports and recipes say of a calibration.
import type { z } from 'zod';
import type { CalibrationFacts, publishedCalibrationSchema } from '../../contract/calibration.ts';

/** KL in nats a token, of the choice as it is and with what was fitted. */
export function calibratedPart({
  parts = ['routers'],
  demos,
  scales,
  gate,
}: CalibrationFacts): z.infer<typeof publishedCalibrationSchema> {
  const { before, after } = gate.kl;
  return {
    parts: [...parts],
    demos,
    scales,
    kl_before: before.value,
    kl_after: after.value,
    judging_demos: gate.demos,
  };
}
