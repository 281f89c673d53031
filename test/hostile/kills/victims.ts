/** Whose end is tried. `host`: the engine and the workers are left alone with their dead parent. */
export const VICTIMS = ['worker', 'engine', 'host', 'group'] as const;
export type Victim = (typeof VICTIMS)[number];
