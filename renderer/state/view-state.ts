// What pages remember between visits, read from the settings. Components use `useViewState`.
import type { z } from 'zod';
import type { Settings } from '../../electron/contract/api/app.ts';

/** Returns what `useViewState` with the same parameters will show. */
export function viewState<T>({ view }: Pick<Settings, 'view'>, name: string, schema: z.ZodType<T>, fallback: T): T {
  return fitting(view[name], schema, fallback);
}

/** @returns the remembered value if it fits the schema, or the fallback */
export function fitting<T>(remembered: unknown, schema: z.ZodType<T>, fallback: T): T {
  const parsed = schema.safeParse(remembered);
  return parsed.success ? parsed.data : fallback;
}
