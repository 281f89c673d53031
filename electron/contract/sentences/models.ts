// What is said of models, their files and the machines and processes that run them.
export const MODELS = {
  noTokenizer:
    '{{path}} has no tokenizer (keys tokenizer.ggml.*), so it cannot read text. Convert the model again with its tokenizer.',
  loadingFailed: 'Loading {{path}} failed: {{reason}}',
  loadingNoMemory: '{{path}} does not fit into memory: {{reason}}.',
  loadingRefused: 'llama.cpp does not load {{path}}: {{reason}}. Download or convert the model again.',
  machineNoRoom:
    'The machine {{endpoint}} has not enough memory for its part of the model. Let it lend more (winnow worker --memory), add a machine, or use fewer tokens at once (--ubatch, --ctx) or fewer layers on machines (--gpu-layers).',
  tooManyParts:
    '{{path}} has {{parts}} parts, which llama.cpp keeps open all at once, but the system lets this process open only {{files}} more files. Allow more (ulimit -n {{limit}}), or merge the parts (llama-gguf-split --merge).',
  sideTaken: 'Another model was chosen for this side.',
  closedWhileAnswering: 'The model was closed while it answered.',
  sideTakenOrNone: 'Another model was chosen for this side, or none.',
  noModelOnSide: 'No model is loaded on this side. Choose one first.',
  stillAnswering: 'The model is still answering. Wait, or stop it.',
  cancelledLoading: 'Cancelled while the model was loaded.',
  textTooLong:
    'The text has {{length}} tokens; the context has {{contextSize}} for text and answer. Send a shorter one, or open the model with a larger context.',
  noChatProgram:
    'node-llama-cpp has no program for {{platform}}-{{arch}} here. Install Winnow again, optional packages included.',
  noChatDevice: 'There is no {{gpu}} device to chat on. Choose "auto" or "off" as GPU.',
  modelUnreadable: '{{path}} cannot be read: {{reason}}.',
  closedWhileReading: 'Winnow was closed while it read the headers of models.',
  modelGone: '{{name}} is not there any more. Put it back, or choose another model.',
  staysInList:
    '{{path}} lies in a folder that Winnow looks through, so it stays in the list. Move the file, or take the folder out.',
  folderUnreadable: 'The folder {{path}} cannot be read: {{reason}}.',
  notAnAddedFolder: '{{path}} is not one of the folders that you added.',
  modelNotListed: 'This model is not in the list any more. Choose another one.',
  keepBeyondModel: 'The model has {{nExpert}} experts a layer; {{keep}} cannot be kept.',
  modelNotHere: '{{name}} is not on this machine. Put its file back, or add it in Models.',
  tooManyMachines: 'At most {{limit}} machines can be used at once. Remove one first.',
  machineNotListed: '{{endpoint}} is not in the list of machines. Add it first.',
  activeRefused: '{{path}}: {{reason}}',
  tensorNotComputed:
    '{{path}} holds tensor {{tensor}} in {{type}}, and llama.cpp computes with no weights of that type: it would end the process. Convert the model again, with weights in F32, F16 or BF16.',
  keyNotComputed:
    '{{path}} says {{value}} for {{key}}, and nothing can be computed by that: llama.cpp would end the process, or write nonsense. Convert the model again.',
  tensorMisaligned:
    '{{path}} has tensor {{tensor}} at byte {{offset}}, which is no multiple of {{alignment}}: llama.cpp does not load such files everywhere. Convert the model again.',
  loadEnds: 'llama.cpp ends when it loads {{path}} ({{reason}}). Download or convert the model again.',
  ggufOtherKind: '{{path}} is GGUF, but not a model: {{kind}}.',
  noArchitecture: '{{path}} does not say its architecture (key general.architecture). Download or convert it again.',
  architectureUnknown:
    '{{path}} is of architecture "{{arch}}", which this llama.cpp does not know. A newer Winnow may.',
  headerDamaged: '{{path}} has a damaged header: {{reason}}. Download or convert the file again.',
  splitTooMany:
    '{{path}} says that it is one of {{count}} parts; Winnow reads models of up to {{limit}}. Make fewer of them: merge them (llama-gguf-split --merge) and split again.',
  splitCountWrong:
    '{{path}} says that it is one of {{count}} parts, but {{found}} belong to it by name. Keep the names that llama.cpp gave: NAME-00001-of-0000N.gguf.',
  splitNumberWrong: '{{path}} is part {{inHeader}} by its header and part {{inName}} by its name.',
  changedWhileRead: '{{path}} was changed while it was read. Try again when it is complete.',
  changedMeanwhile:
    '{{path}} was changed while Winnow worked with it: what was computed since may be of another model, and is not stored. Put the file back or leave it as it is now, then start again: what is stored already is used.',
  splitSetForeign:
    '{{path}} and {{first}} are parts of two files that Winnow wrote: they do not belong together. Put the parts of one into a folder of their own, or write the file again.',
  splitPartForeign:
    'The parts of {{path}} hold {{found}} tensors together, {{expected}} are announced: a part is foreign.',
  fileTruncated: '{{path}} is truncated: it has {{bytes}} bytes, its tensors need {{needed}}. Download it again.',
  cannotBePruned: '{{path}} cannot be pruned: {{reason}}.',
  modelTooLarge: '{{path}} is larger than any model: it has about {{total}}. Download it again.',
  splitPartMissing: '{{part}} is one part of a split model, and {{path}} is missing. Put all parts into one folder.',
  modelNoFile: '{{path}} is not a file. Name the GGUF file itself.',
  permissionDenied: '{{path}} cannot be read: permission denied.',
  notGguf: '{{path}} is not a GGUF model: {{what}}. Winnow reads the .gguf files that llama.cpp runs.',
  headTruncated: '{{path}} is truncated: it has {{bytes}} bytes. Download it again.',
  ggufVersion: '{{path}} has GGUF version {{version}}; versions 2 and 3 can be read.{{big}}',
  scoringNoMemory:
    'Scoring needs more memory than there is: not even {{tokens}} tokens at once fit into the {{room}} that are free. Close other programs, raise --memory-limit, or cut the demos with --max-tokens.',
  headCountsWrong:
    "The header's attention.head_count_kv has {{entries}} entries for {{blockCount}} blocks. Download the model again.",
  dense: 'it is a dense model: it has no experts to prune',
  denseModel: 'A dense model: it has no experts to prune.',
  refusedModel: 'It cannot be pruned: {{reason}}.',
  maverick:
    'llama.cpp recognises Llama-4 Maverick by its 128 experts and leaves out the Q/K norm; with any other count it would apply one, and the file would compute wrongly without a word',
  hashLayers:
    'its first {{layers}} layers pick experts from a token table, not by a router, and must stay whole; a GGUF holds one expert count for all layers',
  neverRun: 'llama.cpp loads experts for it but never runs them',
  draftModel: 'it is a draft model that belongs to one target model',
  noLanguageModel: 'it writes no text: it is a model of embeddings, pictures or sound',
  noRecord:
    'Winnow has no record of its architecture "{{arch}}", though llama.cpp knows it; a newer Winnow may have one',
  oldExperts:
    'tensor {{tensor}}: it stores every expert as a tensor of its own, as old converters did; convert the model again',
  tokenRouted:
    'tensor {{tensor}}: its values are expert numbers: those layers choose experts by token, not by a router',
  unknownAxis: 'tensor {{tensor}} has an axis of {{count}}, the expert count, and Winnow does not know what it holds',
  usedCountWrong: 'its header says that {{used}} of {{nExpert}} experts are used',
  tensorExperts: 'tensor {{tensor}} has {{found}} experts instead of {{expected}}',
  blockLacks: 'block {{block}} lacks the tensor {{tensor}}',
  isMmproj: 'it is the image or audio encoder that goes with a model',
  isCalibration: 'it holds fitted routers, which are written into a pruned model',
  isImatrix: 'it is an importance matrix, which helps to quantise a model',
  isAdapter: 'it is an adapter (LoRA), which changes another model',
  isControlVector: 'it is a control vector, which steers another model',
  isVocabulary: 'it holds a vocabulary only, without weights',
  isEmpty: 'it is empty',
  noMagic: 'it does not start with the bytes "GGUF"',
  bigEndian: 'It seems to be written for big-endian machines.',
  fileFirst: 'This file',
  fileWithin: 'this file',
  fileVanished: 'The file is not there any more.',
  folderVanished: 'The folder is not there any more.',
  folderTooMuch:
    'It holds more than Winnow looks through ({{files}} files, {{models}} models). Add the folder in it that has your models.',
  subfolderUnreadable: 'The folder {{name}} in it cannot be read.',
  subfoldersUnreadable: 'The folder {{name}} and {{more}} more in it cannot be read.',
  folderDiskGone: 'It cannot be read ({{errno}}). Is its disk connected?',
  folderOfOllama:
    'Your user may not read it: as a service, Ollama runs under its own user. Add yourself to the group "ollama" and log in again.',
  folderForbidden: 'Your user may not read it. Change its permissions to see the models in it.',
  headerTimeout: '{{path}} does not answer: its header was not read within {{seconds}} seconds. Is its disk connected?',
  machineIncompatible:
    '{{endpoint}} cannot be used: {{why}}. Use the same version of Winnow on both machines, and the port of "winnow worker".',
  machineUnreachable:
    '{{endpoint}} cannot be reached: {{why}}. Start "winnow worker" there, and check address, firewall and SSH tunnel.',
  machineLost:
    'The machine {{endpoint}} is gone: {{why}}.{{held}} Start "winnow worker" there again, or check the network; then give the same command again: what is finished is kept.',
  machineHeld: 'It held a part of {{model}}.',
  processEnded: 'The {{name}} process ended during "{{method}}" ({{death}}).{{more}}',
  processEndedWith: 'The {{name}} process with {{model}} ended during "{{method}}" ({{death}}).{{more}}',
  llamaSaid: 'llama.cpp said: {{log}}',
  chatTemplateEndless:
    'The chat template of {{path}} comes to no end: trying it took more than {{seconds}} s. If this machine is too busy, try again; otherwise get the model from elsewhere.',
  chatFailed: 'Chat with {{path}}: {{reason}}{{remedy}}',
  tokenizerFailed: 'Reading text with the tokenizer of {{path}} failed: {{reason}} Try again.',
  systemNotGlibc: 'Winnow needs a Linux with glibc, and this one has another C library, as Alpine has.',
  systemGlibcOld:
    'This system has glibc {{found}}, and Winnow needs {{needed}} or newer. Use a newer release of the system.',
  systemMacosOld: 'This is macOS {{found}}, and Winnow needs macOS {{needed}} or newer.',
  systemNoVcRuntime:
    'Parts of the Microsoft Visual C++ runtime are missing ({{files}}). Install "Microsoft Visual C++ Redistributable" of 2015 or later.',
  libraryOld:
    '{{library}} of this system is too old: {{file}} needs {{version}}. Use a newer release of the system, or update the library.',
  builtForNewerMacos: 'Winnow needs macOS {{needed}} or newer.',
  libraryMissing: 'The library {{library}} is missing. Install the package of the system that brings it.',
  noNvidiaDriver: "The library {{library}} is missing. Install NVIDIA's driver.",
  noCuda: 'The library {{library}} is missing. Install the release of CUDA that has it.',
  noVulkan: "The library {{library}} is missing. Install the graphics card's driver and the Vulkan loader.",
  noGpu: 'There is no {{gpu}} device: {{why}}. Use --gpu auto or --gpu off.',
  noGpuBecause: 'There is no {{gpu}} device. {{why}} Or use --gpu auto or --gpu off.',
  driverWithoutDevice: 'Its backend is installed, but no driver offers a device.',
  noGpuPackage: 'the part for {{gpu}} is not installed for this platform (docs/PLATFORMS.md says how)',
  activeNotFewer:
    'the model passes each token through {{used}} experts, so {{active}} would not be fewer. Give less than {{used}}, or leave it out.',
  activeBeyondKept:
    'a token cannot pass {{active}} experts where {{keep}} are kept in each layer. Give at most {{keep}}.',
  activePerLayer:
    '{{key}} holds a count for each layer, which cannot be lowered as one. Leave the active experts as they are.',
  activeNeedsWidth:
    'its header does not say how wide an expert is, so llama.cpp takes the width from {{key}}, which must stay. Convert the model again with a newer llama.cpp.',
  memoryRanOut: 'Systems kill processes when memory runs out.',
  startSilent: 'The machine is too busy, or this user may start no more processes (ulimit -u).',
  modelFileWent: 'The model’s file became shorter, or its disk is gone: put it back, then start again.',
  openChatAgain: 'Open the chat again.',
  chatNoMemory: '{{reason}} Choose a smaller context, or fewer layers on the GPU, or close what else needs memory.',
  noAnswerWithin: 'it did not answer within {{seconds}} s',
  nativeNotNumbers: '{{reason}} Its weights are damaged: download or convert it again.',
  nativeNoMemory: '{{reason}} Use fewer tokens at once (--ubatch, --ctx), fewer layers on the GPU, or a smaller model.',
  nativeNotFitted: 'The routers of this model cannot be fitted: {{reason}} Prune it without a calibration.',
  nativeNotScored:
    'This model cannot be scored: {{reason}} A newer version of Winnow may know how llama.cpp computes it.',
  nativeNoSpace: '{{reason}} Free some space, or set WINNOW_HOME to a larger disk.',
  notItsFullModel:
    '{{path}} was made from {{source}}, and {{against}} is another model: figures beside that one do not say what was lost. Compare {{path}} with {{source}}.',
  besideKindred:
    '{{path}} was made from {{source}}. {{against}} is the same model by its routers, norms, shapes, vocabulary and chat template, with other large weights, such as in another type: figures beside it also hold what lies between those two files, and are no verdict on the choice alone. For one, compare with {{source}}.',
  maskOfOtherModel:
    'What is masked are experts of {{path}}, and {{against}} is another model: figures beside that one do not say what was lost. Compare with {{path}} itself, which is what happens without --against.',
} as const;
