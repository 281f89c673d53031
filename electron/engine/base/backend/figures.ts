// Figures come from workers, which compute them with weights that may be damaged. NaN and infinite values are stopped here:
// the code that receives the figures does not check again.
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { float32Array, float64Array } from '../../../contract/typed-arrays.ts';

/** The `params` of a schema issue that such a value raises. */
const NOT_FINITE = { isNotFinite: true } as const;

/** As `float32Array`, with all values finite. An issue's path ends with the index of the first one that is not. */
export const figures32 = float32Array.check(requireFinite);
/** As `float64Array`, with all values finite. */
export const figures64 = float64Array.check(requireFinite);
export const figure = z.custom<number>(Number.isFinite, { error: 'expected a finite number', params: NOT_FINITE });

function requireFinite({ value, issues }: z.core.ParsePayload<Float32Array | Float64Array>): void {
  const at = value.findIndex((number) => !Number.isFinite(number));
  if (at < 0) return;
  const message = 'expected finite numbers';
  issues.push({ code: 'custom', path: [at], input: value[at], message, params: NOT_FINITE });
}

/**
 * GGUF_CORRUPT for a result with a figure that is not finite; `at` in its details says where. null: the error is another one.
 * @param model the loaded model; null: not known
 */
export function figureFailure(error: unknown, method: string, model: string | null): WinnowError | null {
  if (!(error instanceof z.ZodError)) return null;
  const issue = error.issues.find((one) => one.code === 'custom' && one.params?.['isNotFinite'] === true);
  return issue ? notFinite(model, { method, at: issue.path }, error) : null;
}

/** The error for a model that computes values that are not finite numbers. */
export function notFinite(
  model: string | null,
  details: Readonly<Record<string, unknown>>,
  cause?: unknown,
): WinnowError {
  return new WinnowError('GGUF_CORRUPT', msg('figuresNotFinite', { model: model ?? msg('theModel') }), details, cause);
}
