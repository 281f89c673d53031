// What is said of scores, masks and choosing experts.
export const CHOOSING = {
  noQuantType: '"{{name}}" is no type that llama.cpp quantises to. Write one like Q4_K_M.',
  autoDemosUnknown:
    'It is not known any more which demos of “{{domain}}” were scored, so that none can be told to be left. Score the domain again.',
  autoNoDemos:
    'Criteria are compared on demos that were not scored, and {{left}} of “{{domain}}” are left; {{fewest}} are needed. Name files with more of them, or score fewer: winnow score --hold-back 0.25.',
  autoDemosShort:
    'Criteria are compared on demos that were not scored, and those of “{{domain}}” that are left are too short for that: they have {{tokens}} tokens, and {{needed}} are needed. Name files with more or longer ones, or score fewer: winnow score --hold-back 0.25.',
  fitNoText:
    'There is no text of "{{domain}}" to measure files on, and fewer than {{fewest}} demos of it that were not scored. Name a held-out text with --text {{domain}}=FILE, or add demos.',
  bundleUnreadable:
    '{{path}} cannot be opened as a run bundle: {{reason}}. Save it again, or copy it again from where it came.',
  demoTextGone: '{{demo}} was deleted, so its text cannot be shown. Add its file again.',
  demoTokensDiffer:
    '{{path}} reads {{demo}} as {{tokens}} tokens; when it was scored there were {{scored}}. Score the domain again.',
  demoNotScored: 'This demo is not scored yet. Wait for it, or resume the run.',
  noSuchExpert: '{{name}} has no expert {{expert}} in its MoE layer {{layer}}.',
  runDeleted: 'This score run was deleted. Choose another one, or score the domain again.',
  nameARun: 'Name at least one score run.',
  runsOfOtherLayers:
    "The run of “{{domain}}” is older and did not score the model's prediction blocks, as others here did. Score its demos again, or choose among runs of one kind.",
  runsOfTwoModels:
    'The run of "{{domain}}" belongs to {{model}}, that of "{{otherDomain}}" to {{otherModel}}. Choose runs of one model.',
  demosWithoutTokens: 'The demos of "{{domain}}" have no tokens.',
  roundsStopEarly: 'Rounds score all demos each time: score in one round, or do not stop when the choice is stable.',
  maskLeaves: 'The mask leaves {{start}} experts a layer, so {{keep}} cannot be kept.',
  foreignScores: 'Run {{id}} holds scores of a demo that is not in it.',
  notANumber:
    '{{path}} computes values that are not numbers in block {{block}}, expert {{expert}}. Its weights are damaged: download or convert it again.',
  figuresNotFinite:
    '{{model}} computes values that are not numbers, or larger than any: nothing is stored of them. Its weights are damaged: download or convert it again.',
  theModel: 'The model',
  notMerged:
    'The experts of {{path}} ({{arch}}) cannot be merged: they share weights with each other, or the router does not tell how alike it finds them. Compare without merging.',
  budgetTooSmall:
    'Even with {{smallest}} of {{nExpert}} experts per layer, the fewest allowed, the model needs {{needed}}: {{missing}} more than the budget of {{budget}}. Raise the budget, shorten the context or take a smaller quantisation.',
  maskLayers: 'The mask has {{layers}} layers, {{path}} has {{moeLayers}} MoE layers.',
  maskOrder: 'Layer {{layer}} of the mask does not list experts 0 to {{last}} in ascending order.',
  maskUneven:
    'Layer {{layer}} keeps {{count}} experts, layer 0 keeps {{keep}}. A GGUF holds one expert count for all layers.',
  maskEmpty: 'The mask keeps no expert.',
  maskTooFew:
    'The mask keeps {{keep}} experts a layer, but {{path}} uses {{used}} for every token. Keep at least {{used}}.',
  maskNotBalanced:
    'Group-balanced pruning needs equally many experts, at least 2, in each of the {{groups}} groups. Select with --grouping balanced, or prune ungrouped.',
  maskUnreachable:
    'The router picks {{used}} experts out of {{groups}} groups, but the mask keeps only {{reachable}} in so many. Keep more, or prune ungrouped.',
  maskSharedWeights:
    'Layer {{layer}}: groups of {{size}} consecutive experts share weights in {{arch}} and can only be kept together.',
  nameScores: 'Name the scores to choose by.',
  sumsDiffer:
    'Cannot add sums of different shapes: "{{name}}" has {{values}} values, {{expected}} are expected. Score all demos with the same model.',
  sumsShape:
    'The sums "{{name}}" have {{values}} values; {{nLayers}} layers of {{nExpert}} experts need {{needed}}. Score the demos again with this model.',
  seedInvalid: 'The seed {{seed}} is not a whole number from 0 to {{most}}.',
  keepTooMany: 'Cannot keep {{keep}} experts per layer: the model has {{nExpert}}.',
  keepUnreadable:
    '"{{spec}}" is not a number of experts to keep. Give a count from 1 to {{nExpert}} such as {{example}}, or a ratio such as 0.5 or 50%.',
  maskExpert: "MoE layer {{layer}} keeps expert {{expert}}, but the model's experts count from 0 to {{last}}.",
  inFile: '{{path}}: {{reason}}',
  matrixShape:
    'The score matrix has {{values}} values, which is not {{nLayers}} layers of {{nExpert}} experts. Score the demos again.',
  scoreInvalid:
    'The score of expert {{expert}} in MoE layer {{layer}} is {{score}}; scores are finite and not negative. Score the demos again.',
  noMass:
    'By {{demos}}, no expert of MoE layer {{layer}} has a score ({{without}} of {{layers}} layers are without any): nothing was measured there to choose by. Score more or longer demos. If it stays so, the weights of the layer are damaged: download or convert the model again.',
  noMassOfTokens:
    'By {{tokens}} of {{demos}}, no expert of MoE layer {{layer}} has a score ({{without}} of {{layers}} layers are without any): nothing was measured there to choose by. Choose by other tokens, such as all, or score demos that have some of these.',
  theDemos: 'the demos',
  demosOfDomain: 'the demos of "{{domain}}"',
  tokensWithoutFirst: 'all tokens but the first',
  tokensWithoutTemplate: 'the tokens outside the chat template',
  tokensAnswers: 'the tokens of answers',
  tokensPrompts: 'the tokens of prompts',
  onlyFirstTokens:
    'Of the demos of "{{domain}}" there is nothing but each one\'s first token, which stands at position 0 whatever the demo says. Use longer demos, or more tokens of them (--max-tokens).',
  noScores: 'There is no score matrix. Score a domain first.',
  matricesDiffer:
    'Score matrix {{index}} is {{nLayers}} layers × {{nExpert}} experts, the first is {{firstLayers}} × {{firstExperts}}. Use scores of one model.',
  weightCount: 'There are {{weights}} weights for {{domains}} domains. Give one each.',
  weightsInvalid: 'The weights {{weights}} must be finite, not negative and not all 0.',
  choicesDiffer:
    'Cannot compare a choice of {{layers}} MoE layers with one of {{otherLayers}}. Compare choices for one model.',
  recipeForeign:
    'The recipe was made for {{file}} ({{name}}, {{nExpert}} experts in {{layers}} layers, fingerprint {{fingerprint}}), not for {{path}} (fingerprint {{found}}). Expert numbers of another model mean other experts. Name that file, or one of the same model in another type.',
  madeForKindred:
    'This was made for {{file}}. {{path}} is the same model in other types by its routers, norms, shapes, vocabulary and chat template, which are the same in both to the last byte; of its large weights that is no proof.',
  madeForOtherBytes:
    'This was made for {{file}}. {{path}} has its routers, norms, shapes, vocabulary and chat template to the last byte, and its type, {{type}}; but other large weights: it was quantised in another way, or changed, or damaged. Use it if you know which.',
  bySamples:
    '{{made}} An earlier version of Winnow did that, which knew models by samples of their bytes alone. {{path}} has the same samples; that nothing else was changed is not proven. {{then}}',
  bySamplesMade: 'This was made for {{file}}.',
  bySamplesMadeAnew: 'Made anew, it is.',
  bySamplesScored: 'These demos were scored before.',
  bySamplesScoredAnew: 'That run stays stored; the demos are scored anew.',
  bySamplesChosen: 'These experts were chosen before.',
  bySamplesMeasuredAnew: 'The choice is taken for this model; what was measured of it is measured anew.',
  recipeUnranked:
    'This recipe ranks no experts, so that it keeps the {{keep}} of each layer that it lists, and no other choice.',
  recipeInvalid: '{{path}} is not a recipe of Winnow: at {{place}}, {{reason}}. Write it again with "winnow recipe".',
  recipeSaysCount: 'it says {{said}} experts a layer, and {{listed}} are listed',
  recipeSaysOther: 'it says {{said}}, and {{other}} at {{otherPlace}}',
  recipePinUnlisted: 'expert {{expert}} of MoE layer {{layer}} is pinned, and is not among those that are kept',
  recipeDropListed: 'expert {{expert}} of MoE layer {{layer}} is forbidden, and is among those that are kept',
  recipeNotAscending: 'the numbers do not ascend',
  recipeDemoCount: '{{demos}} demos are named, and {{hashes}} hashes are listed',
  recipeDemosHash: 'the hash is not that of the hashes of its demos',
  pinMasked:
    'Expert {{expert}} of MoE layer {{layer}} is pinned, but it was masked when the demos were scored. Unpin it, or score without the mask.',
  scoredUnderMask:
    'The demos were scored under a mask of {{left}} experts in MoE layer {{layer}}, so {{keep}} cannot be kept. Keep at most {{left}}, or score without the mask.',
  masksDiffer:
    'The scores of {{first}} and those of {{other}} cannot be mixed: a masked expert has no score, and the others got its tokens. Score the demos of both under the same mask, or without one.',
  underMask: '{{domain}} (under a mask of {{experts}} experts a layer)',
  withoutMask: '{{domain}} (without a mask)',
  scoresInvalid:
    '{{path}} is not a scores file of Winnow: at {{place}}, {{reason}}. Write it again with "winnow score".',
  nothingScoredYet: 'The run of "{{domain}}" has no scored demo yet. Wait for the first one.',
  keepOrFitFlag: 'Give either --keep or --fit.',
  nameScoresFile: 'Name at least one scores file.',
  fitNeedsModel: 'Fitting a memory size needs the model.',
  scoresOfTwoModels:
    '{{path}} holds scores of another model ({{model}}) than the first file ({{firstModel}}). Mix scores of one model only.',
  scoredModelGone:
    'The model that {{path}} is of, {{model}}, lies neither beside it nor where it was seen last. Put it beside the scores.',
  notTheScoredFile: '{{path}} is not the file that was scored. Score it again.',
  keepOrFit: 'Give either a count to keep or a memory size to fit.',
  tokensNotTold:
    'This run was scored by a version that did not tell prompts and answers apart. Score its demos again to choose by some of their tokens, or choose by all of them.',
  tokensNotInFile:
    '{{path}} was written by a version that did not tell prompts and answers apart. Score the demos again, or choose by all tokens: --tokens all.',
  selectionDeleted: 'This selection was deleted. Choose another one, or undo the deletion.',
  scoringStopped: 'Scoring stopped: {{reason}} What was scored is kept: score again to resume.',
  fitImpossible:
    'Even with {{fewest}} of {{nExpert}} experts and the smallest of the types, the model needs {{needed}}: more than the budget of {{budget}}. Raise the budget, shorten the context, or take a smaller model.',
  fitImpossibleAsIs:
    'Even with {{fewest}} of {{nExpert}} experts and the smallest of the types, the model needs {{needed}}: more than the budget of {{budget}}. Raise the budget, shorten the context, allow weights that are quantised to be quantised again, or take a smaller model.',
  matrixUnfinished:
    'Run {{run}} of "{{domain}}" is not finished: score again to resume it. Score with: winnow score MODEL --demos FILE --imatrix OUT.gguf',
  matrixNone:
    'Run {{run}} of "{{domain}}" has collected no importance matrix. Score with: winnow score MODEL --demos FILE --imatrix OUT.gguf',
  keepWholeNumber: 'Cannot keep {{keep}} experts per layer: give a whole number from 1 to {{nExpert}}.',
  keepBelowUsed:
    'Keeping {{keep}} experts per layer is fewer than the {{used}} that the model uses for each token. Keep at least {{used}}.',
  blocksUneven: '{{nExpert}} experts do not divide into blocks of {{size}}.',
  blocksOnly: "The model's experts share weights in blocks of {{size}}: keep a multiple of {{size}}, not {{keep}}.",
  groupsUneven: '{{nExpert}} experts do not divide into {{groups}} groups of whole blocks.',
  groupsMultiple:
    'A group-balanced choice keeps the same number in each of the {{groups}} groups: keep a multiple of {{step}}, not {{keep}}.',
  groupsNeedTwo:
    'The router ranks each of the {{groups}} groups by its two best experts, so every group has to keep 2: keep at least {{least}}, not {{keep}}, or choose without groups.',
  groupsUnreachable:
    'The router picks {{used}} experts out of {{groups}} groups; with {{each}} kept in each there are only {{reachable}}. Keep at least {{least}}.',
  pinOutside:
    'Cannot pin expert {{expert}} of MoE layer {{layer}}: layers count from 0 to {{lastLayer}}, experts from 0 to {{lastExpert}}.',
  forbidOutside:
    'Cannot forbid expert {{expert}} of MoE layer {{layer}}: layers count from 0 to {{lastLayer}}, experts from 0 to {{lastExpert}}.',
  pinnedAndForbidden:
    'Expert {{expert}} of MoE layer {{layer}} is both pinned and forbidden. Take one of the two back.',
  blockPinnedAndForbidden:
    'The block of experts {{first}}–{{last}} of MoE layer {{layer}} is both pinned and forbidden. Take one of the two back.',
  inLayer: 'MoE layer {{layer}}',
  inGroup: 'group {{group}} of MoE layer {{layer}}',
  tooManyPinned: '{{pinned}} experts are pinned in {{where}}, but it keeps only {{keep}}. Unpin some or keep more.',
  tooManyForbidden:
    'Only {{left}} experts are left in {{where}} that are not forbidden, but it keeps {{keep}}. Forbid fewer or keep fewer.',
  maskNoList:
    'A mask is a list with one row of 0 and 1 per MoE layer, or a document of Winnow that holds one; this is not a list, or it is empty.',
  maskDamaged: '{{path}} is not a mask of Winnow: at {{place}}, {{reason}}. Write it again.',
  maskForeign:
    '{{path}} was made for {{file}} ({{nExpert}} experts in {{layers}} layers, fingerprint {{fingerprint}}), not for {{model}} (fingerprint {{found}}). Expert numbers of another file mean other experts. Name that very file, or choose anew.',
  maskUnnamed:
    '{{path}} does not say which model its experts were chosen for, nor by what: only its shape was checked. Masks that Winnow writes now say so.',
  maskGrouping:
    '{{path}} was made for {{said}} routing, and {{asked}} is asked for. Leave --grouping out, or choose anew with it.',
  maskGroupingUnsaid:
    'The model routes in {{groups}} groups, and {{path}} does not say whether its experts were chosen to keep them. Say so on the command line (--grouping ungrouped or --grouping balanced), or take a mask that Winnow wrote.',
  maskRows: 'The mask has {{rows}} rows, but the model has {{nLayers}} MoE layers. Use a mask made for this model.',
  maskRowsUneven:
    'Row {{row}} keeps {{kept}} experts, but row 0 keeps {{keep}}. llama.cpp holds one expert count for the whole file, so every layer has to keep the same number.',
  maskRowNoList: 'Row {{row}} is not a list of 0 and 1.',
  maskColumns:
    'Row {{row}} has {{columns}} columns, but the model has {{nExpert}} experts. Use a mask made for this model.',
  maskColumnsUneven: 'Row {{row}} has {{columns}} columns, but row 0 has {{nExpert}}. Use a mask made for this model.',
  maskValue: 'Row {{row}}, column {{column}} is {{value}}; only 0 and 1 are allowed.',
  maskRowEmpty: 'Row {{row}} keeps no expert. Keep at least one.',
  fewerUsed: 'The model used {{before}} experts per token; the file will use {{after}}.',
  fitDemosGone:
    'The demos of "{{domain}}" are not here any more, and files cannot be compared by scores alone. Import them again under this name.',
} as const;
