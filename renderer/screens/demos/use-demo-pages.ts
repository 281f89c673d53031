// The demos of a set, loaded page by page until all are there: the table knows its length from the first page on.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { DemoSummary } from '../../../electron/contract/api/demos.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import { callEngine, callKey } from '../../state/calls.ts';

const PAGE = 1000;

type DemoPages = {
  /** undefined: not loaded yet. */
  readonly rows: readonly (DemoSummary | undefined)[];
  /** Nothing is loaded yet. */
  readonly isPending: boolean;
  readonly error: WinnowError | null;
};

export function useDemoPages(domainId: number, search: string): DemoPages {
  const pages = useInfiniteQuery({
    queryKey: [...callKey('demos.list'), { domainId, search }],
    queryFn: ({ pageParam, signal }) =>
      callEngine('demos.list', { domainId, search, offset: pageParam, limit: PAGE }, signal),
    initialPageParam: 0,
    getNextPageParam: ({ total, demos }, _, offset) =>
      demos.length > 0 && offset + PAGE < total ? offset + PAGE : null,
    // the rows of the same set stay while it is searched; those of another set never do
    placeholderData: (previous, query) =>
      readDomain(query?.queryKey) === domainId ? keepPreviousData(previous) : undefined,
  });
  const { data, isPending, error, hasNextPage, isFetching, fetchNextPage } = pages;
  useEffect(() => {
    // a page that failed would fail again and again
    if (hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const rows = useMemo(() => {
    const loaded = data?.pages.flatMap(({ demos }) => demos) ?? [];
    const missing = Math.max(0, (data?.pages.at(-1)?.total ?? 0) - loaded.length);
    return [...loaded, ...Array.from<undefined>({ length: missing })];
  }, [data]);
  return { rows, isPending, error };
}

function readDomain(key: readonly unknown[] | undefined): unknown {
  const params = key?.[1];
  return typeof params === 'object' && params !== null && 'domainId' in params ? params.domainId : undefined;
}
