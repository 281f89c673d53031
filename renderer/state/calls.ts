// Calls of the contract as React Query's queries and mutations. The engine's answers stay valid until an event says
// otherwise (events.ts): nothing is fetched again because of time, focus or network.
import {
  keepPreviousData,
  notifyManager,
  QueryClient,
  useMutation,
  useQuery,
  type QueryKey,
  type UseMutationOptions,
  type UseMutationResult,
  type UseQueryOptions,
  type UseQueryResult,
} from '@tanstack/react-query';
import { z } from 'zod';
import type { CallName, CallParams, CallResult } from '../../electron/contract/api.ts';
import { errorToData, WinnowError } from '../../electron/contract/errors.ts';
import { client } from './client.ts';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: WinnowError;
  }
}

/** Half a frame: answers that arrive within it are shown in one render instead of one each. */
const TOGETHER_MS = 8;
const untold: (() => void)[] = [];
notifyManager.setScheduler((notify) => {
  untold.push(notify);
  if (untold.length === 1) setTimeout(() => untold.splice(0).forEach((tell) => tell()), TOGETHER_MS);
});

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: false,
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      // The engine is on this machine, whatever the state of the network.
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** @throws WinnowError for whatever went wrong, including an answer that the contract does not know */
async function call<C extends CallName>(name: C, params: CallParams<C>, signal?: AbortSignal): Promise<CallResult<C>> {
  try {
    return await client().call(name, params, signal);
  } catch (error) {
    if (error instanceof WinnowError) throw error;
    const why = error instanceof z.ZodError ? z.prettifyError(error) : errorToData(error).message;
    throw new WinnowError('INTERNAL', `The engine's answer to "${name}" makes no sense: ${why}`, {}, error);
  }
}

export function callKey<C extends CallName>(name: C, params?: CallParams<C>): QueryKey {
  return params === undefined ? [name] : [name, params];
}

/** Within this time, the first screen reuses what was requested for it, unless an event outdated it. */
const OPENING_MS = 3000;
const isOpening = (): boolean => performance.now() < OPENING_MS;

type CallOptions = {
  /** Does not ask while false. */
  readonly enabled?: boolean;
  /** Shows the last answer while other parameters are being asked for, so that nothing jumps. */
  readonly keepPrevious?: boolean;
  /** Forgets an answer that is no longer shown: by the time it is needed again, it may be outdated. */
  readonly forgetsUnseen?: boolean;
  /** The answer depends on files and disks, which change unnoticed: asked again when the screen or the window is shown. */
  readonly isOfFiles?: boolean;
};

/** Asks, remembers, and asks again when an event says that the answer has changed. Leaving the screen cancels the call. */
export function useCall<C extends CallName>(
  name: C,
  params: CallParams<C>,
  { enabled = true, keepPrevious = false, forgetsUnseen = false, isOfFiles = false }: CallOptions = {},
): UseQueryResult<CallResult<C>> {
  const options: UseQueryOptions<CallResult<C>> = {
    queryKey: callKey(name, params),
    queryFn: ({ signal }) => call(name, params, signal),
    enabled,
    ...(forgetsUnseen && { gcTime: 0 }),
    ...(isOfFiles && { refetchOnMount: () => (isOpening() ? true : 'always'), refetchOnWindowFocus: 'always' }),
  };
  // assigned, since the library's type cannot rule out results that are functions
  if (keepPrevious) Object.assign(options, { placeholderData: keepPreviousData });
  return useQuery(options);
}

/** A call that changes something: `mutate(params)`. Its error is available in `error`, for an ErrorPanel. */
export function useCallMutation<C extends CallName>(
  name: C,
  options: Omit<UseMutationOptions<CallResult<C>, WinnowError, CallParams<C>>, 'mutationFn'> = {},
): UseMutationResult<CallResult<C>, WinnowError, CallParams<C>> {
  return useMutation({ ...options, mutationFn: (params: CallParams<C>) => call(name, params) });
}

/**
 * Asks before a component does, or returns the answer that is there.
 * @returns null: something went wrong; the component gets the error when it asks
 */
export function askAhead<C extends CallName>(name: C, params: CallParams<C>): Promise<CallResult<C> | null> {
  const options = {
    queryKey: callKey(name, params),
    queryFn: ({ signal }: { signal: AbortSignal }) => call(name, params, signal),
  };
  return queryClient.query(options).catch(() => null);
}

/** Makes a call outside components, for actions. @throws WinnowError with the engine's error */
export const callEngine = call;
