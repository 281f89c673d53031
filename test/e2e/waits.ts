// How long to wait for what the machine computes: seconds where it is at rest, far more where it is busy.

export const WORK_MS = 120_000;
/** For a whole search beside the other long tests. */
export const SEARCH_MS = 20 * WORK_MS;
/** For a test with a whole search. */
export const JOURNEY_MS = 30 * WORK_MS;
