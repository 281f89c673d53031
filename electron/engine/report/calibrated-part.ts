// What reports and recipes say of calibrated routers and repaired matrices.
import type { z } from 'zod';
import type { CalibrationFacts, publishedCalibrationSchema } from '../../contract/calibration.ts';
import type { publishedRepairSchema, RepairFacts } from '../../contract/repair.ts';

/** KL in nats a token, of the choice as it is and with its calibrated routers. */
export function calibratedPart({ demos, scales, gate }: CalibrationFacts): z.infer<typeof publishedCalibrationSchema> {
  const { before, after } = gate.kl;
  return { demos, scales, kl_before: before.value, kl_after: after.value, judging_demos: gate.demos };
}

/** KL in nats a token, of the file with the matrices that it had and with the fitted ones. */
export function repairedPart({ demos, gate }: RepairFacts): z.infer<typeof publishedRepairSchema> {
  const { before, after } = gate.kl;
  return { demos, kl_before: before.value, kl_after: after.value, judging_demos: gate.demos };
}
