// What the user set, and what pages remember. The engine keeps it.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { z } from 'zod';
import type { Settings } from '../../electron/contract/api/app.ts';
import { usuallyHeldBack } from '../../electron/contract/held-back.ts';
import { callEngine, callKey, queryClient, useCall } from './calls.ts';
import { reportFailure } from './report-failure.ts';
import { fitting } from './view-state.ts';

const KEY = callKey('settings.get', {});

/** The engine's own, for the moment in which it has not answered. */
const DEFAULT_CONTEXT = 8192;

/** undefined until the engine has answered; below the frame it always has. */
export function useSettings(): Settings | undefined {
  return useCall('settings.get', {}).data;
}

/**
 * A part of the settings, whatever becomes of the others: they change with everything that is chosen.
 * @param pick the same function each time
 */
export function useSettingsPart<Part>(pick: (settings: Settings) => Part): Part | undefined {
  const select = useCallback((settings: Settings) => ({ part: pick(settings) }), [pick]);
  return useQuery({ queryKey: KEY, queryFn: () => callEngine('settings.get', {}), select }).data?.part;
}

const ctxOf = ({ ctx }: Settings): number => ctx;

/** The context length, in tokens, for estimates of memory and for chats. */
export function useContextLength(): number {
  return useSettingsPart(ctxOf) ?? DEFAULT_CONTEXT;
}

const holdBackOf = ({ holdBack }: Settings): boolean => holdBack;

/** How many of a set's demos are scored unless somebody says otherwise. */
export function useUsuallyScored(demos: number): number {
  const holdsBack = useSettingsPart(holdBackOf) ?? true;
  return demos - (holdsBack ? usuallyHeldBack(demos) : 0);
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

/** @param name as `useViewState` has it */
export async function changeView(name: string, value: z.core.util.JSONType): Promise<void> {
  const current = queryClient.getQueryData<Settings>(KEY)?.view ?? {};
  await changeSettings({ view: { ...current, [name]: value } });
}

/** For a screen that shows the error where it happened. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types -- React Query's own result
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
  const remembered = useSettingsPart(useCallback(({ view }: Settings) => view[name], [name]));
  const shown = useMemo(() => fitting(remembered, schema, fallback), [remembered, schema, fallback]);
  const set = useCallback(
    (value: T): void => {
      changeView(name, value).catch(reportFailure);
    },
    [name],
  );
  return [shown, set];
}
