/** The domains where the selection should be good, and all others. */
export const SIDES = ['inDomain', 'outOfDomain'] as const;
export type SideName = (typeof SIDES)[number];
