// The publish use case: takes a pruned file, and makes the folder that a model hub expects, with the command of the hub's own tool
// that uploads it. Nothing is sent.
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { PublishGap } from '../../contract/api/exports.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { loadLocale } from '../../contract/text/i18n.ts';
import { companionPath, modelFileStem } from '../models/model-files.ts';
import { errorCode } from '../base/files/errno.ts';
import { commandText, fileArgument } from '../base/files/shell-word.ts';
import { Unfinished } from '../base/files/unfinished.ts';
import { messageOf, writeError, writeTextFile, refuseOwnPlace } from '../base/files/user-files.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { CallOptions } from '../base/backend/worker-client.ts';
import { bringFiles } from '../write/programs/bring-files.ts';
import { cardFacts, makeCard } from './card.ts';
import { modelCard } from './model-card.ts';
import { type ReportChoice, findSubject, requireRecorded, requireFile } from './subject.ts';
import { writeChoice } from './write-choice.ts';

const FOLDER_ENDING = '.hub';

type PublishRequest = {
  readonly choice: ReportChoice;
  /** An empty or missing folder; undefined: beside the file. */
  readonly folder: string | undefined;
  /** Repository on the hub, "owner/name"; null: the command contains a placeholder. */
  readonly repository: string | null;
  /** Repository of the full model on the hub; null: as the file says. */
  readonly baseModel: string | null;
};

type PublishFolder = {
  readonly folder: string;
  readonly files: readonly string[];
  /** Upload command for this machine's shell. */
  readonly command: string;
  /** Facts that are missing from the card. */
  readonly gaps: readonly PublishGap[];
};

/**
 * Makes the folder, completely or not at all.
 * @throws WinnowError USAGE: no file of the choice was written; as `requireRecorded`; TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE,
 * STORE; the signal's reason
 */
export async function makePublishFolder(
  { choice, folder, repository, baseModel }: PublishRequest,
  context: EngineContext,
  options: CallOptions = {},
): Promise<PublishFolder> {
  const { store, host, identities } = context;
  const { signal } = options;
  const subject = findSubject(store, choice);
  const file = requireFile(subject);
  const target = resolve(folder ?? companionPath(file.outputPath, FOLDER_ENDING));
  refuseOwnPlace(target, context.home);
  await requireEmpty(target);
  const { kv } = await requireRecorded(file, { host, identities, signal });
  const facts = cardFacts(kv);
  const header = { ...facts, baseModel: facts.baseModel ?? baseModel };
  const card = await makeCard(subject, header, null, store);

  await using unfinished = await Unfinished.folder(target).catch((error: unknown) => {
    throw writeError(target, error);
  });
  await bringFiles([file.outputPath], unfinished.path, options);
  // in the format of `sha256sum -c`
  await writeTextFile(join(unfinished.path, 'SHA256SUMS'), `${file.sha256}  ${basename(file.outputPath)}\n`);
  await writeTextFile(join(unfinished.path, 'README.md'), modelCard(card, await loadLocale('en')));
  const hasChoice = subject.selection !== null;
  if (hasChoice) {
    const output = join(unfinished.path, 'choice.json');
    await writeChoice({ choice, output, form: 'choice', overwrite: false }, context, signal);
  }
  const files = (await readdir(unfinished.path)).toSorted();
  await unfinished.takePlace().catch(async (error: unknown) => {
    await requireEmpty(target); // another program may have filled it by now
    throw writeError(target, error);
  });
  const gaps: PublishGap[] = [
    ...(header.baseModel === null ? ['baseModel' as const] : []),
    ...(header.license === null ? ['license' as const] : []),
    ...(hasChoice ? [] : ['choice' as const]),
  ];
  const place = repository ?? `YOUR-NAME/${modelFileStem(file.outputPath)}-GGUF`;
  return { folder: target, files, gaps, command: commandText(['hf', 'upload', place, fileArgument(target), '.']) };
}

/** Requires an empty or missing folder. @throws WinnowError TARGET_EXISTS, TARGET_UNWRITABLE */
async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR') return [basename(folder)];
    throw new WinnowError('TARGET_UNWRITABLE', msg('targetUnwritable', { path: folder, reason: messageOf(error) }));
  });
  if (names.length > 0)
    throw new WinnowError('TARGET_EXISTS', msg('publishFolderTaken', { path: folder }), { path: folder });
}
