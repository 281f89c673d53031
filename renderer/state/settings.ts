// What the user set, and what pages remember. The engine keeps it.
import { useMutation } from '@tanstack/react-query';
import type { z } from 'zod';
import type { Settings } from '../../electron/contract/api/app.ts';
import { callEngine, callKey, queryClient, useCall } from './calls.ts';
import { reportFailure } from './report-failure.ts';

const KEY = callKey('settings.get', {});

/** undefined until the engine has answered; below the frame it always has. */
export function useSettings(): Settings | undefined {
  return useCall('settings.get', {}).data;
}

/** Shows the change at once; what the engine makes of it comes by its event. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  queryClient.setQueryData<Settings>(KEY, (settings) => settings && { ...settings, ...change });
  try {
    await callEngine('settings.set', change);
  } catch (error) {
    await queryClient.invalidateQueries({ queryKey: KEY });
    throw error;
  }
}

/** As a deed of a screen, with its error. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- React Query's own result
export function useChangeSettings() {
  return useMutation({ mutationFn: changeSettings });
}

/**
 * What a page remembers between visits, such as the order of a table.
 * @param name "<screen>.<thing>"
 * @param schema a remembered value that does not fit it is forgotten
 */
export function useViewState<T extends z.core.util.JSONType>(
  name: string,
  schema: z.ZodType<T>,
  fallback: T,
): [T, (value: T) => void] {
  const view = useSettings()?.view;
  const parsed = schema.safeParse(view?.[name]);
  const set = (value: T): void => {
    const current = queryClient.getQueryData<Settings>(KEY)?.view ?? {};
    changeSettings({ view: { ...current, [name]: value } }).catch(reportFailure);
  };
  return [parsed.success ? parsed.data : fallback, set];
}
