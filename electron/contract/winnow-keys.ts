// The GGUF keys that Winnow writes.

export const WINNOW_KEYS = {
  /** The file name of the model that it was made from. */
  sourceName: 'winnow.source.name',
  /** The fingerprint of that model, see ModelInfo. */
  sourceFingerprint: 'winnow.source.fingerprint',
  /** The same for all quantisations of that model. */
  sourceKindred: 'winnow.source.kindred',
  /** Experts per layer of that model. */
  sourceExpertCount: 'winnow.source.expert_count',
  /** Neurons of that model's experts, if the file's experts have fewer. */
  sourceExpertWidth: 'winnow.source.expert_width',
  /** Neurons of the file's experts, if they have fewer than that model's. */
  expertWidth: 'winnow.expert_width',
  /** The kept experts, layer by layer. */
  keptExperts: 'winnow.kept_experts',
  /** The criterion that they were chosen by. */
  criterion: 'winnow.criterion',
  /** JSON: the settings of that choice. */
  selection: 'winnow.selection',
  /** JSON: the separate types requested for single tensors. */
  quantised: 'winnow.quantised',
  /** JSON: how the experts' down matrices were fitted. */
  repair: 'winnow.repair',
  /** JSON: the choices that its source was made by. */
  earlier: 'winnow.earlier',
  /** How many next-token-prediction blocks of the full model were left out. */
  droppedPrediction: 'winnow.dropped_prediction_blocks',
} as const;
