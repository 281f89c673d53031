// The headings under which a command's help lists its options: what it works on, what it writes, and on what machine;
// all other options say how.
import { Help, type Command } from 'commander';

const GROUPS: readonly { readonly heading: string; readonly options: readonly string[] }[] = [
  {
    heading: 'What:',
    options: [
      ...['demos', 'budget', 'domain', 'limit', 'limit-by', 'hold-back', 'max-tokens', 'cut-off', 'model'],
      ...['text', 'prompts', 'choice', 'scores', 'imatrix', 'imatrix-run', 'against', 'no-against'],
      ...['run', 'selection', 'file', 'in', 'fingerprint', 'models', 'replace-answers'],
    ],
  },
  {
    heading: 'Where to:',
    options: ['output', 'out', 'other', 'folder', 'as', 'language', 'force', 'dry-run', 'estimate', 'fresh'],
  },
  {
    heading: 'Types for parts of the model:',
    options: [
      ...['tensor-type', 'attention-type', 'shared-experts-type', 'token-embedding-type', 'output-tensor-type'],
      ...['first-layers', 'last-layers'],
    ],
  },
  {
    heading: 'Machine:',
    options: [
      ...['gpu', 'gpu-layers', 'cpu-moe-layers', 'rpc', 'threads', 'memory-limit', 'memory', 'ubatch'],
      ...['host', 'port', 'api-key', 'slots', 'cache'],
    ],
  },
];
const HOW = 'How:';
/** The order of the headings in the help; `--help` and `--json` come last, under commander's own heading. */
const ORDER = [
  ...GROUPS.slice(0, 2).map(({ heading }) => heading),
  HOW,
  ...GROUPS.slice(2).map(({ heading }) => heading),
];

const headings: ReadonlyMap<string, string> = new Map(
  GROUPS.flatMap(({ heading, options }) => options.map((name) => [`--${name}`, heading] as const)),
);
const usual = new Help();
const WITH_HELP = ['--json', '--version'];

/** Groups the options of a command under headings. */
export function groupOptions(command: Command): void {
  for (const option of command.options) {
    const long = option.long ?? '';
    if (!WITH_HELP.includes(long)) option.helpGroup(headings.get(long) ?? HOW);
  }
  command.configureHelp({
    groupItems: (all, visible, getGroup) => {
      const groups = usual.groupItems(all, visible, getGroup);
      return new Map([...groups].toSorted(([one], [other]) => rank(one) - rank(other)));
    },
  });
}

/** The index of a heading in this order; any other heading comes last. */
function rank(heading: string): number {
  const place = ORDER.indexOf(heading);
  return place < 0 ? ORDER.length : place;
}
