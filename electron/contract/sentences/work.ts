// What is said of jobs, calls, the database and the server.
export const WORK = {
  cancelledBefore: 'Cancelled before it began.',
  requestTooLarge: 'This request has {{excess}}. Ask for less at once.',
  pageMessageUnknown: 'The page sent what is no message of Winnow. {{why}}',
  cancelled: 'Cancelled.',
  windowClosed: 'The window was closed.',
  callRefused: '{{name}} was called with parameters that it does not take: {{why}}',
  winnowClosed: 'Winnow was closed.',
  cancelledKept: 'Cancelled. What was finished before is kept.',
  jobNotQueuedAgain: 'Job {{id}} cannot be queued again: {{state}}.',
  jobCancelled: 'Job {{id}} was cancelled.',
  noJob: 'There is no job {{id}}.',
  jobElsewhere: 'Job {{id}} runs in another Winnow (process {{pid}}). Cancel it there.',
  jobKindUnknown: 'This Winnow does not run jobs of the kind "{{kind}}".',
  jobNotRun: 'Job {{id}} cannot be run: {{state}}.',
  contextOdd: 'The context of {{ctx}} tokens is odd: half of each chunk is scored. Take an even one.',
  someTextDeleted: 'One of these texts was deleted. Choose the texts again.',
  allAnswered: 'Every chat of {{name}} has an answer already.',
  fileNotHandedOver: 'This file was not handed over, or for another purpose. Choose or drop it again.',
  cannotBeUndone: 'This can no longer be undone.',
  writtenChanged:
    '{{file}} is no longer what Winnow wrote: somebody has changed or replaced it. Export it again, or copy it from the server by other means.',
  writtenUnknown:
    '{{file}} was written by an earlier version of Winnow, which kept no hash of it. Export it again, or copy it from the server by other means.',
  writtenFileGone: '{{file}} is not there any more.',
  storedMatrixDamaged: 'A stored score matrix is damaged: {{what}}. Delete the score run and score again.',
  rowInvalid:
    'A row of the database {{path}} is not as this Winnow writes it: {{reason}}. Restore a backup, or set WINNOW_HOME to another folder.',
  databaseUnwritable:
    'The database {{file}} cannot be written ({{reason}}). Allow writing to the file and its folder, or set WINNOW_HOME to another folder.',
  demoDeleted: 'This demo was deleted. Choose another one.',
  domainDeleted: 'This domain was deleted. Choose another one.',
  domainNameTaken: 'There is a domain "{{name}}" already. Choose another name, or rename that one.',
  writtenElsewhere: '{{path}} is being written by another Winnow. Choose another name, or wait until it is there.',
  databaseForeign:
    '{{file}} is an SQLite database of another program. Nothing was changed. Move it away, or set WINNOW_HOME to another folder.',
  databaseNewer:
    'The database {{file}} was made by a newer Winnow (its schema has version {{version}}, this Winnow knows {{newest}}). Nothing was changed. Update Winnow, or set WINNOW_HOME to another folder.',
  databaseDangling:
    'The database {{file}} cannot be brought to version {{next}}: {{rows}} rows refer to missing ones. It stays at version {{version}}. Restore a backup, or set WINNOW_HOME to another folder.',
  runBusy: '"{{domain}}" is being scored. Cancel the scoring first, then delete the run.',
  runNotOurs:
    'Score run {{run}} in {{path}} is not being worked on by this process: it was deleted, ended or taken over. Start the scoring again; what was saved is used.',
  cancelledReading: 'Cancelled while {{name}} was read.',
  inputTooLarge: '{{name}} is more than {{limit}}. Write it to a file.',
  databaseDamaged:
    'The database {{file}} is damaged ({{reason}}). Quit Winnow, move this file and its "-wal" and "-shm" neighbours to another folder, then put a backup ("winnow.db.v….bak" in the same folder, or your own) in its place, or start without one: Winnow then makes a new, empty database. Models and exported files are not affected.',
  databaseLocked:
    'The database {{file}} is locked by another process. Wait until the other Winnow has finished, or quit it, and try again.',
  databaseNotOpened:
    'The database {{file}} cannot be opened for writing ({{reason}}). Allow writing to the file and its folder, or set WINNOW_HOME to another folder.',
  databaseFailed:
    'Reading or writing the database {{file}} failed ({{code}}). Check the disk, and how large files may become (ulimit -f), then try again.',
  databaseNoSpace:
    'There is no space left to write the database {{file}}. Free some space on that disk, or set WINNOW_HOME to a folder on another one.',
  storedTokensWrong:
    "What a score run holds of a demo's tokens ({{bytes}} bytes) does not fit its model. Delete the run and score again.",
  modelToServerFolder: 'A model is written into a folder of the server.',
  noFileName: '"{{name}}" is no file name. Use one without folders.',
  uploadWithoutLength: '{{name}} was sent without its length. Upload it with a browser.',
  uploadTooLarge:
    '{{name}} is too large to be uploaded: a file may have {{fileBytes}} bytes, all {{files}} together {{allBytes}}. Copy it to the server and use the command line.',
  serverDiskFull: "The server's disk is full: {{name}} was not taken. Free some space.",
  serverReadOnly: 'The server cannot store {{name}}: its data folder is read-only.',
  serverCannotRead: '{{name}} cannot be read by the server.',
  tooManyFolders: 'Too many folders were looked into. Start the server again.',
  notOffered: 'The server does not offer this. Choose it again.',
  cannotListen: 'Cannot listen on {{hostname}}:{{port}}: {{why}}.',
  serverCannot: 'The server cannot do this: {{why}}',
  requestTooBig: 'The request is too large.',
  requestNoJson: 'The request is no JSON.',
  written: '{{text}}',
  noSuchJob: 'there is no such job',
  jobWaits: 'it waits for process {{pid}}',
  jobRunning: 'it is running',
  jobDone: 'it is done',
  jobStateCancelled: 'it is cancelled',
  jobFailed: 'it is failed',
  jobInterrupted: 'it is interrupted',
  tooManyCalls: '{{name}} was not begun: {{limit}} other calls wait for their answers. Wait for some of them.',
  engineEnded: "Winnow's engine ended unexpectedly ({{reason}}). What was finished is kept; start it again to go on.",
  engineSilent:
    "Winnow's engine has not answered for {{seconds}} s. It goes on by itself if it comes back. Starting it again ends what it is doing; what was finished is kept.",
  serverLost: 'This page cannot reach the server. It reconnects by itself as soon as it can.',
  serverStranger: 'It was started anew, or this page was opened by another address than the one that it printed.',
  threadsCapped: '{{asked}} threads were asked for, and {{cores}} compute: this machine has no more cores.',
  engineRestarted: 'The engine was started anew before it could answer.',
} as const;
