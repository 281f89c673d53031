// What is said of writing files, and of files that people name.
export const WRITING = {
  companionExists: '{{path}} is there already, and is left as it is. Replace it on purpose, or move it.',
  notASize: '"{{text}}" is not a size. Write for example 12GB, 12.5 GB or 800MB.',
  noSampleDomain: 'There is no sample domain "{{domain}}". Choose one of: {{domains}}.',
  jsonRefused: '{{path}} cannot be read: {{excess}}. Write it again.',
  jsonInvalid: '{{path}} is not valid JSON: {{reason}}. Write it again.',
  ggufNotJson: '{{path}} is a GGUF model, not a JSON file. Name the JSON file instead.',
  jsonTooLarge: '{{path}} has more than {{limit}}, the most that such a file may have. Write it again.',
  fileGone: 'There is no file {{path}}. Check the path.',
  readFailed: 'Cannot read {{path}}: {{reason}}.',
  outputIsInput: '{{output}} is an input of this command ({{input}}). Choose another name for the output.',
  writeFailed: 'Cannot write {{path}}: {{reason}}. Choose another place.',
  bringTargetTaken:
    '{{path}} is there already and is another file. It is left as it is: move it away, or export under another name.',
  modelfileName:
    'A Modelfile cannot name "{{name}}": it has line ends or other signs that are not printed, or ends with a blank. Export under a name without them.',
  ollamaName: 'Ollama reads signs in "{{name}}" as a pattern. Export under a name without * ? [ ] and \\.',
  noProgramFolder: 'There is no folder {{folder}}. Name the one in which {{program}} keeps its models.',
  programNotFound:
    'No models folder of {{program}} was found on this machine. Start {{program}} once, or name the folder in which it keeps its models.',
  imatrixForeign: '{{path}} does not belong to this model: {{tensor}} is {{shape}} instead of {{width}} × {{count}}.',
  imatrixMatchesNothing:
    '{{path}} holds no numbers of any weight of {{model}}: it is an importance matrix of another model. Name one of this model.',
  imatrixNumbers:
    '{{path}} is no importance matrix that can be used: of {{tensor}}, {{reason}}. Make it again from text, with llama-imatrix or "winnow score --imatrix".',
  imatrixHalf: 'sums or counts are missing, or not in F32',
  imatrixNotSums: 'there are numbers that are negative or not finite',
  imatrixNoTokens: 'no token is counted',
  imatrixSumsOfNothing: 'there are sums of an expert for which no token is counted',
  imatrixAllZero: 'all sums are 0',
  imatrixCovers:
    '{{path}} has numbers for {{weights}} of the {{of}} weights in the blocks of the model, and none for the others.',
  imatrixOld: '{{path}} is not a GGUF importance matrix. Convert an old one with: {{command}}',
  notImatrix: '{{path}} is a GGUF file, but not an importance matrix.',
  partsTooSmall: 'Parts of that size make {{parts}} files of the model; it may have {{limit}}. Choose larger parts.',
  notCalibration: '{{path}} is no calibration. Make one with "winnow calibrate".',
  calibrationForeign:
    '{{path}} was made for another model, other experts, or another way to route to them than {{model}} is to be pruned by. Make it again for these: winnow calibrate.',
  calibrationTensor:
    '{{path}} is no calibration of this model: {{tensor}} {{reason}}. Make it again: winnow calibrate.',
  calibrationTensorMissing: 'is missing',
  calibrationTensorForeign: 'is no router that is fitted',
  calibrationTensorShape: 'is {{shape}} in {{type}} instead of {{expected}} in F32',
  calibrationNotFinite: 'holds values that are not finite',
  calibrationTooFar: 'holds {{value}} where the fit begins with {{start}}, and no fit goes farther than {{most}}',
  calibrationChanged:
    '{{path}} was changed since it was written: its contents are not those of the hash that it holds. Make it again: winnow calibrate.',
  calibrationUnsealed:
    '{{path}} is of an older version of Winnow, and holds no hash of its contents: whether it is as it was written, nobody can tell. Make it again to be sure: winnow calibrate.',
  calibrationFewDemos:
    'A calibration takes {{fewest}} demos at least, some to fit to, some that say when to stop, and some to judge by; "{{domain}}" has {{demos}}. Add demos.',
  calibrationFewChosen:
    'Fitting routers takes {{fewest}} demos at least, some to fit to, some that say when to stop, and some to judge by. Of those that the experts of "{{domain}}" were chosen by, {{demos}} are here. Add demos, score them, and choose again.',
  calibrationElsewhere: 'Process {{pid}} is making this very calibration. Wait until it has ended, or stop it.',
  calibrationGone: 'These fitted routers are no longer there. Fit them again.',
  calibrationAllKept: 'All experts are kept, so that there is nothing to make up for. Keep fewer.',
  sayWhatToKeep: 'Say which experts to keep: name a mask file or a recipe.',
  tensorShape:
    '{{path}}: tensor {{tensor}} should have {{count}} experts on its last axis, but has the shape {{shape}}.',
  modelChanged: '{{path}} is no longer the model that the selection was made for. Choose that one, or score this one.',
  exportNotLoaded: '{{path}} was written as planned, but llama.cpp does not load it, so it was removed: {{reason}}',
  becameShorter: '{{path}} became shorter while it was read. Try again when it is complete.',
  sourceGone: '{{path}} is no longer there. Put it back and try again.',
  outputTwice: '{{path}} is named twice as an output. Choose two names.',
  outputIsModel: '{{path}} is the model itself. Choose another name for the output.',
  outputIsFolder: '{{path}} is a folder. Name a file in it.',
  outputIsDevice: '{{path}} is a device or a pipe, not a file. Choose another name.',
  outputNameReserved:
    '{{path}} is no name for a file on Windows: devices such as CON and NUL, the signs < > : " | ? * and a dot or blank at its end are taken. Choose another name.',
  outputExists:
    '{{path}} exists already. Choose another name, or allow it to be overwritten (on the command line: --force).',
  outputForeign:
    '{{path}} is there already, and is not what Winnow would write there. Choose another name, or replace it on purpose: --force.',
  keptAnswersForeign:
    '{{path}} is where the answers so far are kept, and is no file of them, or one that is too large. Move it away, or choose another output.',
  outputIsWinnows: '{{path}} belongs to what Winnow keeps for itself in {{folder}}. Choose another name.',
  outputUnwritable: '{{path}} cannot be written: {{reason}}. Choose another folder or change its permissions.',
  noSpace: '{{folder}} has {{free}} free, {{needed}} are needed. Free some space or choose another disk.',
  changedWhileCopied: '{{path}} was changed while it was copied. Nothing was written; try again when it is complete.',
  writtenWrong: '{{path}} was not written correctly: {{what}}. The file was removed; check the disk and try again.',
  diskBecameFull:
    'The disk became full while {{path}} was written; what was written is removed. {{folder}} has {{free}} free now, {{needed}} are needed. Free some space or choose another disk.',
  exportCancelled: 'The export of {{path}} was cancelled; nothing is left of it.',
  diskFailed:
    'The disk reported an error while {{path}} was written: {{reason}}. Check the disks of the model and of the file.',
  targetUnwritable: '{{path}} cannot be written: {{reason}}. Choose another folder.',
  quantisedAlready:
    '{{tensors}} tensors are quantised already ({{types}}), and quantising them again adds that loss to the new one. Begin with the F16 or BF16 file where there is one, or allow it (on the command line: --allow-requantize).',
  oneTypeForAll:
    'With {{type}} all tensors get the same type. Choose a quantised type, or leave the rules for single tensors out.',
  patternInvalid: '"{{pattern}}" is no pattern of tensor names: {{reason}}. Write one like ffn_down_exps or blk\\.0\\.',
  quantiseRead: '{{reason}}. Check the disk of the model.',
  quantiseRefused:
    'llama.cpp does not quantise {{path}}: {{reason}}. Download or convert the model again, or choose another type.',
  cardNeedsFile: 'A model card is of a pruned file. Write that first: winnow prune --help',
  recipeNeedsSelection:
    'The experts of this file come from a mask that no selection holds, so that there is no recipe of it. Share the mask.',
  nothingToReport: 'There is nothing to report on yet. Choose experts first: winnow select --help',
  runNotChosenFrom: 'No experts were chosen by the scores of run {{run}} yet. Do that first: winnow select --help',
  notWrittenHere:
    '{{path}} is no file that Winnow wrote on this machine. Name it by the path that it was written to, or name its selection: "winnow selections" lists them.',
  notTheWrittenFile:
    '{{path}} is not the file that Winnow wrote there: its bytes are others. What is known of that file does not hold for this one. Write it again, or name its selection: "winnow selections" lists them.',
  nestedJson: 'it is nested deeper than {{levels}} levels',
  jsonTooMany: 'it holds more than {{values}} values',
  isFolderNameFile: 'it is a folder. Name the file itself',
  processFilesFull: 'this process has as many files open as it may. Allow more (ulimit -n)',
  computerFilesFull: 'this computer has as many files open as it may. Close other programs',
  folderMissing: 'its folder does not exist',
  folderNoFolder: 'its folder is not a folder',
  isFolder: 'it is a folder',
  denied: 'permission denied',
  heldByOther: 'another program has it open. Close it there, or choose another name',
  diskReadOnly: 'the disk is read-only',
  diskFull: 'the disk is full',
  quotaUsed: 'the disk quota is used up',
  systemLimit: 'The system allows no more: {{reason}}.',
  processesFull: 'this user has as many processes as it may. Allow more (ulimit -u), or close other programs',
  addressesFull:
    'a process may map {{limit}} at most here, and maps more than it uses. Allow more (ulimit -v unlimited), or name a smaller model',
  addressesLittle:
    'A process may map {{limit}} at most here (ulimit -v), and maps more than it uses: what follows may end early. Allow {{enough}} and the model’s size, or set no limit: ulimit -v unlimited',
  databaseExchanged:
    'Another database was put in the place of {{path}} while Winnow was running. Start Winnow again to go on with that one.',
  dataFolderGone:
    'The data folder {{folder}} is gone, deleted or unmounted while Winnow was running, so that nothing more can be stored in it. Bring it back, then start Winnow again.',
  pipeUnread: 'nobody reads this pipe. Start its reader first',
  pipeLeft: 'whoever read it has left',
  fileSizeLimited: 'a file may not become so large here, by the disk or by a limit (ulimit -f)',
  quantiseNeedsMatrix:
    '{{type}} takes an importance matrix: without one the file would be garbage. Name one (on the command line: --imatrix), or choose a larger type.',
  matrixLacksOne:
    '{{type}} takes an importance matrix for every tensor, and {{matrix}} has none for {{tensor}}. Make it from more text, or choose a larger type.',
  matrixLacksMore:
    '{{type}} takes an importance matrix for every tensor, and {{matrix}} has none for {{tensor}} and {{more}} more. Make it from more text, or choose a larger type.',
  predictionNotScored:
    'The prediction blocks of the model ({{blocks}}), which draft further tokens, are not scored: llama.cpp cannot run them. Exports leave them out.',
  predictionKept:
    'Prediction blocks ({{blocks}}), which draft further tokens with experts of their own: kept with the experts that the demos need of them. They were run on the demos and scored like any layer.',
  predictionDropped:
    'Prediction blocks ({{blocks}}), which draft further tokens with experts of their own: left out, as asked. The file writes the same without them, but cannot draft.',
  predictionNotChosen:
    'Prediction blocks ({{blocks}}), which draft further tokens with experts of their own: left out, since this choice of experts says nothing of theirs. The file writes the same without them, but cannot draft. Score the demos again to have them chosen, too.',
  predictionNotRun:
    'Prediction blocks ({{blocks}}), which draft further tokens with experts of their own: left out, since llama.cpp cannot run those of this model, and without that nothing tells which of their experts the demos need. The file writes the same without them, but cannot draft.',
  predictionReused:
    "Prediction blocks ({{blocks}}), which draft further tokens with experts of their own: cut with the last layer's choice, which says nothing of their experts. What is written stays the same; expect fewer drafts to be accepted.",
  matrixOfNoRun:
    'No run behind this choice of experts has collected an importance matrix. Score its demos with --imatrix and choose again, name another run (--imatrix-run NUMBER), or a file (--imatrix).',
  matrixOfRuns:
    'The choice mixes the domains of runs {{runs}}, and each has a matrix of its own. Name one: --imatrix-run {{run}}',
} as const;
