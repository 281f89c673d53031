// winnow open pruned.gguf --in ollama
import { Option, type Command } from 'commander';
import { PROGRAMS, type Opened, type OpenedHow, type Program } from '../../contract/api/programs.ts';
import type { Context } from '../context.ts';
import { addPlacementOptions, ctxOption, placementFrom, type PlacementFlags } from '../options.ts';

type Flags = PlacementFlags & {
  readonly in: Program;
  readonly folder?: string;
  readonly ctx?: number;
};

const HOW: Readonly<Record<OpenedHow, string>> = {
  'hard-link': 'Linked, so it takes no extra disk space',
  'symbolic-link': 'Linked to where the file is: leave it there',
  copy: 'Copied, since no link can be made there',
  present: 'There already',
  written: 'Written',
  commands: 'Nothing was written',
};

/** Adds `winnow open`. */
export function addOpen(program: Command, { call, client, computeWith, toRead, toFolder, output }: Context): void {
  const command = program
    .command('open')
    .description('set up a pruned file in a chat program: LM Studio, Ollama, llama.cpp or Jan')
    .argument('<model>', 'the GGUF file, or any part of a split one')
    .addOption(new Option('--in <program>', 'program to open it in').choices(PROGRAMS).makeOptionMandatory())
    .option('--folder <folder>', 'models folder of LM Studio or Jan (default: the one that it uses on this machine)')
    .addOption(
      ctxOption(
        'tokens of context, for Ollama and llama.cpp; fewer if memory is short (default: those that the file was made for, or 8192)',
        256,
      ),
    );
  addPlacementOptions(command)
    .addHelpText(
      'after',
      `
LM Studio gets a link to the file in its models folder, Jan a model.yml that names it, Ollama a Modelfile
next to it. llama.cpp needs only commands, which place the layers where they fit on this machine. Nothing is
replaced, and the output says what to delete to undo it.

Examples:
  winnow open pruned.gguf --in lm-studio
  winnow open pruned.gguf --in llama-cpp --ctx 16384`,
    )
    .action(async (model: string, flags: Flags) => {
      const { in: where, folder, ctx } = flags;
      computeWith({ placement: placementFrom(flags) });
      client.on('copying', ({ copy }) => copy && output.progress('copying', copy.done, copy.total));
      const opened = await call('programs.open', {
        ctx: ctx ?? null,
        file: { kind: 'file', grant: toRead(model) },
        program: where,
        folder: folder === undefined ? null : toFolder(folder),
      });
      output.result(opened, openedText(opened));
    });
}

function openedText({ program, how, displayPath, commands, isSplit }: Opened): string {
  const pick = (kind: Opened['commands'][number]['kind']): string[] =>
    commands.flatMap((one) => (one.kind === kind ? [`  ${one.text}`] : []));
  const first = [...pick('create'), ...pick('run'), ...pick('serve')];
  return [
    `${HOW[how]}${displayPath === null ? '' : `: ${displayPath}`}.`,
    ...(first.length === 0
      ? ['Start the program, or let it look again: the model is in its list.']
      : ['Next:', ...first]),
    ...(isSplit && program === 'ollama'
      ? ['Ollama versions before autumn 2026 cannot load split models: for those, prune into one file.']
      : []),
    ...(displayPath === null ? [] : [takingBack(displayPath, pick('remove'))]),
  ].join('\n');
}

function takingBack(path: string, remove: readonly string[]): string {
  const inProgram = remove.length === 0 ? '' : ` and run ${remove.map((line) => line.trim()).join(', ')}`;
  return `To undo this, delete ${path}${inProgram}. The pruned file itself stays.`;
}
