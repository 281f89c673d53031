// The user's settings, and what pages remember. The engine stores both.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { z } from 'zod';
import type { Settings } from '../../electron/contract/api/app.ts';
import { callEngine, callKey, queryClient, useCall } from './calls.ts';
import { reportFailure } from './report-failure.ts';

const KEY = callKey('settings.get', {});

/** The engine's own default, used until it has answered. */
const DEFAULT_CONTEXT = 8192;

/** Returns the settings; undefined until the engine has answered, as it always has inside the frame. */
export function useSettings(): Settings | undefined {
  return useCall('settings.get', {}).data;
}

/**
 * Returns a part of the settings, independent of changes to the others: settings change with everything that is chosen.
 * @param pick the same function each time
 */
export function useSettingsPart<Part>(pick: (settings: Settings) => Part): Part | undefined {
  const select = useCallback((settings: Settings) => ({ part: pick(settings) }), [pick]);
  return useQuery({ queryKey: KEY, queryFn: () => callEngine('settings.get', {}), select }).data?.part;
}

const pickCtx = ({ ctx }: Settings): number => ctx;

/** Returns the context length, in tokens, for estimates of memory and for chats. */
export function useContextLength(): number {
  return useSettingsPart(pickCtx) ?? DEFAULT_CONTEXT;
}

/** Shows the change at once; the engine's event then brings the result. */
export async function changeSettings(change: Partial<Settings>): Promise<void> {
  queryClient.setQueryData<Settings>(KEY, (settings) => settings && { ...settings, ...change });
  try {
    await callEngine('settings.set', change);
  } catch (error) {
    await queryClient.invalidateQueries({ queryKey: KEY });
    throw error;
  }
}

/** Changes a remembered value. @param name as in `useViewState` */
async function changeView(name: string, value: z.core.util.JSONType): Promise<void> {
  const current = queryClient.getQueryData<Settings>(KEY)?.view ?? {};
  await changeSettings({ view: { ...current, [name]: value } });
}

/** A mutation for screens that show the error where it happened. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- React Query's own result
export function useChangeSettings() {
  return useMutation({ mutationFn: changeSettings });
}

/**
 * Returns what a page remembers between visits, such as the sort order of a table.
 * @param name "<screen>.<thing>"
 * @param schema a remembered value that does not fit is forgotten
 */
export function useViewState<T extends z.core.util.JSONType>(
  name: string,
  schema: z.ZodType<T>,
  fallback: T,
): [T, (value: T) => void] {
  const remembered = useSettingsPart(useCallback(({ view }: Settings) => view[name], [name]));
  const shown = useMemo(() => schema.safeParse(remembered).data ?? fallback, [remembered, schema, fallback]);
  const set = useCallback(
    (value: T): void => {
      changeView(name, value).catch(reportFailure);
    },
    [name],
  );
  return [shown, set];
}
