// What reports and recipes say of calibrated routers.
import type { z } from 'zod';
import type { CalibrationFacts, publishedCalibrationSchema } from '../../contract/calibration.ts';

/** KL in nats a token, of the choice as it is and with its calibrated routers. */
export function calibratedPart({ demos, scales, gate }: CalibrationFacts): z.infer<typeof publishedCalibrationSchema> {
  const { before, after } = gate.kl;
  return { demos, scales, kl_before: before.value, kl_after: after.value, judging_demos: gate.demos };
}
