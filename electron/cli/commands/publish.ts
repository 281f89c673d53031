// winnow publish pruned.gguf
import type { Command } from 'commander';
import { printableName } from '../../contract/printable.ts';
import { loadLocale } from '../../contract/text/i18n.ts';
import type { Context } from '../context.ts';
import { usage } from '../output.ts';

type Flags = {
  readonly to?: string;
  readonly repo?: string;
  readonly baseModel?: string;
};

/** Adds `winnow publish`. */
export function addPublish(program: Command, context: Context): void {
  program
    .command('publish')
    .description(
      'make a folder for a pruned file in the form that model hubs expect, and print the command that uploads it',
    )
    .argument('<pruned>', 'file that Winnow has pruned, or any part of it')
    .option('--to <folder>', 'an empty folder, or one that does not exist yet (default: NAME.hub next to the file)')
    .option('--repo <owner/name>', 'repository on the hub, for the upload command', repositoryName)
    .option('--base-model <owner/name>', 'the full model on the hub, if the file does not name it', repositoryName)
    .addHelpText(
      'after',
      `
Winnow uploads nothing itself. The folder holds the file (as a link if the disk allows it), README.md with what hubs read and what pruning costs as far as
it was measured, choice.json, and SHA256SUMS. The licence is taken from the model's own header.

Example:
  winnow publish pruned.gguf --repo me/model-python-GGUF`,
    )
    .action(async (file: string, { to, repo, baseModel }: Flags) => {
      const {
        displayPath: folder,
        files,
        command,
        gaps,
      } = await context.call('exports.publish', {
        subject: { kind: 'file', grant: context.toRead(file) },
        target: context.toWrite(to),
        repository: repo ?? null,
        baseModel: baseModel ?? null,
      });
      const { t } = await loadLocale('en');
      for (const gap of gaps) {
        const remedy = gap === 'baseModel' ? ' Give --base-model owner/name.' : '';
        context.output.warn(t(`findings.publishGap.${gap}`) + remedy);
      }
      context.output.result(
        { folder, files, command, gaps },
        [
          printableName(folder),
          ...files.map((name) => `  ${printableName(name)}`),
          '',
          'Upload it with:',
          command,
        ].join('\n'),
      );
    });
}

function repositoryName(text: string): string {
  if (/^[\w.-]+\/[\w.-]+$/.test(text)) return text;
  throw usage(`"${text}" is not a name on a hub. Write it as owner/name.`);
}
