/** Where the selection should be good, and elsewhere. */
export const SIDES = ['inDomain', 'outOfDomain'] as const;
export type SideName = (typeof SIDES)[number];
