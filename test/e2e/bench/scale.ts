// As much as a person may ever have.

export const SCALE = {
  models: 500,
  demos: 10_000,
  runs: 1_000,
  /** The largest model's layers and experts. */
  layers: 61,
  experts: 384,
  /** Demos of its runs. */
  runDemos: 12,
} as const;
