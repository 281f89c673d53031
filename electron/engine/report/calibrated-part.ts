// What reports and recipes say about a calibration.
import type { z } from 'zod';
import type { CalibrationFacts, publishedCalibrationSchema } from '../../contract/calibration.ts';

/** The facts of a calibration. KL divergences are in nats per token, of the choice without and with the fitted parts. */
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
