// Figures come from workers, which compute them with weights that may be damaged. Here is where what is no number, or has no
// end, is stopped: behind it nobody asks whether a figure is one.
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { float32Array, float64Array } from '../../../contract/typed-arrays.ts';

/** What such an issue bears in its `params`. */
const NOT_FINITE = { isNotFinite: true } as const;

/** As `float32Array`, all finite. An issue's path ends with the place of the first that is not. */
export const figures32 = float32Array.check(requireFinite);
/** As `float64Array`, all finite. */
export const figures64 = float64Array.check(requireFinite);
/** A number, finite. */
export const figure = z.custom<number>(Number.isFinite, { error: 'expected a finite number', params: NOT_FINITE });

function requireFinite({ value, issues }: z.core.ParsePayload<Float32Array | Float64Array>): void {
  const at = value.findIndex((number) => !Number.isFinite(number));
  if (at < 0) return;
  const message = 'expected finite numbers';
  issues.push({ code: 'custom', path: [at], input: value[at], message, params: NOT_FINITE });
}

/**
 * GGUF_CORRUPT for a result with such a figure; its details say `at` which place. null: the error is another one.
 * @param model that is loaded; null: not known
 */
export function figureFailure(error: unknown, method: string, model: string | null): WinnowError | null {
  if (!(error instanceof z.ZodError)) return null;
  const issue = error.issues.find((one) => one.code === 'custom' && one.params?.['isNotFinite'] === true);
  return issue ? notFinite(model, { method, at: issue.path }, error) : null;
}

/** What a model computes that makes figures which no number holds. */
export function notFinite(
  model: string | null,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): WinnowError {
  return new WinnowError('GGUF_CORRUPT', say('figuresNotFinite', { model: model ?? say('theModel') }), details, cause);
}
